/** Formats of tensors and names of layers, as the releases of TensorRT write them. */
import { describe, expect, it } from 'vitest';
import { explore, info, tensor } from '../../../test/layer-files.js';
import { metadataNodes, nodesOfName, readableName } from './layer-names.js';
import { parseFormat } from './tensor-format.js';

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
