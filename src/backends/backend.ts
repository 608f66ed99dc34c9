/** What every backend offers: build an engine from a model, open a session on it. */
import type { Problem } from '../base/problem.js';
import type { EngineManifest, EngineTarget } from '../formats/engine/engine.js';
import type { LayerTable } from '../formats/engine/layer-table.js';
import type { ModelSummary } from '../formats/engine/model.js';
import type { Completion, ModelSpec, Placement, Priority } from '../formats/pipeline/types.js';
import type { Tensor, TensorSpec } from '../formats/tensor/tensor.js';

/** Something that a backend uses: where it is, or that it is missing and how to get it. */
export interface BackendPart {
  readonly name: string;
  readonly found?: string;
  readonly missing?: string;
  readonly hint?: string;
}

/** Where a layer of a network could run, before it is fused with others. */
export interface LayerPlace {
  readonly layer: string;
  readonly type: string;
  readonly device: 'dla' | 'gpu';
  /** Why it cannot run where it was asked to. */
  readonly why?: string;
}

/** What a backend is on this machine. */
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
  /** Folder that files of its inputs are relative to. */
  readonly folder: string;
  /** Concrete shapes of the inputs, by name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** Where an engine goes, and what for. */
export interface BuildOptions {
  /** Folder that receives engine.json and the blob. */
  readonly into: string;
  readonly accelerator: string;
}

/** What happens in a build, as it happens. */
export type BuildEvent =
  | { readonly kind: 'log'; readonly severity: 'info' | 'warning' | 'error'; readonly text: string }
  | { readonly kind: 'step'; readonly text: string };

/** A way to build engines and to run them. */
export interface Backend {
  readonly id: string;
  /** Version and accelerators, or a Problem that says what is missing. Starts nothing on an accelerator. */
  probe(): Promise<BackendStatus>;
  /** What it needs besides its library, and how to get what is missing; takes seconds. @throws ProblemError as `probe` tells it */
  parts?(): Promise<readonly BackendPart[]>;
  /** Versions of libraries and drivers that its engines depend on; by default that of `probe`. */
  versions?(): Promise<Readonly<Record<string, string>>>;
  /** The key that `build` would give, and what it is made of; equal keys may share an engine. */
  identify(model: ModelSource, accelerator: string): Promise<EngineIdentity>;
  /** @throws ProblemError `build` */
  build(
    model: ModelSource,
    options: BuildOptions,
    onEvent: (event: BuildEvent) => void,
    signal: AbortSignal,
  ): Promise<EngineManifest>;
  /** Layer by layer, where a target could run the model, without building it; absent where there is one target alone. @throws ProblemError */
  placement?(model: ModelSource, accelerator: string, signal: AbortSignal): Promise<readonly LayerPlace[]>;
  /** An engine of an engine file that was made elsewhere, tried and described; absent where there are no such files. @throws ProblemError */
  describe?(
    model: ModelSource,
    options: BuildOptions,
    file: string,
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
  /** As the pipeline file asks for; what a session makes of it stands in its notes. */
  readonly priority: Priority;
  /** How the host is to wait for the end of a run, where the backend has a choice; `spin` by default. */
  readonly completeVia?: Completion;
  /**
   * Memory that every session of the run sees under this name, zero at first: locks, counters, what tasks of one engine
   * share. Asked for while a session is opened, never while jobs run.
   */
  shared(name: string, bytes: number): Promise<SharedArrayBuffer>;
}

/**
 * Cells of the stamps that a session may fill, in ms of performance.now(): the last submit returned, the device's part
 * began, was over, and within it the end of the copies in and of the computing.
 */
export const CELL = { enqueueEnd: 0, deviceStart: 1, deviceEnd: 2, copyInEnd: 3, computeEnd: 4 } as const;
/** Length of the array of stamps. */
export const CELLS = 5;

/** What an engine would be: its key, and the parts of the target that the key binds it to. */
export interface EngineIdentity {
  readonly key: string;
  readonly target: EngineTarget;
  readonly binding: readonly string[];
}

/** Tensors by the names of inputs or outputs. */
export type Feeds = Readonly<Record<string, Tensor>>;

/** How the host learns that a run has ended: it watches, watches and lets others run between two looks, sleeps, or is called. */
export type CompleteVia = Completion | 'callback';

/** An engine that is loaded in the thread that runs it. */
export interface Session {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Execution provider that runs it, as the backend names it. */
  readonly provider: string;
  /** What a reader of the times must know about how it runs. */
  readonly notes?: readonly string[];
  /** How the host learns that a run has ended; `blocking` where it says nothing. */
  readonly completeVia?: CompleteVia;
  /**
   * Binds every input once; the arrays are read in place on each run. `feedback` maps an input to the output of the
   * previous run that replaces it. @throws ProblemError naming the input, what was expected and what was found
   */
  bind(feeds: Feeds, feedback?: Readonly<Record<string, string>>): void;
  /**
   * Runs once. Fills the cells of `stamps` that it knows; the others stay NaN. `job` is the number of the job within its
   * task, -1 in a trial.
   */
  infer(stamps: Float64Array, job: number): void;
  /** Outputs of the last run; the arrays are overwritten by the next one. */
  results(): Feeds;
  /** Time per layer over a number of runs of their own; never during a measurement. */
  layers?(runs: number): LayerTable;
  close(): void;
}
