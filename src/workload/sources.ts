/** Where the releases of an open-loop task come from. */
import { streamOf, uniform } from '../base/random.js';
import { gridTime } from '../base/rational.js';
import type { Release } from '../formats/pipeline/types.js';
import { DONE_COUNT, ENDED, type TaskColumns } from './columns.js';
import type { Marks } from './driver.js';

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
  readonly #seed: number;
  readonly #streams: readonly number[];
  readonly #cursors: Int32Array;
  /** Completions of each parent since the last join, for `match: latest`. */
  readonly #fresh: Float64Array;
  readonly #freshRow: Int32Array;
  #next = 0;
  #pending = 0;
  #pendingAt = 0;
  #pendingParent = -1;
  #counted = 0;
  /** First index not yet looked at, for `match: exact-index`. */
  #index = 0;

  constructor(
    columns: TaskColumns,
    release: Extract<Release, { kind: 'after' }>,
    parents: readonly TaskColumns[],
    seed: number,
  ) {
    this.#columns = columns;
    this.#release = release;
    this.#parents = parents;
    this.#seed = seed;
    this.#streams = release.tasks.map((name) => streamOf(`after/${name}`));
    this.#cursors = new Int32Array(parents.length);
    this.#fresh = new Float64Array(parents.length).fill(Number.NaN);
    this.#freshRow = new Int32Array(parents.length);
  }

  peek(): number {
    if (this.#pending === 0) this.#look();
    return this.#pending > 0 && this.#next < this.#columns.capacity ? this.#pendingAt : Number.POSITIVE_INFINITY;
  }

  take(): number {
    const row = this.#next++;
    this.#columns.nominal[row] = this.#pendingAt;
    this.#columns.release[row] = this.#pendingAt;
    this.#columns.parent[row] = this.#pendingParent;
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
    if (this.#parents.length === 1) this.#lookAtOne();
    else if (this.#release.match === 'exact-index') this.#lookAtIndex();
    else this.#lookAtLatest();
  }

  #lookAtOne(): void {
    const [parent] = this.#parents;
    const count = Atomics.load(parent.control, DONE_COUNT);
    while (this.#cursors[0] < count && this.#pending === 0) {
      const row = parent.completions[this.#cursors[0]++];
      this.#offer(row, parent.complete[row]);
    }
  }

  /** Fires when the last of the parents has a completion that no join has used. */
  #lookAtLatest(): void {
    while (this.#pending === 0) {
      const earliest = this.#earliestParent();
      if (earliest < 0) return;
      const parent = this.#parents[earliest];
      const row = parent.completions[this.#cursors[earliest]++];
      this.#fresh[earliest] = parent.complete[row];
      this.#freshRow[earliest] = row;
      if (this.#fresh.some(Number.isNaN)) continue;
      const at = this.#fresh.reduce((a, b) => Math.max(a, b));
      const root = this.#freshRow[0];
      this.#fresh.fill(Number.NaN);
      this.#offer(root, at);
    }
  }

  /** Parent whose next unread completion comes first, or -1 while an earlier one could still come. */
  #earliestParent(): number {
    let best = -1;
    let at = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#parents.length; i++) {
      const parent = this.#parents[i];
      if (this.#cursors[i] >= Atomics.load(parent.control, DONE_COUNT)) continue;
      const time = parent.complete[parent.completions[this.#cursors[i]]];
      if (time < at) {
        at = time;
        best = i;
      }
    }
    return best;
  }

  /** Fires for index k when every parent has completed its job k; an index that a parent dropped never fires. */
  #lookAtIndex(): void {
    while (this.#pending === 0) {
      let at = 0;
      for (const parent of this.#parents) {
        const outcome = Atomics.load(parent.outcome, this.#index);
        if (outcome === 0) return;
        at = outcome === 1 ? Math.max(at, parent.complete[this.#index]) : Number.POSITIVE_INFINITY;
        if (at === Number.POSITIVE_INFINITY) break;
      }
      const row = this.#index++;
      if (at < Number.POSITIVE_INFINITY) this.#offer(row, at);
    }
  }

  #offer(row: number, at: number): void {
    const { every, probability, fanOut } = this.#release;
    this.#counted++;
    if (this.#counted % every !== 0) return;
    if (probability < 1 && uniform(this.#seed, this.#streams[0], row) >= probability) return;
    this.#pending = fanOut;
    this.#pendingAt = at;
    this.#pendingParent = row;
  }
}
