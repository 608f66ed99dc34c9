/** What every backend offers: build an engine from a model, open a session on it. */
import type { Problem } from '../base/problem.js';
import type { EngineManifest, EngineTarget } from '../formats/engine/engine.js';
import type { LayerTable } from '../formats/engine/layer-table.js';
import type { ModelSummary } from '../formats/engine/model.js';
import type { ModelSpec, Placement } from '../formats/pipeline/types.js';
import type { Tensor, TensorSpec } from '../formats/tensor/tensor.js';

export interface BackendStatus {
  readonly id: string;
  readonly version?: string;
  /** Where the program or library was found. */
  readonly location?: string;
  readonly accelerators: readonly { readonly name: string; readonly provider: string; readonly note?: string }[];
  /** Why it cannot be used, and how to get it. */
  readonly problem?: Problem;
}

/** A staged model with every input shape known. */
export interface ModelSource {
  readonly spec: ModelSpec;
  /** Absolute path of the ONNX file; absent for models that need none. */
  readonly file?: string;
  readonly summary?: ModelSummary;
  /** Concrete shapes of the inputs, by name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

export interface BuildOptions {
  /** Folder that receives engine.json and the blob. */
  readonly into: string;
  readonly accelerator: string;
}

export type BuildEvent =
  | { readonly kind: 'log'; readonly severity: 'info' | 'warning' | 'error'; readonly text: string }
  | { readonly kind: 'step'; readonly text: string };

export interface Backend {
  readonly id: string;
  /** Version and accelerators, or a Problem that says what is missing. Starts nothing on an accelerator. */
  probe(): Promise<BackendStatus>;
  /** The key that `build` would give, and what it is made of; equal keys may share an engine. */
  identify(model: ModelSource, accelerator: string): Promise<EngineIdentity>;
  /** @throws ProblemError `build` */
  build(
    model: ModelSource,
    options: BuildOptions,
    onEvent: (event: BuildEvent) => void,
    signal: AbortSignal,
  ): Promise<EngineManifest>;
  /** Opens the engine in folder `from`. Called in the thread that will run it. @throws ProblemError */
  open(engine: EngineManifest, from: string, placement: Placement, context?: OpenContext): Promise<Session>;
}

/** What a session may need to know of the run it is part of. */
export interface OpenContext {
  readonly task: string;
  readonly seed: number;
  /** One counter per shared synthetic engine, in memory that all threads see. */
  readonly engines?: { readonly names: readonly string[]; readonly counters: Int32Array };
  /** A lock in memory that all threads see, for native code that only one thread may be in. */
  readonly lock?: Int32Array;
}

export interface EngineIdentity {
  readonly key: string;
  readonly target: EngineTarget;
  readonly binding: readonly string[];
}

export type Feeds = Readonly<Record<string, Tensor>>;

export interface Session {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Execution provider that runs it, as the backend names it. */
  readonly provider: string;
  /** What a reader of the times must know about how it runs. */
  readonly notes?: readonly string[];
  /**
   * Binds every input once; the arrays are read in place on each run. `feedback` maps an input to the output of the
   * previous run that replaces it. @throws ProblemError naming the input, what was expected and what was found
   */
  bind(feeds: Feeds, feedback?: Readonly<Record<string, string>>): void;
  /**
   * Runs once. stamps = [enqueueEnd, deviceStart, deviceEnd] in ms of performance.now(), filled where the backend
   * knows them and NaN elsewhere. `job` is the number of the job within its task.
   */
  infer(stamps: Float64Array, job: number): void;
  /** Outputs of the last run; the arrays are overwritten by the next one. */
  results(): Feeds;
  /** Time per layer over a number of runs of their own; never during a measurement. */
  layers?(runs: number): LayerTable;
  close(): void;
}
