/** Debian's Chromium, headless, for pages that are opened from disk. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = PLACES.find((p): p is string => p !== undefined && existsSync(p));

/** Without a browser the tests of pages are left out, unless one is required (in CI). */
export const hasBrowser = executablePath !== undefined || process.env.INFERSIGHT_BROWSER === 'required';

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ ...(executablePath ? { executablePath } : {}), args: ['--no-sandbox', '--disable-gpu'] });

/** What a page must not do: complain, or ask the network for anything. */
export interface Watched {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

export async function openFile(browser: Browser, path: string, size = { width: 1400, height: 900 }): Promise<Watched> {
  const page = await browser.newPage({ viewport: size });
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (m) => {
    if (m.type() === 'error' || m.type() === 'warning') complaints.push(m.text());
  });
  page.on('pageerror', (e) => complaints.push(e.message));
  page.on('request', (r) => {
    if (r.url() !== `file://${path}` && !r.url().startsWith('data:')) requests.push(r.url());
  });
  await page.goto(`file://${path}`);
  await page.waitForSelector('body[data-ready=true]');
  return { page, complaints, requests };
}
