/** Which of two sets of things belong together, so that the sum of their scores is the largest that can be had. */

/** Above this many on a side the exact method takes too long, and the things are aligned along their order instead. */
const EXACT_LIMIT = 400;

export interface ScoredPair {
  readonly a: number;
  readonly b: number;
  /** Above 0. */
  readonly score: number;
}

/**
 * Parts that no pair joins are solved apart.
 * @param sizes how many there are on each side
 * @returns for every a its b, -1 without one
 */
export function bestMatching(sizes: readonly [number, number], pairs: readonly ScoredPair[]): Int32Array {
  const match = new Int32Array(sizes[0]).fill(-1);
  for (const part of components(sizes, pairs)) {
    const rows = [...new Set(part.map((p) => p.a))].sort((x, y) => x - y);
    const columns = [...new Set(part.map((p) => p.b))].sort((x, y) => x - y);
    const row = new Map(rows.map((a, i) => [a, i]));
    const column = new Map(columns.map((b, i) => [b, i]));
    const scores = new Float64Array(rows.length * columns.length);
    for (const { a, b, score } of part) scores[(row.get(a) ?? 0) * columns.length + (column.get(b) ?? 0)] = score;
    const solve = Math.max(rows.length, columns.length) <= EXACT_LIMIT ? assign : alignInOrder;
    for (const [i, j] of solve(scores, rows.length, columns.length)) match[rows[i]] = columns[j];
  }
  return match;
}

function components([countA, countB]: readonly [number, number], pairs: readonly ScoredPair[]): ScoredPair[][] {
  const parent = Int32Array.from({ length: countA + countB }, (_, i) => i);
  const root = (i: number): number => {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  for (const { a, b } of pairs) parent[root(a)] = root(countA + b);
  const parts = new Map<number, ScoredPair[]>();
  for (const pair of pairs) {
    const key = root(pair.a);
    const list = parts.get(key);
    if (list) list.push(pair);
    else parts.set(key, [pair]);
  }
  return [...parts.values()];
}

/**
 * The Hungarian method with potentials (Kuhn 1955; the O(n^2 m) form of Jonker and Volgenant 1987) on costs of minus the
 * score. A pair without a score costs nothing and counts as none.
 */
function assign(scores: Float64Array, rows: number, columns: number): [number, number][] {
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

/** Longest common subsequence with scores (Needleman and Wunsch 1970): pairs never cross. */
function alignInOrder(scores: Float64Array, rows: number, columns: number): [number, number][] {
  const step = new Uint8Array((rows + 1) * (columns + 1));
  let before = new Float64Array(columns + 1);
  for (let i = 1; i <= rows; i++) {
    const now = new Float64Array(columns + 1);
    for (let j = 1; j <= columns; j++) {
      const score = scores[(i - 1) * columns + j - 1];
      const both = score > 0 ? before[j - 1] + score : Number.NEGATIVE_INFINITY;
      now[j] = Math.max(both, before[j], now[j - 1]);
      step[i * (columns + 1) + j] = now[j] === both ? 1 : now[j] === before[j] ? 2 : 3;
    }
    before = now;
  }
  const found: [number, number][] = [];
  for (let i = rows, j = columns; i > 0 && j > 0; ) {
    const took = step[i * (columns + 1) + j];
    if (took === 1) found.push([--i, --j]);
    else if (took === 2) i--;
    else j--;
  }
  return found;
}
