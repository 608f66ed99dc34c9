/** What the server tells of runs that are laid over each other. */

/** A figure and its 95 % interval; a value or low end of null was never reached, a high end of null is not known. */
export interface ComparedFigure {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** A task as a comparison shows it, over all repetitions. */
export interface ComparedTask {
  readonly scenario: string;
  readonly task: string;
  readonly deadline_ms?: number;
  readonly jobs: number;
  /** Releases, and those of them that were late, dropped or never ended. */
  readonly released: number;
  readonly missed: number;
  readonly never: number;
  /** Completed jobs by response / deadline, of the last repetition, as in a report. */
  readonly bins: readonly number[];
  /** Of all releases, ms, with 95 % intervals; absent with too few. */
  readonly p50?: ComparedFigure;
  readonly p99?: ComparedFigure;
  /** Share of the releases that missed. */
  readonly miss?: ComparedFigure;
  /** Response at 0, 0.5, 1 ... 100 % of all releases, ms, over all repetitions; null where they were never done. */
  readonly quantiles: readonly (number | null)[];
}

/** A run as a comparison shows it. */
export interface ComparedRun {
  readonly id: string;
  readonly verdict: string;
  readonly created: string;
  readonly tasks: readonly ComparedTask[];
  /** What may explain a difference: names and values as text. */
  readonly settings: RunSettings;
}

/** More cannot be told apart by their colours. */
export const MOST_COMPARED = 6;

/** Some runs, and why others could not be read. */
export interface RunComparison {
  readonly runs: readonly ComparedRun[];
  /** Why a run that was asked for is not among them. */
  readonly problems: readonly string[];
}

/** What a run was made with: names and values as text. */
export type RunSettings = Readonly<Record<string, string>>;
