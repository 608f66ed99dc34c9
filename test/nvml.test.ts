/** NVML: every value from its place, on a double of the library. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Nvml } from '../dist/machine/nvml.js';
import { describeDevice } from '../dist/probes/device.js';
import type { Reading } from '../src/formats/recording/tegrastats.js';

const root = mkdtempSync(join(tmpdir(), 'infersight-nvml-'));
const before = process.env.NVML_LIB;
beforeAll(() => {
  const library = join(root, 'libnvidia-ml.so.1');
  const source = new URL('nvml-double.cpp', import.meta.url).pathname;
  const result = spawnSync('g++', ['-O1', '-shared', '-fPIC', '-o', library, source], { encoding: 'utf8' });
  expect(result.stderr).toBe('');
  process.env.NVML_LIB = library;
});
afterAll(() => {
  if (before === undefined) delete process.env.NVML_LIB;
  else process.env.NVML_LIB = before;
  rmSync(root, { recursive: true, force: true });
});

describe('NVML', () => {
  it('is read', async () => {
    const nvml = Nvml.open();
    expect(nvml?.read(0)).toEqual({
      load: 37,
      memoryLoad: 12,
      decoderLoad: 9,
      memoryTotal: 8 * 2 ** 30,
      memoryUsed: 2 * 2 ** 30,
      temperature: 51,
      power: 72_500,
      energy: 5_000_000_000,
      clock: 1980,
      memoryClock: 2619,
      throttleReasons: 0x24,
      eccCorrected: 7,
      eccUncorrected: 3,
    });
    expect(nvml?.processMemory(0, 4242)).toBe(123_456_789);
    expect(nvml?.processMemory(0, 1)).toBeUndefined();
    expect(await nvml?.pcie(0)).toEqual({ received: 1_024_000, sent: 512_000 });
    expect(nvml?.facts(0)).toEqual({ name: 'Double GPU', clockMaxMhz: 2100, mig: true, mps: true });
    expect(nvml?.driver).toBe('580.1');
  });

  it('describes the device: GPUs, driver, and how they are shared', () => {
    expect(describeDevice({})).toMatchObject({
      gpu: ['Double GPU'],
      gpu_clock_max_mhz: 2100,
      gpu_modes: ['gpu:0 is cut into instances (MIG)', 'programs share gpu:0 through a server (MPS)'],
      versions: { driver: '580.1' },
    });
  });

  it('is a probe, which stands for nvidia-smi where both are', async () => {
    const { nvml } = await import('../dist/probes/nvml.js');
    const { chooseProbes } = await import('../dist/probes/registry.js');
    const ids = chooseProbes('auto').probes.map((p) => p.id);
    expect(ids).toContain('nvml');
    expect(ids).not.toContain('nvidia-smi');
    const samples: (readonly Reading[])[] = [];
    const running = nvml.start({
      intervalMs: 30,
      processId: () => 4242,
      threadNames: new Map(),
      onSample: ({ readings }) => samples.push(readings),
      onProblem: () => undefined,
    });
    await expect.poll(() => samples.length).toBeGreaterThan(2);
    await running.stop();
    const last = Object.fromEntries((samples.at(-1) ?? []).map((r) => [r.name, r.value]));
    expect(last).toMatchObject({
      'gpu.load': 37,
      'power.GPU': 72_500,
      'gpu.energy': 5_000_000_000,
      'gpu.process_memory': 123_456_789,
      'gpu.pcie_received': 1_024_000,
    });
    expect(running.cost().samples).toBe(samples.length);
  });
});
