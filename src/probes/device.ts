/** What this device is: recorded with every run, so that figures can be compared. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { arch, cpus, hostname, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { DeviceDocument } from '../formats/recording/recording.js';
import { gpuClockLocked } from '../machine/jetson.js';
import { Nvml } from '../machine/nvml.js';
import { cpuModel, deviceModel } from '../machine/target.js';
import { findProgram } from './spawned.js';

const firstLine = (program: string, parameters: readonly string[]): string[] => {
  const path = findProgram(program);
  if (!path) return [];
  const result = spawnSync(path, parameters, { encoding: 'utf8', timeout: 5000 });
  return result.status === 0 ? result.stdout.trim().split('\n') : [];
};

const file = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
};

/** @param versions of the backends in use */
export function describeDevice(versions: Readonly<Record<string, string>>): DeviceDocument {
  const gpus = gpuLines();
  const driver = gpus.driver;
  const model = deviceModel();
  const gpuClock = gpuClockMax(gpus.lines[0], '/');
  const powerMode = firstLine('nvpmodel', ['-q'])
    .find((l) => l.startsWith('NV Power Mode'))
    ?.split(':')[1]
    ?.trim();
  const l4t = file('/etc/nv_tegra_release')?.split('\n')[0];
  const locked = clocksLocked();
  return {
    hostname: hostname(),
    ...(model ? { model } : {}),
    os: osName(),
    arch: arch(),
    kernel: release(),
    cpu: cpuModel(),
    cpus: cpus().length,
    memory_bytes: totalmem(),
    gpu: gpus.lines.map((l) => l.split(',')[0].trim()).filter(Boolean),
    ...(gpus.modes.length > 0 ? { gpu_modes: [...gpus.modes] } : {}),
    ...(gpuClock === undefined ? {} : { gpu_clock_max_mhz: gpuClock }),
    ...(powerMode ? { power_mode: powerMode } : {}),
    ...(locked === undefined ? {} : { clocks_locked: locked }),
    versions: { node: process.versions.node, ...versions, ...(driver ? { driver } : {}), ...(l4t ? { l4t } : {}) },
  };
}

/** Name, driver and highest SM clock of each GPU, and how they are shared; by the driver's library, else by its program. */
function gpuLines(): {
  readonly lines: readonly string[];
  readonly driver?: string;
  readonly modes: readonly string[];
} {
  const library = Nvml.open();
  if (!library) {
    const lines = firstLine('nvidia-smi', ['--query-gpu=name,driver_version,clocks.max.sm', '--format=csv,noheader']);
    const driver = lines[0]?.split(',')[1]?.trim();
    return { lines, ...(driver ? { driver } : {}), modes: [] };
  }
  const { driver } = library;
  const facts = Array.from({ length: library.count }, (_, i) => library.facts(i));
  library.close();
  return {
    lines: facts.map((f) => `${f.name}, ${driver ?? ''}, ${f.clockMaxMhz ?? ''}`),
    ...(driver === undefined ? {} : { driver }),
    modes: facts.flatMap((f, i) => [
      ...(f.mig ? [`gpu:${i} is cut into instances (MIG)`] : []),
      ...(f.mps ? [`programs share gpu:${i} through a server (MPS)`] : []),
    ]),
  };
}

/**
 * MHz. @param line of nvidia-smi: name, driver, highest SM clock. Where it does not say (Jetson), devfreq does: the limit
 * of the power mode. @param root `/`, or the root of a copied tree in tests
 */
export function gpuClockMax(line: string | undefined, root: string): number | undefined {
  const told = Number.parseFloat(line?.split(',')[2] ?? '');
  if (told > 0) return told;
  const base = join(root, 'sys/class/devfreq');
  const gpu = namesIn(base).find((name) => /\.(gpu|gv11b|gp10b|ga10b|gb10b)$/.test(name));
  const hertz = gpu === undefined ? Number.NaN : Number(file(join(base, gpu, 'max_freq')));
  return hertz > 0 ? hertz / 1e6 : undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const osName = (): string => /^PRETTY_NAME="?([^"\n]*)/m.exec(file('/etc/os-release') ?? '')?.[1] ?? platform();

/** True when no CPU and no GPU of a Jetson may change its clock; undefined where the system does not say. */
function clocksLocked(): boolean | undefined {
  const base = '/sys/devices/system/cpu/cpufreq';
  const policies = namesIn(base).filter((n) => n.startsWith('policy'));
  if (policies.length === 0) return undefined;
  const cpus = policies.every((p) => file(`${base}/${p}/scaling_min_freq`) === file(`${base}/${p}/scaling_max_freq`));
  return cpus && (gpuClockLocked() ?? true);
}
