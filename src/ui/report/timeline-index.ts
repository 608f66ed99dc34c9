/** Sums over the jobs of a task, so that any stretch of time is summed up without visiting its jobs. */
import { COMPLETED, IN_FLIGHT } from '../../formats/jobs.js';
import { NONE, type PageJobs, type PageRecording } from '../../formats/report-page.js';
import { rowsOfTask } from './stats.js';

export const ON_TIME = 0;
export const LATE = 1;
export const DROPPED = 2;
export const UNFINISHED = 3;

export interface TaskIndex {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** By row from `from`: what became of the job. */
  readonly fate: Uint8Array;
  /** Misses before the row; one entry more than rows. */
  readonly misses: Uint32Array;
  /** Run time before the row, us. */
  readonly busy: Float64Array;
  /** Latest end among this row and those before, us. */
  readonly ended: Float64Array;
  /** us; undefined without one. */
  readonly deadline: number | undefined;
  readonly nominal: boolean;
}

/** Instant at which a job was done with, us. */
export const endOf = (jobs: PageJobs, row: number): number => {
  const wait = jobs.wait[row] === NONE ? 0 : jobs.wait[row];
  return jobs.release[row] + wait + (jobs.run[row] === NONE ? 0 : jobs.run[row]);
};

export const startOf = (jobs: PageJobs, row: number): number =>
  jobs.release[row] + (jobs.wait[row] === NONE ? 0 : jobs.wait[row]);

export const deadlineOf = (index: TaskIndex, jobs: PageJobs, row: number): number | undefined =>
  index.deadline === undefined
    ? undefined
    : jobs.release[row] - (index.nominal ? jobs.offset[row] : 0) + index.deadline;

export function indexTask(jobs: PageJobs, recording: PageRecording, task: number): TaskIndex {
  const { from, to } = rowsOfTask(recording, task);
  const { name, deadline, nominal } = recording.tasks[task];
  const n = to - from;
  const fate = new Uint8Array(n);
  const misses = new Uint32Array(n + 1);
  const busy = new Float64Array(n + 1);
  const ended = new Float64Array(n);
  const index = { name, from, to, fate, misses, busy, ended, deadline, nominal };
  for (let i = 0; i < n; i++) {
    const row = from + i;
    const end = endOf(jobs, row);
    const due = deadlineOf(index, jobs, row);
    const outcome = jobs.outcome[row];
    if (outcome === COMPLETED) fate[i] = due !== undefined && end > due ? LATE : ON_TIME;
    else fate[i] = outcome === IN_FLIGHT ? UNFINISHED : DROPPED;
    misses[i + 1] = misses[i] + (fate[i] === ON_TIME ? 0 : 1);
    busy[i + 1] = busy[i] + (outcome === COMPLETED && jobs.run[row] !== NONE ? jobs.run[row] : 0);
    ended[i] = Math.max(i === 0 ? end : ended[i - 1], end);
  }
  return index;
}

/** First of `count` places at which the rising values reach the wanted one. */
export function firstAt(count: number, value: (i: number) => number, wanted: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Jobs that touch a stretch of time: places from `from` on, [first, last). */
export function touching(
  index: TaskIndex,
  jobs: PageJobs,
  begin: number,
  end: number,
): { first: number; last: number } {
  const n = index.to - index.from;
  return {
    first: firstAt(n, (i) => index.ended[i], begin),
    last: firstAt(n, (i) => jobs.release[index.from + i], end),
  };
}

/** Row of the next miss behind a time, in any task; undefined when there is none. */
export function missAfter(indexes: readonly TaskIndex[], jobs: PageJobs, time: number): number | undefined {
  let best: number | undefined;
  for (const index of indexes) {
    const n = index.to - index.from;
    const first = firstAt(n, (i) => jobs.release[index.from + i], time);
    const k = firstAt(n, (i) => index.misses[i + 1], index.misses[first] + 1);
    if (k >= n) continue;
    const row = index.from + k;
    if (best === undefined || jobs.release[row] < jobs.release[best]) best = row;
  }
  return best;
}

export function missBefore(indexes: readonly TaskIndex[], jobs: PageJobs, time: number): number | undefined {
  let best: number | undefined;
  for (const index of indexes) {
    const n = index.to - index.from;
    const last = firstAt(n, (i) => jobs.release[index.from + i], time);
    if (index.misses[last] === 0) continue;
    const row = index.from + firstAt(n, (i) => index.misses[i + 1], index.misses[last]);
    if (best === undefined || jobs.release[row] > jobs.release[best]) best = row;
  }
  return best;
}

/** The job with the largest response among the measured ones; an unfinished one counts as on time. */
export function worstJob(
  indexes: readonly TaskIndex[],
  jobs: PageJobs,
  [from, to]: readonly [number, number],
): number | undefined {
  let best: number | undefined;
  let most = -1;
  for (const index of indexes)
    for (let row = index.from; row < index.to; row++) {
      if (jobs.outcome[row] !== COMPLETED || jobs.release[row] < from || jobs.release[row] >= to) continue;
      // How far into its deadline a job went makes tasks of different rates comparable.
      const size = (endOf(jobs, row) - jobs.release[row]) / (index.deadline ?? 1e9);
      if (size > most) {
        most = size;
        best = row;
      }
    }
  return best;
}
