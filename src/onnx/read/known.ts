/** What is known of a value, and the form of a rule that derives it. */
import type { Dtype } from '../../formats/tensor/tensor.js';
import type { Node, TensorInfo } from './graph.js';

/** A value whose shape is known; with its numbers where it is a small constant that shapes are computed from. */
export interface Known {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly values?: readonly number[];
}

/** What a shape rule sees of a node. */
export interface RuleContext {
  readonly node: Node;
  readonly inputs: readonly (Known | undefined)[];
  readonly opset: number;
}

/** Shapes of the outputs of a node; an undefined entry is unknown. */
export type ShapeRule = (context: RuleContext) => readonly (Known | undefined)[];

/** A tensor whose values are in the file. */
export const knownTensor = (tensor: TensorInfo): Known => ({
  dtype: tensor.dtype,
  shape: tensor.shape,
  ...(tensor.values ? { values: tensor.values } : {}),
});
