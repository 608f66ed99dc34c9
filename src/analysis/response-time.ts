/**
 * Bounds of response times on one engine, from periods and longest service times: no chance, no simulation.
 *
 *   preemptive       fixed priorities, deadlines beyond the period allowed: Tindell, Burns, Wellings, "An extendible approach for
 *                    analysing fixed priority hard real-time tasks", Real-Time Systems 6 (1994), after Joseph, Pandya (1986) and
 *                    Lehoczky (1990)
 *   non-preemptive   fixed priorities, a job that runs is not interrupted: Davis, Burns, Bril, Lukkien, "Controller Area Network (CAN)
 *                    schedulability analysis: refuted, revisited and revised", Real-Time Systems 35 (2007)
 *   fifo             jobs in the order of their releases: all that can have been released until then is done before
 *                    (George, Rivierre, Spuri, INRIA report 2966, 1996)
 *   any-order        whatever the engine does, if it never idles while there is work: nothing lasts longer than the longest busy period
 */

/** How an engine chooses what it runs. */
export type EnginePolicy = 'preemptive' | 'non-preemptive' | 'fifo' | 'any-order';

/** A task of an engine; whole ns. */
export interface AnalysedTask {
  /** Least time between two releases on their grid. */
  readonly period: number;
  /** A release comes at most this much after its grid. */
  readonly jitter: number;
  /** Longest service time. */
  readonly cost: number;
  /** Greater is more urgent; equal ones count as in each other's way. */
  readonly priority: number;
}

/** Rounds after which something that grows slowly counts as growing for ever. */
const MOST_ROUNDS = 100_000;

/** Releases in a closed window of this length, the first at its begin. */
const arrivals = ({ period, jitter }: AnalysedTask, length: number): number =>
  Math.floor((length + jitter) / period) + 1;

/** Releases in a window of this length that is open at its end. */
const arrivalsBefore = ({ period, jitter }: AnalysedTask, length: number): number =>
  Math.max(0, Math.ceil((length + jitter) / period));

const sum = (tasks: readonly AnalysedTask[], of: (task: AnalysedTask) => number): number =>
  tasks.reduce((total, task) => total + of(task), 0);

/** The least fixed point from `begin` on, which must not fall; undefined where there is none. */
function fixedPoint(begin: number, next: (value: number) => number): number | undefined {
  let value = begin;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const after = next(value);
    if (!Number.isFinite(after)) return undefined;
    if (after <= value) return value;
    value = after;
  }
  return undefined;
}

/** Share of its time that an engine is asked for. */
export const utilisationOf = (tasks: readonly AnalysedTask[]): number => sum(tasks, (t) => t.cost / t.period);

/** Longest time (from a release on its grid, ns) until a job of each task is done; undefined where nothing bounds it. */
export function responseBounds(policy: EnginePolicy, tasks: readonly AnalysedTask[]): (number | undefined)[] {
  switch (policy) {
    case 'preemptive':
      return tasks.map((task) => preemptive(task, tasks));
    case 'non-preemptive':
      return tasks.map((task) => nonPreemptive(task, tasks));
    case 'fifo': {
      const bound = fifo(tasks);
      return tasks.map((task) => (bound === undefined ? undefined : bound + task.jitter));
    }
    case 'any-order': {
      const length = busyPeriod(tasks);
      return tasks.map((task) => (length === undefined ? undefined : length + task.jitter));
    }
  }
}

/** Longest time that an engine can be busy without a pause, with something that blocks it at the begin. */
function busyPeriod(tasks: readonly AnalysedTask[], blocking = 0): number | undefined {
  if (utilisationOf(tasks) > 1) return undefined;
  return fixedPoint(
    blocking + sum(tasks, (t) => t.cost),
    (length) => blocking + sum(tasks, (t) => arrivalsBefore(t, length) * t.cost),
  );
}

/** The tasks that may go before: more urgent, or as urgent. */
const before = (task: AnalysedTask, tasks: readonly AnalysedTask[]): AnalysedTask[] =>
  tasks.filter((t) => t !== task && t.priority >= task.priority);

function preemptive(task: AnalysedTask, tasks: readonly AnalysedTask[]): number | undefined {
  const others = before(task, tasks);
  if (utilisationOf([task, ...others]) > 1) return undefined;
  let worst = 0;
  for (let job = 0; job < MOST_ROUNDS; job++) {
    const own = (job + 1) * task.cost;
    const end = fixedPoint(own, (w) => own + sum(others, (t) => arrivalsBefore(t, w) * t.cost));
    if (end === undefined) return undefined;
    worst = Math.max(worst, end + task.jitter - job * task.period);
    if (end + task.jitter <= (job + 1) * task.period) return worst;
  }
  return undefined;
}

function nonPreemptive(task: AnalysedTask, tasks: readonly AnalysedTask[]): number | undefined {
  const others = before(task, tasks);
  const blocking = Math.max(0, ...tasks.filter((t) => t.priority < task.priority).map((t) => t.cost));
  const length = busyPeriod([task, ...others], blocking);
  if (length === undefined) return undefined;
  let worst = 0;
  for (let job = 0; job < arrivalsBefore(task, length); job++) {
    const ahead = blocking + job * task.cost;
    const start = fixedPoint(ahead, (w) => ahead + sum(others, (t) => arrivals(t, w) * t.cost));
    if (start === undefined) return undefined;
    worst = Math.max(worst, task.jitter + start - job * task.period + task.cost);
  }
  return worst;
}

/** Work that can have come until an instant less the time that there was for it, at the worst instant. */
function fifo(tasks: readonly AnalysedTask[]): number | undefined {
  const length = busyPeriod(tasks);
  if (length === undefined) return undefined;
  let worst = 0;
  for (const { period, jitter } of tasks)
    for (let at = 0; at <= length; at = (Math.floor((at + jitter) / period) + 1) * period - jitter)
      worst = Math.max(worst, sum(tasks, (t) => arrivals(t, at) * t.cost) - at);
  return worst;
}
