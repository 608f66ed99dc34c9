/**
 * Everything called a latency, derived from the stamps by the definitions of the scheduling semantics:
 * queue_wait = start - release, service = complete - start, response = complete - release, enqueue = enqueue_end - start,
 * device = device_end - device_start, release_error = seen - release. All in ns.
 */

import { lowerBound } from '../base/search.js';
import type { TaskSpec } from '../formats/pipeline/types.js';
import { absoluteDeadline, COMPLETED, IN_FLIGHT, type JobTable, OUTCOMES, rowsOf } from '../formats/recording/jobs.js';

/** The measured part of a recording, ns since the run origin. */
export interface Window {
  readonly from: number;
  readonly to: number;
  /** Measured jobs per task, where the run ended by a number of iterations. */
  readonly jobs?: number;
}

/** The measured jobs of one task: rows [from, to) of the table. */
export interface TaskJobs {
  readonly jobs: JobTable;
  readonly task: TaskSpec;
  readonly first: number;
  readonly from: number;
  readonly to: number;
  /** End of all rows of the task. */
  readonly end: number;
}

/** A job belongs to the measured window by its release. */
export function measuredJobs(jobs: JobTable, task: TaskSpec, index: number, window: Window): TaskJobs {
  const block = rowsOf(jobs, index);
  const at = (time: number): number => lowerBound(jobs.release, time, block.from, block.to);
  const from = at(window.from);
  const to = Math.max(from, window.jobs === undefined ? at(window.to) : Math.min(block.to, from + window.jobs));
  return { jobs, task, first: block.from, from, to, end: block.to };
}

/** Absolute deadline (ns) of a job; Infinity for a task without one. */
export const deadlineOf = ({ jobs, task }: TaskJobs, row: number): number => absoluteDeadline(task, jobs, row);

/** What became of the measured jobs of a task. */
export interface Counts {
  readonly released: number;
  readonly completed: number;
  readonly late: number;
  readonly inFlight: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly droppedTotal: number;
  /** Late, dropped or never ended. */
  readonly missed: number;
}

/** How many jobs were completed, late, dropped or never ended. */
export function countJobs(part: TaskJobs): Counts {
  const { jobs, from, to } = part;
  const outcomes = new Array<number>(OUTCOMES.length).fill(0);
  let late = 0;
  for (let row = from; row < to; row++) {
    outcomes[jobs.outcome[row]]++;
    if (jobs.outcome[row] === COMPLETED && jobs.complete[row] > deadlineOf(part, row)) late++;
  }
  const dropped = Object.fromEntries(
    OUTCOMES.flatMap((name, code) => (code > COMPLETED && outcomes[code] > 0 ? [[name, outcomes[code]]] : [])),
  );
  return {
    released: to - from,
    completed: outcomes[COMPLETED],
    late,
    inFlight: outcomes[IN_FLIGHT],
    dropped,
    droppedTotal: to - from - outcomes[COMPLETED] - outcomes[IN_FLIGHT],
    missed: to - from - outcomes[COMPLETED] + late,
  };
}

/**
 * What happened inside (from, to] whichever job it belongs to: completions, and the time (ns) that jobs ran. A completion
 * tells of the time before it, so one at the begin of the window does not belong to it.
 */
export function withinWindow(
  { jobs, first, end }: TaskJobs,
  { from, to }: Pick<Window, 'from' | 'to'>,
): { completions: number; busy: number } {
  let completions = 0;
  let busy = 0;
  for (let row = first; row < end; row++) {
    const complete = jobs.complete[row];
    if (Number.isNaN(complete)) continue;
    if (complete > from && complete <= to) completions++;
    busy += Math.max(0, Math.min(complete, to) - Math.max(jobs.start[row], from));
  }
  return { completions, busy };
}

/** b - a for every completed job, in the order of the jobs; rows where either is unknown are left out. */
function differences({ jobs, from, to }: TaskJobs, a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(to - from);
  let n = 0;
  for (let row = from; row < to; row++) {
    if (jobs.outcome[row] !== COMPLETED) continue;
    const value = b[row] - a[row];
    if (!Number.isNaN(value)) out[n++] = value;
  }
  return out.subarray(0, n);
}

/** complete - release of the completed jobs, ns. */
export const responses = (part: TaskJobs): Float64Array => differences(part, part.jobs.release, part.jobs.complete);
/** complete - start of the completed jobs, ns. */
export const services = (part: TaskJobs): Float64Array => differences(part, part.jobs.start, part.jobs.complete);
/** start - release of the completed jobs, ns. */
export const queueWaits = (part: TaskJobs): Float64Array => differences(part, part.jobs.release, part.jobs.start);
/** The device's part of the completed jobs, ns; empty where no backend measured it. */
export const deviceTimes = (part: TaskJobs): Float64Array =>
  differences(part, part.jobs.deviceStart, part.jobs.deviceEnd);

/** Parts of a job on its device, ns, where its backend stamps them: until it begins there, copies in, computing, copies out. */
export const deviceParts = (
  part: TaskJobs,
): Readonly<Record<'begin' | 'copyIn' | 'compute' | 'copyOut', Float64Array>> => {
  const { start, deviceStart, copyInEnd, computeEnd, deviceEnd } = part.jobs;
  return {
    begin: differences(part, start, deviceStart),
    copyIn: differences(part, deviceStart, copyInEnd),
    compute: differences(part, copyInEnd, computeEnd),
    copyOut: differences(part, computeEnd, deviceEnd),
  };
};

/** Empty where every submit blocked until the job was done. */
export function enqueueTimes(part: TaskJobs): Float64Array {
  const { jobs, from, to } = part;
  for (let row = from; row < to; row++) {
    if (jobs.outcome[row] === COMPLETED && jobs.enqueueEnd[row] < jobs.complete[row])
      return differences(part, jobs.start, jobs.enqueueEnd);
  }
  return new Float64Array(0);
}

/** Only jobs that found their task idle: while it was busy the grid itself made the release. */
export const releaseErrors = (part: TaskJobs): Float64Array => lateReleases(part).errors;

/** The same, with the row of each. */
export function lateReleases({ jobs, first, from, to }: TaskJobs): { rows: Uint32Array; errors: Float64Array } {
  const rows = new Uint32Array(to - from);
  const errors = new Float64Array(to - from);
  let n = 0;
  let free = Number.NEGATIVE_INFINITY;
  for (let row = first; row < to; row++) {
    if (row >= from && jobs.release[row] >= free && !Number.isNaN(jobs.seen[row])) {
      rows[n] = row;
      errors[n++] = jobs.seen[row] - jobs.release[row];
    }
    if (jobs.complete[row] > free) free = jobs.complete[row];
    else if (Number.isNaN(jobs.complete[row]) && !Number.isNaN(jobs.start[row])) free = Number.POSITIVE_INFINITY;
  }
  return { rows: rows.subarray(0, n), errors: errors.subarray(0, n) };
}

/** |(c_k - c_{k-1}) - (n_k - n_{k-1})| over pairs of consecutive jobs that were both completed. */
export function periodJitters({ jobs, from, to }: TaskJobs): Float64Array {
  const out = new Float64Array(Math.max(0, to - from));
  let n = 0;
  for (let row = from + 1; row < to; row++) {
    if (jobs.outcome[row] !== COMPLETED || jobs.outcome[row - 1] !== COMPLETED) continue;
    out[n++] = Math.abs(jobs.complete[row] - jobs.complete[row - 1] - (jobs.nominal[row] - jobs.nominal[row - 1]));
  }
  return out.subarray(0, n);
}

/** Completion of the next completed job - release of this one: how stale the newest result gets. */
export function peakAges({ jobs, from, to }: TaskJobs): Float64Array {
  const out = new Float64Array(Math.max(0, to - from));
  let n = 0;
  let previous = -1;
  for (let row = from; row < to; row++) {
    if (jobs.outcome[row] !== COMPLETED) continue;
    if (previous >= 0) out[n++] = jobs.complete[row] - jobs.release[previous];
    previous = row;
  }
  return out.subarray(0, n);
}

/** Longest time (ns) within the window in which no job was completed: how long the newest result was the newest. */
export function blackout(part: TaskJobs, { from, to }: Pick<Window, 'from' | 'to'>): number {
  const { jobs, first, end } = part;
  let last = from;
  let longest = 0;
  for (let row = first; row < end; row++) {
    const at = jobs.complete[row];
    if (!(at > from)) continue;
    longest = Math.max(longest, Math.min(at, to) - last);
    if (at >= to) return longest;
    last = Math.max(last, at);
  }
  return Math.max(longest, to - last);
}

/** Mean over the time (ns) between the first and the last completion of how old the newest result is: now - its release. */
export function meanDataAge({ jobs, from, to }: TaskJobs): number | undefined {
  let area = 0;
  let span = 0;
  let previous = -1;
  for (let row = from; row < to; row++) {
    if (jobs.outcome[row] !== COMPLETED) continue;
    if (previous >= 0) {
      const young = jobs.complete[previous] - jobs.release[previous];
      const old = jobs.complete[row] - jobs.release[previous];
      area += (old * old - young * young) / 2;
      span += jobs.complete[row] - jobs.complete[previous];
    }
    previous = row;
  }
  return span > 0 ? area / span : undefined;
}

/** max - min of the queue waits, ns. */
export function startJitter(part: TaskJobs): number | undefined {
  const waits = queueWaits(part);
  if (waits.length === 0) return undefined;
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const wait of waits) {
    least = Math.min(least, wait);
    most = Math.max(most, wait);
  }
  return most - least;
}

/** 1 where a job has no completion in time, 0 elsewhere, in the order of the releases. @param limit ns; the deadline without one */
export function missIndicator(part: TaskJobs, limit?: number): Uint8Array {
  const { jobs, from, to } = part;
  return Uint8Array.from({ length: to - from }, (_, i) => {
    const row = from + i;
    if (jobs.outcome[row] !== COMPLETED) return 1;
    const latest = limit === undefined ? deadlineOf(part, row) : jobs.release[row] + limit;
    return jobs.complete[row] > latest ? 1 : 0;
  });
}
