/** Multiply-accumulates of one run of a node, by the usual counts; operators that multiply nothing cost none. */

import { own } from '../../base/search.js';
import type { Node } from '../read/graph.js';
import type { Known } from '../read/known.js';
import { int, product } from './rule-parts.js';

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

const matMul: CostRule = (_, [a], [y]) => (a && y ? product(y.shape) * a.shape[a.shape.length - 1] : undefined);

const gemm: CostRule = (node, [a], [y]) =>
  a && y ? product(y.shape) * a.shape[int(node, 'transA', 0) ? 0 : 1] : undefined;

/** `gates` products of the input and of the hidden state per step. */
const recurrent =
  (gates: number): CostRule =>
  (node, [x, w, r]) => {
    if (!x || !w || !r) return undefined;
    const [first, second, size] = x.shape;
    const hidden = int(node, 'hidden_size', r.shape[2]);
    return first * second * w.shape[0] * gates * hidden * (size + hidden);
  };

const RULES: Readonly<Record<string, CostRule>> = {
  Conv: conv,
  ConvInteger: conv,
  QLinearConv: conv,
  FusedConv: conv,
  ConvTranspose: convTranspose,
  MatMul: matMul,
  MatMulInteger: matMul,
  QLinearMatMul: matMul,
  Gemm: gemm,
  FusedGemm: gemm,
  LSTM: recurrent(4),
  GRU: recurrent(3),
  RNN: recurrent(1),
};

/** MACs, 0 for operators without multiplications, undefined where a shape is missing. */
export function macsOf(
  node: Node,
  inputs: readonly (Known | undefined)[],
  outputs: readonly (Known | undefined)[],
): number | undefined {
  const rule = own(RULES, node.operator);
  return rule ? rule(node, inputs, outputs) : 0;
}
