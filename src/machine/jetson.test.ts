import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dlaCores, gpuClockLocked, jetPack } from './jetson.js';

const roots: string[] = [];
const tree = (files: Record<string, string>): string => {
  const root = mkdtempSync(join(tmpdir(), 'infersight-jetson-'));
  roots.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
};
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

describe('a Jetson', () => {
  it('tells its JetPack by the release of L4T', () => {
    const of = (line: string) => jetPack(tree({ 'etc/nv_tegra_release': line }));
    expect(of('# R35 (release), REVISION: 4.1, GCID: 33958178, BOARD: t186ref, EABI: aarch64')).toEqual({
      major: 5,
      l4t: 'R35.4.1',
    });
    expect(of('# R36 (release), REVISION: 4.4, GCID: 1, BOARD: generic')).toEqual({ major: 6, l4t: 'R36.4.4' });
    expect(of('# R38 (release), REVISION: 2.0, GCID: 1, BOARD: generic')).toEqual({ major: 7, l4t: 'R38.2.0' });
    expect(jetPack(tree({ 'etc/hostname': 'pc' }))).toBeUndefined();
  });

  it('tells DLA cores and whether the clock of its GPU is held', () => {
    const orin = tree({
      'sys/devices/platform/bus@0/13e00000.host1x/15880000.nvdla0/uevent': '',
      'sys/devices/platform/bus@0/13e00000.host1x/158c0000.nvdla1/uevent': '',
      'sys/class/devfreq/17000000.gpu/min_freq': '1300500000\n',
      'sys/class/devfreq/17000000.gpu/max_freq': '1300500000\n',
    });
    expect(dlaCores(orin)).toBe(2);
    expect(gpuClockLocked(orin)).toBe(true);
    expect(dlaCores(tree({ 'dev/null': '' }))).toBe(0);
    expect(
      gpuClockLocked(
        tree({ 'sys/class/devfreq/17000000.ga10b/min_freq': '1', 'sys/class/devfreq/17000000.ga10b/max_freq': '2' }),
      ),
    ).toBe(false);
  });
});
