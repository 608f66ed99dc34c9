/** What this machine is, as far as an engine depends on it. */
import { readFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { type Problem, ProblemError } from '../base/problem.js';
import type { EngineManifest, EngineTarget } from '../formats/engine/engine.js';

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', '').trim() || undefined;
  } catch {
    return undefined;
  }
};

/** Jetson and other boards name themselves in the device tree. */
export const deviceModel = (): string | undefined =>
  readText('/proc/device-tree/model') ?? readText('/sys/devices/virtual/dmi/id/product_name');

/** `/proc/cpuinfo` on arm64 has no model name: implementer and part number stand for it. */
export function cpuModel(): string {
  const name = cpus()[0]?.model?.trim();
  if (name && name !== 'unknown') return name;
  const info = readText('/proc/cpuinfo') ?? '';
  const field = (key: string) => new RegExp(`^${key}\\s*:\\s*(\\S+)`, 'm').exec(info)?.[1];
  return `arm ${field('CPU implementer') ?? '?'}:${field('CPU part') ?? '?'}`;
}

/** Versions of drivers and of the board's software, where there are any. */
export function driverVersions(): Record<string, string> {
  const nvidia = /Kernel Module[^\d]*(\d+(?:\.\d+)+)/.exec(readText('/proc/driver/nvidia/version') ?? '')?.[1];
  const l4t = readText('/etc/nv_tegra_release')?.split('\n')[0];
  return { ...(nvidia ? { driver: nvidia } : {}), ...(l4t ? { l4t } : {}) };
}

/** This machine as an engine's target. @param versions of the libraries that the engine depends on */
export const localTarget = (versions: Partial<EngineTarget>): EngineTarget => {
  const model = deviceModel();
  return { ...(model ? { device_model: model } : {}), cpu: cpuModel(), ...versions, os: platform(), arch: arch() };
};

/** @throws ProblemError that names the field and both values when the engine was built for another target */
export function checkTarget(engine: EngineManifest, here: EngineTarget): void {
  const problems = engine.binding
    .filter((field) => engine.target[field] !== here[field])
    .map(
      (field): Problem => ({
        code: 'backend',
        message: `engine of ${engine.model.name} was built for ${field} "${engine.target[field] ?? 'unknown'}", this machine has "${here[field] ?? 'unknown'}"`,
        hint: 'build it again on this machine',
      }),
    );
  if (problems.length > 0) throw new ProblemError(problems);
}
