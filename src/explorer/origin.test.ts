import { describe, expect, it } from 'vitest';
import type { Layer, LayerTable } from '../formats/engine/layer-table.js';
import { mergeTimes } from './merge-times.js';
import { withOrigins } from './origin.js';

const layer = (name: string, reads: string[], writes: string[], more: Partial<Layer> = {}): Layer => ({
  name,
  type: 'X',
  subtype: 'X',
  device: 'unknown',
  inputs: reads.map((n) => ({ name: n, dtype: 'FP32' })),
  outputs: writes.map((n) => ({ name: n, dtype: 'FP32' })),
  onnx: [name],
  attributes: {},
  ...more,
});
const table = (layers: Layer[], more: Partial<LayerTable> = {}): LayerTable => ({
  version: 2,
  source: 'onnx',
  detail: 'full',
  inputs: [],
  outputs: [],
  layers,
  constants: [],
  notes: [],
  ...more,
});
const origins = (engine: Layer[], model: Layer[]) =>
  Object.fromEntries(withOrigins(table(engine), table(model)).layers.map((l) => [l.name, l.onnx]));

describe('where a layer comes from', () => {
  it('finds nodes by name, by what they write, and those fused between', () => {
    const model = [
      layer('conv', ['x'], ['a']),
      layer('bn', ['a'], ['b']),
      layer('relu', ['b'], ['c']),
      layer('pool', ['c'], ['y']),
    ];
    const engine = [layer('conv', ['x'], ['c']), layer('pool', ['c'], ['y'])];
    expect(origins(engine, model)).toEqual({ conv: ['conv', 'bn', 'relu'], pool: ['pool'] });
  });
  it("knows ONNX Runtime's names", () => {
    const model = [
      layer('Conv_1', ['x'], ['877']),
      layer('Sigmoid_2', ['877'], ['s']),
      layer('Mul_3', ['877', 's'], ['m']),
      layer('rnn', ['m'], ['If/then_branch/out'], { inside: 'If' }),
    ];
    const engine = [
      layer('877_nchwc', ['x'], ['reorder_token_1']),
      layer('Mul_3/QuickGeluFusion/', ['reorder_token_1'], ['reorder_token_2']),
      layer('ReorderOutput_token_9', ['reorder_token_2'], ['m']),
      layer('_if_then_branch_token_8_LSTM', ['m'], ['_if_then_branch_token_8_out']),
    ];
    expect(origins(engine, model)).toEqual({
      '877_nchwc': ['Conv_1'],
      'Mul_3/QuickGeluFusion/': ['Sigmoid_2', 'Mul_3'],
      ReorderOutput_token_9: [],
      _if_then_branch_token_8_LSTM: ['rnn'],
    });
  });
  it('leaves out the branch that is not in the engine', () => {
    const model = [
      layer('dead', ['x'], ['If/else_branch/d'], { inside: 'If' }),
      layer('If', ['If/else_branch/d'], ['y']),
    ];
    expect(origins([layer('If', ['x'], ['y'])], model)).toEqual({ If: ['If'] });
  });
});

describe('times and graph in two files', () => {
  const time = { mean_ms: 2, share: 1 };
  it('joins them by name, and fills sizes that were open', () => {
    const seen = [{ name: 'a:out0', dtype: 'FP32', shape: [2, 3], bytes: 24 }];
    const timed = layer('a', [], [], { time, outputs: seen, device: 'cpu', subtype: 'CPUExecutionProvider' });
    const merged = mergeTimes(
      () => table([layer('a', ['x'], ['t']), layer('b', ['t'], ['y'])]),
      table([timed], { runs: 5 }),
    );
    expect(merged.layers[0]).toMatchObject({ time, device: 'cpu', outputs: [{ name: 't', bytes: 24 }] });
    expect(merged.layers[1].inputs[0]).toMatchObject({ name: 't', shape: [2, 3] });
    expect(merged.runs).toBe(5);
  });
  it('does not count the body of an If twice', () => {
    const at = (mean_ms: number) => ({ time: { mean_ms, share: 0 } });
    const model = table([
      layer('a', ['x'], ['If/then_branch/a'], { inside: 'If' }),
      layer('Inner', ['If/then_branch/a'], ['If/then_branch/i'], { inside: 'If' }),
      layer('b', ['x'], ['Inner/then_branch/b'], { inside: 'Inner' }),
      layer('If', ['If/then_branch/i'], ['y']),
    ]);
    const times = table([
      layer('a', [], [], at(1)),
      layer('b', [], [], at(2)),
      layer('Inner', [], [], at(2.5)),
      layer('If', [], [], at(4)),
    ]);
    const { layers, notes } = mergeTimes(() => model, times);
    expect(layers.map((l) => l.time?.mean_ms)).toEqual([1, 0.5, 2, 0.5]);
    expect(layers.map((l) => l.time?.share)).toEqual([0.25, 0.125, 0.5, 0.125]);
    expect(notes).toHaveLength(1);
  });
  it('keeps a time that no node of the model explains', () => {
    const merged = mergeTimes(() => table([layer('a', ['x'], ['y'])]), table([layer('memcpy', [], [], { time })]));
    expect(merged.layers.map((l) => l.name)).toEqual(['a', 'memcpy']);
    expect(merged.notes).toEqual(['1 timed nodes are not in the model, such as "memcpy"']);
  });
});
