/** What every backend must do: one suite, run against all of them. ONNX Runtime runs models that are written here. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Feeds, ModelSource, Session } from '../dist/backends/backend.js';
import { loadBackend } from '../dist/backends/registry.js';
import { bfloat16Bits, fill, float16Bits } from '../src/backends/make-feeds.js';
import type { Dtype, Tensor } from '../src/formats/tensor/tensor.js';
import { graph, graphAttribute, model, node, unary, value } from './onnx-writer.js';

const root = mkdtempSync(join(tmpdir(), 'infersight-contract-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Case {
  readonly dtype: Dtype;
  readonly shape: number[];
}
const never = new AbortController().signal;
let count = 0;

/** A model with one input `x` of this type whose output `y` equals it, as each backend has one. */
interface Fixture {
  readonly id: string;
  readonly input: string;
  readonly output: string;
  source(c: Case): ModelSource;
}

function onnxSource(
  bytes: Uint8Array,
  shapes: Record<string, number[]>,
  build: Record<string, unknown> = {},
): ModelSource {
  const name = `m${count++}`;
  const file = join(root, `${name}.onnx`);
  writeFileSync(file, bytes);
  const options = {
    graphOptimization: 'all',
    providerOptions: {},
    sessionConfig: {},
    freeDimensions: {},
    customOps: [],
    ...build,
  };
  return {
    spec: {
      name,
      inputs: {},
      backend: 'onnxruntime',
      accelerator: 'cpu',
      precision: 'as_is',
      build: { kind: 'onnxruntime', options },
    },
    file,
    summary: { name, file, bytes: bytes.length, sha256: name, opsets: {}, producer: '', inputs: [], external_data: [] },
    shapes,
  } as unknown as ModelSource;
}

const fixtures: Fixture[] = [
  {
    id: 'onnxruntime',
    input: 'x',
    output: 'y',
    source: ({ dtype, shape }) => onnxSource(unary('Identity', dtype, shape), { x: shape }),
  },
  {
    id: 'synthetic',
    input: 'x',
    output: 'x_out',
    source: ({ dtype, shape }) =>
      ({
        spec: {
          name: `s${count++}`,
          inputs: { x: { shape, dtype, data: { kind: 'random' } } },
          backend: 'synthetic',
          accelerator: 'auto',
          precision: 'as_is',
          build: {
            kind: 'synthetic',
            options: { service: { kind: 'list', values: [100_000] }, work: 'busy', engine: 'cpu', contention: 0 },
          },
        },
        shapes: {},
      }) as unknown as ModelSource,
  },
];

const TYPES: Dtype[] = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
];

for (const fixture of fixtures) {
  describe(`backend ${fixture.id}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await loadBackend(fixture.id, root);
    });
    const open = async (source: ModelSource, threads?: number): Promise<Session> => {
      const into = join(root, `engine${count++}`);
      const engine = await backend.build(source, { into, accelerator: 'cpu' }, () => {}, never);
      return backend.open(engine, into, { accelerator: 'cpu', ...(threads ? { threads } : {}) });
    };
    const stamps = new Float64Array(3);

    it('says what it is', async () => {
      const status = await backend.probe();
      expect(status).toMatchObject({ id: fixture.id, version: expect.any(String) });
      expect(status.accelerators.length).toBeGreaterThan(0);
    });

    it('gives equal keys to equal builds and others to others', async () => {
      const source = fixture.source({ dtype: 'float32', shape: [2] });
      const again = await backend.identify(source, 'cpu');
      expect(await backend.identify(source, 'cpu')).toEqual(again);
      expect((await backend.identify(fixture.source({ dtype: 'float32', shape: [3] }), 'cpu')).key).not.toBe(again.key);
    });

    for (const dtype of TYPES) {
      it(`runs ${dtype}`, async () => {
        const session = await open(fixture.source({ dtype, shape: [2, 3] }));
        expect(session.inputs).toEqual([{ name: fixture.input, dtype, shape: [2, 3] }]);
        const data = fill(dtype, 6, (i) => (dtype === 'bool' ? i % 2 : i + 1));
        session.bind({ [fixture.input]: { dtype, shape: [2, 3], data } });
        for (let i = 0; i < 3; i++) session.infer(stamps, i);
        const result = session.results()[fixture.output];
        expect(result).toMatchObject({ dtype, shape: [2, 3] });
        expect([...(result.data as Float32Array)]).toEqual([...(data as Float32Array)]);
        session.close();
      });
    }

    it('says what does not fit an input', async () => {
      const session = await open(fixture.source({ dtype: 'float32', shape: [2, 3] }));
      const good: Tensor = { dtype: 'float32', shape: [2, 3], data: new Float32Array(6) };
      const table: [Feeds, RegExp][] = [
        [{}, /input x: missing; expected float32\[2,3\]/],
        [{ x: { ...good, shape: [3, 2] } }, /input x: expected float32\[2,3\], found float32\[3,2\]/],
        [
          { x: { ...good, dtype: 'float64', data: new Float64Array(6) } },
          /expected float32\[2,3\], found float64\[2,3\]/,
        ],
        [{ x: { ...good, data: new Float32Array(5) } }, /has 6 elements, but the data has 5/],
        [{ x: good, z: good }, /no input "z"/],
      ];
      for (const [feeds, message] of table) expect(() => session.bind(feeds)).toThrow(message);
      session.bind({ x: good });
      session.infer(stamps, 0);
      session.close();
    });

    it('feeds outputs back', async () => {
      const session = await open(
        fixture.id === 'synthetic'
          ? fixture.source({ dtype: 'float32', shape: [1] })
          : onnxSource(
              model({
                nodes: [node('Add', ['x', 'x'], ['y'])],
                inputs: [value('x', 'float32', [1])],
                outputs: [value('y', 'float32', [1])],
              }),
              { x: [1] },
            ),
      );
      session.bind({ x: { dtype: 'float32', shape: [1], data: new Float32Array([1]) } }, { x: fixture.output });
      const seen: number[] = [];
      for (let i = 0; i < 4; i++) {
        session.infer(stamps, i);
        seen.push((session.results()[fixture.output].data as Float32Array)[0]);
      }
      expect(seen).toEqual(fixture.id === 'synthetic' ? [1, 1, 1, 1] : [2, 4, 8, 16]);
      expect(() =>
        session.bind({ x: { dtype: 'float32', shape: [1], data: new Float32Array([1]) } }, { x: 'absent' }),
      ).toThrow(/absent/);
      session.close();
    });

    it('opens several sessions and closes them', async () => {
      const sessions = await Promise.all(
        [1, 2, 3].map(() => open(fixture.source({ dtype: 'float32', shape: [8] }), 2)),
      );
      for (const session of sessions) {
        session.bind({ x: { dtype: 'float32', shape: [8], data: new Float32Array(8).fill(3) } });
        session.infer(stamps, 0);
      }
      for (const session of sessions) session.close();
    });
  });
}

describe('backend onnxruntime alone', () => {
  const build = async (bytes: Uint8Array, shapes: Record<string, number[]>, options = {}) => {
    const backend = await loadBackend('onnxruntime', root);
    const into = join(root, `engine${count++}`);
    const engine = await backend.build(
      onnxSource(bytes, shapes, options),
      { into, accelerator: 'cpu' },
      () => {},
      never,
    );
    return { backend, into, engine, session: await backend.open(engine, into, { accelerator: 'cpu' }) };
  };
  const stamps = new Float64Array(3);

  it('runs strings', async () => {
    const { session } = await build(unary('Identity', 'string', [2]), { x: [2] });
    session.bind({ x: { dtype: 'string', shape: [2], data: ['käse', ''] } });
    session.infer(stamps, 0);
    expect(session.results().y).toEqual({ dtype: 'string', shape: [2], data: ['käse', ''] });
    session.close();
  });

  it('keeps working when the shape of an output changes from run to run', async () => {
    const bytes = model({
      nodes: [node('NonZero', ['x'], ['y'])],
      inputs: [value('x', 'float32', [4])],
      outputs: [value('y', 'int64', [1, 'n'])],
    });
    const { session } = await build(bytes, { x: [4] });
    const data = new Float32Array(new ArrayBuffer(4 * 20), 0, 4);
    const big = new Float32Array(32).fill(0);
    void big;
    data.set([1, 0, 0, 0]);
    session.bind({ x: { dtype: 'float32', shape: [4], data } });
    session.infer(stamps, 0);
    expect([...(session.results().y.data as BigInt64Array)]).toEqual([0n]);
    session.bind({ x: { dtype: 'float32', shape: [4], data: Float32Array.of(1, 0, 1, 1) } });
    session.infer(stamps, 0);
    expect([...(session.results().y.data as BigInt64Array)]).toEqual([0n, 2n, 3n]);
    session.close();
  });

  it('reads a large input in place', async () => {
    const { session } = await build(unary('Neg', 'float32', [64]), { x: [64] });
    const data = new Float32Array(64).fill(1);
    session.bind({ x: { dtype: 'float32', shape: [64], data } });
    session.infer(stamps, 0);
    data.fill(5);
    session.infer(stamps, 0);
    expect((session.results().y.data as Float32Array)[63]).toBe(-5);
    session.close();
  });

  it('fixes free dimensions and times layers', async () => {
    const bytes = model({
      nodes: [node('Relu', ['x'], ['h']), node('Exp', ['h'], ['y'])],
      inputs: [value('x', 'float32', ['batch', 256])],
      outputs: [value('y', 'float32', ['batch', 256])],
    });
    const { session } = await build(
      bytes,
      { x: [4, 256] },
      { freeDimensions: { batch: 4 }, graphOptimization: 'disabled' },
    );
    session.bind({ x: { dtype: 'float32', shape: [4, 256], data: new Float32Array(1024) } });
    session.infer(stamps, 0);
    expect(session.results().y.shape).toEqual([4, 256]);
    const table = session.layers?.(10);
    expect(table?.layers.map((l) => [l.type, l.time?.calls])).toEqual([
      ['Relu', 1],
      ['Exp', 1],
    ]);
    expect(table?.layers.reduce((sum, l) => sum + (l.time?.share ?? 0), 0)).toBeCloseTo(1, 4);
    session.close();
  });

  it('turns a model that cannot be built into a problem in words', async () => {
    await expect(build(unary('NoSuchOperator', 'float32', [1]), { x: [1] })).rejects.toThrow(
      /uses the operator NoSuchOperator, which opset \d+ does not have/,
    );
    await expect(build(new Uint8Array([1, 2, 3]), {})).rejects.toThrow(/ONNX Runtime could not load/);
  });

  it('refuses an engine that was built for another machine, naming the field and both values', async () => {
    const { backend, into, engine } = await build(unary('Relu', 'float32', [1]), { x: [1] });
    const other = { ...engine, target: { ...engine.target, onnxruntime: '1.2.3' } };
    await expect(backend.open(other, into, { accelerator: 'cpu' })).rejects.toThrow(
      /onnxruntime "1\.2\.3", this machine has "1\./,
    );
  });

  it('runs control flow', async () => {
    const branch = (operator: string) =>
      graph({ nodes: [node(operator, ['x'], ['b'])], outputs: [value('b', 'float32', [2])] });
    const bytes = model({
      nodes: [
        node(
          'If',
          ['c'],
          ['y'],
          [graphAttribute('then_branch', branch('Neg')), graphAttribute('else_branch', branch('Identity'))],
        ),
      ],
      inputs: [value('x', 'float32', [2]), value('c', 'bool', [])],
      outputs: [value('y', 'float32', [2])],
    });
    const { session } = await build(bytes, { x: [2], c: [] });
    session.bind({
      x: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) },
      c: { dtype: 'bool', shape: [], data: Uint8Array.of(1) },
    });
    session.infer(stamps, 0);
    expect([...(session.results().y.data as Float32Array)]).toEqual([-1, -2]);
    session.close();
  });
});

it('half precision rounds to nearest even', () => {
  expect([1, -2, 65504, 65520, 1e-8, 2 ** -24, 0.1].map(float16Bits)).toEqual([
    0x3c00, 0xc000, 0x7bff, 0x7c00, 0, 1, 0x2e66,
  ]);
  expect([1, -2, 3.140625].map(bfloat16Bits)).toEqual([0x3f80, 0xc000, 0x4049]);
});
