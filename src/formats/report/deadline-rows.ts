/** Every job of a task against its deadline, as the report's first figure and its card show it. */

/** Bins are this part of a deadline wide; an edge lies on the deadline itself. */
export const BIN_OF_DEADLINE = 0.05;
/** Bins of a row; the last one holds all beyond. */
export const DEADLINE_BINS = 50;

/** One task of a scenario. */
export interface DeadlineRow {
  readonly task: string;
  /** Where it runs, and what releases it: `GPU · 15 Hz`. */
  readonly place: string;
  /** ms; absent for a task without a deadline, which has no bins. */
  readonly deadline?: number;
  /** Completed jobs by response / deadline. */
  readonly bins: readonly number[];
  /** Releases that were dropped or never ended. */
  readonly never: number;
  readonly released: number;
  /** Late, dropped or never ended. */
  readonly missed: number;
  /** p99 of the response over all releases, ms; "inf" where so many were never done. */
  readonly p99?: number | 'inf';
  /** The worst verdict of what is required of it here. */
  readonly verdict?: 'pass' | 'fail' | 'inconclusive';
}
