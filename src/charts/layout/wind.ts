/**
 * A tall layout as columns beside each other, so that a deep network uses the width of a screen. It is cut where the
 * fewest edges pass; those go down to the end of their column, up between the columns, and on at the top.
 *
 *     a   | d          a
 *     |   | |          b   instead of one column of six
 *     b   | e          c
 *     |   | |          d
 *     c_/ \_f          e
 */
import { lowerBound } from '../../base/search.js';
import type { Layout, LayoutNode, PlacedNode } from './layered-layout.js';
import type { LayoutEdge } from './layout-types.js';

/** Width by height that is aimed at. */
const ASPECT = 1.7;
/** Layouts of less than this height by width stay as they are. */
const TALL = 2;
const MOST_COLUMNS = 64;
/** Between two columns, where edges go up; and how far edges stand out at their ends. */
const [GUTTER, OUT] = [72, 16];
/** Between edges in one gutter. */
const STEP = 5;

interface Column {
  readonly top: number;
  readonly left: number;
  /** Where it begins in the drawing, and how much is taken from x. */
  readonly at: number;
  readonly width: number;
  readonly height: number;
}

/** The same layout where it is not tall, or has lanes. */
export function windLayout(layout: Layout, nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Layout {
  const { width, height, lanes } = layout;
  const wanted = Math.min(MOST_COLUMNS, Math.round(Math.sqrt((ASPECT * height) / (width + GUTTER))));
  if (lanes.length > 0 || height < TALL * width || wanted < 2) return layout;
  const cuts = cutsOf(layout, nodes, wanted);
  if (cuts.length === 0) return layout;
  const columnAt = (y: number): number => lowerBound(cuts, y);
  const columns = columnsOf(layout, nodes, cuts, columnAt);
  const placed = layout.nodes.map((n): PlacedNode => {
    const c = columns[columnAt(n.y)];
    return { ...n, x: n.x - c.left + c.at, y: n.y - c.top };
  });
  const used = new Map<number, number>();
  const paths = edges.map(({ from, to }, i) => {
    const [a, b] = [columnAt(layout.nodes[from].y), columnAt(layout.nodes[to].y)];
    const [start, end] = [columns[a], columns[b]];
    if (a === b) return layout.edges[i].map(([x, y]) => [x - start.left + start.at, y - start.top] as const);
    return across(placed, nodes, from, to, start, end, used);
  });
  const last = columns[columns.length - 1];
  return {
    lanes: [],
    nodes: placed,
    edges: paths,
    width: last.at + last.width,
    height: Math.max(...columns.map((c) => c.height)) + 2 * OUT,
  };
}

/** Heights between two ranks, ascending: for each end of a column the one near it that the fewest edges pass. */
function cutsOf({ nodes: placed, edges, height }: Layout, nodes: readonly LayoutNode[], columns: number): number[] {
  const tops = new Map<number, number>();
  const bottoms = new Map<number, number>();
  placed.forEach(({ rank, y }, i) => {
    tops.set(rank, Math.min(tops.get(rank) ?? Number.POSITIVE_INFINITY, y - nodes[i].height / 2));
    bottoms.set(rank, Math.max(bottoms.get(rank) ?? 0, y + nodes[i].height / 2));
  });
  const gaps = [...tops]
    .map(([rank, top]) => ({ at: ((bottoms.get(rank - 1) ?? Number.NaN) + top) / 2 }))
    .filter(({ at }) => !Number.isNaN(at))
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  const passing = gaps.map(() => 0);
  for (const path of edges) {
    const [first, last] = [path[0]?.[1] ?? 0, path[path.length - 1]?.[1] ?? 0];
    for (let g = lowerBound(gaps, Math.min(first, last)); g < gaps.length && gaps[g] < Math.max(first, last); g++)
      passing[g]++;
  }
  const each = height / columns;
  const cuts: number[] = [];
  for (let c = 1; c < columns; c++) {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    gaps.forEach((at, g) => {
      const off = Math.abs(at - c * each) / each;
      if (off > 0.3 || at <= (cuts.at(-1) ?? 0)) return;
      const cost = passing[g] + 3 * off;
      if (cost < least) [best, least] = [g, cost];
    });
    if (best >= 0) cuts.push(gaps[best]);
  }
  return cuts;
}

function columnsOf(
  { nodes: placed }: Layout,
  nodes: readonly LayoutNode[],
  cuts: readonly number[],
  columnAt: (y: number) => number,
): Column[] {
  const ends = Array.from({ length: cuts.length + 1 }, () => ({
    left: Number.POSITIVE_INFINITY,
    right: 0,
    top: Number.POSITIVE_INFINITY,
    bottom: 0,
  }));
  placed.forEach(({ x, y }, i) => {
    const c = ends[columnAt(y)];
    c.left = Math.min(c.left, x - nodes[i].width / 2);
    c.right = Math.max(c.right, x + nodes[i].width / 2);
    c.top = Math.min(c.top, y - nodes[i].height / 2);
    c.bottom = Math.max(c.bottom, y + nodes[i].height / 2);
  });
  let at = 0;
  return ends
    .filter((c) => c.left <= c.right)
    .map((c) => {
      const column = { top: c.top - OUT, left: c.left, at, width: c.right - c.left, height: c.bottom - c.top };
      at += column.width + GUTTER;
      return column;
    });
}

/** Down, up the gutter behind its column, along the top, down to its end. Edges that go back leave and come the same way. */
function across(
  placed: readonly PlacedNode[],
  nodes: readonly LayoutNode[],
  from: number,
  to: number,
  start: Column,
  end: Column,
  used: Map<number, number>,
): [number, number][] {
  const gutter = start.at + start.width;
  const turn = used.get(gutter) ?? 0;
  used.set(gutter, turn + 1);
  const shift = OUT + (turn % 9) * STEP;
  const up = gutter + shift;
  const into = end.at > start.at ? end.at - OUT + (turn % 2) * STEP : up;
  const [bottom, top] = [start.height + OUT + shift / 2, -shift / 2];
  const [a, b] = [placed[from], placed[to]];
  return [
    [a.x, a.y + nodes[from].height / 2],
    [up - STEP, bottom],
    [up, bottom],
    [up, top],
    [into, top],
    [b.x, b.y - nodes[to].height / 2],
  ];
}
