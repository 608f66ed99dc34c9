import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grantedCpus, preflight } from './preflight.js';

const STAT = `cpu  100 0 50 1000 0 0 0 0 0 0\n${[0, 1, 2, 3].map((i) => `cpu${i} 25 0 12 250 0 0 0 0 0 0\n`).join('')}`;

/** A device as a tree of files. */
function device(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'infersight-preflight-'));
  const all = { 'proc/stat': STAT, 'proc/meminfo': 'MemAvailable:    4194304 kB\n', 'dev/shm/keep': '', ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const bad = async (files: Readonly<Record<string, string>>): Promise<string[]> =>
  (await preflight(device(files))).filter((c) => !c.ok).map((c) => `${c.id}: ${c.message}`);

describe('preflight', () => {
  it('finds nothing on a device that is as it should be', async () => {
    expect(
      await bad({
        'sys/devices/system/cpu/cpufreq/policy0/scaling_governor': 'performance\n',
        'sys/devices/system/cpu/cpufreq/boost': '0\n',
        'sys/fs/cgroup/cpu.max': 'max 100000\n',
        'proc/self/limits': 'Max open files            1024                 4096                 files     \n',
      }),
    ).toEqual([]);
  });

  it('says what can spoil a measurement', async () => {
    expect(
      await bad({
        'sys/devices/system/cpu/cpufreq/policy0/scaling_governor': 'schedutil\n',
        'sys/devices/system/cpu/cpufreq/boost': '1\n',
        'sys/fs/cgroup/cpu.max': '150000 100000\n',
        'sys/fs/cgroup/memory.max': '1073741824\n',
        'sys/fs/cgroup/memory.current': '1000000000\n',
        'proc/self/limits': 'Max open files            64                 4096                 files     \n',
      }),
    ).toEqual([
      'governor: CPU governor: schedutil, so clocks follow the load',
      'turbo: CPU turbo is on: clocks depend on temperature and on how many cores work',
      expect.stringMatching(/^cpu_limit: a cgroup grants 1.5 of 4 CPUs/),
      expect.stringMatching(/^memory: 70.3 MiB of memory are free/),
      'open_files: at most 64 files may be open',
    ]);
  });

  it('reads limits of both versions of cgroups', () => {
    expect(grantedCpus(device({ 'cpu.max': '50000 100000' }))).toBe(0.5);
    expect(grantedCpus(device({ 'cpu.max': 'max 100000' }))).toBeUndefined();
    expect(grantedCpus(device({ 'cpu/cpu.cfs_quota_us': '200000', 'cpu/cpu.cfs_period_us': '100000' }))).toBe(2);
    expect(grantedCpus(device({ 'cpu/cpu.cfs_quota_us': '-1', 'cpu/cpu.cfs_period_us': '100000' }))).toBeUndefined();
    expect(grantedCpus(device({}))).toBeUndefined();
  });
});
