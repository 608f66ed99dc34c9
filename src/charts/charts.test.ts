import { inflateSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import type { Series } from '../formats/recording/series.js';
import { renderPng, renderSvg } from './render.js';
import { systemProfile } from './system-data.js';
import { systemSpec } from './system-picture.js';

const FONTS = ['assets/fonts/Inter-Regular.ttf', 'assets/fonts/Inter-SemiBold.ttf'];
/** One sample a second of a machine with so many cores. */
function samples(cores: number, count: number, peaks: Record<number, number> = {}): Series[] {
  const time = Float64Array.from({ length: count }, (_, i) => i * 1e9);
  const one = (name: string, unit: string, value: (i: number) => number): Series => ({
    name,
    unit,
    source: 'linux',
    time,
    value: Float64Array.from({ length: count }, (_, i) => value(i)),
  });
  return [
    ...Array.from({ length: cores }, (_, c) => one(`cpu.${c}`, 'percent', (i) => (i * 7 + c * 13) % 100)),
    one('cpu.mean', 'percent', (i) => (i * 7) % 100),
    one('ram_used', 'bytes', () => 3312 * 2 ** 20),
    one('ram_total', 'bytes', () => 24032 * 2 ** 20),
    one('gpu.load', 'percent', () => 34),
    one('temperature.cpu', 'C', () => 45.5),
    one('power.VDD_IN', 'mW', (i) => peaks[i] ?? 7312),
  ];
}

/** Dark pixels in a part of an RGBA PNG of 8 bits. */
function darkPixels(
  png: Uint8Array,
  part: (x: number, y: number, w: number, h: number) => boolean,
): { dark: number; width: number; height: number } {
  const view = new DataView(png.buffer, png.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const chunks: Uint8Array[] = [];
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at)) {
    if (String.fromCharCode(...png.subarray(at + 4, at + 8)) === 'IDAT')
      chunks.push(png.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const raw = inflateSync(Buffer.concat(chunks));
  const stride = width * 4;
  const out = new Uint8Array(height * stride);
  let dark = 0;
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let i = 0; i < stride; i++) {
      const a = i >= 4 ? out[y * stride + i - 4] : 0;
      const b = y > 0 ? out[(y - 1) * stride + i] : 0;
      const c = i >= 4 && y > 0 ? out[(y - 1) * stride + i - 4] : 0;
      const p = a + b - c;
      const paeth =
        Math.abs(p - a) <= Math.abs(p - b) && Math.abs(p - a) <= Math.abs(p - c)
          ? a
          : Math.abs(p - b) <= Math.abs(p - c)
            ? b
            : c;
      out[y * stride + i] = raw[y * (stride + 1) + 1 + i] + [0, a, b, (a + b) >> 1, paeth][filter];
    }
    for (let x = 0; x < width; x++) {
      const o = y * stride + x * 4;
      if (out[o] < 100 && out[o + 1] < 100 && out[o + 2] < 100 && out[o + 3] > 200 && part(x, y, width, height)) dark++;
    }
  }
  return { dark, width, height };
}

describe('the picture of a system profile', () => {
  it('draws text with the fonts of the package', async () => {
    const spec = systemSpec(systemProfile(samples(2, 10)), {
      title: 'robot / street on bench',
      shades: [{ label: 'measured', from: 2, to: 9 }],
    });
    const png = await renderPng(spec, FONTS);
    expect(darkPixels(png, (_, y) => y < 60).dark).toBeGreaterThan(300);
    // Without a font the same place is empty: this is what the count is there to find out.
    expect(darkPixels(await renderPng(spec, []), (_, y) => y < 60).dark).toBe(0);
  });
  it('has a panel per unit, and colours instead of lines for many cores', () => {
    expect(systemProfile(samples(2, 5)).panels.map((p) => p.title.split(' (')[0])).toEqual([
      'CPU',
      'GPU and DLA',
      'Memory',
      'Temperature',
      'Power',
    ]);
    const many = systemProfile(samples(128, 5)).panels;
    expect(many.filter((p) => p.heat).map((p) => p.title)).toEqual(['CPU, 128 cores']);
  });
  it('thins long recordings, keeping every peak', () => {
    const profile = systemProfile(samples(1, 20_000, { 12345: 99_000 }));
    const power = profile.panels.find((p) => p.unit === 'W');
    expect(power?.points.length).toBeLessThan(700);
    expect(Math.max(...(power?.points ?? []).map((p) => p.v))).toBe(99);
    expect(profile.to).toBe(19_999);
  });
  it('has the run origin as its zero, and nothing to draw without samples', () => {
    const early = samples(1, 3).map((s) => ({ ...s, time: s.time.map((t) => t - 2e9) }));
    const profile = systemProfile(early);
    expect([profile.from, profile.to]).toEqual([-2, 0]);
    expect(profile.panels[0].points.filter((p) => p.series === 'mean').map((p) => p.t)).toEqual([-2, -1, 0]);
    expect(systemProfile([]).panels).toEqual([]);
  });
  it('draws steal beside the mean, where there was some, and names it in full', async () => {
    const [cpu] = samples(1, 3).filter((s) => s.name === 'cpu.mean');
    const steal = (v: number): Series => ({ ...cpu, name: 'cpu.steal', value: cpu.value.map(() => v) });
    const names = (v: number) => [...new Set(systemProfile([cpu, steal(v)]).panels[0].points.map((p) => p.series))];
    expect([names(0), names(3)]).toEqual([['mean'], ['mean', 'taken by the host']]);
    const svg = await renderSvg(systemSpec(systemProfile([cpu, steal(3)]), { title: 't', shades: [] }));
    expect(svg).toContain('>taken by the host<');
  });
  it('has a row of ticks for each task that missed, on the axis of the counters', async () => {
    const warn = vi.spyOn(console, 'warn');
    const profile = systemProfile(samples(2, 10));
    const misses = [1, 2, 2.1].map((at) => ({ task: 'camera', at, fate: 'late' as const }));
    const [with_, without] = await Promise.all(
      [misses, []].map(async (m) => await renderPng(systemSpec(profile, { title: 't', shades: [], misses: m }), FONTS)),
    );
    const red = (png: Uint8Array) => darkPixels(png, () => true).height;
    expect(red(with_)).toBeGreaterThan(red(without));
    expect(warn.mock.calls).toEqual([]);
  });
  it('draws a series that two probes read once', () => {
    const [load] = samples(0, 2).filter((s) => s.name === 'gpu.load');
    const { panels } = systemProfile([load, { ...load, source: 'tegrastats' }]);
    expect(panels.map((p) => p.points.length)).toEqual([2]);
  });
});
