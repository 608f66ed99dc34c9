/** Sums over the jobs of a task, so that any stretch of time is summed up without visiting its jobs. */
import { firstAt } from '../../base/search.js';
import { COMPLETED, IN_FLIGHT } from '../../formats/recording/jobs.js';
import { NONE, type PageJobs, type PageRecording } from '../../formats/report/report-page.js';
import { rowsOfTask } from './stats.js';

/** Completed by its deadline. */
export const ON_TIME = 0;
/** Completed after it. */
export const LATE = 1;
/** Never started. */
export const DROPPED = 2;
/** Never ended. */
export const UNFINISHED = 3;

/** A task and sums over its jobs. */
export interface TaskIndex {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** By row from `from`: what became of the job. */
  readonly fate: Uint8Array;
  /** Misses before the row; one entry more than rows. */
  readonly misses: Uint32Array;
  /** Of them, those that were never done. */
  readonly drops: Uint32Array;
  /** Places of the measured jobs, [from, to). */
  readonly measured: readonly [from: number, to: number];
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

/** Instant at which a job was started or dropped, us. */
export const startOf = (jobs: PageJobs, row: number): number =>
  jobs.release[row] + (jobs.wait[row] === NONE ? 0 : jobs.wait[row]);

/** Instant by which a job must be done, us. */
export const deadlineOf = (index: TaskIndex, jobs: PageJobs, row: number): number | undefined =>
  index.deadline === undefined
    ? undefined
    : jobs.release[row] - (index.nominal ? jobs.offset[row] : 0) + index.deadline;

/** Sums up the jobs of a task. */
export function indexTask(jobs: PageJobs, recording: PageRecording, task: number): TaskIndex {
  const { from, to } = rowsOfTask(recording, task);
  const { name, deadline, nominal, measured } = recording.tasks[task];
  const n = to - from;
  const fate = new Uint8Array(n);
  const misses = new Uint32Array(n + 1);
  const drops = new Uint32Array(n + 1);
  const busy = new Float64Array(n + 1);
  const ended = new Float64Array(n);
  const index = { name, from, to, fate, misses, drops, measured, busy, ended, deadline, nominal };
  for (let i = 0; i < n; i++) {
    const row = from + i;
    const end = endOf(jobs, row);
    const outcome = jobs.outcome[row];
    if (outcome === COMPLETED) fate[i] = jobs.late[row] ? LATE : ON_TIME;
    else fate[i] = outcome === IN_FLIGHT ? UNFINISHED : DROPPED;
    misses[i + 1] = misses[i] + (fate[i] === ON_TIME ? 0 : 1);
    drops[i + 1] = drops[i] + (fate[i] === DROPPED || fate[i] === UNFINISHED ? 1 : 0);
    busy[i + 1] = busy[i] + (outcome === COMPLETED && jobs.run[row] !== NONE ? jobs.run[row] : 0);
    ended[i] = Math.max(i === 0 ? end : ended[i - 1], end);
  }
  return index;
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

/** A place in the order of releases, and of rows where releases are equal. */
export interface Place {
  readonly time: number;
  readonly row: number;
}

/** First place in the index, counted from `from`, behind (or at) a place of all tasks. */
function firstBehind(index: TaskIndex, jobs: PageJobs, { time, row }: Place): number {
  return firstAt(
    index.to - index.from,
    (i) => {
      const at = index.from + i;
      return jobs.release[at] > time || (jobs.release[at] === time && at > row) ? 1 : 0;
    },
    1,
  );
}

/** Row of the next measured miss behind a place, in any task; undefined when there is none. */
export function missAfter(indexes: readonly TaskIndex[], jobs: PageJobs, place: Place): number | undefined {
  let best: number | undefined;
  for (const index of indexes) {
    const [begin, end] = index.measured;
    const from = Math.max(begin, firstBehind(index, jobs, place));
    const k = firstAt(index.to - index.from, (i) => index.misses[i + 1], index.misses[from] + 1);
    if (k >= end) continue;
    const row = index.from + k;
    // Rows of later tasks are larger, so the first of equal releases stays.
    if (best === undefined || jobs.release[row] < jobs.release[best]) best = row;
  }
  return best;
}

/** Row of the last measured miss before a place, in any task. */
export function missBefore(indexes: readonly TaskIndex[], jobs: PageJobs, place: Place): number | undefined {
  let best: number | undefined;
  const before = { time: place.time, row: place.row - 1 };
  for (const index of indexes) {
    const [begin, end] = index.measured;
    const misses = index.misses[Math.min(end, firstBehind(index, jobs, before))];
    if (misses <= index.misses[begin]) continue;
    const row = index.from + firstAt(index.to - index.from, (i) => index.misses[i + 1], misses);
    if (best === undefined || jobs.release[row] >= jobs.release[best]) best = row;
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

/** Row of the next or previous job of the same task; without a chosen one, the first task's job at a time. */
export function neighbour(
  indexes: readonly TaskIndex[],
  jobs: PageJobs,
  row: number | undefined,
  step: 1 | -1,
  time: number,
): number | undefined {
  const index = indexes.find((i) => row !== undefined && row >= i.from && row < i.to);
  if (!index || row === undefined) return sameTime(indexes, jobs, row, 1, time);
  const next = row + step;
  return next >= index.from && next < index.to ? next : undefined;
}

/** Row of the job of the task below or above that was released last before the chosen one; without one, of the first task. */
export function sameTime(
  indexes: readonly TaskIndex[],
  jobs: PageJobs,
  row: number | undefined,
  step: 1 | -1,
  time: number,
): number | undefined {
  const now = row === undefined ? -1 : indexes.findIndex((i) => row >= i.from && row < i.to);
  const index = indexes[now + step] ?? (row === undefined ? indexes[0] : undefined);
  if (!index || index.to === index.from) return undefined;
  const at = row === undefined ? time : jobs.release[row];
  const behind = firstAt(index.to - index.from, (i) => jobs.release[index.from + i], at + 0.5);
  return index.from + Math.max(0, behind - 1);
}

/** What happened in a stretch of time to the jobs that were released in it. */
export interface StretchSums {
  readonly released: number;
  readonly missed: number;
  readonly never: number;
  /** Time that they ran, us. */
  readonly busy: number;
}

/** Sums over the jobs that were released in [from, to). */
export function sumsBetween(index: TaskIndex, jobs: PageJobs, from: number, to: number): StretchSums {
  const at = (time: number): number => firstAt(index.to - index.from, (i) => jobs.release[index.from + i], time);
  const [first, last] = [at(from), at(to)];
  return {
    released: last - first,
    missed: index.misses[last] - index.misses[first],
    never: index.drops[last] - index.drops[first],
    busy: index.busy[last] - index.busy[first],
  };
}
