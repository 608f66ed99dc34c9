/** Which of two sets of things belong together, so that the sum of their scores is the largest that can be had. */
import { groupBy } from '../../base/group.js';
import { DisjointSets } from '../../base/order.js';

/** Above this many on a side the exact method takes too long. */
const EXACT_LIMIT = 400;

/** A pair that beats every other pair of its two ends by so much is taken without a search. */
const CLEAR_LEAD = 1.5;

/** A possible pair and what speaks for it. */
export interface ScoredPair {
  readonly a: number;
  readonly b: number;
  /** Above 0. */
  readonly score: number;
}

/**
 * Parts that no pair joins are solved apart, exactly up to 400 on a side. Of a larger part the pairs that leave no doubt are
 * taken, and what is left is solved again; when no such pair is left, it is aligned along its order first.
 * @param sizes how many there are on each side
 * @returns for every a its b, -1 without one
 */
export function bestMatching(sizes: readonly [number, number], pairs: readonly ScoredPair[]): Int32Array {
  const match = new Int32Array(sizes[0]).fill(-1);
  const waiting = components(sizes, pairs);
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    const rows = [...new Set(part.map((p) => p.a))].sort((x, y) => x - y);
    const columns = [...new Set(part.map((p) => p.b))].sort((x, y) => x - y);
    const row = new Map(rows.map((a, i) => [a, i]));
    const column = new Map(columns.map((b, i) => [b, i]));
    const inner = part.map(({ a, b, score }) => ({ a: row.get(a) ?? 0, b: column.get(b) ?? 0, score }));
    const take = (found: readonly (readonly [number, number])[]): void => {
      for (const [i, j] of found) match[rows[i]] = columns[j];
    };
    if (Math.max(rows.length, columns.length) <= EXACT_LIMIT) {
      take(assign(inner, rows.length, columns.length));
      continue;
    }
    const clear = clearPairs(inner, rows.length, columns.length);
    const found = clear.length > 0 ? clear : alignInOrder(inner, columns.length);
    take(found);
    const [a, b] = [new Set(found.map(([i]) => rows[i])), new Set(found.map(([, j]) => columns[j]))];
    const rest = part.filter((p) => !a.has(p.a) && !b.has(p.b));
    waiting.push(...components(sizes, rest));
  }
  return match;
}

/** Pairs that lead by far at both of their ends. */
function clearPairs(pairs: readonly ScoredPair[], rows: number, columns: number): [number, number][] {
  const left = new Leaders(rows);
  const right = new Leaders(columns);
  pairs.forEach(({ a, b, score }, i) => {
    left.see(a, score, i);
    right.see(b, score, i);
  });
  return pairs.flatMap(({ a, b }, i): [number, number][] =>
    left.clear(a) === i && right.clear(b) === i ? [[a, b]] : [],
  );
}

/** The best pair of each end, and how good the second is. */
class Leaders {
  readonly #best: Float64Array;
  readonly #second: Float64Array;
  readonly #pair: Int32Array;

  constructor(count: number) {
    this.#best = new Float64Array(count);
    this.#second = new Float64Array(count);
    this.#pair = new Int32Array(count).fill(-1);
  }

  see(end: number, score: number, pair: number): void {
    if (score > this.#best[end]) {
      this.#second[end] = this.#best[end];
      this.#best[end] = score;
      this.#pair[end] = pair;
    } else if (score > this.#second[end]) this.#second[end] = score;
  }

  /** -1 when the lead is small. */
  clear(end: number): number {
    return this.#best[end] - this.#second[end] >= CLEAR_LEAD ? this.#pair[end] : -1;
  }
}

function components([countA, countB]: readonly [number, number], pairs: readonly ScoredPair[]): ScoredPair[][] {
  const sets = new DisjointSets(countA + countB);
  for (const { a, b } of pairs) sets.join(a, countA + b);
  return [...groupBy(pairs, ({ a }) => sets.root(a)).values()];
}

/**
 * The Hungarian method with potentials (Kuhn 1955; the O(n^2 m) form of Jonker and Volgenant 1987) on costs of minus the
 * score. A pair without a score costs nothing and counts as none.
 */
function assign(pairs: readonly ScoredPair[], rows: number, columns: number): [number, number][] {
  const scores = new Float64Array(rows * columns);
  for (const { a, b, score } of pairs) scores[a * columns + b] = score;
  const size = Math.max(rows, columns);
  const cost = (i: number, j: number): number => (i < rows && j < columns ? -scores[i * columns + j] : 0);
  const rowPotential = new Float64Array(size + 1);
  const columnPotential = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1);
  const way = new Int32Array(size + 1);
  for (let i = 1; i <= size; i++) {
    rowOf[0] = i;
    let column = 0;
    const least = new Float64Array(size + 1).fill(Number.POSITIVE_INFINITY);
    const used = new Uint8Array(size + 1);
    do {
      used[column] = 1;
      const row = rowOf[column];
      let delta = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= size; j++) {
        if (used[j]) continue;
        const reduced = cost(row - 1, j - 1) - rowPotential[row] - columnPotential[j];
        if (reduced < least[j]) {
          least[j] = reduced;
          way[j] = column;
        }
        if (least[j] < delta) {
          delta = least[j];
          next = j;
        }
      }
      for (let j = 0; j <= size; j++) {
        if (used[j]) {
          rowPotential[rowOf[j]] += delta;
          columnPotential[j] -= delta;
        } else least[j] -= delta;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      rowOf[column] = rowOf[way[column]];
      column = way[column];
    }
  }
  const found: [number, number][] = [];
  for (let j = 1; j <= columns; j++) {
    const i = rowOf[j] - 1;
    if (i >= 0 && i < rows && scores[i * columns + j - 1] > 0) found.push([i, j - 1]);
  }
  return found;
}

/**
 * The chain of pairs that do not cross with the largest sum: for each pair the best chain to its left, by a Fenwick tree of
 * maxima over b.
 */
function alignInOrder(pairs: readonly ScoredPair[], columns: number): [number, number][] {
  const sorted = [...pairs].sort((p, q) => p.a - q.a || q.b - p.b);
  const total = new Float64Array(sorted.length);
  const before = new Int32Array(sorted.length);
  const tree = new Int32Array(columns + 1).fill(-1);
  const value = (pair: number): number => (pair < 0 ? 0 : total[pair]);
  let best = -1;
  sorted.forEach(({ b, score }, i) => {
    let left = -1;
    for (let k = b; k > 0; k -= k & -k) if (value(tree[k]) > value(left)) left = tree[k];
    before[i] = left;
    total[i] = value(left) + score;
    for (let k = b + 1; k <= columns; k += k & -k) if (total[i] > value(tree[k])) tree[k] = i;
    if (total[i] > value(best)) best = i;
  });
  const found: [number, number][] = [];
  for (let i = best; i >= 0; i = before[i]) found.push([sorted[i].a, sorted[i].b]);
  return found;
}
