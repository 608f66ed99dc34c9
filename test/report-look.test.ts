/** report.html in a real browser: first screen, timeline, address, accessibility, paper. One simulated run, so that its numbers are known. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeInBothThemes } from './axe.js';
import { hasBrowser, launchBrowser, openFile } from './browser.js';
import { cli, makeFolder, onlyRun } from './run-cli.js';

const LONG = Array.from({ length: 24 }, (_, i) => `camera-front-left-detector-${String(i).padStart(2, '0')}`);

/** Overloaded, with drops, two scenarios, and names that begin alike. */
const robot = `version: 1
name: robot
models:
  detector: { backend: synthetic, build: { service: [52 ms, 80 ms, 60 ms], engine: gpu } }
  segmenter: { backend: synthetic, build: { service: [70 ms, 140 ms], engine: gpu } }
  vad: { backend: synthetic, build: { service: 1 ms } }
${LONG.map((name) => `  ${name}: { backend: synthetic, build: { service: 1 ms } }`).join('\n')}
scenarios:
  street:
    warmup: 2 s
    duration: 20 s
    tasks:
      - { model: detector, rate: 15 Hz, deadline: 66 ms, overrun: latest }
      - { model: segmenter, rate: 12 Hz, deadline: 83 ms, overrun: skip }
      - { model: vad, period: 32 ms }
${LONG.map((name, i) => `      - { model: ${name}, rate: ${1 + (i % 3)} Hz }`).join('\n')}
  park:
    duration: 30 s
    tasks: [ { model: vad, rate: 20 Hz } ]
requirements:
  - { task: detector, scenario: street, metric: response, quantile: p99, max: 60 ms }
  - { task: "*", metric: miss_ratio, max: 1 % }
`;

describe.skipIf(!hasBrowser)('the look of a report', () => {
  let browser: Browser;
  let file: string;
  beforeAll(async () => {
    browser = await launchBrowser();
    const folder = makeFolder({ 'pipeline.yaml': robot });
    expect((await cli(folder, ['run', '--simulate', '--quiet'])).code).toBe(5);
    file = join(onlyRun(folder), 'report.html');
  });
  afterAll(() => browser.close());

  const SIZE = { width: 1300, height: 850 };
  const open = async (size = SIZE, hash = ''): Promise<Page> => {
    const { page } = await openFile(browser, `${file}`, size);
    if (hash) {
      await page.goto(`file://${file}${hash}`);
      await page.reload();
    }
    await page.waitForSelector('body[data-loaded=true]');
    return page;
  };
  const inSight = async (page: Page, selector: string): Promise<boolean> => {
    const box = await page.locator(selector).first().boundingBox();
    const size = page.viewportSize() ?? SIZE;
    return box !== null && box.y >= 0 && box.y + box.height <= size.height;
  };
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

  it('answers on the first screen: sentence, reason, engines, worst task, device and length', async () => {
    const page = await open();
    expect(await page.locator('.headline').textContent()).toBe(
      'Does not fit in street: detector and segmenter miss their deadlines.',
    );
    expect(await page.locator('.why').textContent()).toMatch(/^The GPU is asked for 2\d\d % of its time/);
    expect(await page.locator('.meta').textContent()).toMatch(/ · .*UTC · 20 s simulated$/);
    for (const part of ['.headline', '.why', '.load', '.meta']) expect(await inSight(page, part)).toBe(true);
    const top = await page.locator('.against text').filter({ hasText: 'segmenter' }).first().boundingBox();
    expect(top?.y).toBeLessThan(450);
    expect(await page.title()).toBe('✗ robot · street · infersight');
  });

  it('counts drops in what is shown first: the p99 of all, and the median in the table', async () => {
    const page = await open();
    const rows = await page.locator('.against svg text').allTextContents();
    expect(rows).toContain('never');
    // Every second of the releases is dropped: a median of the others would say 140 ms and less.
    const segmenter = page.locator('table.plain tr', { has: page.locator('bdi:text-is("segmenter")') }).last();
    expect(await segmenter.locator('td').nth(4).textContent()).toBe('never');
  });

  it('shows the answer to a key beside the canvas, and scrolls to its row', async () => {
    const page = await open();
    await page.locator('#timeline').scrollIntoViewIfNeeded();
    await page.evaluate("document.getElementById('timeline').scrollIntoView()");
    await press(page, 'Worst job');
    expect(await inSight(page, '.drawer h3')).toBe(true);
    expect(await page.locator('.drawer .sentence').textContent()).toMatch(/^Late by /);
    const names = page.locator('.lane-names bdi');
    const shown = await names.allTextContents();
    expect(shown).toHaveLength(27);
    expect(new Set(shown).size).toBe(27);
    // Down to a row that is not in sight at first.
    await page.locator('canvas.timeline').focus();
    for (let i = 0; i < 26; i++) await page.keyboard.press('ArrowDown');
    expect(await page.locator('.drawer h3').textContent()).toContain('detector-23');
    const lane = await names.last().boundingBox();
    const room = await page.locator('.tl-scroll').boundingBox();
    expect((lane?.y ?? 0) + (lane?.height ?? 0)).toBeLessThanOrEqual((room?.y ?? 0) + (room?.height ?? 0));
  });

  it('walks through measured misses only', async () => {
    const page = await open();
    await press(page, 'Next miss');
    await page.locator('.drawer summary').click();
    const release = await page.locator('.pairs dt:text-is("release") + dd').textContent();
    expect(Number.parseFloat(release ?? '')).toBeGreaterThanOrEqual(2000);
    await press(page, 'Previous miss');
    expect(await page.locator('.pairs dt:text-is("release") + dd').textContent()).toBe(release);
  });

  it('tells under the pointer, marks a stretch with its sums, fills the sight with it', async () => {
    const page = await open();
    await press(page, 'Worst job');
    const canvas = page.locator('canvas.timeline');
    await canvas.scrollIntoViewIfNeeded();
    const box = await canvas.boundingBox();
    if (!box) throw new Error('no canvas');
    const lane = (i: number): number => box.y + 26 + i * 50 + 30;
    await page.mouse.move(box.x + 150 + (box.width - 150) / 2, lane(1));
    const tip = await page.locator('.tip').textContent();
    expect(tip).toMatch(/^segmenter #\d+: late by /);
    const before = await page.locator('.tl output').textContent();
    await page.mouse.move(box.x + 300, lane(0));
    await page.mouse.down();
    await page.mouse.move(box.x + 500, lane(0), { steps: 5 });
    await page.mouse.up();
    expect(await page.locator('.drawer h3').textContent()).toMatch(/marked$/);
    const busy = await page.locator('.drawer tbody tr').first().locator('td').last().textContent();
    expect(Number.parseFloat(busy ?? '')).toBeGreaterThan(50);
    await canvas.focus();
    await page.keyboard.press('f');
    expect(await page.locator('.tl output').textContent()).not.toBe(before);
    await page.keyboard.press('?');
    expect(await page.locator('dialog.keys').textContent()).toContain('next, previous miss');
    await page.keyboard.press('Escape');
    await page.keyboard.press('0');
    await expect.poll(() => page.locator('.tl output').textContent()).toMatch(/^0\.\d+ – \d\d/);
  });

  it('is its address: scenario, stretch and job come back, and Back leads back', async () => {
    const page = await open();
    await press(page, 'Worst job');
    const first = await page.locator('.drawer h3 bdi').textContent();
    await expect.poll(() => page.url()).toMatch(/#.*job=segmenter\.\d+/);
    const url = new URL(page.url());
    await press(page, 'Next miss');
    await expect.poll(() => page.locator('.drawer h3 bdi').textContent()).not.toBe(first);
    await expect.poll(() => page.url()).not.toBe(url.href);
    await page.goBack();
    await expect.poll(() => page.locator('.drawer h3 bdi').textContent()).toBe(first);

    const again = await open(SIZE, url.hash);
    expect(await again.locator('.drawer h3 bdi').textContent()).toBe(first);
    await again.getByRole('button', { name: /park/ }).click();
    await expect.poll(() => again.url()).toContain('scenario=park');
    expect(await again.title()).toContain('park');
    await again.goBack();
    await expect.poll(() => again.title()).toContain('street');
  });

  it('can be taken along: a link, the answer as Markdown, the files of the run', async () => {
    const context = await browser.newContext({ viewport: SIZE, permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    await page.goto(`file://${file}`);
    await page.waitForSelector('body[data-loaded=true]');
    await press(page, 'Copy for a pull request');
    await page.getByText('Copied').waitFor();
    const markdown = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(markdown).toMatch(/^# ❌ robot: Does not fit in street/);
    expect(markdown).toContain('│');
    expect(await page.locator('.files a').allTextContents()).toEqual(
      expect.arrayContaining(['report.png', 'profile_report.yaml', 'trace.json']),
    );
    await context.close();
  });

  it('is found without fault by axe, in light and dark, with a job chosen', async () => {
    const page = await open();
    await press(page, 'Worst job');
    await page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })");
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('is as legible after a turn of the screen, and has no bar across', async () => {
    const page = await open();
    await page.setViewportSize({ width: 360, height: 740 });
    await expect.poll(() => page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    const smallest =
      await page.evaluate<number>(`Math.min(...[...document.querySelectorAll('.against svg text')].map((t) => {
      const svg = t.ownerSVGElement;
      return Number.parseFloat(getComputedStyle(t).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    }))`);
    expect(smallest).toBeGreaterThanOrEqual(11);
    await page.setViewportSize({ width: 3840, height: 2160 });
    await expect
      .poll(() => page.evaluate<number>("document.querySelector('figure svg').getBoundingClientRect().width"))
      .toBeLessThanOrEqual(560);
  });

  it('has every scenario on paper, as wide as the paper', async () => {
    const page = await open();
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 720, height: 1000 });
    await page.evaluate("window.dispatchEvent(new Event('beforeprint'))");
    expect(await page.locator('.printed > h2').allTextContents()).toEqual(['street', 'park']);
    expect(await page.locator('.printed-timeline rect').count()).toBeGreaterThan(100);
    const wide = await page.evaluate<number>(
      "Math.max(...[...document.querySelectorAll('.printed svg')].map((e) => e.getBoundingClientRect().right))",
    );
    expect(wide).toBeLessThanOrEqual(720);
    expect(await page.locator('.timeline-section').isVisible()).toBe(false);
    await page.evaluate("window.dispatchEvent(new Event('afterprint'))");
    expect(await page.locator('.printed').count()).toBe(0);
  });
});
