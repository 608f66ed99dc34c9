import { describe, expect, it } from 'vitest';
import { type GraphParts, graph, graphAttribute, model, node, tensor, value } from '../../test/onnx-writer.js';
import { modelTable } from './layer-table.js';
import { readModel } from './read/read.js';

const table = (parts: GraphParts, shapes = {}) => {
  const bytes = model(parts);
  const source = { name: 'm', size: bytes.length, read: (at: number, n: number) => bytes.subarray(at, at + n) };
  return modelTable(readModel(source), 'm', shapes);
};
const f32 = (name: string, shape: (number | string)[]) => value(name, 'float32', shape);

describe('an ONNX model as layers', () => {
  it('has sizes, weights and work, and folds constants into the nodes that read them', () => {
    const { layers, inputs, constants } = table({
      nodes: [node('Conv', ['x', 'w'], ['c']), node('Relu', ['c'], ['y'])],
      inputs: [f32('x', [1, 4, 8, 8])],
      outputs: [f32('y', [1, 2, 8, 8])],
      initializers: [tensor('w', 'float32', [2, 4, 1, 1], new Float32Array(8))],
    });
    expect(layers[0]).toMatchObject({
      name: 'Conv_c',
      type: 'Conv',
      weights: { dtype: 'FP32', count: 8, bytes: 32 },
      macs: 2 * 8 * 8 * 4,
    });
    expect(layers[0].inputs).toEqual([{ name: 'x', dtype: 'FP32', shape: [1, 4, 8, 8], bytes: 1024 }]);
    expect(layers[1].outputs[0]).toMatchObject({ name: 'y', bytes: 512 });
    expect(inputs.map((t) => t.name)).toEqual(['x']);
    expect(constants).toEqual([]);
  });

  it('takes sizes that the model leaves open', () => {
    const parts = { nodes: [node('Relu', ['x'], ['y'])], inputs: [f32('x', ['n', 3])], outputs: [f32('y', ['n', 3])] };
    expect(table(parts).inputs[0]).toEqual({ name: 'x', dtype: 'FP32', shape: [-1, 3] });
    expect(table(parts, { x: [2, 3] }).layers[0].outputs[0].bytes).toBe(24);
  });

  it('lays the branches of an If open, with their ends at the If', () => {
    const branch = (operator: string) => graph({ nodes: [node(operator, ['x'], ['r'])], outputs: [f32('r', [4])] });
    const { layers } = table({
      nodes: [
        node(
          'If',
          ['c'],
          ['y'],
          [graphAttribute('then_branch', branch('Relu')), graphAttribute('else_branch', branch('Exp'))],
        ),
      ],
      inputs: [value('c', 'bool', []), f32('x', [4])],
      outputs: [f32('y', [4])],
    });
    expect(layers.map((l) => [l.name, l.inside])).toEqual([
      ['Relu_r', 'If_y'],
      ['Exp_r', 'If_y'],
      ['If_y', undefined],
    ]);
    // Both branches call their result r.
    expect(layers.map((l) => l.outputs[0].name)).toEqual(['If_y/then_branch/r', 'If_y/else_branch/r', 'y']);
    expect(layers[2].inputs.map((t) => t.name)).toEqual(['c', 'If_y/then_branch/r', 'If_y/else_branch/r']);
    expect(layers[0].inputs[0].name).toBe('x');
  });

  it('joins what a Loop carries to where it begins', () => {
    const body = graph({
      nodes: [node('Add', ['acc', 'acc'], ['next']), node('Identity', ['go'], ['again'])],
      inputs: [value('i', 'int64', []), value('go', 'bool', []), f32('acc', [4])],
      outputs: [value('again', 'bool', []), f32('next', [4])],
    });
    const { layers } = table({
      nodes: [node('Relu', ['x'], ['start']), node('Loop', ['n', 'c', 'start'], ['y'], [graphAttribute('body', body)])],
      inputs: [f32('x', [4]), value('n', 'int64', []), value('c', 'bool', [])],
      outputs: [f32('y', [4])],
    });
    const add = layers.find((l) => l.type === 'Add');
    expect(add?.inputs.map((t) => t.name)).toEqual(['start', 'start']);
    expect(layers.at(-1)?.inputs.map((t) => t.name)).toContain('Loop_y/body/next');
  });

  it('tells nodes of one name apart', () => {
    const body = graph({ nodes: [node('Relu', ['x'], ['r'])], outputs: [f32('r', [4])] });
    const { layers } = table({
      nodes: [node('If', ['c'], ['y'], [graphAttribute('then_branch', body), graphAttribute('else_branch', body)])],
      inputs: [value('c', 'bool', []), f32('x', [4])],
      outputs: [f32('y', [4])],
    });
    expect(layers.map((l) => l.name)).toEqual(['Relu_r', 'Relu_r_2', 'If_y']);
  });
});
