import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutGraph } from './layered-layout.js';
import { windLayout } from './wind.js';

const box = { width: 140, height: 40 };
const chain = (n: number, more: { from: number; to: number }[] = []) => {
  const nodes = Array.from({ length: n }, () => box);
  const edges = [...Array.from({ length: n - 1 }, (_, i) => ({ from: i, to: i + 1 })), ...more];
  return { nodes, edges, layout: layoutGraph(nodes, edges) };
};

describe('a tall layout', () => {
  it('is wound into columns about as wide as high', () => {
    const { nodes, edges, layout } = chain(120);
    const wound = windLayout(layout, nodes, edges);
    expect(layout.height / layout.width).toBeGreaterThan(20);
    expect(wound.width / wound.height).toBeGreaterThan(0.8);
    expect(wound.width / wound.height).toBeLessThan(4);
  });

  it('stays as it is where it is not tall', () => {
    const { nodes, edges, layout } = chain(3);
    expect(windLayout(layout, nodes, edges)).toBe(layout);
  });

  it('keeps every box apart and inside, and every edge from its box to its box', () => {
    const skips = fc.array(fc.tuple(fc.nat(79), fc.nat(79)), { maxLength: 20 });
    fc.assert(
      fc.property(skips, (list) => {
        const { nodes, edges, layout } = chain(
          80,
          list.filter(([a, b]) => a < b).map(([from, to]) => ({ from, to })),
        );
        const wound = windLayout(layout, nodes, edges);
        wound.nodes.forEach((a, i) => {
          expect(a.x - box.width / 2).toBeGreaterThanOrEqual(-1e-6);
          expect(a.x + box.width / 2).toBeLessThanOrEqual(wound.width + 1e-6);
          expect(a.y + box.height / 2).toBeLessThanOrEqual(wound.height + 1e-6);
          wound.nodes.forEach((b, k) => {
            if (k <= i) return;
            const apart = Math.abs(a.x - b.x) >= box.width - 1e-6 || Math.abs(a.y - b.y) >= box.height - 1e-6;
            expect(apart).toBe(true);
          });
        });
        edges.forEach(({ from, to }, i) => {
          const path = wound.edges[i];
          expect(path[0][1]).toBeCloseTo(wound.nodes[from].y + box.height / 2, 3);
          expect(path[path.length - 1][1]).toBeCloseTo(wound.nodes[to].y - box.height / 2, 3);
        });
      }),
      { numRuns: 30 },
    );
  });
});
