/** When a task that waits for several others is released, and for which root. */
import { DONE_COUNT, type TaskColumns } from './columns.js';

/** A release that completions cause. */
export interface Caused {
  readonly at: number;
  /** Row of the first parent. */
  readonly row: number;
  /** Row of the job that the chain began with, the oldest where parents have several. */
  readonly root: number;
}

/** Gives the releases of a join one after another; undefined while none is known. */
export interface Join {
  next(): Caused | undefined;
}

/** A job that nothing else released is its own root. */
const rootOf = ({ root }: TaskColumns, row: number): number => (root[row] < 0 ? row : root[row]);

/**
 * Pairs the completions of parents that have the same root. Each completes its roots in order, so a root that one of them
 * dropped is passed over as soon as that one completes a later root; it makes nobody wait, and shifts no pair.
 */
export class RootJoin implements Join {
  readonly #parents: readonly TaskColumns[];
  readonly #cursors: Int32Array;

  constructor(parents: readonly TaskColumns[]) {
    this.#parents = parents;
    this.#cursors = new Int32Array(parents.length);
  }

  next(): Caused | undefined {
    for (;;) {
      let newest = -1;
      for (let i = 0; i < this.#parents.length; i++) {
        const row = this.#head(i);
        if (row < 0) return undefined;
        newest = Math.max(newest, rootOf(this.#parents[i], row));
      }
      if (this.#skipBefore(newest)) continue;
      return this.#take(newest);
    }
  }

  /** Row of the next unread completion of a parent, or -1. */
  #head(i: number): number {
    const { control, completions } = this.#parents[i];
    return this.#cursors[i] < Atomics.load(control, DONE_COUNT) ? completions[this.#cursors[i]] : -1;
  }

  /** Whether a parent was behind this root. */
  #skipBefore(root: number): boolean {
    let skipped = false;
    this.#parents.forEach((parent, i) => {
      if (rootOf(parent, this.#head(i)) >= root) return;
      this.#cursors[i]++;
      skipped = true;
    });
    return skipped;
  }

  #take(root: number): Caused {
    const row = this.#head(0);
    let at = 0;
    this.#parents.forEach((parent, i) => {
      at = Math.max(at, parent.complete[this.#head(i)]);
      this.#cursors[i]++;
    });
    return { at, row, root };
  }
}

/**
 * Joins the newest result of each group of parents that have one root task, as soon as every group has one that no join has used.
 * Parents of one group are paired by their root.
 */
export class LatestJoin implements Join {
  readonly #groups: readonly RootJoin[];
  readonly #ahead: (Caused | undefined)[];
  readonly #fresh: (Caused | undefined)[];

  /** @param groups parents with the same root task; the first parent of the task is in the first */
  constructor(groups: readonly (readonly TaskColumns[])[]) {
    this.#groups = groups.map((parents) => new RootJoin(parents));
    this.#ahead = groups.map(() => undefined);
    this.#fresh = groups.map(() => undefined);
  }

  next(): Caused | undefined {
    for (;;) {
      const first = this.#earliest();
      if (first < 0) return undefined;
      this.#fresh[first] = this.#ahead[first];
      this.#ahead[first] = undefined;
      const fresh = this.#fresh.filter((caused) => caused !== undefined);
      const [of] = fresh;
      if (!of || fresh.length < this.#groups.length) continue;
      this.#fresh.fill(undefined);
      return { ...of, at: fresh.reduce((at, caused) => Math.max(at, caused.at), 0) };
    }
  }

  /** Group whose next result comes first, or -1. */
  #earliest(): number {
    let best = -1;
    this.#groups.forEach((group, i) => {
      this.#ahead[i] ??= group.next();
      const at = this.#ahead[i]?.at;
      if (at !== undefined && (best < 0 || at < (this.#ahead[best]?.at ?? 0))) best = i;
    });
    return best;
  }
}
