/** Readers of the explorer, on real lines where there are some (sources in docs/explore.md), else on documented ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../base/problem.js';
import { detect } from './detect.js';
import { parseJson } from './json.js';
import { metadataNodes, nodesOfName, readableName } from './layer-names.js';
import { readTrtexecLog, versionOf } from './readers/trtexec-log.js';
import { reportSources } from './sources.js';
import { parseFormat } from './tensor-format.js';

const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    const [problem] = problemsOf(error) ?? [];
    if (problem) return problem.message;
    throw error;
  }
  return 'nothing was thrown';
};
const tensor = (Name: string, Dimensions: number[], format: string) => ({
  Name,
  Dimensions,
  'Format/Datatype': format,
});
const info = (Layers: unknown[], Bindings: string[] = []) => JSON.stringify({ Layers, Bindings });
const explore = (...texts: string[]) =>
  reportSources(
    texts.map((text, i) => ({ file: `f${i}.json`, text })),
    { name: 'e' },
  );
const conv = (Name: string, x: string, y: string, more = {}) => ({
  Name,
  LayerType: 'CaskConvolution',
  ParameterType: 'Convolution',
  Inputs: [tensor(x, [1, 8, 4, 4], 'Row major linear FP32')],
  Outputs: [tensor(y, [1, 8, 4, 4], 'Row major linear FP32')],
  Kernel: [3, 3],
  Groups: 1,
  Weights: { Type: 'Float', Count: 576 },
  ...more,
});
const record = (name: string, averageMs: number) => ({
  name,
  timeMs: averageMs * 10,
  averageMs,
  medianMs: averageMs,
  percentage: 1,
});

describe('formats of tensors', () => {
  it.each([
    ['Thirty-two wide channel vectorized row major Int8 format', 'INT8', 'NC/32HW32'],
    ['Channel major FP16 format where channel % 8 == 0', 'FP16', 'NHWC8'],
    ['Channel major FP16 format where channel % 8 == 0 with 3 spatial dimensions', 'FP16', 'NDHWC8'],
    ['Channel major INT8 format where channel == 4 and column stride % 32 == 0', 'INT8', 'NHWC4'],
    ['Channel major INT8 format where column stride % 32 == 0', 'INT8', 'NHWC1'],
    ['Row major INT8 format where column stride % 64 == 0', 'INT8', 'NCHW'],
    ['Row major linear BFloat16 format', 'BF16', 'NCHW'],
    ['Row major linear BOOL', 'BOOL', 'NCHW'],
    ['Row major linear FP4 format (kLINEAR)', 'FP4', 'NCHW'],
    ['Row major linear FP8 format.', 'FP8', 'NCHW'],
    ['Sixteen wide channel vectorized row major FP16 format', 'FP16', 'NC/16HW16'],
    ['Half', 'FP16', undefined],
    ['BFloat16', 'BF16', undefined],
    ['Bool', 'BOOL', undefined],
    ['FP8', 'FP8', undefined],
    ['Int4', 'INT4', undefined],
    ['FP4E2M1', 'FP4', undefined],
    ['Unknown format', '?', undefined],
  ])('%s', (sentence, dtype, layout) => {
    expect(parseFormat(sentence)).toEqual({ dtype, ...(layout ? { layout } : {}) });
  });
  it('counts the bytes of BF16, Bool, FP8 and INT4, and none of an open size', () => {
    const bytes = (format: string, shape: number[]) =>
      explore(info([{ Name: 'l', LayerType: 'kgen', Inputs: [tensor('x', shape, format)], Outputs: [] }])).layers[0];
    expect(bytes('BFloat16', [3, 5]).io_bytes).toBe(30);
    expect(bytes('Bool', [3, 5]).io_bytes).toBe(15);
    expect(bytes('FP8', [3, 5]).io_bytes).toBe(15);
    expect(bytes('Int4', [3, 5]).io_bytes).toBe(8);
    expect(bytes('Half', [-1, 5])).toMatchObject({ io_bytes: 0, unknown_bytes: true });
  });
});

describe('names', () => {
  it('splits the metadata of a fusion and of Myelin', () => {
    expect(metadataNodes('[ONNX Layer: /a/Conv]\u001e[ONNX Layer: /a/Relu]')).toEqual(['/a/Conv', '/a/Relu']);
    expect(metadataNodes('[ONNX Layer: q]\u001f[ONNX Layer: k]\u001e[ONNX Layer: q]')).toEqual(['q', 'k']);
    expect(metadataNodes('[ONNX Layer: /qk/MatMul][ONNX Layer: /softmax/Softmax]')).toEqual([
      '/qk/MatMul',
      '/softmax/Softmax',
    ]);
    expect(metadataNodes('')).toEqual([]);
  });
  it.each([
    ['Conv_24 + Relu_25', ['Conv_24', 'Relu_25']],
    ['features.0.0.weight + QuantizeLinear_8 + Conv_12 + PWN(Clip_16)', ['QuantizeLinear_8', 'Conv_12', 'Clip_16']],
    ['PWN(PWN(PWN(Sigmoid_15), Mul_16), Add_17)', ['Sigmoid_15', 'Mul_16', 'Add_17']],
    ['/model.0/conv/Conv || /model.1/conv/Conv', ['/model.0/conv/Conv', '/model.1/conv/Conv']],
    ['a.weight + q_quantize_scale_node + Conv_9 + r || s', ['Conv_9', 'r', 's']],
    ['__myl_MulAdd_myl0_3', []],
    [`${'PWN('.repeat(9000)}a${')'.repeat(9000)}`, [`${'PWN('.repeat(8950)}a${')'.repeat(8950)}`]],
    ['{ForeignNode[Conv_0...Concat_198]}', ['Conv_0', 'Concat_198']],
    ['Reformatting CopyNode for Input Tensor 0 to Conv_0 + Relu_1', []],
    ['(Unnamed Layer* 850) [ElementWise]', []],
    ['Conv_1 [profile 2]', ['Conv_1']],
  ])('finds the nodes of %s', (name, nodes) => expect(nodesOfName(name)).toEqual(nodes));
  it('shows control characters as something that can be read', () =>
    expect(readableName('a\u001eb\u001fc\u0007d')).toBe('a+b+c?d'));
});

describe('layer files', () => {
  it('reads names only, and says what to do', () => {
    const { table, summary } = explore('{"Layers": ["conv1", "relu1"], "Bindings": ["x", "y"]}');
    expect(table).toMatchObject({ detail: 'names' });
    expect(table.layers.map((l) => l.name)).toEqual(['conv1', 'relu1']);
    expect(table.notes.join()).toContain('--profilingVerbosity=detailed');
    expect(table.notes.filter((n) => n.startsWith('binding'))).toHaveLength(2);
    expect(summary.bytes.tensors_of_unknown_size).toBe(0);
  });
  it('reads TensorRT 11: I/O Tensors, Format and Datatype apart', () => {
    const layer = {
      Name: '__myl_Fc_myl0_1',
      LayerType: 'gemm',
      Inputs: [{ Name: 'x', Dimensions: [4, 16], Format: 'Row major linear', Datatype: 'BFloat16' }],
      Outputs: [{ Name: 'y', Dimensions: [4, 8], Format: 'Row major linear', Datatype: 'BFloat16' }],
      TacticName: 'sm90_xmma_gemm_bf16bf16_bf16f32',
      Metadata: '[ONNX Layer: fc]',
      StreamId: 0,
    };
    const io = [
      {
        Name: 'x',
        IOMode: 'Input',
        DataType: 'BFloat16',
        Dimensions: [4, 16],
        Location: 'Device',
        IsShapeInferenceIO: false,
      },
      { Name: 'y', IOMode: 'Output', DataType: 'BFloat16', Dimensions: [4, 8], Location: 'Device' },
    ];
    const { table, summary, graph } = explore(
      JSON.stringify({ 'Engine Metadata': '', ProfilingVerbosity: 'Detailed', Layers: [layer], 'I/O Tensors': io }),
    );
    expect(table.inputs.map((t) => t.name)).toEqual(['x']);
    expect(table.outputs.map((t) => t.name)).toEqual(['y']);
    expect(table.layers[0]).toMatchObject({ type: 'gemm', onnx: ['fc'], macs: 4 * 16 * 8 });
    expect(table.layers[0].inputs[0]).toMatchObject({ dtype: 'BF16', layout: 'NCHW', bytes: 128 });
    expect(summary.by_precision[0].name).toBe('BF16');
    expect(graph).toHaveLength(2);
  });
  it('numbers repeated names and gives each its own time', () => {
    const layers = [conv('c', 'x', 'a'), conv('c', 'a', 'b'), conv('c', 'b', 'y')];
    const profile = JSON.stringify([{ count: 10 }, record('c', 1), record('c', 2), record('c', 3)]);
    const { table } = explore(info(layers, ['x', 'y']), profile);
    expect(table.layers.map((l) => [l.name, l.time?.mean_ms])).toEqual([
      ['c', 1],
      ['c_2', 2],
      ['c_3', 3],
    ]);
  });
  it('joins by name when the profile lacks layers or has them in another order', () => {
    const layers = [conv('a', 'x', 't'), conv('b', 't', 'u'), conv('c', 'u', 'y')];
    const { table } = explore(
      info(layers),
      JSON.stringify([{ count: 1 }, record('c', 3), record('a', 1), record('?', 9)]),
    );
    expect(table.layers.map((l) => l.time?.mean_ms)).toEqual([1, undefined, 3]);
    expect(table.notes).toEqual([
      '1 records of the profile (9.000 ms) belong to no layer, such as "?"',
      '1 layers have no time in the profile',
    ]);
  });
  it('keeps one of several optimisation profiles, also of more than one digit', () => {
    const layers = [
      conv('c', 'x', 'y'),
      conv('c [profile 1]', 'x [profile 1]', 'y [profile 1]'),
      conv('c [profile 12]', 'p', 'q'),
    ];
    const bindings = ['x', 'y', 'x [profile 1]', 'y [profile 1]'];
    const pick = (optimizationProfile: number) =>
      reportSources([{ file: 'f', text: info(layers, bindings) }], { name: 'e', optimizationProfile }).table;
    expect(pick(0).layers.map((l) => l.name)).toEqual(['c']);
    expect(pick(0).outputs.map((t) => t.name)).toEqual(['y']);
    expect(pick(1).inputs.map((t) => t.name)).toEqual(['x [profile 1]']);
    expect(pick(12).layers.map((l) => l.onnx)).toEqual([['c']]);
    expect(messageOf(() => pick(3))).toBe('f: has no optimisation profile 3');
  });
  it('leaves out layers that only synchronise, and tells their time', () => {
    const sync = { Name: 's', LayerType: 'signal', Inputs: [], Outputs: [] };
    const { table } = explore(
      info([conv('a', 'x', 'y'), sync]),
      JSON.stringify([{ count: 1 }, record('a', 1), record('s', 0.25)]),
    );
    expect(table.layers).toHaveLength(1);
    expect(table.notes[0]).toBe('1 layers that only synchronise (0.250 ms) are left out');
  });
  it('folds chains of NoOps, in the middle and at the end', () => {
    const noop = (Name: string, x: string, y: string) => ({
      Name,
      LayerType: 'NoOp',
      Inputs: [tensor(x, [1, 128], 'Row major linear FP32')],
      Outputs: [tensor(y, [128], 'Row major linear FP32')],
    });
    const layers = [
      conv('a', 'x', 't'),
      noop('n1', 't', 'u'),
      noop('n2', 'u', 'v'),
      conv('b', 'v', 'w'),
      noop('n3', 'w', 'y'),
    ];
    const { table, graph } = explore(info(layers, ['x', 'y']));
    expect(table.layers.map((l) => l.name)).toEqual(['a', 'b']);
    expect(table.layers[1].inputs[0].name).toBe('t');
    expect(table.outputs).toMatchObject([{ name: 'y', shape: [128] }]);
    expect(graph.map((e) => [e.from, e.to, e.tensor])).toEqual([
      [-1, 0, 'x'],
      [0, 1, 't'],
      [1, -1, 'y'],
    ]);
  });
  it.each([
    [
      'read by a layer too',
      [
        ['c', 'x', 't'],
        ['-', 't', 'y'],
        ['d', 'y', 'z'],
      ],
      'x y z',
      ['x', 'y', 'z'],
      ['c', 'd'],
    ],
    [
      'twice of one tensor',
      [
        ['c', 'x', 't'],
        ['-', 't', 'y'],
        ['-', 't', 'z'],
      ],
      'x y z',
      ['x', 'y', 'z'],
      ['c', '-_2'],
    ],
    [
      'of an input',
      [
        ['-', 'x', 'y'],
        ['c', 'x', 'z'],
      ],
      'x y z',
      ['x', 'y', 'z'],
      ['-', 'c'],
    ],
  ] as const)('gives a NoOp that writes an output %s its name', (_, steps, bindings, [input, ...outputs], kept) => {
    const layers = steps.map(([name, x, y]) =>
      name === '-' ? { ...conv(name, x, y), LayerType: 'NoOp', ParameterType: undefined } : conv(name, x, y),
    );
    const { table } = explore(info(layers, bindings.split(' ')));
    expect(table.inputs.map((t) => t.name)).toEqual([input]);
    expect(table.outputs.map((t) => t.name)).toEqual(outputs);
    expect(table.layers.map((l) => l.name)).toEqual(kept);
    expect(table.notes).toEqual([]);
  });
  it('takes a layer that changes a tensor in place', () => {
    const cache = conv('k', 'x', 'kv');
    const { graph } = explore(info([{ ...cache, Inputs: [...cache.Inputs, ...cache.Outputs] }, conv('c', 'kv', 'y')]));
    expect(graph.map((e) => [e.from, e.to, e.tensor])).toContainEqual([0, 1, 'kv']);
    expect(graph.filter((e) => e.from === e.to)).toEqual([]);
  });
  it('keeps what is bound in all optimisation profiles, and refuses the times of another', () => {
    const layers = [
      conv('c', 'x', 'y'),
      conv('d', 'y', 'z'),
      conv('c [profile 1]', 'x', 'y'),
      conv('d [profile 1]', 'y', 'z'),
    ];
    const files = [
      { file: 'f', text: info(layers, ['x', 'y', 'z']) },
      { file: 'p', text: JSON.stringify([{ count: 1 }, record('c [profile 1]', 1), record('d [profile 1]', 2)]) },
    ];
    const pick = (optimizationProfile: number) => reportSources(files, { name: 'e', optimizationProfile });
    expect(pick(1).table.outputs.map((t) => t.name)).toEqual(['y', 'z']);
    expect(messageOf(() => pick(0))).toContain('the times are those of optimisation profile 1');
  });
  it('works out products of matrices with a first operand that is spread', () => {
    const gemm = {
      Name: 'g',
      LayerType: 'gemm',
      Inputs: [tensor('a', [1, 64, 64], 'Float'), tensor('b', [8, 64, 32], 'Float')],
      Outputs: [tensor('y', [8, 64, 32], 'Float')],
    };
    expect(explore(info([gemm])).table.layers[0].macs).toBe(8 * 64 * 64 * 32);
  });
  it('counts a convolution with its pooling by the size before the pooling', () => {
    const layer = {
      Name: 'c',
      LayerType: 'ConvActPool',
      ParameterType: 'ConvActPool',
      Inputs: [tensor('x', [2, 3, 224, 224], 'Float')],
      Outputs: [tensor('y', [2, 64, 56, 56], 'Float')],
      ConvKernel: [7, 7],
      ConvPrePadding: [3, 3],
      ConvPostPadding: [3, 3],
      ConvStride: [2, 2],
      ConvGroups: 1,
    };
    expect(explore(info([layer])).table.layers[0].macs).toBe(2 * 64 * 112 * 112 * 3 * 49);
  });
  it('keeps constants apart and draws no edge from them', () => {
    const constant = { Name: 'k', LayerType: 'Constant', Inputs: [], Outputs: [tensor('w', [8], 'Float')] };
    const { table, graph } = explore(
      info([constant, { ...conv('a', 'x', 'y'), Inputs: [tensor('x', [1], 'Float'), tensor('w', [8], 'Float')] }]),
    );
    expect(table.constants.map((l) => l.name)).toEqual(['k']);
    expect(table.inputs.map((t) => t.name)).toEqual(['x']);
    expect(graph.filter((e) => e.tensor === 'w')).toEqual([]);
  });
  it('joins every writer of a tensor that several layers fill (a concatenation without a layer)', () => {
    const { graph } = explore(
      info(
        [
          conv('a', 'x', 'cat'),
          conv('b', 'x', 'cat'),
          conv('c', 'cat', 'y'),
          conv('d', 'y', 'cat'),
          conv('e', 'cat', 'z'),
        ],
        ['x', 'z'],
      ),
    );
    const into = (to: number) => graph.filter((e) => e.to === to).map((e) => e.from);
    expect(into(2)).toEqual([0, 1]);
    // Written again behind its reader: the later reader sees the later content.
    expect(into(4)).toEqual([3]);
  });
  it('follows a loop, and refuses a circle that no loop explains', () => {
    const ring = [conv('a', 'r', 's'), conv('b', 's', 'r')];
    expect(messageOf(() => explore(info(ring)))).toBe('f0.json: the layers "b" -> "a" -> "b" wait for each other');
    const loop = { ...conv('Recurrence', 's', 'r'), LayerType: 'LoopRecurrence', ParameterType: undefined };
    expect(explore(info([conv('a', 'r', 's'), loop])).graph.filter((e) => e.back)).toHaveLength(1);
  });
  it('reads a bare list of layers, as newer programs of NVIDIA want it', () =>
    expect(explore(JSON.stringify([conv('a', 'x', 'y')])).table.layers).toHaveLength(1));
  it('knows deconvolutions and their work', () => {
    const [layer] = explore(
      info([
        { ...conv('d', 'x', 'y'), LayerType: 'CaskDeconvolutionV2', Outputs: [tensor('y', [1, 4, 8, 8], 'Half')] },
      ]),
    ).table.layers;
    expect(layer).toMatchObject({ type: 'Deconvolution', macs: 8 * 16 * 4 * 9 });
  });
});

describe('DLA', () => {
  // Rows of NVIDIA/TensorRT issue 3143, Jetson Orin.
  const rows = [
    record('images to nvm', 0.0852),
    record('{ForeignNode[Conv_0...Concat_198]}', 0.0085),
    record('head_3 from nvm', 7.6931),
    record('images copy finish', 0.0017),
    record('head_3 copy finish', 0.0029),
  ];
  const profile = JSON.stringify([{ count: 400 }, ...rows]);
  it('counts the traffic around a node with the node', () => {
    const node = {
      Name: '{ForeignNode[Conv_0...Concat_198]}',
      LayerType: 'DLA',
      Inputs: [tensor('images', [1, 3, 8, 8], 'Half')],
      Outputs: [tensor('head_3', [1, 8], 'Half')],
    };
    const { table, summary } = explore(info([node], ['images', 'head_3']), profile);
    expect(table.layers).toHaveLength(1);
    expect(table.layers[0]).toMatchObject({ device: 'dla', onnx: ['Conv_0', 'Concat_198'] });
    expect(table.layers[0].time?.mean_ms).toBeCloseTo(7.7914, 10);
    expect(summary.time.layers_sum_ms).toBeCloseTo(7.7914, 10);
    expect(table.notes.join()).toContain('4 rows of the traffic');
  });
  it('gives each row to the node that reads or writes its tensor, and none to one of the GPU', () => {
    const node = (Name: string, x: string, y: string, LayerType: string) => ({
      Name,
      LayerType,
      Inputs: [tensor(x, [1, 8], 'Half')],
      Outputs: [tensor(y, [1, 8], 'Half')],
    });
    const nodes = [
      node('{ForeignNode[pre...mid]}', 'x', 't', 'Myelin'),
      node('{ForeignNode[a...b]}', 't', 'u', 'DLA'),
      node('{ForeignNode[c...d]}', 'u', 'y', 'DLA'),
    ];
    const times = [
      record('{ForeignNode[pre...mid]}', 1),
      record('t to nvm', 0.2),
      record('{ForeignNode[a...b]}', 2),
      record('u to nvm', 0.3),
      record('{ForeignNode[c...d]}', 3),
      record('y from nvm', 0.4),
    ];
    const { layers } = explore(info(nodes), JSON.stringify([{ count: 1 }, ...times])).table;
    expect(layers.map((l) => [l.device, l.time?.mean_ms])).toEqual([
      ['gpu', 1],
      ['dla', 2.2],
      ['dla', 3.7],
    ]);
  });
  it('does so without a layer file too', () => {
    const { table } = explore(profile);
    expect(table.layers.map((l) => l.name)).toEqual(['{ForeignNode[Conv_0...Concat_198]}']);
    expect(table.layers[0].time?.share).toBe(1);
  });
});

describe('profiles', () => {
  it.each([
    ['a quote', 'say "hi", robot'],
    ['a backslash', 'C:\\model\\conv'],
    ['a control character', 'a\u001eb'],
    ['a quote at the end', 'conv "1"'],
    ['a brace', 'x"}'],
  ])('reads names with %s, which trtexec does not escape', (_, name) => {
    const text = `[\n  { "count" : 2 }\n, { "name" : "${name}", "timeMs" : 2, "averageMs" : 1, "medianMs" : 1, "percentage" : 100 }\n]\n`;
    const { table } = explore(text);
    expect(table.layers[0].name).toBe(readableName(name));
    expect(table.layers[0].time?.mean_ms).toBe(1);
  });
  it('never hangs and never gives anything but a result or a problem', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', 'a', '1', '\n', '\u0000'), { maxLength: 60 }),
        (parts) => {
          const message = messageOf(() => parseJson(parts.join(''), 'f'));
          expect(message === 'nothing was thrown' || message.startsWith('f: is no valid JSON')).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
  it('calls a file cut whose last event ends in a bracket, without looking for names in all of it', () => {
    const text = `[${Array.from({ length: 40_000 }, (_, i) => `{"cat": "Node", "name": "node_${i}", "dur": 3}`).join(',\n')}`;
    expect(messageOf(() => parseJson(text, 'f'))).toBe('f: is no valid JSON: it ends in the middle');
  });
  it('mends what it can and leaves valid JSON as it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text, 'f')).toEqual({ data: JSON.parse(text), mended: false });
      }),
    );
  });
});

describe('what a file is', () => {
  it.each([
    ['layer-info', '{"Layers": []}'],
    ['profile', '[{"count": 1}, {"name": "a", "averageMs": 1}]'],
    ['times', '[{"computeMs": 1, "latencyMs": 1}]'],
    ['trex-metadata', '{"device_information": {}}'],
    ['onnxruntime-profile', '[{"cat": "Session", "ph": "X", "name": "model_run", "ts": 1, "dur": 2}]'],
    ['layer-table', '{"version": 2, "layers": []}'],
    ['log', '&&&& RUNNING TensorRT.trtexec [TensorRT v8501] # trtexec\n'],
    ['log', '[08/31/2023-07:07:49] [I] [TRT] ---------- Layers Running on DLA ----------\n'],
  ])('%s', (kind, text) => expect(detect(text, 'f')?.kind).toBe(kind));

  const bad: [string, string, string][] = [
    ['nothing', '', 'f0.json: is empty'],
    ['words', 'hello there', 'f0.json: is text that no reader knows, beginning with "hello there"'],
    ['another JSON', '{"a": 1, "b": 2}', 'f0.json: is JSON with the keys "a", "b"'],
    ['a list of others', '[{"x": 1}]', 'f0.json: is a JSON list of objects with the keys "x"'],
    ['an empty list', '[]', 'f0.json: is an empty JSON list'],
    ['a file cut short', '{"Layers": [{"Name": "a", "Inputs": [', 'f0.json: is no valid JSON: it ends in the middle'],
    ['layers that are no list', '{"Layers": 5, "Bindings": []}', 'f0.json: is JSON with the keys "Layers", "Bindings"'],
    ['no layers', '{"Layers": []}', 'f0.json: has no layers'],
    ['a layer that is a number', '{"Layers": [1]}', 'f0.json: layer 1 is a number, expected an object or a name'],
    [
      'a layer without a name',
      '{"Layers": [{"LayerType": "x"}]}',
      'f0.json: layer 1: "Name" is missing, expected a string',
    ],
    [
      'inputs that are text',
      '{"Layers": [{"Name": "a", "Inputs": "x"}]}',
      'f0.json: layer 1 "a": Inputs is a string, expected a list of tensors',
    ],
    [
      'a tensor without a name',
      '{"Layers": [{"Name": "a", "Inputs": [{}]}]}',
      'f0.json: layer 1 "a": Inputs[0]: "Name" is missing, expected a string',
    ],
    [
      'sizes that are words',
      '{"Layers": [{"Name": "a", "Outputs": [{"Name": "t", "Dimensions": ["n"]}]}]}',
      'f0.json: layer 1 "a": Outputs[0] "t": Dimensions is not a list of numbers',
    ],
    [
      'bindings that are numbers',
      '{"Layers": ["a"], "Bindings": [3]}',
      'f0.json: Bindings[0] is a number, expected a name',
    ],
    [
      'a time that is text',
      '[{"count": 1}, {"name": "a", "averageMs": "fast"}]',
      'f0.json: record 2 "a": "averageMs" is "fast", expected ms',
    ],
    ['a negative time', '[{"name": "a", "averageMs": -1}]', 'f0.json: record 1 "a": "averageMs" is -1, expected ms'],
    [
      'times alone',
      '[{"computeMs": 1, "latencyMs": 1, "h2dMs": 0, "d2hMs": 0, "startEnqMs": 0, "endEnqMs": 1}]',
      'f0.json: holds no layers',
    ],
    [
      'a profile of ONNX Runtime without nodes',
      '[{"cat": "Session", "ph": "X", "name": "x", "ts": 1, "dur": 2}]',
      'f0.json: is a profile of ONNX Runtime without a node in it',
    ],
    [
      'a table of a newer version',
      '{"version": 99, "layers": []}',
      'f0.json: version 99 is newer than version 2, the newest this program reads',
    ],
  ];
  it.each(bad)('%s is a problem', (_, text, message) => expect(messageOf(() => explore(text))).toBe(message));
  it('tells the line and column of a mistake', () => {
    try {
      parseJson('{\n  "Layers": [\n    {"Name": oops}\n]}', 'f');
      expect.unreachable();
    } catch (error) {
      expect(problemsOf(error)?.[0].at).toMatchObject({ line: 3, column: 14 });
    }
  });
  it('refuses two files of one kind, and a file that is not what the option says', () => {
    const text = info([conv('a', 'x', 'y')]);
    expect(messageOf(() => explore(text, text))).toBe('f1.json: there is a layer file already');
    const wrong = [{ file: 'p', text, expect: 'profile' as const }];
    expect(messageOf(() => reportSources(wrong, { name: 'e' }))).toBe(
      'p is a layer file of trtexec (--exportLayerInfo), expected a profile of trtexec (--exportProfile)',
    );
  });
});

describe('logs of trtexec', () => {
  it('reads versions', () => {
    expect(['8501', '8611', '9100', '100300', '101601', '110100'].map(versionOf)).toEqual([
      '8.5.1',
      '8.6.11',
      '9.1.0',
      '10.3.0',
      '10.16.1',
      '11.1.0',
    ]);
  });
  const log =
    readTrtexecLog(`&&&& RUNNING TensorRT.trtexec [TensorRT v8502] # trtexec --onnx=model_bn.onnx --int8 --useDLACore=0 --allowGPUFallback
[08/31/2023-07:07:40] [I] === Model Options ===
[08/31/2023-07:07:40] [I] Format: ONNX
[08/31/2023-07:07:40] [I] === Build Options ===
[08/31/2023-07:07:40] [I] Memory Pools: workspace: default, dlaSRAM: default, dlaLocalDRAM: default
[08/31/2023-07:07:40] [I] Precision: FP32+INT8
[08/31/2023-07:07:41] [I] === Device Information ===
[08/31/2023-07:07:41] [I] Selected Device: Orin
[08/31/2023-07:07:41] [I] Compute Capability: 8.7
[08/31/2023-07:07:41] [I] SMs: 16
[08/31/2023-07:07:41] [I] Compute Clock Rate: 1.3 GHz
[08/31/2023-07:07:41] [I] Memory Bus Width: 256 bits (ECC disabled)
[08/31/2023-07:07:41] [I] Memory Clock Rate: 1.3 GHz
[08/31/2023-07:07:49] [W] [TRT] /model.24/Pow: DLA cores do not support POW ElementWise operation.
[08/31/2023-07:07:49] [W] [TRT] Layer '/model.24/Pow' (ELEMENTWISE): Unsupported on DLA. Switching this layer's device type to GPU.
[08/31/2023-07:07:49] [W] [TRT] Layer '(Unnamed Layer* 277) [Shuffle]' (SHUFFLE): Unsupported on DLA. Switching this layer's device type to GPU.
[08/31/2023-07:07:49] [W] [TRT] Default DLA is enabled but layer Softmax in likelihood calculation is not supported on DLA, falling back to GPU.
[08/31/2023-07:07:49] [W] [TRT] DLA supports only 8 subgraphs per DLA core. Switching to GPU for layer conv_6
[08/31/2023-07:07:49] [I] [TRT] ---------- Layers Running on DLA ----------
[08/31/2023-07:07:49] [I] [TRT] [DlaLayer] {ForeignNode[/cnn/cnn.0/Conv.../cnn/cnn.11/Relu]}
[08/31/2023-07:07:49] [I] [TRT] [DlaLayer] {ForeignNode[/linear/Gemm]}
[08/31/2023-07:07:49] [I] [TRT] ---------- Layers Running on GPU ----------
[08/31/2023-07:07:49] [I] [TRT] [GpuLayer] POOLING: /pool/GlobalAveragePool
[08/31/2023-07:07:49] [I] [TRT] [GpuLayer] SHUFFLE: reshape_after_/linear/Gemm
[08/31/2023-07:07:53] [I] [TRT] Total Host Persistent Memory: 848
[08/31/2023-07:07:53] [I] [TRT] Total Device Persistent Memory: 1024
[08/31/2023-07:07:53] [I] [TRT] Total Scratch Memory: 4608
[08/31/2023-07:07:54] [I] Engine built in 12.5 sec.
[08/31/2023-07:07:55] [I] === Performance summary ===
[08/31/2023-07:07:55] [I] Throughput: 1663.19 qps
[08/31/2023-07:07:55] [I] Latency: min = 0.617432 ms, max = 0.829102 ms, mean = 0.634685 ms, median = 0.629639 ms, percentile(90%) = 0.657227 ms, percentile(95%) = 0.675781 ms, percentile(99%) = 0.689697 ms
[08/31/2023-07:07:55] [W] * GPU compute time is unstable, with coefficient of variance = 3.1%.
&&&& PASSED TensorRT.trtexec [TensorRT v8502] # trtexec
`);
  it('reads options, device, memory, build and performance', () => {
    expect(log).toMatchObject({ version: '8.5.2', passed: true, throughput_qps: 1663.19 });
    expect(log.options['Build Options']).toEqual({
      'Memory Pools': 'workspace: default, dlaSRAM: default, dlaLocalDRAM: default',
      Precision: 'FP32+INT8',
    });
    expect(log.device.SMs).toBe('16');
    expect(log.memory).toEqual({ host_persistent: 848, device_persistent: 1024, scratch: 4608 });
    expect(log.build.seconds).toBe(12.5);
    expect(log.performance.Latency).toMatchObject({ min: 0.617432, p90: 0.657227, p99: 0.689697 });
    expect(log.warnings).toContain('* GPU compute time is unstable, with coefficient of variance = 3.1%.');
  });
  it('asks the log of the build what was asked for, not the log of a run', () => {
    const build =
      '[I] TensorRT version: 8.6.1\n[I] === Build Options ===\n[I] Precision: FP32+FP16\n&&&& RUNNING TensorRT.trtexec # trtexec --onnx=a --fp16\n';
    const run =
      '[I] TensorRT version: 8.6.1\n[I] === Build Options ===\n[I] Precision: FP32\n&&&& RUNNING TensorRT.trtexec # trtexec --loadEngine=a\n';
    for (const logs of [
      [build, run],
      [run, build],
    ])
      expect(explore(info([conv('c', 'x', 'y')]), ...logs).summary.asked_precisions).toEqual(['FP32', 'FP16']);
  });
  it('says nothing of the bandwidth of a Jetson, whose clock is not that of its memory', () => {
    const device = (capability: string) =>
      explore(
        info([conv('c', 'x', 'y')]),
        `&&&& RUNNING TensorRT.trtexec # trtexec --onnx=a\n[I] === Device Information ===\n[I] Selected Device: Orin\n[I] Compute Capability: ${capability}\n[I] SMs: 16\n[I] Compute Clock Rate: 1.275 GHz\n[I] Memory Bus Width: 256 bits (ECC disabled)\n[I] Memory Clock Rate: 0.408 GHz\n`,
      ).device;
    expect(device('8.7')?.memory_bytes_per_s).toBeUndefined();
    expect(device('8.7')?.ops_per_s.FP16).toBeGreaterThan(0);
    expect(device('8.6')?.memory_bytes_per_s).toBeCloseTo(26.112e9, -6);
  });
  it('reads where layers run, and why some left the DLA', () => {
    expect(log.dla).toEqual(['{ForeignNode[/cnn/cnn.0/Conv.../cnn/cnn.11/Relu]}', '{ForeignNode[/linear/Gemm]}']);
    expect(log.gpu).toEqual(['/pool/GlobalAveragePool', 'reshape_after_/linear/Gemm']);
    expect(log.fallbacks.map((f) => [f.layer, f.reason.slice(0, 52)])).toEqual([
      ['/model.24/Pow', 'DLA cores do not support POW ElementWise operation.'],
      ['(Unnamed Layer* 277) [Shuffle]', 'TensorRT tells no reason; see the support matrix of '],
      ['Softmax in likelihood calculation', 'TensorRT tells no reason; see the support matrix of '],
      ['conv_6', 'DLA supports only 8 subgraphs per DLA core'],
    ]);
  });
  it('reads the older form, with lists', () => {
    const old = readTrtexecLog(`INFO: [TRT]:
INFO: [TRT]: --------------- Layers running on DLA:
INFO: [TRT]: {conv_1,batch_norm_1}, {conv_2},
INFO: [TRT]: --------------- Layers running on GPU:
INFO: [TRT]: conv1 + activation_1/Relu, block_1a_conv_2,
INFO: [TRT]: Detected 1 inputs and 2 output network tensors.`);
    expect(old.dla).toEqual(['{conv_1,batch_norm_1}', '{conv_2}']);
    expect(old.gpu).toEqual(['conv1 + activation_1/Relu', 'block_1a_conv_2']);
  });
  it('takes anything as a log without throwing', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200 }),
        (text) => void readTrtexecLog(`&&&& RUNNING TensorRT.trtexec\n${text}`),
      ),
    );
  });
});
