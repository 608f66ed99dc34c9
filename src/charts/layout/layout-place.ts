/**
 * x of every node in the given order: Brandes and Koepf, "Fast and simple horizontal coordinate assignment" (2001). Nodes
 * are put in vertical lines with a median neighbour, in four ways (from above and below, left and right), and the four
 * results are averaged. Lines over several ranks stay straight, and so does the trunk of a network.
 */
import type { Part } from './layout-types.js';

/** Room beside a line, so that it does not run into a node. */
const LINE_GAP = 14;

/** @returns centre of every node of the part */
export function placeColumns(part: Part, ranks: readonly (readonly number[])[], gap: number): Float64Array {
  const count = part.rank.length;
  const conflicts = crossedLines(part, ranks);
  const drafts: { x: Float64Array; low: number; high: number; mirrored: boolean }[] = [];
  for (const upward of [false, true])
    for (const mirrored of [false, true]) {
      const rows = (upward ? [...ranks].reverse() : ranks).map((row) => (mirrored ? [...row].reverse() : row));
      const root = alignVertically(rows, upward ? part.down : part.up, count, conflicts);
      const x = compact(part, rows, root, gap);
      if (mirrored) for (let i = 0; i < count; i++) x[i] = -x[i];
      drafts.push({ x, ...extent(part, x, ranks), mirrored });
    }
  const narrow = drafts.reduce((a, b) => (b.high - b.low < a.high - a.low ? b : a));
  for (const { x, low, high, mirrored } of drafts) {
    const shift = mirrored ? narrow.high - high : narrow.low - low;
    for (let i = 0; i < count; i++) x[i] += shift;
  }
  const x = middle(drafts.map((d) => d.x));
  straighten(x, ranks);
  return x;
}

/**
 * A rank with one thing in it splits the drawing: what is above and below can move apart. Such things are put in one line,
 * which takes away the drift that blocks of unequal sides add up to, and each block stands evenly beside the line.
 */
function straighten(x: Float64Array, ranks: readonly (readonly number[])[]): void {
  const single = ranks.flatMap((row, r) => (row.length === 1 ? [r] : []));
  if (single.length === 0) return;
  const at = (r: number): number => x[ranks[r][0]];
  const move = (from: number, to: number, shift: number): void => {
    for (let r = from; r < to; r++) for (const n of ranks[r]) x[n] -= shift;
  };
  const ends = [single[0], single[single.length - 1]];
  move(0, ends[0], at(ends[0]));
  move(ends[1] + 1, ranks.length, at(ends[1]));
  for (let i = 1; i < single.length; i++) move(single[i - 1] + 1, single[i], (at(single[i - 1]) + at(single[i])) / 2);
  for (const r of single) x[ranks[r][0]] = 0;
}

/** The mean of the two middle values keeps order and distances. */
function middle([a, b, c, d]: readonly Float64Array[]): Float64Array {
  return a.map((_, i) => {
    const low = Math.min(a[i], b[i], c[i], d[i]);
    const high = Math.max(a[i], b[i], c[i], d[i]);
    return (a[i] + b[i] + c[i] + d[i] - low - high) / 2;
  });
}

function extent(part: Part, x: Float64Array, ranks: readonly (readonly number[])[]): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const row of ranks)
    for (const i of row) {
      low = Math.min(low, x[i] - part.width[i] / 2);
      high = Math.max(high, x[i] + part.width[i] / 2);
    }
  return { low, high };
}

const key = (count: number, upper: number, lower: number): number => upper * count + lower;

/** Edges that cross a long line; they give way, so that the line stays straight. */
function crossedLines({ rank, original, up }: Part, ranks: readonly (readonly number[])[]): ReadonlySet<number> {
  const conflicts = new Set<number>();
  const at = places(rank.length, ranks);
  const lineAbove = (n: number): number => (original[n] < 0 ? (up[n].find((u) => original[u] < 0) ?? -1) : -1);
  for (let r = 1; r < ranks.length; r++) {
    const row = ranks[r];
    let from = 0;
    let scanned = 0;
    row.forEach((node, i) => {
      const line = lineAbove(node);
      if (line < 0 && i < row.length - 1) return;
      const to = line < 0 ? ranks[r - 1].length - 1 : at[line];
      for (; scanned <= i; scanned++)
        for (const above of up[row[scanned]]) {
          const outside = at[above] < from || at[above] > to;
          if (outside && !(original[above] < 0 && original[row[scanned]] < 0))
            conflicts.add(key(rank.length, above, row[scanned]));
        }
      from = to;
    });
  }
  return conflicts;
}

function places(count: number, ranks: readonly (readonly number[])[]): Int32Array {
  const at = new Int32Array(count);
  for (const row of ranks) for (let i = 0; i < row.length; i++) at[row[i]] = i;
  return at;
}

/** Each node in line with a median of its neighbours, unless lines would cross. @returns the head of each node's line */
function alignVertically(
  rows: readonly (readonly number[])[],
  neighbours: readonly (readonly number[])[],
  count: number,
  conflicts: ReadonlySet<number>,
): Int32Array {
  const at = places(count, rows);
  const root = Int32Array.from({ length: count }, (_, i) => i);
  const aligned = new Uint8Array(count);
  for (const row of rows) {
    let last = -1;
    for (const node of row) {
      const list = neighbours[node];
      if (list.length === 0) continue;
      const sorted = list.length === 1 ? list : [...list].sort((a, b) => at[a] - at[b]);
      const half = (sorted.length - 1) / 2;
      for (let i = Math.floor(half); i <= Math.ceil(half); i++) {
        const other = sorted[i];
        const crossed =
          conflicts.size > 0 && (conflicts.has(key(count, other, node)) || conflicts.has(key(count, node, other)));
        if (root[node] !== node || aligned[other] || last >= at[other] || crossed) continue;
        root[node] = root[other];
        aligned[other] = 1;
        last = at[other];
      }
    }
  }
  return root;
}

/** Lines as close to the left as their distances allow, then to the right where nothing pulls them left. */
function compact(part: Part, rows: readonly (readonly number[])[], root: Int32Array, gap: number): Float64Array {
  const count = root.length;
  const next: number[][] = Array.from({ length: count }, () => []);
  const room: number[][] = Array.from({ length: count }, () => []);
  const waiting = new Int32Array(count);
  for (const row of rows)
    for (let i = 1; i < row.length; i++) {
      const [left, right] = [root[row[i - 1]], root[row[i]]];
      next[left].push(right);
      room[left].push(distance(part, row[i - 1], row[i], gap));
      waiting[right]++;
    }
  const x = new Float64Array(count);
  const order: number[] = [];
  for (let i = 0; i < count; i++) if (root[i] === i && waiting[i] === 0) order.push(i);
  for (let head = 0; head < order.length; head++) {
    const line = order[head];
    next[line].forEach((right, i) => {
      x[right] = Math.max(x[right], x[line] + room[line][i]);
      if (--waiting[right] === 0) order.push(right);
    });
  }
  for (let head = order.length - 1; head >= 0; head--) {
    const line = order[head];
    if (next[line].length === 0) continue;
    let least = Number.POSITIVE_INFINITY;
    next[line].forEach((right, i) => {
      least = Math.min(least, x[right] - room[line][i]);
    });
    x[line] = Math.max(x[line], least);
  }
  for (let i = 0; i < count; i++) if (root[i] !== i) x[i] = x[root[i]];
  return x;
}

const distance = (part: Part, a: number, b: number, gap: number): number => {
  const line = part.original[a] < 0 || part.original[b] < 0;
  return (part.width[a] + part.width[b]) / 2 + (line ? LINE_GAP : gap);
};
