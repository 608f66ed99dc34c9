/**
 * Chains of tasks: from the release of the first job to the completion of the last one that it caused.
 * reaction = end - release of the root; age at output is the same span seen from the output; worst adds the gap to the
 * root sample that was used before, as if the event had just missed it (CARET's worst case with an external event).
 */
import { toMs } from '../base/units.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { COMPLETED, type JobTable, rowsOf } from '../formats/recording/jobs.js';
import type { ChainReport } from '../formats/report/report.js';
import { distributionOf } from './distribution.js';
import type { Window } from './jobs.js';

/** Paths of tasks from a root to a leaf. */
export function chainsOf(scenario: ScenarioSpec): number[][] {
  const parents = scenario.tasks.map(({ release }) =>
    release.kind === 'after' ? release.tasks.map((name) => scenario.tasks.findIndex((t) => t.name === name)) : [],
  );
  const leaves = scenario.tasks.flatMap((_, i) =>
    parents[i].length > 0 && !parents.some((p) => p.includes(i)) ? [i] : [],
  );
  // A join follows its first parent: that is the job its rows name.
  const path = (task: number): number[] => (parents[task].length === 0 ? [task] : [...path(parents[task][0]), task]);
  return leaves.map(path);
}

/** Numbers of every chain of a scenario, in the order of their last tasks. */
export function analyseChains(jobs: JobTable, scenario: ScenarioSpec, window: Window): ChainReport[] {
  return chainsOf(scenario).map((path) => analyseChain(jobs, scenario, path, window));
}

function analyseChain(jobs: JobTable, scenario: ScenarioSpec, path: readonly number[], window: Window): ChainReport {
  const blocks = path.map((task) => rowsOf(jobs, task));
  const root = blocks[0];
  const leaf = blocks[blocks.length - 1];
  /** Last end of each root job of the window, in the order of the roots. */
  const ends = new Map<number, number>();
  const ages: number[] = [];
  for (let row = leaf.from; row < leaf.to; row++) {
    if (jobs.outcome[row] !== COMPLETED) continue;
    const origin = rootOf(jobs, blocks, row);
    if (origin === undefined || jobs.release[origin] < window.from || jobs.release[origin] >= window.to) continue;
    ends.set(origin, Math.max(ends.get(origin) ?? 0, jobs.complete[row]));
    ages.push(jobs.complete[row] - jobs.release[origin]);
  }
  const roots = rowsWithin(jobs, root, window);
  const used = [...ends].sort(([a], [b]) => a - b);
  const reactions = used.map(([origin, end]) => end - jobs.release[origin]);
  let worst = 0;
  used.forEach(([origin, end], i) => {
    const before = i > 0 ? used[i - 1][0] : origin;
    worst = Math.max(worst, end - jobs.release[before]);
  });
  const selective = path.some((task) => {
    const { release } = scenario.tasks[task];
    return release.kind === 'after' && (release.every > 1 || release.probability < 1);
  });
  return {
    tasks: path.map((task) => scenario.tasks[task].name),
    roots: roots.length,
    complete: used.length,
    missed: missedRoots(jobs, blocks, roots, selective ? undefined : ends),
    reaction_ms: distributionOf(Float64Array.from(reactions)),
    age_ms: distributionOf(Float64Array.from(ages)),
    ...(used.length > 0 ? { worst_ms: toMs(worst) } : {}),
  };
}

/** Rows of a block that were released in the window. */
function rowsWithin(jobs: JobTable, { from, to }: { from: number; to: number }, window: Window): number[] {
  const rows: number[] = [];
  for (let row = from; row < to; row++)
    if (jobs.release[row] >= window.from && jobs.release[row] < window.to) rows.push(row);
  return rows;
}

/**
 * Roots that were dropped, or one of whose jobs on the chain was not completed.
 * @param ends roots with an end; a root without one is missed, except where the chain itself picks only some of them
 */
function missedRoots(
  jobs: JobTable,
  blocks: readonly { from: number; to: number }[],
  roots: readonly number[],
  ends: ReadonlyMap<number, number> | undefined,
): number {
  const broken = new Set<number>();
  blocks.forEach(({ from, to }, level) => {
    for (let row = from; row < to; row++) {
      if (jobs.outcome[row] === COMPLETED) continue;
      const origin = rootOf(jobs, blocks.slice(0, level + 1), row);
      if (origin !== undefined) broken.add(origin);
    }
  });
  return roots.filter((row) => broken.has(row) || (ends !== undefined && !ends.has(row))).length;
}

function rootOf(jobs: JobTable, blocks: readonly { from: number; to: number }[], leaf: number): number | undefined {
  let row = leaf;
  for (let level = blocks.length - 1; level > 0; level--) {
    if (jobs.parent[row] < 0) return undefined;
    row = blocks[level - 1].from + jobs.parent[row];
  }
  return row;
}
