/** Multiply-accumulates of one run of a node, by the usual counts; operators that multiply nothing cost none. */

import { own } from '../../base/search.js';
import type { Node } from '../read/graph.js';
import type { Known } from '../read/known.js';
import { int, product, text } from './rule-parts.js';

type CostRule = (
  node: Node,
  inputs: readonly (Known | undefined)[],
  outputs: readonly (Known | undefined)[],
) => number | undefined;

/** Every output element sums over the channels of its group and the kernel. */
const conv: CostRule = (node, inputs, [y]) => {
  const w = inputs[node.operator === 'QLinearConv' ? 3 : 1];
  return y && w ? product(y.shape) * product(w.shape.slice(1)) : undefined;
};

/** Every input element is spread over the output channels of its group and the kernel. */
const convTranspose: CostRule = (_, [x, w]) => (x && w ? product(x.shape) * product(w.shape.slice(1)) : undefined);

const last = ({ shape }: Known): number | undefined => shape[shape.length - 1];

/** Inner size of a product: the last axis of its left side, whichever outputs are known. */
const matMul: CostRule = (node, [a, b], [y]) => {
  const left = int(node, 'transA', 0) ? a?.shape[a.shape.length - 2] : a && last(a);
  const right = int(node, 'transB', 0) ? b && last(b) : b?.shape[b.shape.length - 2];
  const inner = left ?? right;
  return y && inner !== undefined ? product(y.shape) * inner : undefined;
};

const gemm: CostRule = (node, [a], [y]) =>
  a && y ? product(y.shape) * a.shape[int(node, 'transA', 0) ? 0 : 1] : undefined;

/** Weights of few bits, [N, K] by their attributes. */
const blockedMatMul: CostRule = (node, [a], [y]) => {
  const inner = int(node, 'K', a ? (last(a) ?? 0) : 0);
  if (inner === 0) return undefined;
  if (y) return product(y.shape) * inner;
  return a ? (product(a.shape) / inner) * inner * int(node, 'N', 0) || undefined : undefined;
};

/** `gates` products of the input and of the hidden state per step. */
const recurrent =
  (gates: number): CostRule =>
  (node, [x, w, r]) => {
    if (!x || !w) return undefined;
    const [first, second, size] = x.shape;
    const hidden = int(node, 'hidden_size', r?.shape[2] ?? 0);
    return hidden > 0 ? first * second * w.shape[0] * gates * hidden * (size + hidden) : undefined;
  };

/** Every combination of the labels multiplies once for each operand beyond the first. */
const einsum: CostRule = (node, inputs) => {
  const equation = (text(node, 'equation') ?? '').replaceAll(/\s/g, '');
  const terms = equation.split('->')[0]?.split(',') ?? [];
  if (terms.length < 2) return terms.length === 1 ? 0 : undefined;
  const sizes = new Map<string, number>();
  for (const [i, term] of terms.entries()) {
    const shape = inputs[i]?.shape;
    if (!shape || term.includes('.') || term.length !== shape.length) return undefined;
    for (const [axis, label] of [...term].entries())
      sizes.set(label, Math.max(sizes.get(label) ?? 1, shape[axis] ?? 1));
  }
  return product([...sizes.values()]) * (terms.length - 1);
};

/** ai.onnx Attention: Q K^T and its product with V; heads may share keys. */
const attention: CostRule = (_, [q, k, v], [y]) => {
  if (!q || !k || !v || !y) return undefined;
  const [batch, queries, keys] = [q.shape[0], q.shape[q.shape.length - 2], k.shape[k.shape.length - 2]];
  const heads = (known: Known): number =>
    known.shape.length === 4 ? known.shape[1] * (last(known) ?? 0) : (last(known) ?? 0);
  return batch * queries * keys * (heads(q) + heads(y));
};

/** com.microsoft Attention: the projection to Q, K and V, and then as above. */
const projectedAttention: CostRule = (_, [x, w]) => {
  if (!x || !w || x.shape.length !== 3) return undefined;
  const [batch, length, size] = x.shape;
  const width = last(w) ?? 0;
  return batch * length * size * width + 2 * batch * length * length * (width / 3);
};

const RULES: Readonly<Record<string, CostRule>> = {
  Conv: conv,
  ConvInteger: conv,
  QLinearConv: conv,
  FusedConv: conv,
  NhwcFusedConv: conv,
  ConvTranspose: convTranspose,
  MatMul: matMul,
  MatMulInteger: matMul,
  QLinearMatMul: matMul,
  FusedMatMul: matMul,
  DynamicQuantizeMatMul: matMul,
  MatMulIntegerToFloat: matMul,
  MatMulNBits: blockedMatMul,
  MatMulBnb4: blockedMatMul,
  Gemm: gemm,
  FusedGemm: gemm,
  QGemm: gemm,
  LSTM: recurrent(4),
  GRU: recurrent(3),
  RNN: recurrent(1),
  DynamicQuantizeLSTM: recurrent(4),
  Einsum: einsum,
  DeformConv: conv,
  Attention: attention,
};

const DOMAIN_RULES: Readonly<Record<string, CostRule>> = {
  'com.microsoft.Attention': projectedAttention,
  'com.microsoft.QAttention': projectedAttention,
};

/** Operators of ONNX itself that multiply, and whose count has no rule here. */
const UNCOUNTED = ['DFT', 'STFT', 'Det', 'Inverse', 'CausalConvWithState', 'LinearAttention'];
/** Domains whose operators multiply nothing where no rule says so. */
const FREE_DOMAINS = ['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft.nchwc', 'com.ms.internal.nhwc'];
/** Operators of other domains that are known to multiply nothing, or next to nothing. */
const FREE =
  /^(Q(Linear(Add|Mul|Sigmoid|LeakyRelu|Softmax|Concat|AveragePool|GlobalAveragePool|ReduceMean|Where))|QuantizeLinear|DequantizeLinear|.*Gelu|QuickGelu|.*LayerNormalization|.*GroupNorm|.*Softmax|.*Dropout|NhwcMaxPool|Reorder(In|Out)put|ExpandDims|Trilu|Unique|Tokenizer|Range|Pad|RotaryEmbedding|SkipGroupNorm|BiasAdd|BiasSplitGelu|NGramRepeatBlock|RemovePadding|RestorePadding|GatherND|CropAndResize|SampleOp|WordConvEmbedding|EmbedLayerNormalization)$/;

/** MACs, 0 for operators without multiplications, undefined where a shape is missing or the operator is not known. */
export function macsOf(
  node: Node,
  inputs: readonly (Known | undefined)[],
  outputs: readonly (Known | undefined)[],
): number | undefined {
  const rule = own(DOMAIN_RULES, `${node.domain}.${node.operator}`) ?? own(RULES, node.operator);
  if (rule) {
    const macs = rule(node, inputs, outputs);
    return macs !== undefined && Number.isFinite(macs) ? macs : undefined;
  }
  if (FREE_DOMAINS.includes(node.domain)) return UNCOUNTED.includes(node.operator) ? undefined : 0;
  return FREE.test(node.operator) ? 0 : undefined;
}
