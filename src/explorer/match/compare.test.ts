import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataSets, fixtureText, sourcesOf } from '../../../test/trtexec-fixtures.js';
import { reportSources } from '../sources.js';
import { compareEngines } from './compare.js';
import { bestMatching } from './matching.js';

const golden = JSON.parse(readFileSync('test/fixtures/trtexec/golden.json', 'utf8')).pairs;
const engine = (set: string) => reportSources(sourcesOf(set), { name: set });
const names = (set: string, other: string) =>
  compareEngines(engine(set), engine(other))
    .pairs.map((p) => [p.a?.name, p.b?.name].join(' | '))
    .sort();

describe('comparison of engines', () => {
  it.each(Object.keys(golden).filter((k) => k.endsWith('exact=False')))('%s: no fewer pairs than TREx', (key) => {
    const [a, b] = key.replace(/ exact.*/, '').split(' <> ');
    const { matched, pairs } = compareEngines(engine(a), engine(b));
    expect(matched).toBeGreaterThanOrEqual(golden[key].matched);
    // Two builds of one model name their layers alike, and these belong together.
    for (const p of pairs) if (p.a && pairs.some((q) => q.b?.name === p.a?.name)) expect(p.b?.name).toBe(p.a.name);
  });

  it('does not depend on the order in which a file lists its layers', () => {
    const [a, b] = ['a100-resnet18-qat', 'a100-resnet18-qat-residual'];
    const { Layers, Bindings } = JSON.parse(fixtureText(b, 'graph.json'));
    const wanted = names(a, b);
    for (const step of [7, 11, 17]) {
      const shuffled = Layers.map((_: unknown, i: number) => Layers[(i * step) % Layers.length]);
      const files = sourcesOf(b).map((f) =>
        f.file.endsWith('graph.json') ? { ...f, text: JSON.stringify({ Layers: shuffled, Bindings }) } : f,
      );
      const other = reportSources(files, { name: b });
      const pairs = compareEngines(engine(a), other).pairs.map((p) => [p.a?.name, p.b?.name].join(' | '));
      expect(pairs.sort()).toEqual(wanted);
    }
  });

  it('finds no difference between an engine and itself', () => {
    for (const set of dataSets) {
      const { pairs, fusions, by_type } = compareEngines(engine(set), engine(set));
      expect(pairs.every((p) => p.a?.name === p.b?.name && p.changes.length === 0 && p.difference_ms === 0)).toBe(true);
      expect(fusions).toEqual([]);
      expect(by_type.every((g) => g.a.mean_ms === g.b.mean_ms)).toBe(true);
    }
  });

  it('joins equal names in engines of more layers than the exact method takes', () => {
    const chain = (side: string, count: number): object[] =>
      Array.from({ length: count }, (_, i) => ({
        Name: `${side}${i}`,
        LayerType: 'Convolution',
        Inputs: [{ Name: i === 0 ? 'x' : `${side}_${i - 1}`, Dimensions: [1, 8, 4, 4], 'Format/Datatype': 'FP32' }],
        Outputs: [{ Name: `${side}_${i}`, Dimensions: [1, 8, 4, 4], 'Format/Datatype': 'FP32' }],
      }));
    const report = (layers: object[]) =>
      reportSources([{ file: 'f', text: JSON.stringify({ Layers: layers }) }], { name: 'e' });
    const right = chain('right', 210);
    const a = report([...chain('left', 210), ...right]);
    const before = { ...right[0], Name: 'before', Outputs: [{ Name: 'first', Dimensions: [1, 8, 4, 4] }] };
    const moved = { ...right[0], Inputs: [{ Name: 'first', Dimensions: [1, 8, 4, 4] }] };
    const b = report([...chain('left', 210), before, moved, ...right.slice(1)]);
    const { pairs } = compareEngines(a, b);
    expect(pairs.filter((p) => p.a && p.a.name === p.b?.name)).toHaveLength(420);
    expect(pairs.filter((p) => !p.a).map((p) => p.b?.name)).toEqual(['before']);
  });

  it('says when times are missing, and when they are those of two devices', () => {
    const bare = (set: string) => reportSources([{ file: 'f', text: fixtureText(set, 'graph.json') }], { name: set });
    const [a, b] = ['a100-resnet18-fp32', 'a100-resnet18-fp16'];
    const { notes, by_type, pairs } = compareEngines(bare(a), engine(b));
    expect(notes).toEqual(['A has no times, so no times are compared']);
    expect(by_type.every((g) => g.a.mean_ms === undefined && g.b.mean_ms !== undefined)).toBe(true);
    expect(pairs.every((p) => p.difference_ms === undefined)).toBe(true);
    const other = { ...engine(a), device: { name: 'Orin', ops_per_s: {} } };
    expect(compareEngines(other, engine(b)).notes[0]).toMatch(/two devices, Orin and NVIDIA A100/);
  });

  it('tells what changed: precision, kernel, what was fused', () => {
    const { pairs, a, b } = compareEngines(engine('a100-resnet18-fp32'), engine('a100-resnet18-fp16'));
    const pair = pairs.find((p) => p.a?.name === 'Conv_3 + Relu_4');
    expect(pair).toMatchObject({
      a: { precision: 'FP32' },
      b: { precision: 'FP16' },
      changes: ['precision', 'tactic', 'format'],
    });
    expect(b.layers_sum_ms).toBeLessThan(a.layers_sum_ms ?? 0);
    const total = pairs.reduce((sum, p) => sum + (p.difference_ms ?? 0), 0);
    expect(total).toBeCloseTo((b.layers_sum_ms ?? 0) - (a.layers_sum_ms ?? 0), 9);
  });

  it('lists nodes that were put together differently', () => {
    const layer = (Name: string, x: string, y: string, nodes: string[]) => ({
      Name,
      LayerType: 'kgen',
      Inputs: [{ Name: x, Dimensions: [1, 8], 'Format/Datatype': 'Half' }],
      Outputs: [{ Name: y, Dimensions: [1, 8], 'Format/Datatype': 'Half' }],
      Metadata: nodes.map((n) => `[ONNX Layer: ${n}]`).join('\u001e'),
    });
    const make = (layers: unknown[]) =>
      reportSources([{ file: 'f', text: JSON.stringify({ Layers: layers }) }], { name: 'e' });
    const one = make([layer('ab', 'x', 'y', ['/a', '/b']), layer('c', 'y', 'z', ['/c'])]);
    const two = make([layer('a', 'x', 'm', ['/a']), layer('b', 'm', 'y', ['/b']), layer('c', 'y', 'z', ['/c'])]);
    expect(compareEngines(one, two).fusions).toEqual([{ nodes: ['/a', '/b'], a: ['ab'], b: ['a', 'b'] }]);
    expect(compareEngines(two, two).fusions).toEqual([]);
  });
});

describe('matching', () => {
  it('has the best sum that there is', () => {
    const best = (scores: number[][], row = 0, used = 0): number => {
      if (row === scores.length) return 0;
      let most = best(scores, row + 1, used);
      scores[row].forEach((s, j) => {
        if (s > 0 && !(used & (1 << j))) most = Math.max(most, s + best(scores, row + 1, used | (1 << j)));
      });
      return most;
    };
    const matrix = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([n, m]) =>
      fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: m, maxLength: m }), {
        minLength: n,
        maxLength: n,
      }),
    );
    fc.assert(
      fc.property(matrix, (scores) => {
        const pairs = scores.flatMap((row, a) => row.flatMap((score, b) => (score > 0 ? [{ a, b, score }] : [])));
        const match = bestMatching([scores.length, scores[0].length], pairs);
        const taken = [...match].filter((b) => b >= 0);
        expect(new Set(taken).size).toBe(taken.length);
        expect([...match].reduce((sum, b, a) => sum + (b >= 0 ? scores[a][b] : 0), 0)).toBe(best(scores));
      }),
    );
  });
  it('aligns thousands of like things in order', () => {
    const n = 1200;
    const pairs = Array.from({ length: n }, (_, a) =>
      [0, 1, 2].flatMap((d) => (a + d < n ? [{ a, b: a + d, score: 3 - d }] : [])),
    ).flat();
    expect([...bestMatching([n, n], pairs)]).toEqual(Array.from({ length: n }, (_, i) => i));
  });
});
