/**
 * Was the generator itself on time? A run whose releases were late says nothing about deadlines. Every task makes its own
 * releases, so one that waits for a CPU which another task's job holds sees its release late too; that time is what the
 * tasks do to each other, part of the response and no fault of the generator, and is taken off first.
 */

import { periodOf } from '../base/rational.js';
import { upperBound } from '../base/search.js';
import { toMs } from '../base/units.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { COMPLETED } from '../formats/recording/jobs.js';
import { lateReleases, type TaskJobs } from './jobs.js';
import { licensedFrom, nearestRank } from './quantiles.js';

const P99 = 990_000;
const SHARE_OF_PERIOD = 0.05;

/** Whether the generator was in time, so that its releases may be called a sensor's. */
export interface Validity {
  readonly valid: boolean;
  readonly reason?: string;
  /** Tasks whose releases were taken up late because other tasks held the CPUs, with the longest wait, ns. */
  readonly contended: readonly { readonly task: string; readonly worst: number; readonly count: number }[];
}

/** Running times of the jobs of one task, in order. */
interface Busy {
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/**
 * Invalid when p99 of the generator's error is over 5 % of the smallest period, or any is over its own period.
 * @param onCpu whether the jobs of each task run on the CPUs
 */
export function validity(scenario: ScenarioSpec, parts: readonly TaskJobs[], onCpu: readonly boolean[]): Validity {
  const broken = parts.findIndex(breaksOrder);
  if (broken >= 0)
    return {
      valid: false,
      reason: `the stamps of ${scenario.tasks[broken].name} are out of order; this is a fault of infersight`,
      contended: [],
    };
  const periods = scenario.tasks.map(({ release }) =>
    'rate' in release ? periodOf(release.rate) : Number.POSITIVE_INFINITY,
  );
  const smallest = Math.min(...periods);
  if (smallest === Number.POSITIVE_INFINITY) return { valid: true, contended: [] };
  const limit = SHARE_OF_PERIOD * smallest;
  const busy = parts.map((part, i) => (onCpu[i] ? busyTimes(part) : undefined));
  const errors: { readonly task: string; readonly values: Float64Array }[] = [];
  const contended: { task: string; worst: number; count: number }[] = [];
  let reason: string | undefined;
  parts.forEach((part, i) => {
    if (periods[i] === Number.POSITIVE_INFINITY) return;
    const others = busy.filter((b, other): b is Busy => other !== i && b !== undefined);
    const { values, worst, count } = generatorErrors(part, others, limit);
    errors.push({ task: scenario.tasks[i].name, values });
    if (count > 0) contended.push({ task: scenario.tasks[i].name, worst, count });
    const most = values.reduce((a, b) => Math.max(a, b), 0);
    if (most > periods[i]) {
      reason ??= `generator_overloaded: a release of ${scenario.tasks[i].name} was made ${toMs(most)} ms late, more than its period of ${toMs(periods[i])} ms`;
    }
  });
  reason ??= pooled(errors, limit, smallest);
  return { valid: reason === undefined, ...(reason ? { reason } : {}), contended };
}

/** release <= seen <= start <= enqueue_end <= complete holds for every completed job. */
function breaksOrder({ jobs, from, to }: TaskJobs): boolean {
  for (let row = from; row < to; row++) {
    if (jobs.outcome[row] !== COMPLETED) continue;
    const ordered =
      jobs.release[row] <= jobs.seen[row] &&
      jobs.seen[row] <= jobs.start[row] &&
      jobs.start[row] <= jobs.enqueueEnd[row] &&
      jobs.enqueueEnd[row] <= jobs.complete[row];
    if (!ordered) return true;
  }
  return false;
}

function pooled(
  errors: readonly { readonly task: string; readonly values: Float64Array }[],
  limit: number,
  smallest: number,
): string | undefined {
  const all = new Float64Array(errors.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const { values } of errors) {
    all.set(values, at);
    at += values.length;
  }
  if (all.length < licensedFrom(P99)) return undefined;
  const p99 = all.sort()[nearestRank(all.length, P99) - 1];
  if (p99 <= limit) return undefined;
  const over = errors.map(({ task, values }) => ({ task, count: values.reduce((n, v) => n + (v > limit ? 1 : 0), 0) }));
  const { task, count } = over.reduce((a, b) => (b.count > a.count ? b : a));
  return `generator_overloaded: p99 of the release error is ${toMs(p99)} ms, more than 5 % of the smallest period (${toMs(smallest)} ms); most often of ${task}, ${count} times`;
}

/** Errors without the time that other tasks held a CPU; only those that matter are looked at closely. */
function generatorErrors(
  part: TaskJobs,
  others: readonly Busy[],
  limit: number,
): { values: Float64Array; worst: number; count: number } {
  const { rows, errors } = lateReleases(part);
  let worst = 0;
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    if (errors[i] <= limit) continue;
    const release = part.jobs.release[rows[i]];
    const held = heldBetween(others, release, release + errors[i]);
    if (held <= 0) continue;
    worst = Math.max(worst, held);
    count++;
    errors[i] -= held;
  }
  return { values: errors, worst, count };
}

function busyTimes({ jobs, first, to }: TaskJobs): Busy {
  const start = new Float64Array(to - first);
  const end = new Float64Array(to - first);
  let n = 0;
  for (let row = first; row < to; row++) {
    if (Number.isNaN(jobs.complete[row])) continue;
    start[n] = jobs.start[row];
    end[n++] = jobs.complete[row];
  }
  return { start: start.subarray(0, n), end: end.subarray(0, n) };
}

/** Length of the union of the busy times within [from, to]. */
function heldBetween(others: readonly Busy[], from: number, to: number): number {
  const spans: [number, number][] = [];
  for (const { start, end } of others) {
    for (let i = upperBound(end, from); i < start.length && start[i] < to; i++)
      spans.push([Math.max(start[i], from), Math.min(end[i], to)]);
  }
  spans.sort(([a], [b]) => a - b);
  let held = 0;
  let until = from;
  for (const [begin, stop] of spans) {
    if (stop <= until) continue;
    held += stop - Math.max(begin, until);
    until = stop;
  }
  return held;
}
