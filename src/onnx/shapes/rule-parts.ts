/** Pieces that shape rules are made of. */
import type { Node } from '../read/graph.js';
import type { Known, RuleContext, ShapeRule } from '../read/known.js';

/** A list attribute of a node. */
export const ints = (node: Node, name: string): readonly number[] | undefined => node.attributes.get(name)?.ints;
/** A number attribute of a node, or its default. */
export const int = (node: Node, name: string, otherwise: number): number => node.attributes.get(name)?.int ?? otherwise;
/** A text attribute of a node, or its default. */
export const text = (node: Node, name: string): string | undefined => node.attributes.get(name)?.text;

/** Of dimensions; undefined where one is open. */
export const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
/** An axis counted from the front. */
export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** NumPy broadcasting; undefined where the shapes do not fit. */
export function broadcast(...shapes: readonly (readonly number[])[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      if (shape[i] === 1) continue;
      if (out[at] !== 1 && out[at] !== shape[i]) return undefined;
      out[at] = shape[i];
    }
  }
  return out;
}

/** All inputs that are present must be known. */
export const allKnown = ({ node, inputs }: RuleContext): boolean =>
  inputs.every((known, i) => known !== undefined || node.inputs[i] === '');

/** The result has the type and shape of an input. */
export const same: ShapeRule = ({ inputs: [x] }) => [x];
/** The result has the shape of an input, and another type. */
export const sameShape = (x: Known | undefined): Known | undefined => x && { dtype: x.dtype, shape: x.shape };

/** Axes from an attribute (old opsets) or an input (new ones). */
export const axesOf = ({ node, inputs }: RuleContext, place: number): readonly number[] | undefined =>
  ints(node, 'axes') ?? (node.inputs[place] ? inputs[place]?.values : undefined);

/** Output size of one axis of a sliding window. @param pads before and behind */
export function windowSize(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  pads: readonly [before: number, behind: number],
  ceil: boolean,
): number {
  const [before, behind] = pads;
  const span = size + before + behind - dilation * (kernel - 1) - 1;
  if (!ceil) return Math.floor(span / stride) + 1;
  const windows = Math.ceil(span / stride) + 1;
  // A window that began in the padding behind would see nothing.
  return (windows - 1) * stride >= size + before ? windows - 1 : windows;
}

/** Spatial output sizes of Conv and pooling. */
export function slide(node: Node, spatial: readonly number[], kernel: readonly number[]): number[] {
  const strides = ints(node, 'strides') ?? kernel.map(() => 1);
  const dilations = ints(node, 'dilations') ?? kernel.map(() => 1);
  const pads = ints(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const auto = text(node, 'auto_pad') ?? 'NOTSET';
  const ceil = int(node, 'ceil_mode', 0) === 1;
  return spatial.map((size, i) => {
    if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') return Math.ceil(size / strides[i]);
    const padding: [number, number] = auto === 'VALID' ? [0, 0] : [pads[i], pads[i + kernel.length]];
    return windowSize(size, kernel[i], strides[i], dilations[i], padding, ceil);
  });
}
