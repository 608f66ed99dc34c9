/** What the server tells of runs that are laid over each other. */

export interface ComparedTask {
  readonly scenario: string;
  readonly task: string;
  readonly deadline_ms?: number;
  readonly miss_ratio?: number;
  readonly jobs: number;
  /** Response at 0, 0.5, 1 ... 100 %, ms, over all repetitions. */
  readonly quantiles: readonly number[];
}

/** A run as a comparison shows it. */
export interface ComparedRun {
  readonly id: string;
  readonly verdict: string;
  readonly created: string;
  readonly tasks: readonly ComparedTask[];
  /** What may explain a difference: names and values as text. */
  readonly settings: Readonly<Record<string, string>>;
}

/** More cannot be told apart by their colours. */
export const MOST_COMPARED = 6;

/** Some runs, and why others could not be read. */
export interface RunComparison {
  readonly runs: readonly ComparedRun[];
  /** Why a run that was asked for is not among them. */
  readonly problems: readonly string[];
}
