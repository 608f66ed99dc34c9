import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { gpuClockMax } from './device.js';
import { LinuxReader } from './linux.js';
import { parseHeader, parseRow } from './nvidia-smi.js';

const root = mkdtempSync(join(tmpdir(), 'infersight-probes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const put = (files: Record<string, string>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
};

it('the highest clock of a GPU is that of nvidia-smi, or of devfreq', () => {
  expect(gpuClockMax('NVIDIA H200, 580.159.04, 1980 MHz', root)).toBe(1980);
  expect(gpuClockMax('Orin (nvgpu), 540.4.0, [N/A]', root)).toBeUndefined();
  put({ 'sys/class/devfreq/17000000.gpu/max_freq': '1020000000\n', 'sys/class/devfreq/15340000.vic/max_freq': '1\n' });
  expect(gpuClockMax('Orin (nvgpu), 540.4.0, [N/A]', root)).toBe(1020);
  expect(gpuClockMax(undefined, root)).toBe(1020);
});

describe('linux', () => {
  it('reads a board with INA3221, thermal zones and cpufreq, and leaves out what it cannot read', () => {
    put({
      'proc/stat': 'cpu  100 0 0 900 0 0 0 0 0 0\ncpu0 50 0 0 450 0 0 0 0 0 0\ncpu1 50 0 0 450 0 0 0 0 0 0\nintr 1\n',
      'proc/meminfo':
        'MemTotal:        8000000 kB\nMemFree:  1 kB\nMemAvailable:    6000000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n',
      'proc/42/stat': '42 (node (x) y) S 1 1 1 0 -1 0 0 0 0 0 10 10 0 0 20 0 1 0 1 1 1',
      'proc/42/statm': '1000 500 1 1 1 1 1',
      'sys/class/thermal/thermal_zone0/type': 'CPU-therm\n',
      'sys/class/thermal/thermal_zone0/temp': '45500\n',
      'sys/class/thermal/thermal_zone1/type': 'GPU-therm\n',
      'sys/class/thermal/thermal_zone1/temp': '-256000\n',
      'sys/class/hwmon/hwmon3/name': 'ina3221\n',
      'sys/class/hwmon/hwmon3/in1_label': 'VDD_IN\n',
      'sys/class/hwmon/hwmon3/in1_input': '5000\n',
      'sys/class/hwmon/hwmon3/curr1_input': '1460\n',
      'sys/class/hwmon/hwmon3/in2_label': 'NC\n',
      'sys/class/powercap/intel-rapl:0/name': 'package-0\n',
      'sys/class/powercap/intel-rapl:0/energy_uj': '9000000\n',
      'sys/class/powercap/intel-rapl:0/max_energy_range_uj': '10000000\n',
      'sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '1500000\n',
      'sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count': '3\n',
    });
    const reader = new LinuxReader(root);
    reader.sample(42, 0n);
    put({
      'proc/stat': 'cpu  150 0 0 950 0 0 0 0 0 0\ncpu0 100 0 0 450 0 0 0 0 0 0\ncpu1 50 0 0 500 0 0 0 0 0 0\nintr 1\n',
      'proc/42/stat': '42 (node (x) y) S 1 1 1 0 -1 0 0 0 0 0 30 15 0 0 20 0 1 0 1 1 1',
      'sys/class/powercap/intel-rapl:0/energy_uj': '1000000\n',
    });
    const values = Object.fromEntries(reader.sample(42, 1_000_000_000n).map((r) => [r.name, r.value]));
    expect(values).toEqual({
      'cpu.mean': 50,
      'cpu.0': 100,
      'cpu.0.clock': 1500,
      'cpu.1': 0,
      'process.cpu': 50,
      ram_used: 2_000_000 * 1024,
      ram_total: 8_000_000 * 1024,
      swap_used: 0,
      swap_total: 0,
      'process.rss': 500 * 4096,
      'temperature.cpu': 45.5,
      'power.VDD_IN': 7300,
      'power.RAPL_PACKAGE_0': 2000,
      'throttle.core': 3,
    });
  });

  it('reads nothing from an empty machine, without failing', () => {
    expect(new LinuxReader(join(root, 'nowhere')).sample(1, 0n)).toEqual([]);
  });
});

describe('nvidia-smi', () => {
  const text = readFileSync('test/fixtures/telemetry/nvidia-smi.txt', 'utf8').split('\n');
  it('reads every real table by its header', () => {
    let header: string[] = [];
    let rows = 0;
    for (const line of text) {
      if (/\[%\]/.test(line) && !line.startsWith('#')) header = parseHeader(line);
      else if (header.length > 0 && line.includes(',') && !line.startsWith('#')) {
        const readings = parseRow(header, line);
        expect(readings.length, line).toBeGreaterThan(0);
        for (const r of readings) expect(Number.isFinite(r.value), `${r.name} in ${line}`).toBe(true);
        rows++;
      }
    }
    expect(rows).toBeGreaterThan(8);
  });
  it('scales units and keeps what is not available absent', () => {
    const header = parseHeader(
      'index, timestamp, utilization.gpu [%], memory.used [MiB], power.draw [W], clocks.sm [MHz], clocks_throttle_reasons.active',
    );
    expect(parseRow(header, '1, 2026/10/05 12:00:00.000, 80 %, 2048 MiB, 120.5 W, [N/A], 0x0000000000000004')).toEqual([
      { name: 'gpu.1.load', unit: 'percent', value: 80 },
      { name: 'gpu.1.memory_used', unit: 'bytes', value: 2 ** 31 },
      { name: 'power.GPU.1', unit: 'mW', value: 120_500 },
      { name: 'gpu.1.throttle_reasons', unit: 'mask', value: 4 },
    ]);
  });
  it('knows the names that a header has for what was asked', () => {
    // As nvidia-smi of driver 580.159.04 on an H200 answers the query of this probe.
    const header = parseHeader(
      'index, utilization.gpu [%], utilization.memory [%], memory.used [MiB], memory.total [MiB], temperature.gpu, power.draw [W], clocks.current.sm [MHz], clocks.current.memory [MHz], clocks_event_reasons.active',
    );
    const row = '0, 0 %, 0 %, 0 MiB, 143771 MiB, 40, 128.07 W, 1980 MHz, 3201 MHz, 0x0000000000000001';
    expect(Object.fromEntries(parseRow(header, row).map((r) => [r.name, r.value]))).toEqual({
      'gpu.load': 0,
      'gpu.memory_load': 0,
      'gpu.memory_used': 0,
      'gpu.memory_total': 143771 * 2 ** 20,
      'temperature.gpu': 40,
      'power.GPU': 128070,
      'gpu.clock': 1980,
      'gpu.memory_clock': 3201,
      'gpu.throttle_reasons': 1,
    });
  });
});
