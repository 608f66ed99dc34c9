/** What a pipeline.yaml says, with every quantity in its base unit. */
import type { Rational } from '../../base/rational.js';
import type { Ns } from '../../base/units.js';
import type { BuildSpec } from '../backends/index.js';

/** How releases differ from their grid. */
export type Jitter =
  | { readonly kind: 'uniform'; readonly half: Ns }
  | { readonly kind: 'normal'; readonly sigma: Ns }
  | { readonly kind: 'empirical'; readonly values: readonly Ns[] };

/** When the jobs of a task are released. */
export type Release =
  | { readonly kind: 'periodic'; readonly rate: Rational; readonly phase: Ns; readonly jitter?: Jitter }
  | { readonly kind: 'poisson'; readonly rate: Rational; readonly phase: Ns }
  | { readonly kind: 'trace'; readonly at: readonly Ns[] }
  | {
      readonly kind: 'after';
      readonly tasks: readonly string[];
      readonly every: number;
      readonly probability: number;
      readonly fanOut: number;
      readonly match: 'latest' | 'exact-index';
    }
  | { readonly kind: 'back-to-back' };

/** What happens to a release that finds its task busy. */
export type Overrun =
  | { readonly kind: 'queue'; readonly cap: number }
  | { readonly kind: 'skip' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'expire' }
  | { readonly kind: 'shift' };

/** Ways in which the tasks of a scenario go together. */
export const MODES = ['sync', 'async', 'async-iteration', 'periodic-iteration', 'periodic'] as const;
/** One of them. */
export type Mode = (typeof MODES)[number];
/** Who decides the releases: the tasks themselves, the iterations, or a grid. */
export type Load = 'closed' | 'barrier' | 'open';
/** The load of each mode. */
export const LOAD_OF: Record<Mode, Load> = {
  sync: 'closed',
  async: 'closed',
  'async-iteration': 'barrier',
  'periodic-iteration': 'barrier',
  periodic: 'open',
};

/** What a task can ask for. */
export const PRIORITIES = ['low', 'normal', 'high'] as const;
/** One of them. */
export type Priority = (typeof PRIORITIES)[number];

/** How the host can wait for the end of a run: watch, watch and let others run between two looks, sleep. */
export const COMPLETIONS = ['spin', 'yield', 'blocking'] as const;
/** One of them. */
export type Completion = (typeof COMPLETIONS)[number];

/** Where a task runs and with what; every field is a request whose outcome the report states. */
export interface Placement {
  /** cpu | gpu | gpu:N | dla:N | auto */
  readonly accelerator: string;
  readonly threads?: number;
  readonly cpus?: readonly number[];
  /** How the host waits for the end of a run on an accelerator; absent: as the period and the number of CPUs allow. */
  readonly completeVia?: Completion;
}

/** A model under one pattern of releases. */
export interface TaskSpec {
  readonly name: string;
  readonly model: string;
  readonly release: Release;
  readonly deadline?: Ns;
  readonly deadlineAnchor: 'release' | 'nominal';
  readonly overrun: Overrun;
  readonly placement: Placement;
  readonly priority: Priority;
}

/** Tasks that run together. */
export interface ScenarioSpec {
  readonly name: string;
  /** The scenario whose one task this runs alone, to measure interference. */
  readonly soloOf?: string;
  /** The scenario whose tasks this runs back to back, one or two of them, to learn what they do to each other. */
  readonly calibrates?: string;
  readonly mode: Mode;
  readonly tasks: readonly TaskSpec[];
  readonly warmup: Ns;
  readonly duration: Ns;
  /** Jobs per task in the closed and barrier modes; ends the measurement instead of `duration`. */
  readonly iterations?: number;
  readonly repetitions: number;
  readonly seed: number;
  readonly steady: 'off' | 'report' | 'require';
  readonly settleLimit: Ns;
  /** A job still running this long after its start counts as hung. */
  readonly hangLimit: Ns;
  readonly iteration: 'single' | 'window';
  readonly iterationWindow?: Ns;
  readonly barrier: 'rebase' | 'grid';
  /** Chains that have a name: tasks of which each is released by the one before. */
  readonly chains?: readonly { readonly name: string; readonly tasks: readonly string[] }[];
}

/** What an input is fed with. */
export type InputData =
  | { readonly kind: 'random' }
  | { readonly kind: 'zeros' }
  | { readonly kind: 'scalar'; readonly value: number | boolean | string }
  | { readonly kind: 'file'; readonly path: string };

/** An input as the pipeline file says. */
export interface InputSpec {
  readonly shape?: readonly number[];
  readonly data: InputData;
  readonly range?: readonly [number, number];
  readonly dtype?: string;
  /** Name of the output of the previous job that feeds this input. */
  readonly feedback?: string;
}

/** What a build can be asked for. */
export const PRECISIONS = ['fp32', 'tf32', 'fp16', 'bf16', 'int8', 'fp8', 'best', 'as_is'] as const;
/** One of them. */
export type Precision = (typeof PRECISIONS)[number];

/** Whether `engine:` names a plan of TensorRT that was made elsewhere, not the folder of an engine. */
export const isPlan = (engine: string | undefined): boolean =>
  engine !== undefined && /\.(plan|engine|trt)$/.test(engine);

/** A network and how its engine is built. */
export interface ModelSpec {
  readonly name: string;
  /** As written: relative to the pipeline file. */
  readonly file?: string;
  readonly engine?: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly backend: string;
  readonly accelerator: string;
  readonly precision: Precision;
  readonly build: BuildSpec;
}

/** Times of jobs that a requirement can be about. */
export const JOB_METRICS = ['response', 'service', 'queue_wait', 'release_error', 'age', 'period_jitter'] as const;
/** Spans of a whole run: the longest time without a new result, and the spread of the queue waits. */
export const SPAN_METRICS = ['blackout', 'start_jitter'] as const;
/** Numbers of misses: the most in a row, and the most in any so many releases. */
export const COUNT_METRICS = ['consecutive_misses', 'misses_in_window'] as const;
/** What a requirement on a chain can be about. */
export const CHAIN_METRICS = ['reaction', 'age', 'miss_ratio'] as const;

/** A quantile of times that must stay below a limit. */
export interface QuantileLimit {
  /** Parts per million, or a plain statistic. */
  readonly quantile: number | 'mean' | 'max';
  readonly max: Ns;
  readonly confidence: number;
  /** Longest burst of jobs over the limit for which a pass must hold. */
  readonly burst?: number;
}

/** A share of misses that must stay below a limit. */
export interface RatioLimit {
  readonly max: number;
  readonly confidence: number;
  /** Longest burst of misses for which a pass must hold. */
  readonly burst?: number;
}

interface OfTask {
  readonly task: string;
  readonly scenario?: string;
}
interface OfChain {
  /** Its name, or its tasks as `a > b > c`. */
  readonly chain: string;
  readonly scenario?: string;
}

/** What must hold. */
export type Requirement =
  | (OfTask & QuantileLimit & { readonly kind: 'task'; readonly metric: (typeof JOB_METRICS)[number] })
  | (OfTask & RatioLimit & { readonly kind: 'miss_ratio' })
  | (OfTask & { readonly kind: 'throughput'; readonly min: number })
  | (OfTask & { readonly kind: 'span'; readonly metric: (typeof SPAN_METRICS)[number]; readonly max: Ns })
  | (OfTask & {
      readonly kind: 'count';
      readonly metric: (typeof COUNT_METRICS)[number];
      readonly max: number;
      /** Releases, for `misses_in_window`. */
      readonly window?: number;
    })
  | (OfChain & QuantileLimit & { readonly kind: 'chain'; readonly metric: 'reaction' | 'age' })
  | (OfChain & RatioLimit & { readonly kind: 'chain_misses' })
  | { readonly kind: 'memory'; readonly model: string; readonly max: number }
  | {
      readonly kind: 'series';
      readonly series: string;
      readonly scenario?: string;
      readonly statistic: 'min' | 'mean' | 'max';
      readonly max?: number;
      readonly min?: number;
      /** Limits as they were written, for the report. */
      readonly text: string;
    };

/** Everything that a pipeline.yaml says. */
export interface PipelineSpec {
  readonly version: 1;
  readonly name: string;
  readonly models: readonly ModelSpec[];
  readonly scenarios: readonly ScenarioSpec[];
  readonly probes: { readonly interval: Ns; readonly use: 'auto' | readonly string[] };
  readonly requirements: readonly Requirement[];
  readonly targets: readonly TargetSpec[];
}

/** A device to measure on. */
export interface TargetSpec {
  readonly name: string;
  /** As the ssh client knows it. */
  readonly ssh: string;
}
