/** Where the releases of an open-loop task come from. */
import { streamOf, uniform } from '../base/random.js';
import { gridTime } from '../base/rational.js';
import type { Release } from '../formats/pipeline/types.js';
import { ENDED, type TaskColumns } from './columns.js';
import type { Marks } from './driver.js';
import { type Caused, type Join, LatestJoin, RootJoin } from './joins.js';

/** Where the releases of a task come from. */
export interface Source {
  /** Time of the next release, or Infinity when none is known yet. */
  peek(): number;
  /** Takes that release and returns its row, with nominal, release and parent written. */
  take(): number;
  /** True when no release will come any more. */
  ended(): boolean;
  /** The task's job ended; only a grid that slips listens. */
  completed(at: number): void;
}

/** Rows whose nominal and release were filled in beforehand. */
export class ListSource implements Source {
  readonly #columns: TaskColumns;
  readonly #count: number;
  readonly #marks: Marks;
  #next = 0;
  constructor(columns: TaskColumns, count: number, marks: Marks) {
    this.#columns = columns;
    this.#count = count;
    this.#marks = marks;
  }
  peek(): number {
    if (this.#next >= this.#count) return Number.POSITIVE_INFINITY;
    const at = this.#columns.release[this.#next];
    return at < this.#marks.stopAt ? at : Number.POSITIVE_INFINITY;
  }
  take(): number {
    return this.#next++;
  }
  ended(): boolean {
    return this.#next >= this.#count || this.#columns.release[this.#next] >= this.#marks.stopAt;
  }
  completed(): void {}
}

/** `shift`: next release = max(previous release + period, previous completion); the grid slips, nothing is dropped. */
export class ShiftSource implements Source {
  readonly #columns: TaskColumns;
  readonly #release: Extract<Release, { kind: 'periodic' }>;
  readonly #marks: Marks;
  #next = 0;
  #slip = 0;
  #busy = false;
  constructor(columns: TaskColumns, release: Extract<Release, { kind: 'periodic' }>, marks: Marks) {
    this.#columns = columns;
    this.#release = release;
    this.#marks = marks;
  }
  #at(): number {
    return this.#release.phase + gridTime(this.#release.rate, this.#next) + this.#slip;
  }
  peek(): number {
    if (this.#busy || this.ended()) return Number.POSITIVE_INFINITY;
    return this.#at();
  }
  take(): number {
    const row = this.#next;
    this.#columns.nominal[row] = this.#at() - this.#slip;
    this.#columns.release[row] = this.#at();
    this.#next++;
    this.#busy = true;
    return row;
  }
  ended(): boolean {
    return !this.#busy && (this.#next >= this.#columns.capacity || this.#at() >= this.#marks.stopAt);
  }
  completed(at: number): void {
    this.#busy = false;
    const due = this.#at();
    if (at > due) this.#slip += at - due;
  }
}

/** Releases caused by completions of other tasks. */
export class AfterSource implements Source {
  readonly #columns: TaskColumns;
  readonly #release: Extract<Release, { kind: 'after' }>;
  readonly #parents: readonly TaskColumns[];
  readonly #join: Join;
  readonly #seed: number;
  readonly #stream: number;
  #next = 0;
  #pending = 0;
  #cause: Caused = { at: 0, row: -1, root: -1 };
  #counted = 0;

  /** @param roots task that the chain of each parent begins with */
  constructor(
    columns: TaskColumns,
    release: Extract<Release, { kind: 'after' }>,
    parents: readonly TaskColumns[],
    roots: readonly number[],
    seed: number,
  ) {
    this.#columns = columns;
    this.#release = release;
    this.#parents = parents;
    this.#seed = seed;
    this.#stream = streamOf(`after/${release.tasks[0]}`);
    const groups = [...new Set(roots)].map((root) => parents.filter((_, i) => roots[i] === root));
    this.#join = release.match === 'exact-index' ? new RootJoin(parents) : new LatestJoin(groups);
  }

  peek(): number {
    if (this.#pending === 0) this.#look();
    return this.#pending > 0 && this.#next < this.#columns.capacity ? this.#cause.at : Number.POSITIVE_INFINITY;
  }

  take(): number {
    const row = this.#next++;
    this.#columns.nominal[row] = this.#cause.at;
    this.#columns.release[row] = this.#cause.at;
    this.#columns.parent[row] = this.#cause.row;
    this.#columns.root[row] = this.#cause.root;
    this.#pending--;
    return row;
  }

  ended(): boolean {
    if (this.#next >= this.#columns.capacity) return true;
    for (const parent of this.#parents) if (Atomics.load(parent.control, ENDED) === 0) return false;
    return this.peek() === Number.POSITIVE_INFINITY;
  }

  completed(): void {}

  #look(): void {
    const { every, probability, fanOut } = this.#release;
    while (this.#pending === 0) {
      const caused = this.#join.next();
      if (!caused) return;
      this.#counted++;
      if (this.#counted % every !== 0) continue;
      if (probability < 1 && uniform(this.#seed, this.#stream, caused.row) >= probability) continue;
      this.#pending = fanOut;
      this.#cause = caused;
    }
  }
}
