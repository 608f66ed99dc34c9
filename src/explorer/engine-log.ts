/** What a build and inference log tells about an engine, whatever it was read from. */

export interface DlaFallback {
  readonly layer: string;
  readonly type?: string;
  readonly reason: string;
}

/** What logs tell of an engine and its device. */
export interface EngineLog {
  /** Of TensorRT. */
  readonly version?: string;
  readonly command?: string;
  readonly passed?: boolean;
  /** Values by section ("Build Options") and key ("Precision"). */
  readonly options: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** "Selected Device", "Compute Capability", "SMs" ... as printed; clocks are nominal. */
  readonly device: Readonly<Record<string, string>>;
  /** Memory plan of the engine, bytes. */
  readonly memory: Readonly<Record<string, number>>;
  readonly build: Readonly<Record<string, number>>;
  readonly throughput_qps?: number;
  /** ms by metric ("GPU Compute Time") and statistic (min, max, mean, median, p99). */
  readonly performance: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly dla: readonly string[];
  readonly gpu: readonly string[];
  readonly fallbacks: readonly DlaFallback[];
  readonly warnings: readonly string[];
}

const EMPTY: EngineLog = {
  options: {},
  device: {},
  memory: {},
  build: {},
  performance: {},
  dla: [],
  gpu: [],
  fallbacks: [],
  warnings: [],
};

/**
 * Several logs of one engine, such as that of the build and that of the profile; what a later one tells wins. A log that
 * loads an engine prints build options too, though nothing is built with them: they are left out.
 */
export function mergeLogs(logs: readonly EngineLog[]): EngineLog | undefined {
  if (logs.length === 0) return undefined;
  let all = EMPTY;
  for (const log of [...logs.filter(loadsEngine).map(withoutBuild), ...logs.filter((l) => !loadsEngine(l))]) {
    all = {
      ...all,
      ...log,
      options: { ...all.options, ...log.options },
      device: { ...all.device, ...log.device },
      memory: { ...all.memory, ...log.memory },
      build: { ...all.build, ...log.build },
      performance: { ...all.performance, ...log.performance },
      dla: [...new Set([...all.dla, ...log.dla])],
      gpu: [...new Set([...all.gpu, ...log.gpu])],
      fallbacks: [...new Map([...all.fallbacks, ...log.fallbacks].map((f) => [f.layer, f])).values()],
      warnings: [...new Set([...all.warnings, ...log.warnings])],
    };
  }
  return all;
}

const loadsEngine = (log: EngineLog): boolean => /--loadEngine\b/.test(log.command ?? '');

function withoutBuild(log: EngineLog): EngineLog {
  const { 'Build Options': _, build_options: __, ...options } = log.options;
  return { ...log, options };
}

/** A log that tells nothing. */
export const emptyLog = (): EngineLog => EMPTY;

const option = (log: EngineLog, section: string, key: string): string | undefined =>
  log.options[section]?.[key] ?? log.options[section.toLowerCase().replaceAll(' ', '_')]?.[key];

/** Precisions that the build was allowed to use, as `FP32+FP16` or the flags of the command. */
export function askedPrecisions(log: EngineLog | undefined): string[] {
  if (!log) return [];
  const told = option(log, 'Build Options', 'Precision');
  const words = told ? told.split('+').map((w) => w.trim().replace(/ .*/, '').toUpperCase()) : [];
  const flags = [...(log.command ?? '').matchAll(/--(fp16|bf16|fp8|int8|int4|best)\b/g)].flatMap(([, flag]) =>
    flag === 'best' ? ['FP16', 'INT8'] : [flag.toUpperCase()],
  );
  return [...new Set([...words, ...flags])].filter((w) => /^(FP32|FP16|BF16|FP8|INT8|INT4)$/.test(w));
}
