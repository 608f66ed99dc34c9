/** When the jobs of tasks held CPUs or an accelerator. */
import { upperBound } from '../base/search.js';
import type { TaskSpec } from '../formats/pipeline/types.js';
import type { TaskJobs } from './jobs.js';

/** Running times of the jobs of one task, in order, and what each of them holds meanwhile. */
export interface Occupancy {
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** CPUs; 0 for a task that leaves them to others. */
  readonly holds: number;
  /** CPUs that the task is bound to. */
  readonly cpus: readonly number[] | undefined;
}

/** @param holds CPUs that an open job of the task holds */
export function occupancyOf({ jobs, first, to }: TaskJobs, { placement }: TaskSpec, holds: number): Occupancy {
  const start = new Float64Array(to - first);
  const end = new Float64Array(to - first);
  let n = 0;
  for (let row = first; row < to; row++) {
    if (Number.isNaN(jobs.complete[row])) continue;
    start[n] = jobs.start[row];
    end[n++] = jobs.complete[row];
  }
  return { start: start.subarray(0, n), end: end.subarray(0, n), holds, cpus: placement.cpus };
}

/**
 * Length (ns) of the part of [from, to] in which open jobs hold at least `places`.
 * @param mine CPUs that matter; all without it
 */
export function heldBetween(
  others: readonly Occupancy[],
  mine: readonly number[] | undefined,
  places: number,
  from: number,
  to: number,
): number {
  const changes: [at: number, by: number][] = [];
  for (const { start, end, holds, cpus } of others) {
    if (holds === 0 || (mine && cpus && !cpus.some((cpu) => mine.includes(cpu)))) continue;
    for (let i = upperBound(end, from); i < start.length && start[i] < to; i++)
      changes.push([Math.max(start[i], from), holds], [Math.min(end[i], to), -holds]);
  }
  changes.sort(([a, up], [b, down]) => a - b || up - down);
  let held = 0;
  let open = 0;
  changes.forEach(([at, by], i) => {
    open += by;
    if (open >= places) held += (changes[i + 1]?.[0] ?? at) - at;
  });
  return held;
}
