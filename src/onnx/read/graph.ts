/** The skeleton of an ONNX model: everything but the weights, which stay where they are. */
import type { Dimension, Dtype } from '../../formats/tensor/tensor.js';

/** Where something lies in the file: [start, end) with the key of its field, [from, end) its message alone. */
export interface Span {
  readonly start: number;
  readonly from: number;
  readonly end: number;
}

/** Everything of a message that the skeleton does not hold can be read again from here. */
interface Located {
  readonly span: Span;
}

/** An input, an output, or a tensor between nodes. */
export interface Value extends Located {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape?: readonly Dimension[];
}

/** A tensor that the file holds, or refers to. */
export interface TensorInfo extends Located {
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

/** An attribute of a node, as far as shapes and costs need it. */
export interface Attribute extends Located {
  readonly name: string;
  readonly float?: number;
  readonly int?: number;
  readonly text?: string;
  readonly ints?: readonly number[];
  readonly tensor?: TensorInfo;
  readonly graphs?: readonly Graph[];
}

/** One operator at work. */
export interface Node extends Located {
  /** As the file has it: it may be empty. */
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** The main graph, or the body of an If, Loop or Scan. */
export interface Graph extends Located {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly TensorInfo[];
  /** With the initializers that are listed as inputs too. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly values: readonly Value[];
}

/** A function of the model's own. */
export interface LocalFunction extends Located {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
}

/** A model without its weights. */
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

/** A name to show for a node: its own, else that of what it writes, else its operator. */
export const nodeLabel = ({ name, outputs, operator }: Pick<Node, 'name' | 'outputs' | 'operator'>): string =>
  name || outputs[0] || operator;
