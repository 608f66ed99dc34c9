/** The job table: one row per release. Only time stamps are stored; everything called a latency is derived from them. */

import type { TaskSpec } from '../pipeline/types.js';

/** Outcome codes; the number in the column is the index here. Codes from 2 on are reasons of a drop. */
export const OUTCOMES = [
  'in_flight',
  'completed',
  'queue_full',
  'busy',
  'superseded',
  'expired',
  'barrier',
  'failed',
] as const;
/** What became of a job. */
export type Outcome = (typeof OUTCOMES)[number];
/** Why a job was dropped. */
export type DropReason = Exclude<Outcome, 'in_flight' | 'completed'>;
/** Code of a job that never ended. */
export const IN_FLIGHT = 0;
/** Code of a job that ended. */
export const COMPLETED = 1;
/** Code of an outcome. */
export const codeOf = (outcome: Outcome): number => OUTCOMES.indexOf(outcome);

/** Stamp columns, all in ns since the run origin, NaN where the instant never came or is not known. */
export const STAMPS = [
  'nominal',
  'release',
  'seen',
  'start',
  'enqueueEnd',
  'complete',
  'deviceStart',
  'copyInEnd',
  'computeEnd',
  'deviceEnd',
  'dropped',
] as const;
/** One of them. */
export type Stamp = (typeof STAMPS)[number];

/** Known only where a backend measures its device. */
export const DEVICE_STAMPS: readonly Stamp[] = ['deviceStart', 'copyInEnd', 'computeEnd', 'deviceEnd'];

/** A column per stamp. */
export type StampColumns = Readonly<Record<Stamp, Float64Array>>;

/**
 * Rows are grouped by task, in the order of their sequence numbers.
 * nominal: grid point. release: when the input is there (origin of the response time). seen: when the generator observed
 * the release; equal to release where the task was busy, because the grid itself is the generator then. start: the
 * worker took the job. enqueueEnd: the last asynchronous submit returned. complete: outputs are readable on the host.
 * deviceStart, deviceEnd: the device's part; copyInEnd, computeEnd: where copies to and from it end and begin. dropped: the instant of the drop decision.
 */
export interface JobTable extends StampColumns {
  readonly length: number;
  /** Names of the tasks; `task` holds indices. */
  readonly tasks: readonly string[];
  readonly task: Uint16Array;
  /** k of the job within its task, from 0. */
  readonly seq: Uint32Array;
  readonly outcome: Uint8Array;
  /** seq of the job of the upstream task that released this one, or -1. */
  readonly parent: Int32Array;
}

/** Absolute deadline (ns) of a job, from its release or its grid point; Infinity for a task without one. */
export const absoluteDeadline = (
  { deadline, deadlineAnchor }: Pick<TaskSpec, 'deadline' | 'deadlineAnchor'>,
  jobs: Pick<StampColumns, 'nominal' | 'release'>,
  row: number,
): number => (deadlineAnchor === 'nominal' ? jobs.nominal : jobs.release)[row] + (deadline ?? Number.POSITIVE_INFINITY);

/** Rows [from, to) of a task. */
export function rowsOf(jobs: JobTable, task: number): { from: number; to: number } {
  let from = 0;
  while (from < jobs.length && jobs.task[from] !== task) from = skip(jobs, from);
  return { from, to: from < jobs.length ? skip(jobs, from) : from };
}

/** First row after the block of equal task indices that begins at `from`. */
function skip(jobs: JobTable, from: number): number {
  const task = jobs.task[from];
  let low = from;
  let high = jobs.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    // Blocks are contiguous, so a row of another task is behind the end of this block.
    if (jobs.task[middle] === task) low = middle;
    else high = middle;
  }
  return high;
}
