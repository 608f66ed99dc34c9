/** Shape rules of the operators that trained networks are made of. An operator without a rule leaves its outputs unknown. */
import type { Dtype } from '../../formats/tensor/tensor.js';
import { DTYPES } from '../../formats/tensor/tensor.js';
import type { Known, ShapeRule } from '../read/known.js';
import { allKnown, axesOf, axisOf, broadcast, int, ints, product, same, sameShape, slide } from './rule-parts.js';
import { MOVE_RULES } from './shape-rules-move.js';

/** Arithmetic on the small integer tensors that shapes are computed with. */
const ARITHMETIC: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => (Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(a / b) : a / b),
  Max: Math.max,
  Min: Math.min,
  Mod: (a, b) => a - Math.floor(a / b) * b,
};

const elementwise =
  (dtype?: Dtype): ShapeRule =>
  (context) => {
    if (!allKnown(context)) return [];
    const present = context.inputs.filter((k) => k !== undefined);
    const shape = broadcast(...present.map((k) => k.shape));
    if (!shape) return [];
    const [a, b] = present;
    const operate = ARITHMETIC[context.node.operator] as ((a: number, b: number) => number) | undefined;
    const values =
      operate !== undefined && present.length === 2 && a.values && b.values && shape.length <= 1
        ? Array.from({ length: product(shape) }, (_, i) =>
            operate(a.values?.[a.values.length === 1 ? 0 : i] ?? 0, b.values?.[b.values.length === 1 ? 0 : i] ?? 0),
          )
        : undefined;
    return [{ dtype: dtype ?? present[0].dtype, shape, ...(values ? { values } : {}) }];
  };

const unary: ShapeRule = ({ inputs: [x] }) => [sameShape(x)];

const conv: ShapeRule = ({ node, inputs }) => {
  const quantized = node.operator === 'QLinearConv';
  const x = inputs[0];
  const w = inputs[quantized ? 3 : 1];
  if (!x || !w) return [];
  const kernel = w.shape.slice(2);
  return [
    {
      dtype: node.operator === 'ConvInteger' ? 'int32' : x.dtype,
      shape: [x.shape[0], w.shape[0], ...slide(node, x.shape.slice(2), kernel)],
    },
  ];
};

const convTranspose: ShapeRule = ({ node, inputs: [x, w] }) => {
  if (!x || !w) return [];
  const kernel = w.shape.slice(2);
  const strides = ints(node, 'strides') ?? kernel.map(() => 1);
  const dilations = ints(node, 'dilations') ?? kernel.map(() => 1);
  const pads = ints(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const extra = ints(node, 'output_padding') ?? kernel.map(() => 0);
  const auto = node.attributes.get('auto_pad')?.text ?? 'NOTSET';
  const fixed = ints(node, 'output_shape');
  const spatial = x.shape.slice(2).map((size, i) => {
    if (fixed) return fixed[i];
    if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') return size * strides[i];
    return strides[i] * (size - 1) + extra[i] + (kernel[i] - 1) * dilations[i] + 1 - pads[i] - pads[i + kernel.length];
  });
  return [{ dtype: x.dtype, shape: [x.shape[0], w.shape[1] * int(node, 'group', 1), ...spatial] }];
};

const pool: ShapeRule = ({ node, inputs: [x] }) => {
  const kernel = ints(node, 'kernel_shape');
  if (!x || !kernel) return [];
  const shape = [x.shape[0], x.shape[1], ...slide(node, x.shape.slice(2), kernel)];
  return [
    { dtype: x.dtype, shape },
    { dtype: 'int64', shape },
  ];
};

const globalPool: ShapeRule = ({ inputs: [x] }) =>
  x ? [{ dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)] }] : [];

const matMul: ShapeRule = ({ node, inputs }) => {
  const quantized = node.operator === 'QLinearMatMul';
  const a = inputs[0];
  const b = inputs[quantized ? 3 : 1];
  if (!a || !b || a.shape.length === 0 || b.shape.length === 0) return [];
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const batch = broadcast(left.slice(0, -2), right.slice(0, -2));
  if (!batch) return [];
  const rows = a.shape.length === 1 ? [] : [left[left.length - 2]];
  const columns = b.shape.length === 1 ? [] : [right[right.length - 1]];
  return [{ dtype: node.operator === 'MatMulInteger' ? 'int32' : a.dtype, shape: [...batch, ...rows, ...columns] }];
};

const gemm: ShapeRule = ({ node, inputs: [a, b] }) => {
  if (!a || !b) return [];
  const m = a.shape[int(node, 'transA', 0) ? 1 : 0];
  const n = b.shape[int(node, 'transB', 0) ? 0 : 1];
  return [{ dtype: a.dtype, shape: [m, n] }];
};

const reduce: ShapeRule = (context) => {
  const {
    node,
    inputs: [x],
  } = context;
  if (!x) return [];
  if (node.inputs[1] && !context.inputs[1]?.values) return [];
  const given = axesOf(context, 1);
  if (!given?.length && int(node, 'noop_with_empty_axes', 0)) return [x];
  const rank = x.shape.length;
  const axes = new Set((given?.length ? given : x.shape.map((_, i) => i)).map((a) => axisOf(a, rank)));
  const keep = int(node, 'keepdims', 1) === 1;
  const shape = x.shape.flatMap((d, i) => (axes.has(i) ? (keep ? [1] : []) : [d]));
  const values = x.values && node.operator === 'ReduceProd' && axes.size === rank ? [product(x.values)] : undefined;
  return [{ dtype: x.dtype, shape, ...(values ? { values } : {}) }];
};

const arg: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return [];
  const axis = axisOf(int(node, 'axis', 0), x.shape.length);
  const keep = int(node, 'keepdims', 1) === 1;
  return [{ dtype: 'int64', shape: x.shape.flatMap((d, i) => (i === axis ? (keep ? [1] : []) : [d])) }];
};

/** LSTM, GRU and RNN: Y [seq, directions, batch, hidden], Y_h and Y_c [directions, batch, hidden]; layout 1 has the batch first. */
const recurrent: ShapeRule = ({ node, inputs: [x, w, r] }) => {
  if (!x || !w || !r) return [];
  const [first, second] = x.shape;
  const directions = w.shape[0];
  const hidden = int(node, 'hidden_size', r.shape[2]);
  const [sequence, batch] = int(node, 'layout', 0) === 1 ? [second, first] : [first, second];
  const batchFirst = int(node, 'layout', 0) === 1;
  const state: Known = {
    dtype: x.dtype,
    shape: batchFirst ? [batch, directions, hidden] : [directions, batch, hidden],
  };
  const all = batchFirst ? [batch, sequence, directions, hidden] : [sequence, directions, batch, hidden];
  return [{ dtype: x.dtype, shape: all }, state, state];
};

const cast: ShapeRule = ({ node, inputs: [x] }) =>
  x
    ? [{ dtype: DTYPES[int(node, 'to', 1)] ?? 'undefined', shape: x.shape, ...(x.values ? { values: x.values } : {}) }]
    : [];

/** Running mean and variance behind the result. */
const batchNormalization: ShapeRule = ({ inputs: [x, s] }) => [sameShape(x), s && sameShape(s), s && sameShape(s)];

/** Mean and deviation of what is normalised: the axes from `axis` on become one. */
const layerNormalization: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return [];
  const axis = axisOf(int(node, 'axis', -1), x.shape.length);
  const statistic: Known = { dtype: 'float32', shape: x.shape.map((d, i) => (i < axis ? d : 1)) };
  return [sameShape(x), statistic, statistic];
};

/** Type of the zero point, or of the attribute, else bytes. */
const quantize: ShapeRule = ({ node, inputs: [x, , zero] }) =>
  x ? [{ dtype: zero?.dtype ?? DTYPES[int(node, 'output_dtype', 0) || 2] ?? 'uint8', shape: x.shape }] : [];

/** Type of the scale. */
const dequantize: ShapeRule = ({ inputs: [x, scale] }) => (x && scale ? [{ dtype: scale.dtype, shape: x.shape }] : []);

const test: ShapeRule = ({ inputs: [x] }) => (x ? [{ dtype: 'bool', shape: x.shape }] : []);

/** A byte, a scale and a zero point out of one tensor. */
const dynamicQuantize: ShapeRule = ({ inputs: [x] }) =>
  x
    ? [
        { dtype: 'uint8', shape: x.shape },
        { dtype: 'float32', shape: [] },
        { dtype: 'uint8', shape: [] },
      ]
    : [];

const table = (names: string, rule: ShapeRule): Record<string, ShapeRule> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((n) => [n, rule]),
  );

/** ONNX Runtime's change to blocked channels and back; the size stays, but for channels that were padded. */
const reorder: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x || int(node, 'channels_last', 0) !== 0) return [];
  const channels = int(node, 'channels', x.shape[1]);
  return [{ dtype: x.dtype, shape: x.shape.map((d, i) => (i === 1 ? channels : d)) }];
};

/** Types and shapes of results, by operator. */
export const SHAPE_RULES: Readonly<Record<string, ShapeRule>> = {
  ...table(
    `Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Clip Cos Cosh CumSum Dropout Elu Erf Exp Floor Gelu HardSigmoid
     HardSwish Hardmax LeakyRelu Log LogSoftmax LpNormalization Mish Neg Not Reciprocal Relu Round Selu
     Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Tan Tanh ThresholdedRelu LRN MeanVarianceNormalization
     GroupNormalization InstanceNormalization RMSNormalization ScatterElements ScatterND Trilu
     FastGelu QuickGelu BiasGelu`,
    unary,
  ),
  ...table('Identity', same),
  ...table('Add Sub Mul Div Max Min Mod Pow Mean Sum PRelu BitShift', elementwise()),
  ...table('And Or Xor Equal Greater Less GreaterOrEqual LessOrEqual', elementwise('bool')),

  ...table('ReorderInput ReorderOutput', reorder),
  ...table('Conv ConvInteger QLinearConv FusedConv', conv),
  ConvTranspose: convTranspose,
  ...table('MaxPool AveragePool LpPool', pool),
  ...table('GlobalAveragePool GlobalMaxPool GlobalLpPool', globalPool),
  ...table('MatMul MatMulInteger QLinearMatMul', matMul),
  ...table('Gemm FusedGemm', gemm),
  ...table(
    'ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare',
    reduce,
  ),
  ...table('ArgMax ArgMin', arg),
  ...table('LSTM GRU RNN', recurrent),
  BatchNormalization: batchNormalization,
  ...table('LayerNormalization SkipLayerNormalization', layerNormalization),
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
  ...table('IsInf IsNaN', test),
  Cast: cast,
  ...MOVE_RULES,
};
