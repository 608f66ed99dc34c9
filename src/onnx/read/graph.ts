/** The skeleton of an ONNX model: everything but the weights, which stay where they are. */
import type { Dimension, Dtype } from '../../formats/tensor/tensor.js';

export interface Value {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape?: readonly Dimension[];
}

export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Bytes of its data, wherever they lie. */
  readonly bytes: number;
  /** Data that lies in another file. */
  readonly external?: { readonly location: string; readonly offset: number; readonly length?: number };
  /** The values of a small integer or bool tensor, for shapes that are computed from them. */
  readonly values?: readonly number[];
}

export interface Attribute {
  readonly name: string;
  readonly float?: number;
  readonly int?: number;
  readonly text?: string;
  readonly ints?: readonly number[];
  readonly tensor?: TensorInfo;
  readonly graphs?: readonly Graph[];
}

export interface Node {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly TensorInfo[];
  /** With the initializers that are listed as inputs too. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly values: readonly Value[];
}

export interface LocalFunction {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
}

export interface Model {
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: Graph;
  readonly functions: readonly LocalFunction[];
}

/** The default domain has two spellings. */
export const domainName = (domain: string): string => (domain === '' ? 'ai.onnx' : domain);

/** `Conv`, or `com.microsoft.FusedConv` outside the default domain. */
export const operatorName = (node: Node): string =>
  node.domain === '' || node.domain === 'ai.onnx' ? node.operator : `${node.domain}.${node.operator}`;

/** Inputs that a caller must feed. */
export const feedsOf = (graph: Graph): Value[] => {
  const given = new Set(graph.initializers.map((t) => t.name));
  return graph.inputs.filter((v) => !given.has(v.name));
};
