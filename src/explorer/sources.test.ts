/** Layer files and profiles together, on lines of real files (sources in docs/explore.md) or documented ones. */
import { describe, expect, it } from 'vitest';
import { conv, explore, info, messageOf, record, tensor } from '../../test/layer-files.js';
import { reportSources } from './sources.js';

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
