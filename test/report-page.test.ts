/** report.html in a real browser, opened from disk. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJobs } from '../src/index.js';
import { hasBrowser, launchBrowser, openFile } from './browser.js';
import { cli, makeFolder, onlyRun } from './run-cli.js';

const million = `version: 1
name: million
models:
  camera: { backend: synthetic, build: { service: { normal: { mean: 6 ms, sigma: 1.5 ms } } } }
  lidar: { backend: synthetic, build: { service: { exponential: 4 ms } } }
  imu: { backend: synthetic, build: { service: 0.2 ms } }
scenarios:
  street:
    duration: 1000 s
    tasks:
      - { model: camera, rate: 100 Hz, overrun: latest }
      - { model: lidar, rate: 100 Hz, overrun: skip }
      - { model: imu, rate: 800 Hz }
requirements:
  - { task: camera, metric: response, quantile: p99, max: 10 ms }
`;
const hostile = `version: 1
name: robot
models:
  slow: { backend: synthetic, build: { service: [2 ms, 30 ms, 2 ms], work: sleep } }
  fast: { backend: synthetic, build: { service: 1 ms, work: sleep } }
probes: { interval: 100 ms }
scenarios:
  street:
    warmup: 0 s
    duration: 1500 ms
    tasks: [ { model: slow, rate: 50 Hz, overrun: skip }, { model: fast, rate: 20 Hz } ]
  window:
    mode: periodic-iteration
    warmup: 0 s
    duration: 1 s
    tasks: [ { model: slow, rate: 20 Hz }, { model: fast, rate: 50 Hz } ]
requirements:
  - { task: slow, scenario: street, metric: miss_ratio, max: 1 % }
`;

describe.skipIf(!hasBrowser)('report page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  const loaded = (page: Page) => page.waitForSelector('body[data-loaded=true]');
  const chosen = (page: Page) => page.locator('.job h3 bdi').textContent();
  const fate = (page: Page) => page.locator('.job h3 .badge').textContent();
  const fact = (page: Page, name: string) =>
    page.locator('.job dl.pairs').locator(`dt:text-is("${name}") + dd`).first().textContent();
  const span = (page: Page, name: string) =>
    page.locator('.job dl.times').locator(`dt:text-is("${name}") + dd + dd`).first().textContent();

  it('shows a real run: verdict, tasks, misses, counters, iterations', async () => {
    const folder = makeFolder({ 'pipeline.yaml': hostile });
    const { code } = await cli(folder, ['run', '--quiet']);
    // On a machine that stalls, the generator is late and nothing is decided.
    expect([5, 6]).toContain(code);
    const run = onlyRun(folder);
    const { page, complaints, requests } = await openFile(browser, join(run, 'report.html'));
    const word = code === 5 ? 'FAIL' : 'INCONCLUSIVE';
    expect(await page.locator('.verdict .word').textContent()).toBe(word);
    expect(await page.locator('table.requirements td').first().textContent()).toBe(
      code === 5 ? '✗ fail' : '? cannot tell',
    );
    await loaded(page);
    expect(await page.locator('figure svg').count()).toBeGreaterThanOrEqual(4);
    expect(await page.locator('.task').first().textContent()).toContain('dropped: task busy');
    await page.getByRole('button', { name: 'Next miss' }).click();
    expect(await chosen(page)).toMatch(/^slow #\d+$/);
    expect(await fate(page)).toMatch(/^(late by .*|dropped: task busy)$/);
    expect(await page.locator('.job .cause').textContent()).toMatch(/^Cause: /);
    await page.getByRole('button', { name: 'Worst job' }).click();
    expect(await span(page, 'lateness')).toContain('(late)');
    expect(await page.locator('.job').textContent()).toContain('CPU');
    // Words for people: no keys of the report, and one meaning of missed.
    expect(await page.locator('main').innerText()).not.toMatch(/p99_ms|miss_ratio|\binf\b|generator_overloaded|<=|>=/);
    await page.getByRole('button', { name: 'window' }).click();
    await expect.poll(() => page.locator('h2', { hasText: 'in detail' }).textContent()).toContain('periodic-iteration');
    await page.waitForSelector('canvas.timeline');
    expect([complaints, requests]).toEqual([[], []]);

    // Everything comes from the run directory: the same page elsewhere.
    const other = makeFolder();
    cpSync(run, join(other, 'copy'), { recursive: true });
    const before = await page.locator('table.requirements').first().textContent();
    expect((await cli(other, ['report', 'copy', '--quiet'])).code).toBe(code);
    const again = await openFile(browser, join(other, 'copy/report.html'));
    expect(await again.page.locator('table.requirements').first().textContent()).toBe(before);
  });

  it('finds the job under the cursor among a million, and stays quick', async () => {
    const folder = makeFolder({ 'pipeline.yaml': million });
    expect((await cli(folder, ['run', '--simulate', '--quiet'])).code).toBe(0);
    const run = onlyRun(folder);
    const { page, complaints, requests } = await openFile(browser, join(run, 'report.html'));
    await loaded(page);
    const canvas = page.locator('canvas.timeline');
    await canvas.scrollIntoViewIfNeeded();
    await page.getByRole('button', { name: 'Next miss' }).click();
    await canvas.focus();
    for (let i = 0; i < 12; i++) await page.keyboard.press('+');
    const box = await canvas.boundingBox();
    if (!box) throw new Error('no canvas');
    // In the middle of the picture is the job that was shown; a click there chooses it, and its stamps are those recorded.
    const before = await chosen(page);
    const [task, seq] = /^(\w+) #(\d+)/.exec(before ?? '')?.slice(1) ?? [];
    const row = 26 + ['camera', 'lidar', 'imu'].indexOf(task) * 50 + ((await fate(page))?.startsWith('late') ? 30 : 8);
    const middle = box.x + 150 + (box.width - 150) / 2;
    await page.mouse.click(middle, box.y + row);
    expect(await chosen(page)).toBe(before);
    const jobs = await readJobs(join(run, 'recordings/street/1'));
    const index = jobs.seq.findIndex((s, i) => s === Number(seq) && jobs.tasks[jobs.task[i]] === task);
    expect(await fact(page, 'release')).toBe(`${(Math.round(jobs.release[index] / 1000) / 1000).toFixed(3)} ms`);
    await page.keyboard.down('Control');
    for (let i = 0; i < 30; i++) await page.mouse.wheel(0, i < 15 ? 300 : -300);
    await page.keyboard.up('Control');
    await page.mouse.down();
    await page.mouse.move(middle - 200, box.y + row, { steps: 10 });
    await page.mouse.up();
    await expect.poll(() => canvas.getAttribute('data-frame-ms').then(Number)).toBeLessThan(50);
    expect([complaints, requests]).toEqual([[], []]);
  });

  it('shows hostile names of a device as text, also long ones on a small screen', async () => {
    const names = [
      '<script>window.hacked = 1</script>',
      '</script><img src=x onerror="window.hacked=1">',
      '로봇 🤖',
      'x'.repeat(300),
    ];
    const folder = makeFolder({ 'pipeline.yaml': million.replace('1000 s', '2 s') });
    await cli(folder, ['run', '--simulate', '--quiet']);
    const run = onlyRun(folder);
    const path = join(run, 'recordings/street/1/recording.json');
    const document = JSON.parse(readFileSync(path, 'utf8'));
    document.device.hostname = names.join(' ');
    writeFileSync(path, JSON.stringify(document));
    expect((await cli(folder, ['report', run, '--quiet'])).stderr).toBe('');
    const { page, complaints } = await openFile(browser, join(run, 'report.html'), { width: 360, height: 740 });
    await loaded(page);
    const text = await page.locator('main').textContent();
    for (const name of names) expect(text).toContain(name);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    expect(complaints).toEqual([]);
  });

  it('shows chains and interference, and is walked through by keys', async () => {
    const folder = makeFolder({
      'pipeline.yaml': `version: 1
name: robot
models:
  camera: { backend: synthetic, build: { service: 10 ms, engine: gpu, contention: 1 } }
  lidar: { backend: synthetic, build: { service: 10 ms, engine: gpu, contention: 1 } }
  track: { backend: synthetic, build: { service: 2 ms } }
scenarios:
  street:
    warmup: 0 s
    duration: 20 s
    tasks:
      - { model: camera, rate: 20 Hz }
      - { model: lidar, rate: 20 Hz, deadline: 15 ms }
      - { model: track, after: camera }
requirements:
  - { task: lidar, metric: miss_ratio, max: 2 % }
`,
    });
    expect((await cli(folder, ['run', '--simulate', '--solo', '--quiet'])).code).toBe(5);
    const { page, complaints } = await openFile(browser, join(onlyRun(folder), 'report.html'));
    await loaded(page);
    expect(await page.locator('.headline').textContent()).toBe('Does not fit: lidar misses its deadline.');
    expect(await page.locator('.load').textContent()).toContain('GPU');
    expect(await page.locator('table.chains tbody').textContent()).toContain('camera → track');
    expect(await page.locator('table.interference tbody tr').nth(1).textContent()).toMatch(
      /lidar.*10.00 ms20.00 ms2.00 ×/,
    );
    expect(await page.locator('.curves figure').count()).toBe(3);
    // The keys work from the buttons on, too.
    await page.getByRole('button', { name: 'Next miss' }).focus();
    const seen: (string | null)[] = [];
    for (const key of ['n', 'n', '.', ',', 'p']) {
      await page.keyboard.press(key);
      seen.push(`${await chosen(page)} · ${await fate(page)}`);
    }
    expect(seen).toEqual([
      'lidar #0 · late by 5 ms',
      'lidar #1 · late by 5 ms',
      'lidar #2 · late by 5 ms',
      'lidar #1 · late by 5 ms',
      'lidar #0 · late by 5 ms',
    ]);
    await page.locator('canvas.timeline').focus();
    await page.keyboard.press('ArrowUp');
    expect(`${await chosen(page)} · ${await fate(page)}`).toBe('camera #0 · in time');
    expect(complaints).toEqual([]);
  });

  it('waits for the part of the page that is still on its way', async () => {
    const folder = makeFolder({ 'pipeline.yaml': million.replace('1000 s', '20 s') });
    await cli(folder, ['run', '--simulate', '--quiet']);
    const html = readFileSync(join(onlyRun(folder), 'report.html'), 'utf8');
    const half = html.indexOf('id="jobs0"') + 2000;
    const server = createServer((_, answer) => {
      answer.writeHead(200, { 'Content-Type': 'text/html' });
      answer.write(html.slice(0, half));
      setTimeout(() => answer.end(html.slice(half)), 1500);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (e) => complaints.push(e.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { waitUntil: 'commit' });
    await loaded(page);
    expect(complaints).toEqual([]);
    await page.close();
    server.close();
  });

  it('fits a small and a very large screen', async () => {
    const folder = makeFolder({
      'pipeline.yaml': million.replace('1000 s', '5 s').replace('name: million', `name: ${'n'.repeat(60)}`),
    });
    await cli(folder, ['run', '--simulate', '--quiet']);
    const file = join(onlyRun(folder), 'report.html');
    for (const size of [
      { width: 360, height: 740 },
      { width: 3840, height: 2160 },
    ]) {
      const { page, complaints } = await openFile(browser, file, size);
      await loaded(page);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(size.width);
      expect(complaints).toEqual([]);
    }
  });
});
