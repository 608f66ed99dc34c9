/**
 * Was the generator itself on time? A run whose releases were late says nothing about deadlines. Every task makes its own
 * releases, so one that waits for a CPU which the jobs of other tasks hold sees its release late too; that time is what the
 * tasks do to each other, part of the response and no fault of the generator, and is taken off first: but only while no CPU
 * that the task may use was free, and while the tasks did run (the control threads say so).
 */

import { periodOf } from '../base/rational.js';
import { toMs } from '../base/units.js';
import { LOAD_OF, type ScenarioSpec, type TaskSpec } from '../formats/pipeline/types.js';
import { COMPLETED } from '../formats/recording/jobs.js';
import { medianOf } from './distribution.js';
import { lateReleases, services, type TaskJobs } from './jobs.js';
import type { Machine, TaskCpu } from './machine.js';
import { heldBetween, type Occupancy, occupancyOf } from './occupancy.js';
import { nearestRank } from './quantiles.js';
import { blame, covered, type Halt } from './stalls.js';

const P99 = 990_000;
const SHARE_OF_PERIOD = 0.05;
/** Stalls below this are not kept one by one, ns. */
const SHORTEST_STALL = 0.25e6;

/** Whether the generator was in time, so that its releases may be called a sensor's. */
export interface Validity {
  readonly valid: boolean;
  readonly reason?: string;
  /** What made it invalid: the generator was late, or the machine stood still. */
  readonly cause?: 'late' | 'foreign' | 'stopped';
  /** Tasks whose releases were taken up late because other tasks held the CPUs, with the longest wait, ns. */
  readonly contended: readonly { readonly task: string; readonly worst: number; readonly count: number }[];
}

type Invalid = Pick<Validity, 'reason' | 'cause'>;

/** Invalid when p99 of a task's release errors is over 5 % of its period, any is over the period, or the machine stood still as long. */
export function validity(scenario: ScenarioSpec, parts: readonly TaskJobs[], machine: Machine): Validity {
  const broken = parts.findIndex(breaksOrder);
  if (broken >= 0)
    return {
      valid: false,
      reason: `the stamps of ${scenario.tasks[broken].name} are out of order; this is a fault of infersight`,
      contended: [],
    };
  const { invalid, contended } =
    LOAD_OF[scenario.mode] === 'open'
      ? byReleases(scenario, parts, machine)
      : { invalid: byIterations(scenario, parts, machine), contended: [] };
  return { valid: invalid === undefined, ...invalid, contended };
}

function byReleases(
  scenario: ScenarioSpec,
  parts: readonly TaskJobs[],
  machine: Machine,
): { invalid: Invalid | undefined; contended: Validity['contended'] } {
  const busy = parts.map((part, i) => occupancyOf(part, scenario.tasks[i], machine.tasks[i].holds));
  const contended: { task: string; worst: number; count: number }[] = [];
  let invalid: Invalid | undefined;
  parts.forEach((part, i) => {
    const task = scenario.tasks[i];
    const period = gapOf(task);
    if (period === undefined) return;
    const others = busy.filter((_, other) => other !== i);
    const { values, worst, count } = generatorErrors(part, others, machine, machine.tasks[i], SHARE_OF_PERIOD * period);
    if (count > 0) contended.push({ task: task.name, worst, count });
    invalid ??= lateness(task, period, values, machine.tasks[i].halts);
    invalid ??= longHalt(machine.tasks[i].halts, part, period, `the period of ${task.name}`);
  });
  return { invalid, contended };
}

/** Nominal time between releases, ns; of a list of times the shortest. Undefined for a task that others release. */
function gapOf({ release }: TaskSpec): number | undefined {
  if ('rate' in release) return periodOf(release.rate);
  if (release.kind !== 'trace') return undefined;
  const gaps = release.at.slice(1).map((at, i) => at - release.at[i]);
  const shortest = Math.min(...gaps.filter((gap) => gap > 0));
  return Number.isFinite(shortest) ? shortest : undefined;
}

function lateness(
  { name }: TaskSpec,
  period: number,
  values: Float64Array,
  halts: readonly Halt[],
): Invalid | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const most = sorted[sorted.length - 1];
  const cause = halts.some((h) => h.to - h.from > SHARE_OF_PERIOD * period) ? halts[0].cause : 'late';
  if (most > period)
    return {
      cause,
      reason: `generator_overloaded: a release of ${name} was made ${toMs(most)} ms late, more than its period of ${toMs(period)} ms`,
    };
  const p99 = sorted[nearestRank(sorted.length, P99) - 1];
  if (p99 <= SHARE_OF_PERIOD * period) return undefined;
  const over = values.reduce((n, v) => n + (v > SHARE_OF_PERIOD * period ? 1 : 0), 0);
  const what = sorted.length < 100 ? 'the latest by' : '1 % of them by';
  return {
    cause,
    reason: `generator_overloaded: jobs of ${name} were released late, ${what} ${toMs(p99)} ms or more; ${over} of ${sorted.length} by more than 5 % of its period (${toMs(period)} ms)`,
  };
}

const WORDS = {
  foreign: 'other programs held every CPU that it may use',
  stopped: 'the process, or the whole machine, was stopped',
} as const;

/** The machine stood still for longer than this within the measured jobs. */
function longHalt(
  halts: readonly Halt[],
  { jobs, from, to }: TaskJobs,
  limit: number,
  what: string,
): Invalid | undefined {
  if (to <= from) return undefined;
  const begin = jobs.release[from];
  const end = Math.max(jobs.release[to - 1], begin) + limit;
  const halt = halts.find((h) => h.to - h.from > limit && h.to > begin && h.from < end);
  return halt && haltReason(halt, limit, what);
}

const haltReason = ({ from, to, cause }: Halt, limit: number, what: string): Invalid => ({
  cause,
  reason: `machine_stalled: for ${toMs(to - from)} ms at ${(from / 1e9).toFixed(2)} s ${WORDS[cause]}, longer than ${what} (${toMs(limit)} ms)`,
});

/** Closed and barrier modes have no release that could be late: the control threads tell what the machine did to iterations. */
function byIterations(scenario: ScenarioSpec, parts: readonly TaskJobs[], machine: Machine): Invalid | undefined {
  const medians = parts.map((part) => medianOf(services(part))).filter((m) => m !== undefined);
  const begin = Math.min(...parts.map((p) => (p.to > p.from ? p.jobs.release[p.from] : Number.POSITIVE_INFINITY)));
  const end = Math.max(...parts.map((p) => (p.to > p.from ? p.jobs.release[p.to - 1] : 0)));
  if (medians.length === 0 || machine.watched.length === 0 || end <= begin) return undefined;
  const iteration =
    scenario.mode === 'async'
      ? Math.min(...medians)
      : scenario.mode === 'sync'
        ? medians.reduce((a, b) => a + b, 0)
        : Math.max(...medians, ...scenario.tasks.map((t) => gapOf(t) ?? 0));
  const halt = machine.halts.find((h) => h.to - h.from > iteration && h.to > begin && h.from < end);
  if (halt) return haltReason(halt, iteration, 'an iteration');
  const limit = Math.max(SHORTEST_STALL, SHARE_OF_PERIOD * iteration);
  const cpus = machine.watched.length;
  const long = machine.stalls.filter(
    (s) => s.to - s.from > limit && s.to > begin && s.from < end && blame(s, cpus) !== 'own',
  );
  const ticks = ((end - begin) / (machine.controlPeriod || 1)) * cpus;
  if (long.length <= 0.01 * ticks) return undefined;
  return {
    cause: long.some((s) => blame(s, cpus) === 'foreign') ? 'foreign' : 'stopped',
    reason: `machine_stalled: in ${long.length} of ${Math.round(ticks)} looks a CPU was not at the tasks' service for more than 5 % of an iteration (${toMs(iteration)} ms), through no doing of theirs`,
  };
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

/** Errors without the time in which other tasks held every CPU of this one; only those that matter are looked at closely. */
function generatorErrors(
  part: TaskJobs,
  others: readonly Occupancy[],
  { cpus }: Machine,
  own: TaskCpu,
  limit: number,
): { values: Float64Array; worst: number; count: number } {
  const { rows, errors } = lateReleases(part);
  const places = part.task.placement.cpus?.length ?? (own.cpus.length || cpus);
  let worst = 0;
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    if (errors[i] <= limit) continue;
    const release = part.jobs.release[rows[i]];
    const until = release + errors[i];
    const held =
      heldBetween(others, part.task.placement.cpus, places, release, until) - covered(own.halts, release, until);
    if (held <= 0) continue;
    worst = Math.max(worst, held);
    count++;
    errors[i] -= held;
  }
  return { values: errors, worst, count };
}
