/** What the caller, the executor process and its task threads say to each other. */
import type { CompleteVia } from '../backends/backend.js';
import type { Problem } from '../base/problem.js';
import type { EngineManifest } from '../formats/engine/engine.js';
import type { LayerTable } from '../formats/engine/layer-table.js';
import type { InputSpec, Placement, ScenarioSpec } from '../formats/pipeline/types.js';
import type { ClockZero } from '../machine/monotonic.js';
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

/** What the process that times layers is asked, and what it answers. */
export interface LayersRequest {
  readonly engine: TaskRequest;
  /** Name of the task, for messages. */
  readonly task: string;
  readonly placement: Placement;
  readonly seed: number;
  /** The run directory. */
  readonly folder: string;
}

/** Layers, nothing where a backend has none, or what went wrong. */
export type LayersAnswer =
  | {
      readonly layers?: LayerTable;
      /** Resident memory (bytes) that loading the model and running it has added. */
      readonly memoryBytes: number;
    }
  | { readonly problem: Problem };

/** One repetition as the executor runs it. */
export interface ExecutorRequest {
  readonly scenario: ScenarioSpec;
  readonly tasks: readonly TaskRequest[];
  /** The run directory, which inputs and backends are relative to. */
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
  readonly completeVia: CompleteVia;
}

/** How far a task is. */
export interface TaskProgress {
  readonly rows: number;
  readonly completed: number;
  readonly dropped: number;
  readonly late: number;
  /** Response time of the last completed job, ns. */
  readonly lastResponse?: number;
  /** Completions per second, and the share of the time that they ran, over the last seconds. */
  readonly rate?: number;
  readonly load?: number;
}

/** What the executor knows at the end. */
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

/** What the executor says. */
export type FromExecutor =
  | { readonly kind: 'loaded'; readonly task: number; readonly loaded: LoadedTask }
  | {
      readonly kind: 'memory';
      readonly files: readonly { path: string; capacity: number }[];
      readonly controls: readonly ControlFile[];
    }
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

/** What the executor is told. */
export type ToExecutor =
  | { readonly kind: 'start'; readonly request: ExecutorRequest }
  | { readonly kind: 'stop' }
  /** A sample of the probes; time is CLOCK_MONOTONIC. */
  | { readonly kind: 'sample'; readonly monotonic: string; readonly gpuClock?: number; readonly temperature?: number };

/** Words of the control block. */
export const STARTED = 0;
/** Set when the threads shall end at once. */
export const ABORTED = 1;

/** Name of the threads of a worker, those that its sessions make included. */
export const threadName = (worker: number): string => `task-${worker}`;

/** What a thread is started with. */
export interface WorkerData {
  readonly scenario: ScenarioSpec;
  readonly worker: number;
  /** Indices of the tasks that this thread runs. */
  readonly own: readonly number[];
  readonly tasks: readonly TaskRequest[];
  readonly folder: string;
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
  /** Of the process. */
  readonly zero: ClockZero | undefined;
  /** ns of busy waiting before a release. */
  readonly margin: number;
}

/** What a control thread is started with. */
export interface ControlData {
  readonly cpu: number;
  /** ns between two wake-ups. */
  readonly period: number;
  /** Wake-ups that are later than this (ns) are kept one by one. */
  readonly note: number;
}

/** Sent to a control thread when the task threads are armed. */
export interface ControlArm extends Pick<Arm, 'control' | 'clock' | 'zero'> {
  readonly file: string;
  /** Events that fit into the file. */
  readonly capacity: number;
}

/** The log of one control thread. */
export interface ControlFile {
  readonly cpu: number;
  readonly path: string;
  /** ns */
  readonly period: number;
}

/** What a thread is sent: memory that it asked for, and the start. */
export type ToWorker =
  | { readonly kind: 'shared'; readonly name: string; readonly buffer: SharedArrayBuffer }
  | { readonly kind: 'arm'; readonly arm: Arm };

/** What a thread says. */
export type FromWorker =
  | { readonly kind: 'shared'; readonly name: string; readonly bytes: number }
  | { readonly kind: 'loaded'; readonly task: number; readonly loaded: LoadedTask }
  | { readonly kind: 'armed'; readonly clockMs: number }
  | { readonly kind: 'problem'; readonly task: number; readonly problem: Problem }
  | { readonly kind: 'done' };
