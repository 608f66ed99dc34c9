/**
 * Two jobs on one GPU. Each copies its inputs, computes and copies its outputs; copies of one direction take turns on their engine,
 * computing goes on side by side, each slower for the other. What each costs the other is measured back to back, copies included; here
 * the part of the computing is taken out of that.
 */

/** Parts of a job on a GPU, as shares of its time alone. */
export interface Stages {
  readonly in: number;
  readonly compute: number;
  readonly out: number;
}

/** A task of a GPU as far as a pair depends on it. */
export interface GpuTask {
  /** Without, all of it is computing. */
  readonly stages?: Stages | undefined;
  /** A job alone, ns; of one that is not told, that of the other. */
  readonly alone?: number | undefined;
}

/** Two values of a pair. */
export type Pair<T> = readonly [T, T];

const WHOLE: Stages = { in: 0, compute: 1, out: 0 };

/**
 * What the computing of each costs the computing of the other: time by time alone, less 1. Where they copy too, it is what makes the
 * two, back to back, take as long as they did.
 * @param factors service time of each beside the other, both back to back, by that alone
 */
export function computingCost(tasks: Pair<GpuTask>, factors: Pair<number>): Pair<number> {
  let cost: Pair<number> = [Math.max(0, factors[0] - 1), Math.max(0, factors[1] - 1)];
  if (tasks.every((t) => t.stages === undefined)) return cost;
  const key = JSON.stringify([tasks.map(({ stages, alone }) => [stages, alone]), factors]);
  const known = found.get(key);
  if (known) return known;
  const met = tasks.reduce((share, { stages = WHOLE }) => share * stages.compute, 1);
  // Two that keep in step make it jump, so the closest counts, not the last.
  let best = { cost, off: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS; round++) {
    const got = backToBack(tasks, cost);
    const off = Math.abs(got[0] / factors[0] - 1) + Math.abs(got[1] / factors[1] - 1);
    if (off < best.off) best = { cost, off };
    const next = (own: 0 | 1): number =>
      Math.max(0, cost[own] + (STEP * (factors[own] - got[own])) / Math.max(met, LEAST_MET));
    cost = [next(0), next(1)];
  }
  found.set(key, best.cost);
  return best.cost;
}

const found = new Map<string, Pair<number>>();
const ROUNDS = 24;
const STEP = 0.5;
/** Of the time that both compute at once. */
const LEAST_MET = 0.05;
const JOBS = 300;
/** Where one is far shorter than the other, the longer has done fewer by then. */
const MOST_STEPS = 20_000;
const LEAST_JOBS = 3;
/** Jobs are not all alike: their times differ by up to this share, or two would keep in step for ever. */
const SPREAD = 0.2;
const GOLDEN = 0.618034;

interface Running {
  readonly parts: readonly [number, number, number];
  stage: number;
  left: number;
  /** When its stage began. */
  since: number;
  jobs: number;
}

/** Mean time of a job of each, both back to back, by that alone. */
function backToBack(tasks: Pair<GpuTask>, cost: Pair<number>): Pair<number> {
  const alone = (i: 0 | 1): number => tasks[i].alone ?? tasks[1 - i]?.alone ?? 1;
  const begun = (i: 0 | 1): Running => {
    const { stages = WHOLE } = tasks[i];
    const parts = [stages.in * alone(i), stages.compute * alone(i), stages.out * alone(i)] as const;
    return { parts, stage: 0, left: parts[0] * spread(i, 0), since: 0, jobs: 0 };
  };
  const jobs: Pair<Running> = [begun(0), begun(1)];
  let now = 0;
  const least = (): number => Math.min(jobs[0].jobs, jobs[1].jobs);
  for (let steps = 0; least() < (steps < MOST_STEPS ? JOBS : LEAST_JOBS); steps++) {
    const rates = ratesOf(jobs, cost);
    const step = Math.min(...jobs.map(({ left }, i) => (rates[i] === 0 ? Number.POSITIVE_INFINITY : left / rates[i])));
    now += step;
    for (const [i, job] of jobs.entries()) {
      job.left -= step * rates[i];
      if (job.left > 1e-9 * job.parts[COMPUTES] || rates[i] === 0) continue;
      job.stage = (job.stage + 1) % job.parts.length;
      job.jobs += job.stage === 0 ? 1 : 0;
      job.left = job.parts[job.stage] * spread(i, job.jobs);
      job.since = now;
    }
  }
  const factor = (i: 0 | 1): number => now / jobs[i].jobs / alone(i);
  return [factor(0), factor(1)];
}

const spread = (task: number, k: number): number => 1 - SPREAD / 2 + SPREAD * ((k * GOLDEN + task * 0.37) % 1);
/** Place of the computing among the parts of a job. */
const COMPUTES = 1;

function ratesOf([a, b]: Pair<Running>, cost: Pair<number>): Pair<number> {
  if (a.stage !== b.stage) return [1, 1];
  if (a.stage === COMPUTES) return [1 / (1 + cost[0]), 1 / (1 + cost[1])];
  return a.since <= b.since ? [1, 0] : [0, 1];
}
