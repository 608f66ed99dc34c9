/** Peaks of a GPU from what trtexec prints of it: nominal clocks, dense matrices. */
import type { EngineDevice } from '../formats/engine/engine-report.js';
import type { EngineLog } from './engine-log.js';

/**
 * Multiply-accumulates per clock and SM by compute capability, from the white papers of the architectures (Volta, Turing,
 * Ampere GA100 and GA102, Orin, Ada, Hopper, Blackwell). FP16 counts accumulation in FP16. A capability that is not here
 * has no peak: a guess would be worse.
 */
const PER_SM: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  '7.0': { FP32: 64, FP16: 512 },
  '7.2': { FP32: 64, FP16: 512, INT8: 1024 },
  '7.5': { FP32: 64, FP16: 512, INT8: 1024 },
  '8.0': { FP32: 64, TF32: 512, FP16: 1024, BF16: 1024, INT8: 2048 },
  '8.6': { FP32: 128, TF32: 128, FP16: 512, BF16: 512, INT8: 1024 },
  '8.7': { FP32: 128, FP16: 1024, BF16: 1024, INT8: 2048 },
  '8.9': { FP32: 128, TF32: 128, FP16: 512, BF16: 512, FP8: 1024, INT8: 1024 },
  '9.0': { FP32: 128, TF32: 1024, FP16: 2048, BF16: 2048, FP8: 4096, INT8: 4096 },
  '10.0': { FP32: 128, TF32: 2048, FP16: 4096, BF16: 4096, FP8: 8192, INT8: 8192, FP4: 16384 },
  '12.0': { FP32: 128, TF32: 128, FP16: 512, BF16: 512, FP8: 1024, INT8: 1024, FP4: 2048 },
};

/**
 * Jetson, DRIVE and DGX Spark: the clock that CUDA tells there is not that of the memory (an AGX Orin of 204.8 GB/s tells
 * 0.408 or 1.275 GHz), so nothing is said of their bandwidth.
 */
const INTEGRATED = new Set(['5.3', '6.2', '7.2', '8.7', '10.1', '11.0', '12.1']);

/** GeForce cards accumulate in FP32 at half the rate, and BF16 accumulates in nothing else. */
const HALF_BF16 = /GeForce/;

const first = (device: Readonly<Record<string, string>>, names: readonly string[]): number | undefined => {
  for (const name of names) {
    const value = Number.parseFloat(device[name] ?? '');
    if (Number.isFinite(value) && value > 0) return value;
  }
  return undefined;
};

/** Undefined when no log told anything of the device. */
export function deviceOfLog(log: EngineLog | undefined): EngineDevice | undefined {
  const told = log?.device ?? {};
  if (Object.keys(told).length === 0) return undefined;
  // `Selected Device: NVIDIA Orin`, since 10 with a number and the UUID in brackets around it.
  const name = told['Selected Device']?.replace(/\s*\[.*$/, '');
  const clock = first(told, ['Compute Clock Rate', 'Application Compute Clock Rate']);
  const memoryClock = first(told, ['Memory Clock Rate', 'Application Memory Clock Rate']);
  const bus = first(told, ['Memory Bus Width']);
  const sms = first(told, ['SMs']);
  const capability = told['Compute Capability']?.trim();
  const key = capability === undefined ? undefined : Number(capability).toFixed(1);
  const perSm = Object.entries((key && PER_SM[key]) || {}).map(([p, n]): [string, number] => [
    p,
    p === 'BF16' && HALF_BF16.test(name ?? '') ? n / 2 : n,
  ]);
  return {
    ...(name ? { name } : {}),
    ...(key ? { compute_capability: key } : {}),
    ...(sms ? { sms } : {}),
    // Two transfers a clock on a bus of that many bits.
    ...(memoryClock && bus && !INTEGRATED.has(key ?? '')
      ? { memory_bytes_per_s: (2 * memoryClock * 1e9 * bus) / 8 }
      : {}),
    ops_per_s: sms && clock ? Object.fromEntries(perSm.map(([p, n]) => [p, 2 * n * sms * clock * 1e9])) : {},
  };
}
