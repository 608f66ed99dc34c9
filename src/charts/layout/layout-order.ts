/** Order of nodes inside each rank, with few crossings. */
import type { Part } from './layout-types.js';

/** Sweeps down and up; more change little. */
const SWEEPS = 8;
/** Above this, fewer sweeps: the time grows with nodes and the picture cannot be read in one look anyway. */
const LARGE = 20_000;

/** @returns nodes by rank, from left to right */
export function orderRanks(part: Part): number[][] {
  const ranks = firstOrder(part);
  const at = new Int32Array(part.rank.length);
  const note = (order: readonly number[][]): void => {
    for (const row of order) for (let i = 0; i < row.length; i++) at[row[i]] = i;
  };
  note(ranks);
  let best = ranks.map((r) => [...r]);
  let least = countCrossings(part, ranks, at);
  const sweeps = part.rank.length > LARGE ? 3 : SWEEPS;
  for (let sweep = 0; sweep < sweeps && least > 0; sweep++) {
    const down = sweep % 2 === 0;
    const neighbours = down ? part.up : part.down;
    for (let k = 0; k < ranks.length; k++) {
      const r = down ? k : ranks.length - 1 - k;
      ranks[r] = byMedian(ranks[r], neighbours, at);
      for (let i = 0; i < ranks[r].length; i++) at[ranks[r][i]] = i;
    }
    const crossings = countCrossings(part, ranks, at);
    if (crossings < least) {
      least = crossings;
      best = ranks.map((r) => [...r]);
    }
  }
  return best.map((row) => [...row].sort((a, b) => part.lane[a] - part.lane[b]));
}

/** Depth-first from the top, so that what belongs together stands together from the start. */
function firstOrder({ rank, down, up }: Part): number[][] {
  const count = rank.length;
  let last = 0;
  let first = Number.POSITIVE_INFINITY;
  for (const r of rank) {
    last = Math.max(last, r);
    first = Math.min(first, r);
  }
  const ranks: number[][] = Array.from({ length: last + 1 }, () => []);
  const seen = new Uint8Array(count);
  const starts = [...rank.keys()].sort((a, b) => rank[a] - rank[b] || a - b);
  for (const start of starts) {
    if (seen[start] || (up[start].length > 0 && rank[start] > first)) continue;
    const stack = [start];
    while (stack.length > 0) {
      const node = stack.pop() as number;
      if (seen[node]) continue;
      seen[node] = 1;
      ranks[rank[node]].push(node);
      for (let i = down[node].length - 1; i >= 0; i--) if (!seen[down[node][i]]) stack.push(down[node][i]);
    }
  }
  for (const node of starts) if (!seen[node]) ranks[rank[node]].push(node);
  return ranks;
}

/** Nodes without neighbours on that side keep their places. */
function byMedian(row: readonly number[], neighbours: readonly (readonly number[])[], at: Int32Array): number[] {
  const keyed = row
    .filter((n) => neighbours[n].length > 0)
    .map((n) => ({ n, key: median(neighbours[n], at), was: at[n] }));
  keyed.sort((a, b) => a.key - b.key || a.was - b.was);
  let next = 0;
  return row.map((n) => (neighbours[n].length > 0 ? keyed[next++].n : n));
}

function median(list: readonly number[], at: Int32Array): number {
  if (list.length === 1) return at[list[0]];
  const places = list.map((n) => at[n]).sort((a, b) => a - b);
  const half = places.length >> 1;
  return places.length % 2 === 1 ? places[half] : (places[half - 1] + places[half]) / 2;
}

/** Crossings between neighbouring ranks, by a Fenwick tree over the places below (Barth, Mutzel, Juenger 2004). */
export function countCrossings(part: Part, ranks: readonly (readonly number[])[], at: Int32Array): number {
  let crossings = 0;
  for (let r = 0; r + 1 < ranks.length; r++) {
    const size = ranks[r + 1].length;
    const tree = new Int32Array(size + 1);
    let inserted = 0;
    for (const node of ranks[r]) {
      const places = part.down[node].map((n) => at[n]).sort((a, b) => a - b);
      for (const place of places) {
        let before = 0;
        for (let i = place + 1; i > 0; i -= i & -i) before += tree[i];
        crossings += inserted - before;
      }
      for (const place of places) {
        for (let i = place + 1; i <= size; i += i & -i) tree[i]++;
        inserted++;
      }
    }
  }
  return crossings;
}
