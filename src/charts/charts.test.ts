import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { renderPng } from './render.js';
import { systemProfile } from './system-data.js';
import { systemSpec } from './system-picture.js';

const FONTS = ['assets/fonts/Inter-Regular.ttf', 'assets/fonts/Inter-SemiBold.ttf'];
const two = (n: number) => String(n).padStart(2, '0');

function lines(cores: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const at = new Date(Date.UTC(2026, 10, 20, 14, 0, 0) + i * 1000);
    const cpu = Array.from({ length: cores }, (_, c) => `${(i * 7 + c * 13) % 100}%@2000`).join(',');
    return `11-${two(at.getUTCDate())}-2026 ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} RAM 3312/24032MB CPU [${cpu}] GR3D_FREQ 34%@[1980] cpu@45.5C VDD_IN 7312mW/7100mW`;
  });
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
    const spec = systemSpec(systemProfile(lines(2, 10), 1), 'robot / street on bench', [
      { label: 'measured', from: 2, to: 9 },
    ]);
    const png = await renderPng(spec, FONTS);
    expect(darkPixels(png, (_, y) => y < 60).dark).toBeGreaterThan(300);
    // Without a font the same place is empty: this is what the count is there to find out.
    expect(darkPixels(await renderPng(spec, []), (_, y) => y < 60).dark).toBe(0);
  });
  it('has a panel per unit, and colours instead of lines for many cores', () => {
    expect(systemProfile(lines(2, 5), 1).panels.map((p) => p.title.split(' (')[0])).toEqual([
      'CPU',
      'GPU',
      'Memory',
      'Temperature',
      'Power',
    ]);
    const many = systemProfile(lines(128, 5), 1).panels;
    expect(many.filter((p) => p.heat).map((p) => p.title)).toEqual(['CPU, 128 cores']);
  });
  it('thins long recordings, keeping every peak', () => {
    const long = lines(1, 20_000).map((l, i) => (i === 12_345 ? l.replace('VDD_IN 7312mW', 'VDD_IN 99000mW') : l));
    const profile = systemProfile(long, 1);
    const power = profile.panels.find((p) => p.unit === 'W');
    expect(power?.points.length).toBeLessThan(700);
    expect(Math.max(...(power?.points ?? []).map((p) => p.v))).toBe(99);
    expect(profile.seconds).toBe(19_999);
  });
  it('spreads several lines within one second, and goes without time stamps', () => {
    const [line] = lines(1, 1);
    const [cpu] = systemProfile([line, line, line, line], 0.25).panels;
    expect(cpu.points.filter((p) => p.series === 'mean').map((p) => p.t)).toEqual([0, 0.25, 0.5, 0.75]);
    const bare = line.slice(20);
    expect(systemProfile([bare, bare], 0.5).panels[0].points.at(-1)?.t).toBe(0.5);
    expect(systemProfile([], 1).panels).toEqual([]);
  });
});
