/** What happens in a run, as it happens. The terminal, JSON lines and any other display are functions of these. */
import type { Problem } from '../../base/problem.js';
import type { RequirementReport } from '../report/report.js';
import type { StageKind } from './plan.js';
import type { StageStatus } from './run-state.js';

/** How far a task is. */
export interface TaskNow {
  readonly task: string;
  readonly released: number;
  readonly completed: number;
  readonly dropped: number;
  readonly late: number;
  /** Completed jobs per second over the last seconds. */
  readonly rate_hz?: number;
  /** Share of that time in which a job of it ran. */
  readonly load?: number;
  readonly response_ms?: number;
  readonly deadline_ms?: number;
}

/** Something that happened. */
export type PipelineEvent =
  | {
      readonly kind: 'run-start';
      readonly run: string;
      readonly folder: string;
      readonly stages: readonly { id: string; kind: StageKind }[];
    }
  | {
      readonly kind: 'stage-start';
      readonly stage: string;
      /** How long it takes. */
      readonly about?: string;
    }
  | {
      readonly kind: 'stage-end';
      readonly stage: string;
      readonly state: StageStatus;
      readonly seconds: number;
      readonly cached: boolean;
    }
  | {
      readonly kind: 'note';
      readonly stage: string;
      readonly severity: 'info' | 'warning' | 'error';
      readonly text: string;
    }
  | {
      readonly kind: 'loaded';
      readonly stage: string;
      readonly task: string;
      readonly provider: string;
      readonly load_ms: number;
      readonly first_ms: number;
    }
  | {
      readonly kind: 'progress';
      readonly stage: string;
      readonly repetition: number;
      readonly phase: string;
      /** Since the run origin. */
      readonly elapsed_s: number;
      /** Since the phase began, and how long it may last at most; absent where it has no limit. */
      readonly phase_s?: number;
      readonly phase_limit_s?: number;
      /** Until the measured window ends; absent while that is not known. */
      readonly left_s?: number;
      readonly tasks: readonly TaskNow[];
      /** Newest values of the probes, by series. */
      readonly system?: Readonly<Record<string, number>>;
      /** Units of these series. */
      readonly units?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'problem'; readonly stage: string; readonly problem: Problem }
  | { readonly kind: 'verdict'; readonly verdict: string; readonly requirements: readonly RequirementReport[] }
  | {
      readonly kind: 'run-end';
      readonly state: 'done' | 'failed' | 'interrupted';
      readonly folder: string;
      readonly seconds: number;
    };

/** Hears of it. */
export type OnEvent = (event: PipelineEvent) => void;
