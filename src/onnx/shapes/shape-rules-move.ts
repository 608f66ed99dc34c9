/** Shape rules of the operators that move data about: reshape, slice, gather, concatenate, resize. */

import { type Known, knownTensor, type ShapeRule } from '../read/known.js';
import { axesOf, axisOf, broadcast, int, ints, product } from './rule-parts.js';

const valuesOf = (known: Known | undefined): readonly number[] | undefined => known?.values;
const withValues = (dtype: Known['dtype'], shape: readonly number[], values: readonly number[] | undefined): Known => ({
  dtype,
  shape,
  ...(values && values.length === product(shape) ? { values } : {}),
});

const constant: ShapeRule = ({ node }) => {
  const tensor = node.attributes.get('value')?.tensor;
  if (tensor) return [knownTensor(tensor)];
  const number = node.attributes.get('value_int')?.int;
  if (number !== undefined) return [{ dtype: 'int64', shape: [], values: [number] }];
  const list = ints(node, 'value_ints');
  if (list) return [{ dtype: 'int64', shape: [list.length], values: list }];
  return node.attributes.has('value_float') ? [{ dtype: 'float32', shape: [] }] : [];
};

const shapeOf: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return [];
  const rank = x.shape.length;
  const part = x.shape.slice(axisOf(int(node, 'start', 0), rank), axisOf(int(node, 'end', rank), rank));
  return [{ dtype: 'int64', shape: [part.length], values: part }];
};

const reshape: ShapeRule = ({ node, inputs: [x, to] }) => {
  const wanted = valuesOf(to) ?? ints(node, 'shape');
  if (!x || !wanted) return [];
  const copied = wanted.map((d, i) => (d === 0 && int(node, 'allowzero', 0) === 0 ? x.shape[i] : d));
  const rest = product(copied.filter((d) => d !== -1));
  const shape = copied.map((d) => (d === -1 ? product(x.shape) / rest : d));
  return shape.every(Number.isInteger) ? [withValues(x.dtype, shape, x.values)] : [];
};

const flatten: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return [];
  const axis = axisOf(int(node, 'axis', 1), x.shape.length);
  return [{ dtype: x.dtype, shape: [product(x.shape.slice(0, axis)), product(x.shape.slice(axis))] }];
};

const transpose: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return [];
  const order = ints(node, 'perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i);
  return [{ dtype: x.dtype, shape: order.map((i) => x.shape[i]) }];
};

const concat: ShapeRule = ({ node, inputs }) => {
  const known = inputs.filter((k) => k !== undefined);
  if (known.length !== inputs.length || known.length === 0) return [];
  const [first] = known;
  const axis = axisOf(int(node, 'axis', 0), first.shape.length);
  const shape = first.shape.map((d, i) => (i === axis ? known.reduce((sum, k) => sum + k.shape[axis], 0) : d));
  const values =
    shape.length === 1 && known.every((k) => k.values) ? known.flatMap((k) => [...(k.values ?? [])]) : undefined;
  return [withValues(first.dtype, shape, values)];
};

const squeeze: ShapeRule = (context) => {
  const {
    node,
    inputs: [x],
  } = context;
  if (!x || (node.inputs[1] && !context.inputs[1]?.values)) return [];
  const axes = axesOf(context, 1)?.map((a) => axisOf(a, x.shape.length));
  const shape = x.shape.filter((d, i) => (axes ? !axes.includes(i) : d !== 1));
  return [withValues(x.dtype, shape, x.values)];
};

const unsqueeze: ShapeRule = (context) => {
  const {
    inputs: [x],
  } = context;
  const given = axesOf(context, 1);
  if (!x || !given) return [];
  const rank = x.shape.length + given.length;
  const axes = new Set(given.map((a) => axisOf(a, rank)));
  let at = 0;
  const shape = Array.from({ length: rank }, (_, i) => (axes.has(i) ? 1 : x.shape[at++]));
  return [withValues(x.dtype, shape, x.values)];
};

const gather: ShapeRule = ({ node, inputs: [x, indices] }) => {
  if (!x || !indices) return [];
  const axis = axisOf(int(node, 'axis', 0), x.shape.length);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const values =
    x.values && indices.values && x.shape.length === 1
      ? indices.values.map((i) => x.values?.[axisOf(i, x.shape[0])] ?? 0)
      : undefined;
  return [withValues(x.dtype, shape, values)];
};

const slice: ShapeRule = ({ node, inputs: [x, from, to, along, by] }) => {
  const old = ints(node, 'starts');
  const starts = old ?? valuesOf(from);
  const ends = old ? ints(node, 'ends') : valuesOf(to);
  if (!x || !starts || !ends || (node.inputs[3] && !along?.values) || (node.inputs[4] && !by?.values)) return [];
  const axes = (old ? ints(node, 'axes') : along?.values) ?? starts.map((_, i) => i);
  const shape = [...x.shape];
  let values = x.values;
  axes.forEach((a, i) => {
    const axis = axisOf(a, shape.length);
    const size = x.shape[axis];
    const step = by?.values?.[i] ?? 1;
    const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v < 0 ? v + size : v, low), high);
    const begin = step > 0 ? clamp(starts[i], 0, size) : clamp(starts[i], 0, size - 1);
    const end = step > 0 ? clamp(ends[i], 0, size) : ends[i] < -size ? -1 : clamp(ends[i], -1, size - 1);
    shape[axis] = Math.max(0, Math.ceil((end - begin) / step));
    values =
      values && x.shape.length === 1
        ? Array.from({ length: shape[axis] }, (_, k) => values?.[begin + k * step] ?? 0)
        : undefined;
  });
  return [withValues(x.dtype, shape, values)];
};

const split: ShapeRule = ({ node, inputs: [x, sizes] }) => {
  if (!x || (node.inputs[1] && !sizes?.values)) return [];
  const axis = axisOf(int(node, 'axis', 0), x.shape.length);
  const count = node.outputs.length;
  const given = ints(node, 'split') ?? sizes?.values;
  const part = Math.ceil(x.shape[axis] / count);
  return node.outputs.map((_, i) => ({
    dtype: x.dtype,
    shape: x.shape.map((d, a) => (a === axis ? (given?.[i] ?? Math.min(part, d - i * part)) : d)),
  }));
};

const expand: ShapeRule = ({ inputs: [x, to] }) => {
  const shape = x && to?.values ? broadcast(x.shape, to.values) : undefined;
  return x && shape ? [{ dtype: x.dtype, shape }] : [];
};

const tile: ShapeRule = ({ inputs: [x, by] }) =>
  x && by?.values ? [{ dtype: x.dtype, shape: x.shape.map((d, i) => d * (by.values?.[i] ?? 1)) }] : [];

const pad: ShapeRule = ({ node, inputs: [x, amounts, , along] }) => {
  const pads = ints(node, 'pads') ?? valuesOf(amounts);
  if (!x || !pads || (node.inputs[3] && !along?.values)) return [];
  const axes = along?.values ?? x.shape.map((_, i) => i);
  const shape = [...x.shape];
  axes.forEach((a, i) => {
    shape[axisOf(a, shape.length)] += pads[i] + pads[i + axes.length];
  });
  return [{ dtype: x.dtype, shape }];
};

const resize: ShapeRule = ({ node, inputs }) => {
  const [x] = inputs;
  if (!x) return [];
  const upsample = node.operator === 'Upsample';
  const sizes = upsample ? undefined : inputs[3]?.values;
  if (sizes?.length === x.shape.length) return [{ dtype: x.dtype, shape: sizes }];
  const scales = upsample || node.inputs.length === 2 ? inputs[1]?.values : inputs[2]?.values;
  return scales?.length === x.shape.length
    ? [{ dtype: x.dtype, shape: x.shape.map((d, i) => Math.floor(d * scales[i])) }]
    : [];
};

const constantOfShape: ShapeRule = ({ node, inputs: [shape] }) => {
  if (!shape?.values) return [];
  const tensor = node.attributes.get('value')?.tensor;
  const fill = tensor?.values?.[0] ?? (tensor ? undefined : 0);
  const count = product(shape.values);
  return [
    withValues(
      tensor?.dtype ?? 'float32',
      shape.values,
      fill !== undefined && count <= 64 ? new Array<number>(count).fill(fill) : undefined,
    ),
  ];
};

const range: ShapeRule = ({ inputs: [start, limit, delta] }) => {
  const [a, b, d] = [start, limit, delta].map((k) => k?.values?.[0]);
  if (a === undefined || b === undefined || !d || !start) return [];
  const count = Math.max(0, Math.ceil((b - a) / d));
  return [
    withValues(start.dtype, [count], count <= 4096 ? Array.from({ length: count }, (_, i) => a + i * d) : undefined),
  ];
};

const where: ShapeRule = ({ inputs: [condition, a, b] }) => {
  const shape = condition && a && b ? broadcast(condition.shape, a.shape, b.shape) : undefined;
  if (!shape || !a || !b || !condition) return [];
  const pick = (k: Known, i: number) => k.values?.[k.values.length === 1 ? 0 : i] ?? 0;
  const values =
    condition.values && a.values && b.values && shape.length <= 1
      ? Array.from({ length: product(shape) }, (_, i) => (pick(condition, i) ? pick(a, i) : pick(b, i)))
      : undefined;
  return [withValues(a.dtype, shape, values)];
};

const blocks =
  (toSpace: boolean): ShapeRule =>
  ({ node, inputs: [x] }) => {
    if (!x) return [];
    const b = int(node, 'blocksize', 1);
    const [n, c, h, w] = x.shape;
    return [{ dtype: x.dtype, shape: toSpace ? [n, c / (b * b), h * b, w * b] : [n, c * b * b, h / b, w / b] }];
  };

const topK: ShapeRule = ({ node, inputs: [x, k] }) => {
  const count = k?.values?.[0] ?? node.attributes.get('k')?.int;
  if (!x || count === undefined) return [];
  const axis = axisOf(int(node, 'axis', -1), x.shape.length);
  const shape = x.shape.map((d, i) => (i === axis ? count : d));
  return [
    { dtype: x.dtype, shape },
    { dtype: 'int64', shape },
  ];
};

const dynamicQuantize: ShapeRule = ({ inputs: [x] }) =>
  x
    ? [
        { dtype: 'uint8', shape: x.shape },
        { dtype: 'float32', shape: [] },
        { dtype: 'uint8', shape: [] },
      ]
    : [];

/** Rules of operators that move elements about. */
export const MOVE_RULES: Readonly<Record<string, ShapeRule>> = {
  Constant: constant,
  Shape: shapeOf,
  Size: ({ inputs: [x] }) => (x ? [{ dtype: 'int64', shape: [], values: [product(x.shape)] }] : []),
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Concat: concat,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Gather: gather,
  GatherElements: ({ inputs: [x, i] }) => (x && i ? [{ dtype: x.dtype, shape: i.shape }] : []),
  Slice: slice,
  Split: split,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  Resize: resize,
  Upsample: resize,
  ConstantOfShape: constantOfShape,
  Range: range,
  Where: where,
  DepthToSpace: blocks(true),
  SpaceToDepth: blocks(false),
  TopK: topK,
  DynamicQuantizeLinear: dynamicQuantize,
};
