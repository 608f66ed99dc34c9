/**
 * Which jobs a job goes back to. A row names the job of its first parent; the others of a join follow from its root (jobs
 * that go back to one release belong together), or, where their chains begin with another task, from the time of the join:
 * the newest result that no join had used.
 */
import { lowerBound, upperBound } from '../base/search.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { COMPLETED, type JobTable, rowsOf } from '../formats/recording/jobs.js';

/** Looks up ancestors in the table of jobs. */
export class Lineage {
  readonly #jobs: JobTable;
  readonly #parents: readonly (readonly number[])[];
  readonly #exact: readonly boolean[];
  readonly #blocks: readonly { readonly from: number; readonly to: number }[];
  readonly #rootTask: readonly number[];
  readonly #byRoot = new Map<number, ReadonlyMap<number, readonly number[]>>();
  readonly #byTime = new Map<number, { readonly at: Float64Array; readonly rows: Uint32Array }>();

  constructor(jobs: JobTable, scenario: ScenarioSpec) {
    const indexOf = (name: string): number => scenario.tasks.findIndex((t) => t.name === name);
    this.#jobs = jobs;
    this.#parents = scenario.tasks.map(({ release }) => (release.kind === 'after' ? release.tasks.map(indexOf) : []));
    this.#exact = scenario.tasks.map(({ release }) => release.kind === 'after' && release.match === 'exact-index');
    this.#blocks = scenario.tasks.map((_, i) => rowsOf(jobs, i));
    const rootOf = (task: number): number => (this.#parents[task].length === 0 ? task : rootOf(this.#parents[task][0]));
    this.#rootTask = scenario.tasks.map((_, i) => rootOf(i));
  }

  /** Rows of a task. */
  block(task: number): { readonly from: number; readonly to: number } {
    return this.#blocks[task];
  }

  parents(task: number): readonly number[] {
    return this.#parents[task];
  }

  /** Whether a task joins the newest results of several roots, so that it leaves out those between them. */
  samples(task: number): boolean {
    return !this.#exact[task] && new Set(this.#parents[task].map((p) => this.#rootTask[p])).size > 1;
  }

  /** Row of the root release of a job along its first parents; undefined where a row does not say. */
  root(task: number, row: number): number | undefined {
    let [at, of] = [row, task];
    while (this.#parents[of].length > 0) {
      if (this.#jobs.parent[at] < 0) return undefined;
      const [up] = this.#parents[of];
      at = this.#blocks[up].from + this.#jobs.parent[at];
      of = up;
    }
    return at;
  }

  /** Row of the job of `parent` that a job of `task` used; undefined where there is none. */
  parentOf(task: number, row: number, parent: number): number | undefined {
    const [first] = this.#parents[task];
    if (parent === first) {
      const seq = this.#jobs.parent[row];
      return seq < 0 ? undefined : this.#blocks[first].from + seq;
    }
    const root = this.root(task, row);
    if (root === undefined) return undefined;
    const same = this.#rootTask[parent] === this.#rootTask[first];
    if (!same && !this.#exact[task]) return this.#newest(parent, this.#jobs.release[row]);
    // Roots of different tasks are paired by their numbers.
    const number = root - this.#blocks[this.#rootTask[first]].from;
    const rows = this.#rowsByRoot(parent).get(number) ?? [];
    return rows.findLast((r) => this.#jobs.complete[r] <= this.#jobs.release[row]);
  }

  /** Number of the root -> completed rows of a task. */
  #rowsByRoot(task: number): ReadonlyMap<number, readonly number[]> {
    const known = this.#byRoot.get(task);
    if (known) return known;
    const found = new Map<number, number[]>();
    const begin = this.#blocks[this.#rootTask[task]].from;
    const { from, to } = this.#blocks[task];
    for (let row = from; row < to; row++) {
      if (this.#jobs.outcome[row] !== COMPLETED) continue;
      const root = this.root(task, row);
      if (root === undefined) continue;
      const list = found.get(root - begin);
      if (list) list.push(row);
      else found.set(root - begin, [row]);
    }
    this.#byRoot.set(task, found);
    return found;
  }

  /** Last completion of a task up to an instant. */
  #newest(task: number, until: number): number | undefined {
    let known = this.#byTime.get(task);
    if (!known) {
      const { from, to } = this.#blocks[task];
      const rows = Uint32Array.from({ length: to - from }, (_, i) => from + i).filter(
        (row) => this.#jobs.outcome[row] === COMPLETED,
      );
      known = { rows, at: Float64Array.from(rows, (row) => this.#jobs.complete[row]) };
      this.#byTime.set(task, known);
    }
    const place = upperBound(known.at, until) - 1;
    return place < 0 ? undefined : known.rows[place];
  }

  /** Rows of a task that were released in a window. */
  within(task: number, window: { readonly from: number; readonly to: number }): { from: number; to: number } {
    const { from, to } = this.#blocks[task];
    const at = (time: number): number => lowerBound(this.#jobs.release, time, from, to);
    return { from: at(window.from), to: at(window.to) };
  }
}
