import dagre from '@dagrejs/dagre';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Layout, type LayoutNode, layoutGraph } from './layered-layout.js';
import type { LayoutEdge } from './layout-types.js';

const box = (width = 100, height = 40): LayoutNode => ({ width, height });
const boxes = (n: number): LayoutNode[] => Array.from({ length: n }, () => box());

/** Straight pieces of all edges that cross, nodes included as they were placed. */
function crossings(paths: readonly (readonly (readonly [number, number])[])[]): number {
  const pieces = paths.flatMap((p, e) => p.slice(1).map((b, i) => ({ a: p[i], b, e })));
  const side = (p: readonly number[], q: readonly number[], r: readonly number[]) =>
    Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  let count = 0;
  for (let i = 0; i < pieces.length; i++)
    for (let j = i + 1; j < pieces.length; j++) {
      const [s, t] = [pieces[i], pieces[j]];
      if (s.e === t.e) continue;
      if (side(s.a, s.b, t.a) * side(s.a, s.b, t.b) < 0 && side(t.a, t.b, s.a) * side(t.a, t.b, s.b) < 0) count++;
    }
  return count;
}

function overlaps(nodes: readonly LayoutNode[], layout: Layout): number {
  let count = 0;
  const order = layout.nodes.map((_, i) => i).sort((a, b) => layout.nodes[a].y - layout.nodes[b].y);
  for (let i = 0; i < order.length; i++)
    for (let j = i + 1; j < order.length; j++) {
      const [a, b] = [order[i], order[j]];
      const [p, q] = [layout.nodes[a], layout.nodes[b]];
      if (q.y - p.y > 1000) break;
      const dx = (nodes[a].width + nodes[b].width) / 2 - Math.abs(p.x - q.x);
      const dy = (nodes[a].height + nodes[b].height) / 2 - Math.abs(p.y - q.y);
      if (dx > 1e-6 && dy > 1e-6) count++;
    }
  return count;
}

const graphs = fc.integer({ min: 1, max: 40 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    edges: fc.array(fc.record({ from: fc.nat(n - 1), to: fc.nat(n - 1) }), { maxLength: 80 }),
  }),
);

/** A network of blocks with a branch each and a skip over it: what most engines look like. */
function residual(blocks: number): { n: number; edges: LayoutEdge[] } {
  const edges: LayoutEdge[] = [];
  let n = 1;
  for (let i = 0; i < blocks; i++) {
    const before = n - 1;
    edges.push({ from: before, to: n }, { from: n, to: n + 1 }, { from: before, to: n + 2 });
    edges.push({ from: n + 1, to: n + 3 }, { from: n + 2, to: n + 3 }, { from: before, to: n + 3 });
    n += 4;
  }
  return { n, edges };
}

describe('layered layout', () => {
  it('never lets nodes overlap, and keeps everything inside its size, for any graph', () => {
    fc.assert(
      fc.property(graphs, ({ n, edges }) => {
        const nodes = boxes(n);
        const layout = layoutGraph(nodes, edges);
        expect(overlaps(nodes, layout)).toBe(0);
        for (const p of layout.nodes) {
          expect(p.x - 50).toBeGreaterThanOrEqual(-1e-6);
          expect(p.x + 50).toBeLessThanOrEqual(layout.width + 1e-6);
          expect(p.y - 20).toBeGreaterThanOrEqual(-1e-6);
          expect(p.y + 20).toBeLessThanOrEqual(layout.height + 1e-6);
        }
        expect(layout.edges.map((path) => path.length > 1)).toEqual(edges.map((e) => e.from !== e.to));
      }),
      { numRuns: 300 },
    );
  });

  it('draws every edge of a graph without cycles downwards', () => {
    fc.assert(
      fc.property(graphs, ({ n, edges }) => {
        const forward = edges
          .filter((e) => e.from !== e.to)
          .map((e) => (e.from < e.to ? e : { from: e.to, to: e.from }));
        const { nodes } = layoutGraph(boxes(n), forward);
        for (const { from, to } of forward) expect(nodes[from].y).toBeLessThan(nodes[to].y);
      }),
    );
  });

  it('has no more crossings than dagre', () => {
    let ours = 0;
    let theirs = 0;
    for (const [seed, size] of [
      [1, 14],
      [2, 20],
      [3, 26],
      [4, 32],
      [5, 40],
    ]) {
      let state = seed;
      const random = (n: number) => {
        state = (state * 1103515245 + 12345) % 2147483648;
        return Math.floor((state / 2147483648) * n);
      };
      const edges = Array.from({ length: Math.floor(size * 1.4) }, () => {
        const to = 1 + random(size - 1);
        return { from: Math.max(0, to - 1 - random(5)), to };
      });
      ours += crossings(layoutGraph(boxes(size), edges).edges);
      const g = new dagre.graphlib.Graph({ multigraph: true });
      g.setGraph({});
      g.setDefaultEdgeLabel(() => ({}));
      for (let i = 0; i < size; i++) g.setNode(String(i), { width: 100, height: 40 });
      for (const [i, e] of edges.entries()) g.setEdge(String(e.from), String(e.to), {}, String(i));
      dagre.layout(g);
      interface Point {
        readonly x: number;
        readonly y: number;
      }
      const paths: readonly { readonly points?: readonly Point[] }[] = g
        .edges()
        .map((e: unknown) => g.edge(e as never));
      theirs += crossings(paths.map(({ points = [] }) => points.map((p): [number, number] => [p.x, p.y])));
    }
    expect(ours).toBeLessThanOrEqual(theirs * 1.15 + 2);
  });

  it('draws blocks with skips without a crossing and the trunk straight', () => {
    const { n, edges } = residual(30);
    const layout = layoutGraph(boxes(n), edges);
    expect(crossings(layout.edges)).toBeLessThanOrEqual(30);
    const trunk = layout.nodes.filter((_, i) => i % 4 === 0).map((p) => p.x);
    expect(Math.max(...trunk) - Math.min(...trunk)).toBeLessThan(1e-6);
  });

  it('keeps lanes apart', () => {
    const nodes = boxes(30).map((n, i) => ({ ...n, lane: i % 7 < 3 ? 1 : 0 }));
    const edges = Array.from({ length: 45 }, (_, i) => ({
      from: (i * 7) % 29,
      to: Math.min(29, ((i * 7) % 29) + 1 + (i % 4)),
    }));
    const layout = layoutGraph(nodes, edges);
    expect(overlaps(nodes, layout)).toBe(0);
    expect(layout.lanes.map((l) => l.lane)).toEqual([0, 1]);
    layout.nodes.forEach((p, i) => {
      const { left, right } = layout.lanes[nodes[i].lane];
      expect(p.x - 50).toBeGreaterThanOrEqual(left - 1e-6);
      expect(p.x + 50).toBeLessThanOrEqual(right + 1e-6);
    });
    expect(layout.lanes[1].left).toBeGreaterThan(layout.lanes[0].right);
  });

  it('takes loops, self loops, loose nodes and nothing at all', () => {
    const layout = layoutGraph(boxes(5), [
      { from: 0, to: 1 },
      { from: 1, to: 2 },
      { from: 2, to: 0 },
      { from: 3, to: 3 },
    ]);
    expect(overlaps(boxes(5), layout)).toBe(0);
    // The way back starts at its own node and goes up.
    const back = layout.edges[2];
    expect(back[0][1]).toBeGreaterThan(back[back.length - 1][1]);
    expect(layoutGraph([], [])).toMatchObject({ nodes: [], edges: [] });
  });

  it('wraps thousands of loose nodes instead of making one line', () => {
    const { width, height } = layoutGraph(boxes(3000), []);
    expect(width / height).toBeGreaterThan(0.5);
    expect(width / height).toBeLessThan(5);
  });

  it('takes a chain of 50,000 nodes without a stack', () => {
    const n = 50_000;
    const layout = layoutGraph(
      boxes(n),
      Array.from({ length: n - 1 }, (_, i) => ({ from: i, to: i + 1 })),
    );
    expect(layout.nodes[n - 1].rank).toBe(n - 1);
  });

  it('draws a tensor that thousands of nodes read as one trunk', () => {
    const count = 3000;
    const box = { width: 80, height: 30 };
    const edges: LayoutEdge[] = [{ from: 0, to: 1, name: 'mask' }];
    for (let i = 1; i < count; i++)
      edges.push({ from: i, to: i + 1, name: `t${i}` }, { from: 0, to: i + 1, name: 'mask' });
    const { edges: paths, width } = layoutGraph(
      Array.from({ length: count + 1 }, () => box),
      edges,
    );
    expect(width).toBeLessThan(4 * box.width);
    // Where two of its ways pass at one height, they pass at one place.
    const far = paths[paths.length - 1];
    const near = paths[paths.length - 3];
    expect(near[1]).toEqual(far[1]);
    expect(paths.reduce((sum, p) => sum + p.length, 0)).toBeLessThan(10 * count);
  });
});
