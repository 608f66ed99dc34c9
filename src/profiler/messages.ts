/** What the caller, the executor process and its task threads say to each other. */
import type { Problem } from '../base/problem.js';
import type { EngineManifest } from '../formats/engine/engine.js';
import type { InputSpec, ScenarioSpec } from '../formats/pipeline/types.js';
import type { Phase, PhaseNotes } from '../workload/conductor.js';
import type { SharedScenario } from '../workload/task-driver.js';

/** One task as the executor needs it. */
export interface TaskRequest {
  readonly backend: string;
  readonly engine: EngineManifest;
  readonly engineFolder: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

export interface ExecutorRequest {
  readonly scenario: ScenarioSpec;
  readonly tasks: readonly TaskRequest[];
  /** Folder of the pipeline file, which inputs and backends are relative to. */
  readonly folder: string;
  /** Prefix of the files that hold the stamps. */
  readonly memoryPrefix: string;
}

/** What is known of a task once its model is loaded and has run once. */
export interface LoadedTask {
  readonly provider: string;
  readonly loadMs: number;
  readonly firstMs: number;
  /** Median of a few runs, ns. */
  readonly service: number;
  readonly honoured: Readonly<Record<string, boolean>>;
  readonly notes: readonly string[];
}

export interface TaskProgress {
  readonly rows: number;
  readonly completed: number;
  readonly dropped: number;
  readonly late: number;
  /** Response time of the last completed job, ns. */
  readonly lastResponse?: number;
}

export interface ExecutorResult {
  readonly measureFrom: number;
  readonly measureTo: number;
  readonly notes: PhaseNotes;
  readonly interrupted: boolean;
  readonly endMonotonic: string;
  readonly threadErrorUs: number;
  readonly spinUs: number;
  readonly rss: number;
}

export type FromExecutor =
  | { readonly kind: 'loaded'; readonly task: number; readonly loaded: LoadedTask }
  | { readonly kind: 'memory'; readonly files: readonly { path: string; capacity: number }[] }
  /** CLOCK_MONOTONIC at the run origin, ns as decimal text. */
  | { readonly kind: 'origin'; readonly monotonic: string; readonly utc: string }
  | {
      readonly kind: 'progress';
      readonly phase: Phase;
      readonly now: number;
      readonly measureFrom: number;
      readonly stopAt: number;
      readonly tasks: readonly TaskProgress[];
    }
  | { readonly kind: 'problem'; readonly task?: number; readonly problem: Problem }
  | { readonly kind: 'end'; readonly result: ExecutorResult };

export type ToExecutor =
  | { readonly kind: 'start'; readonly request: ExecutorRequest }
  | { readonly kind: 'stop' }
  /** A sample of the probes; time is CLOCK_MONOTONIC. */
  | { readonly kind: 'sample'; readonly monotonic: string; readonly gpuClock?: number; readonly temperature?: number };

/** Words of the control block. */
export const STARTED = 0;
export const ABORTED = 1;

export interface WorkerData {
  readonly scenario: ScenarioSpec;
  readonly worker: number;
  readonly lane: readonly number[];
  readonly tasks: readonly TaskRequest[];
  readonly folder: string;
  readonly engines: { readonly names: readonly string[]; readonly counters: SharedArrayBuffer };
  readonly lock: SharedArrayBuffer;
}

/** Sent to every thread once all are loaded and the memory is there. */
export interface Arm {
  readonly memory: readonly { readonly path: string; readonly capacity: number }[];
  readonly listed: readonly number[];
  readonly shared: SharedScenario;
  /** Int32: STARTED, ABORTED. */
  readonly control: SharedArrayBuffer;
  /** Float64: origin in ms of performance.now(), then per task the begin (ns) of the job that runs, 0 while idle. */
  readonly clock: SharedArrayBuffer;
  /** ns of busy waiting before a release. */
  readonly margin: number;
}

export type FromWorker =
  | { readonly kind: 'loaded'; readonly task: number; readonly loaded: LoadedTask }
  | { readonly kind: 'armed'; readonly clockMs: number }
  | { readonly kind: 'problem'; readonly task: number; readonly problem: Problem }
  | { readonly kind: 'done' };
