import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { JetsonReader } from './linux-jetson.js';

const root = mkdtempSync(join(tmpdir(), 'infersight-jetson-sys-'));
afterAll(() => rmSync(root, { recursive: true }));
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), `${text}\n`);
};

describe('engines of a Jetson by /sys', () => {
  it('tells load, clocks and how long engines were on', () => {
    const dla = 'sys/devices/platform/bus@0/13e00000.host1x/15880000.nvdla0/power/runtime_active_time';
    write('sys/devices/platform/gpu.0/load', '437');
    write('sys/class/devfreq/17000000.ga10b/cur_freq', '1300500000');
    write('sys/class/devfreq/15340000.vic/cur_freq', '729600000');
    write(dla, '5000');
    write('sys/devices/platform/bus@0/13e00000.host1x/15340000.vic/power/runtime_status', 'suspended');
    const reader = new JetsonReader(root);
    const first = reader.sample(1_000_000_000n);
    expect(first).toEqual([
      { name: 'gpu.load', unit: 'percent', value: 43.7 },
      { name: 'vic.clock', unit: 'MHz', value: 729.6 },
      { name: 'gpu.clock', unit: 'MHz', value: 1300.5 },
    ]);
    write(dla, '5250');
    expect(reader.sample(1_500_000_000n).at(-1)).toEqual({ name: 'nvdla0.on', unit: 'percent', value: 50 });
  });

  it('tells nothing where there are none', () => {
    expect(new JetsonReader(join(root, 'nowhere')).sample(1n)).toEqual([]);
  });
});
