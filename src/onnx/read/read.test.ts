import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytes,
  graph,
  graphAttribute,
  int,
  intsAttribute,
  localFunction,
  model,
  node,
  tensor,
  text,
  unary,
  value,
} from '../../../test/onnx-writer.js';
import { ProblemError } from '../../base/problem.js';
import type { ByteSource } from '../../base/protobuf/wire.js';
import { resolveInputs } from '../inputs.js';
import { summarize } from '../summary.js';
import { externalFiles, isInside } from './external.js';
import { nodeLabel } from './graph.js';
import { readModel } from './read.js';

const source = (data: Uint8Array): ByteSource & { bytesRead: number } => ({
  name: 'm.onnx',
  size: data.length,
  bytesRead: 0,
  read(offset, length) {
    this.bytesRead += length;
    return data.subarray(offset, offset + length);
  },
});
const facts = (shapes = {}) => ({ name: 'm', file: 'm.onnx', sha256: '', bytes: 0, external: [], shapes });
const problemOf = (data: Uint8Array): string => {
  try {
    summarize(readModel(source(data)), facts());
  } catch (error) {
    if (error instanceof ProblemError) return error.problems[0].message;
    throw error;
  }
  return 'read';
};

const body = (operator: string) =>
  graph({ nodes: [node(operator, ['x'], ['y'])], outputs: [value('y', 'float32', [2])] });

describe('places of the parts of a model', () => {
  const file = model({
    nodes: [node('Conv', ['x', 'w'], ['y'], [intsAttribute('strides', [2, 2])]), node('Relu', ['y'], ['z'])],
    inputs: [value('x', 'float32', ['n', 3, 8, 8])],
    outputs: [value('z', 'float32', ['n', 4, 4, 4])],
    initializers: [tensor('w', 'float32', [4, 3, 1, 1], new Float32Array(12))],
  });
  const read = (content: Uint8Array) =>
    readModel({ name: 'm', size: content.length, read: (o, n) => content.slice(o, o + n) });
  it('names and bytes are as they are in the file: a part can be cut out and read alone', () => {
    const { graph: g } = read(file);
    const cut = ({ from, end }: { from: number; end: number }) => [...file.slice(from, end)];
    const again = read(
      model({
        nodes: g.nodes.map((n) => cut(n.span)),
        inputs: g.inputs.map((v) => cut(v.span)),
        outputs: g.outputs.map((v) => cut(v.span)),
        initializers: g.initializers.map((t) => cut(t.span)),
      }),
    );
    expect(again.graph.nodes.map(({ span: _, attributes: _a, ...n }) => n)).toEqual(
      g.nodes.map(({ span: _, attributes: _a, ...n }) => n),
    );
    expect(again.graph.initializers[0]).toMatchObject({ name: 'w', shape: [4, 3, 1, 1] });
    const strides = g.nodes[0].attributes.get('strides');
    expect(cut(strides?.span ?? { from: 0, end: 0 })).toEqual(intsAttribute('strides', [2, 2]));
  });
  it('leaving a part out is cutting its bytes out: the rest stays as it is', () => {
    const { graph: g } = read(file);
    const { start, end } = g.nodes[1].span;
    // The graph's own length counts the bytes that are gone.
    const inside = [...file.slice(g.span.from, start), ...file.slice(end, g.span.end)];
    const whole = new Uint8Array([...file.slice(0, g.span.start), ...bytes(7, inside), ...file.slice(g.span.end)]);
    expect(read(whole).graph.nodes.map((n) => n.operator)).toEqual(['Conv']);
  });
  it('a node without a name keeps none; what is shown is made up elsewhere', () => {
    const bare = read(model({ nodes: [[...text(2, 'y'), ...text(4, 'Relu')]] })).graph.nodes[0];
    expect(bare.name).toBe('');
    expect(nodeLabel(bare)).toBe('y');
  });
});

describe('reading ONNX', () => {
  it('counts operators inside bodies and functions, parameters and MACs', () => {
    const data = model(
      {
        nodes: [
          node('Conv', ['x', 'w'], ['c'], [intsAttribute('pads', [1, 1, 1, 1])]),
          node(
            'If',
            ['flag'],
            ['z'],
            [graphAttribute('then_branch', body('Relu')), graphAttribute('else_branch', body('Tanh'))],
          ),
          node('Double', ['c'], ['d'], [], 'local'),
        ],
        inputs: [value('x', 'float32', [1, 3, 8, 8]), value('flag', 'bool', [])],
        outputs: [value('d', 'float32', [1, 4, 8, 8])],
        initializers: [tensor('w', 'float32', [4, 3, 3, 3], new Float32Array(108))],
      },
      [localFunction('local', 'Double', ['a'], ['b'], [node('Add', ['a', 'a'], ['b'])])],
    );
    const summary = summarize(readModel(source(data)), facts());
    expect(summary.operators).toEqual({ Add: 1, Conv: 1, If: 1, Relu: 1, Tanh: 1, 'local.Double': 1 });
    expect([summary.nodes, summary.nodes_all, summary.parameters]).toEqual([3, 6, 108]);
    expect(summary.macs.total).toBe(4 * 8 * 8 * 3 * 9);
    expect(summary.inputs.map((i) => i.name)).toEqual(['x', 'flag']);
  });

  it('seeks over weights instead of reading them', () => {
    const weights = new Float32Array(1_000_000);
    const data = model({
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      inputs: [value('x', 'float32', [1, 1000])],
      outputs: [value('y', 'float32', [1, 1000])],
      initializers: [tensor('w', 'float32', [1000, 1000], new Uint8Array(0))],
    });
    // The payload is put in by hand: the writer would need an array of its size.
    const head = [...int(1, 8)];
    const raw = new Uint8Array(weights.buffer);
    const init = [...tensor('w', 'float32', [1000, 1000])];
    const length = init.length + 5 + raw.length;
    const varint = (v: number): number[] => (v < 128 ? [v] : [(v & 127) | 128, ...varint(v >>> 7)]);
    const inner = [
      ...bytes(1, node('MatMul', ['x', 'w'], ['y'])),
      ...bytes(11, value('x', 'float32', [1, 1000])),
      (5 << 3) | 2,
      ...varint(length),
      ...init,
      (9 << 3) | 2,
      ...varint(raw.length),
    ];
    const whole = new Uint8Array(head.length + 6 + inner.length + raw.length);
    const prefix = [...head, (7 << 3) | 2, ...varint(inner.length + raw.length)];
    whole.set(prefix);
    whole.set(inner, prefix.length);
    whole.set(raw, prefix.length + inner.length);
    const s = source(whole.subarray(0, prefix.length + inner.length + raw.length));
    expect(data.length).toBeGreaterThan(0);
    expect(readModel(s).graph.initializers[0]).toMatchObject({ name: 'w', bytes: 4_000_000 });
    expect(s.bytesRead).toBeLessThan(200_000);
  });

  it('follows shapes that are computed by the graph', () => {
    const data = model({
      nodes: [
        node('Shape', ['x'], ['s']),
        node('Gather', ['s', 'zero'], ['n']),
        node('Unsqueeze', ['n', 'axes'], ['n1']),
        node('Concat', ['n1', 'minus'], ['to'], [[...text(1, 'axis'), ...int(3, 0)]]),
        node('Reshape', ['x', 'to'], ['r']),
        node('MatMul', ['r', 'w'], ['y']),
      ],
      inputs: [value('x', 'float32', ['batch', 4, 5])],
      outputs: [value('y', 'float32', ['batch', 7])],
      initializers: [
        tensor('zero', 'int64', [], new BigInt64Array([0n])),
        tensor('axes', 'int64', [1], new BigInt64Array([0n])),
        tensor('minus', 'int64', [1], new BigInt64Array([-1n])),
        tensor('w', 'float32', [20, 7], new Float32Array(140)),
      ],
    });
    expect(summarize(readModel(source(data)), facts({ x: [3, 4, 5] })).macs).toMatchObject({
      total: 3 * 20 * 7,
      unknown_nodes: 0,
    });
    expect(summarize(readModel(source(data)), facts()).macs.unknown_nodes).toBe(1);
  });

  const deep = (levels: number): number[] =>
    levels === 0
      ? body('Relu')
      : graph({ nodes: [node('If', ['c'], ['y'], [graphAttribute('then_branch', deep(levels - 1))])] });
  const table: [string, Uint8Array, RegExp][] = [
    [
      'a picture',
      Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]),
      /not a readable ONNX model|has no graph/,
    ],
    [
      'text',
      new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:123\n'),
      /not a readable ONNX model/,
    ],
    ['no graph', Uint8Array.from([...int(1, 8), ...text(2, 'x')]), /has no graph/],
    ['a length beyond the file', Uint8Array.from([58, 255, 255, 255, 255, 15, 1]), /does not fit into its message/],
    [
      'a negative length',
      Uint8Array.from([58, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
      /does not fit into its message/,
    ],
    ['a varint without end', Uint8Array.from([8, ...new Array(12).fill(255)]), /more than ten bytes/],
    [
      'deep nesting',
      model({ nodes: [node('If', ['c'], ['y'], [graphAttribute('then_branch', deep(40))])] }),
      /nested more than 32 deep/,
    ],
    [
      'a cycle',
      model({ nodes: [node('Relu', ['b'], ['a']), node('Relu', ['a'], ['b'])] }),
      /cycle through node "Relu_a"/,
    ],
    [
      'a function that calls itself',
      model({ nodes: [node('F', ['x'], ['y'], [], 'local')] }, [
        localFunction('local', 'F', ['a'], ['b'], [node('F', ['a'], ['b'], [], 'local')]),
      ]),
      /function "F" calls itself/,
    ],
    ['a negative dimension', model({ nodes: [], initializers: [tensor('w', 'float32', [-3])] }), /negative dimension/],
    ['a huge tensor', model({ nodes: [], initializers: [tensor('w', 'float32', [2 ** 40, 2 ** 40])] }), /elements/],
  ];
  for (const [what, data, message] of table)
    it(`says what is wrong with ${what}`, () => expect(problemOf(data)).toMatch(message));

  it('ends in a problem or a model wherever it is cut or changed', () => {
    const whole = model({
      nodes: [node('Conv', ['x', 'w'], ['y'])],
      inputs: [value('x', 'float32', [1, 3, 8, 8])],
      outputs: [value('y', 'float32', [1, 4, 6, 6])],
      initializers: [tensor('w', 'float32', [4, 3, 3, 3], new Float32Array(108))],
    });
    for (let end = 0; end < whole.length; end += 3) expect(typeof problemOf(whole.subarray(0, end))).toBe('string');
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Uint8Array.from(whole);
        changed[at] = byte;
        expect(typeof problemOf(changed)).toBe('string');
      }),
      { numRuns: 500 },
    );
  });
});

describe('external data', () => {
  it('stays inside the folder of the model', () => {
    for (const path of ['weights.bin', 'a/b.bin', './w', 'a/../b']) expect(isInside(path), path).toBe(true);
    for (const path of ['../w', '/etc/passwd', 'a/../../w', '', 'C:/w', 'a\\..\\w', '..', '.', 'w\0x'])
      expect(isInside(path), path).toBe(false);
    const wicked = model({
      nodes: [],
      initializers: [tensor('w', 'float32', [4], undefined, { location: '../../etc/passwd' })],
    });
    expect(() => externalFiles(readModel(source(wicked)), 'm.onnx')).toThrow(/outside the folder/);
  });
  it('says how long each file must be', () => {
    const data = model({
      nodes: [],
      initializers: [tensor('w', 'float32', [4], undefined, { location: 'w.bin', offset: '4096' })],
    });
    expect(externalFiles(readModel(source(data)), 'm.onnx')).toEqual(new Map([['w.bin', 4112]]));
  });
});

describe('input shapes', () => {
  const inputs = summarize(readModel(source(unary('Relu', 'float32', ['batch', 'width']))), facts()).inputs;
  it('are never silently 1', () => {
    const { problems } = resolveInputs('m', inputs, {});
    expect(problems[0]).toMatchObject({
      message: 'model m: input "x", float32[batch,width], leaves dimension "width" (1) open',
      hint: expect.stringContaining('x: { shape: [1, 16] }'),
    });
  });
  it('take a batch as 1 with a note, and a symbol from where it is known', () => {
    const result = resolveInputs('m', inputs, {}, { width: 8 });
    expect(result).toMatchObject({ shapes: { x: [1, 8] }, problems: [] });
    expect(result.notes[0]).toContain('taken as 1');
  });
  it('are warned of when one symbol gets two sizes', () => {
    const two = [
      { ...inputs[0], name: 'mel' },
      { ...inputs[0], name: 'h_in' },
    ];
    const given = (a: number, b: number) =>
      resolveInputs('m', two, {
        mel: { shape: [1, a], data: { kind: 'random' } },
        h_in: { shape: [1, b], data: { kind: 'random' } },
      }).warnings;
    expect(given(8, 8)).toEqual([]);
    expect(given(8, 9)).toEqual([expect.stringContaining('"width" is 8 in input "mel" and 9 in input "h_in"')]);
  });
  it('must fit what the model fixes', () => {
    const fixed = summarize(readModel(source(unary('Relu', 'float32', [1, 3]))), facts()).inputs;
    expect(
      resolveInputs('m', fixed, {
        x: { shape: [1, 4], data: { kind: 'random' } },
        y: { data: { kind: 'zeros' } },
      }).problems.map((p) => p.message),
    ).toEqual(['model m has no input "y"', 'model m: input "x" is float32[1,3], found shape [1, 4]']);
  });
});
