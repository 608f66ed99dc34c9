/**
 * Chains of tasks: from the release of the first job to the completion of the last one that it caused.
 * reaction = end - release of the root; age at output is the same span seen from the output; worst adds the gap to the
 * root sample that was used before, as if the event had just missed it (CARET's worst case with an external event).
 */
import { toMs } from '../base/units.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { COMPLETED, type JobTable } from '../formats/recording/jobs.js';
import type { ChainReport } from '../formats/report/report.js';
import { distributionOf } from './distribution.js';
import type { Window } from './jobs.js';
import { Lineage } from './lineage.js';

/** So many paths are followed; a graph of joins can have more than anybody reads. */
const MOST_PATHS = 64;

/** A chain: indices of its tasks, and the name that the pipeline file gives it. */
export interface ChainPath {
  readonly tasks: readonly number[];
  readonly name?: string;
}

/** Paths of tasks from a root to a leaf, through every parent of a join; and those that the pipeline file names. */
export function chainsOf(scenario: ScenarioSpec): ChainPath[] {
  const indexOf = (name: string): number => scenario.tasks.findIndex((t) => t.name === name);
  const parents = scenario.tasks.map(({ release }) => (release.kind === 'after' ? release.tasks.map(indexOf) : []));
  const leaves = scenario.tasks.flatMap((_, i) =>
    parents[i].length > 0 && !parents.some((p) => p.includes(i)) ? [i] : [],
  );
  const paths = (task: number): number[][] =>
    parents[task].length === 0
      ? [[task]]
      : parents[task].flatMap((p) => paths(p).map((path) => [...path, task])).slice(0, MOST_PATHS);
  const named = (scenario.chains ?? []).map(({ name, tasks }) => ({ name, tasks: tasks.map(indexOf) }));
  const same = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();
  const whole = leaves
    .flatMap(paths)
    .filter((path) => !named.some((n) => same(n.tasks, path)))
    .map((tasks) => ({ tasks }));
  return [...named, ...whole];
}

/** What one chain did, in ns: for every root in the window that reached the end, and for every output. */
export interface ChainTimes {
  readonly path: ChainPath;
  /** Roots of the window. */
  readonly roots: number;
  /** end - release of every root, in their order; NaN where it did not reach the end. */
  readonly byRoot: Float64Array;
  /** Those that did. */
  readonly reactions: Float64Array;
  /** The same of each output, in the order of the outputs. */
  readonly ages: Float64Array;
  /** 1 where a root, or a job that it caused on the chain, was dropped or never completed; in the order of the roots. */
  readonly missed: Uint8Array;
  readonly worst: number | undefined;
  /** Age of the oldest input of each output; where the chain goes through a join. */
  readonly oldest?: Float64Array;
}

/** Times of every chain of a scenario. */
export function timesOfChains(jobs: JobTable, scenario: ScenarioSpec, window: Window): ChainTimes[] {
  const lineage = new Lineage(jobs, scenario);
  return chainsOf(scenario).map((path) => timesOf(jobs, scenario, lineage, path, window));
}

/** Numbers of every chain. */
export const chainReports = (scenario: ScenarioSpec, chains: readonly ChainTimes[]): ChainReport[] =>
  chains.map(({ path, roots, reactions, ages, missed, worst, oldest }) => ({
    ...(path.name === undefined ? {} : { name: path.name }),
    tasks: path.tasks.map((task) => scenario.tasks[task].name),
    roots,
    complete: reactions.length,
    missed: missed.reduce((a, b) => a + b, 0),
    reaction_ms: distributionOf(Float64Array.from(reactions)),
    age_ms: distributionOf(Float64Array.from(ages)),
    ...(oldest ? { oldest_age_ms: distributionOf(Float64Array.from(oldest)) } : {}),
    ...(worst === undefined ? {} : { worst_ms: toMs(worst) }),
  }));

function timesOf(
  jobs: JobTable,
  scenario: ScenarioSpec,
  lineage: Lineage,
  path: ChainPath,
  window: Window,
): ChainTimes {
  const { tasks } = path;
  const roots = lineage.within(tasks[0], window);
  const leaf = tasks[tasks.length - 1];
  /** Last end of each root job of the window. */
  const ends = new Map<number, number>();
  const ages: number[] = [];
  const oldest: number[] = [];
  const joins = tasks.some((task) => lineage.parents(task).length > 1);
  const { from, to } = lineage.block(leaf);
  for (let row = from; row < to; row++) {
    if (jobs.outcome[row] !== COMPLETED) continue;
    const origin = originOf(lineage, tasks, tasks.length - 1, row);
    if (origin === undefined || origin < roots.from || origin >= roots.to) continue;
    ends.set(origin, Math.max(ends.get(origin) ?? 0, jobs.complete[row]));
    ages.push(jobs.complete[row] - jobs.release[origin]);
    if (joins) oldest.push(jobs.complete[row] - oldestInput(jobs, lineage, leaf, row));
  }
  const used = [...ends].sort(([a], [b]) => a - b);
  let worst = 0;
  used.forEach(([origin, end], i) => {
    const before = i > 0 ? used[i - 1][0] : origin;
    worst = Math.max(worst, end - jobs.release[before]);
  });
  const byRoot = new Float64Array(roots.to - roots.from).fill(Number.NaN);
  for (const [origin, end] of used) byRoot[origin - roots.from] = end - jobs.release[origin];
  return {
    path,
    roots: byRoot.length,
    byRoot,
    reactions: byRoot.filter((v) => !Number.isNaN(v)),
    ages: Float64Array.from(ages),
    missed: missedRoots(jobs, scenario, lineage, tasks, roots, ends),
    worst: used.length > 0 ? worst : undefined,
    ...(joins ? { oldest: Float64Array.from(oldest) } : {}),
  };
}

/** The root that a job at a level of the path goes back to along it. */
function originOf(lineage: Lineage, tasks: readonly number[], level: number, row: number): number | undefined {
  let at: number | undefined = row;
  for (let i = level; i > 0 && at !== undefined; i--) at = lineage.parentOf(tasks[i], at, tasks[i - 1]);
  return at;
}

/** Release of the oldest root that went into a job. */
function oldestInput(jobs: JobTable, lineage: Lineage, task: number, row: number): number {
  const parents = lineage.parents(task);
  if (parents.length === 0) return jobs.release[row];
  let oldest = Number.POSITIVE_INFINITY;
  for (const parent of parents) {
    const used = lineage.parentOf(task, row, parent);
    if (used !== undefined) oldest = Math.min(oldest, oldestInput(jobs, lineage, parent, used));
  }
  return Math.min(oldest, jobs.complete[row]);
}

/**
 * Roots that were dropped, or one of whose jobs on the chain was not completed; and those without an end, except where the
 * chain itself picks only some of them.
 */
function missedRoots(
  jobs: JobTable,
  scenario: ScenarioSpec,
  lineage: Lineage,
  tasks: readonly number[],
  roots: { readonly from: number; readonly to: number },
  ends: ReadonlyMap<number, number>,
): Uint8Array {
  const missed = new Uint8Array(roots.to - roots.from);
  tasks.forEach((task, level) => {
    const { from, to } = lineage.block(task);
    for (let row = from; row < to; row++) {
      if (jobs.outcome[row] === COMPLETED) continue;
      const origin = originOf(lineage, tasks, level, row);
      if (origin !== undefined && origin >= roots.from && origin < roots.to) missed[origin - roots.from] = 1;
    }
  });
  const selective = tasks.some((task) => {
    const { release } = scenario.tasks[task];
    return release.kind === 'after' && (release.every > 1 || release.probability < 1);
  });
  const sampled = tasks.some((task) => lineage.samples(task));
  if (!selective && !sampled)
    for (let row = roots.from; row < roots.to; row++) if (!ends.has(row)) missed[row - roots.from] = 1;
  return missed;
}
