/** What this machine is, as far as an engine depends on it. */
import { readFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { ProblemError } from '../base/problem.js';
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

export const localTarget = (versions: Partial<EngineTarget>): EngineTarget => {
  const model = deviceModel();
  return { ...(model ? { device_model: model } : {}), cpu: cpuModel(), ...versions, os: platform(), arch: arch() };
};

/** @throws ProblemError that names the field and both values when the engine was built for another target */
export function checkTarget(engine: EngineManifest, here: EngineTarget): void {
  const problems = engine.binding
    .filter((field) => engine.target[field as keyof EngineTarget] !== here[field as keyof EngineTarget])
    .map((field) => ({
      code: 'backend' as const,
      message: `engine of ${engine.model.name} was built for ${field} "${engine.target[field as keyof EngineTarget] ?? 'unknown'}", this machine has "${here[field as keyof EngineTarget] ?? 'unknown'}"`,
      hint: 'build it again on this machine',
    }));
  if (problems.length > 0) throw new ProblemError(problems);
}
