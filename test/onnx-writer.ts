/** A small writer of ONNX files, for tests that need a model of a certain form. Field numbers from onnx.proto. */
import { ProtobufWriter } from '../src/base/protobuf/writer.js';
import { DTYPES, type Dtype } from '../src/formats/tensor/tensor.js';

export type Bytes = number[];
const encoded = (write: (writer: ProtobufWriter) => void): Bytes => {
  const writer = new ProtobufWriter(64);
  write(writer);
  return [...writer.take()];
};
export const int = (field: number, value: number | bigint): Bytes => encoded((w) => w.int64(field, BigInt(value)));
export const bytes = (field: number, content: ArrayLike<number>): Bytes => encoded((w) => w.bytes(field, content));
export const text = (field: number, value: string): Bytes => encoded((w) => w.text(field, value));

export const tensor = (
  name: string,
  dtype: Dtype,
  shape: number[],
  raw?: ArrayBufferView,
  external?: Record<string, string>,
): Bytes => [
  ...shape.flatMap((d) => int(1, d)),
  ...int(2, DTYPES.indexOf(dtype)),
  ...text(8, name),
  ...(raw ? bytes(9, new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength)) : []),
  ...Object.entries(external ?? {}).flatMap(([k, v]) => bytes(13, [...text(1, k), ...text(2, v)])),
  ...(external ? int(14, 1) : []),
];

export const value = (name: string, dtype: Dtype, shape: (number | string)[]): Bytes => [
  ...text(1, name),
  ...bytes(
    2,
    bytes(1, [
      ...int(1, DTYPES.indexOf(dtype)),
      ...bytes(
        2,
        shape.flatMap((d) => bytes(1, typeof d === 'number' ? int(1, d) : text(2, d))),
      ),
    ]),
  ),
];

export const graphAttribute = (name: string, graph: Bytes): Bytes => [
  ...text(1, name),
  ...bytes(6, graph),
  ...int(20, 5),
];
export const intsAttribute = (name: string, list: number[]): Bytes => [
  ...text(1, name),
  ...list.flatMap((v) => int(8, v)),
  ...int(20, 7),
];

export const node = (
  operator: string,
  inputs: string[],
  outputs: string[],
  attributes: Bytes[] = [],
  domain = '',
): Bytes => [
  ...inputs.flatMap((i) => text(1, i)),
  ...outputs.flatMap((o) => text(2, o)),
  ...text(3, `${operator}_${outputs[0]}`),
  ...text(4, operator),
  ...attributes.flatMap((a) => bytes(5, a)),
  ...(domain ? text(7, domain) : []),
];

export interface GraphParts {
  readonly nodes: Bytes[];
  readonly inputs?: Bytes[];
  readonly outputs?: Bytes[];
  readonly initializers?: Bytes[];
}

export const graph = ({ nodes, inputs = [], outputs = [], initializers = [] }: GraphParts): Bytes => [
  ...nodes.flatMap((n) => bytes(1, n)),
  ...text(2, 'g'),
  ...initializers.flatMap((t) => bytes(5, t)),
  ...inputs.flatMap((v) => bytes(11, v)),
  ...outputs.flatMap((v) => bytes(12, v)),
];

export const localFunction = (
  domain: string,
  name: string,
  inputs: string[],
  outputs: string[],
  nodes: Bytes[],
): Bytes => [
  ...text(1, name),
  ...inputs.flatMap((i) => text(4, i)),
  ...outputs.flatMap((o) => text(5, o)),
  ...nodes.flatMap((n) => bytes(7, n)),
  ...bytes(9, [...text(1, ''), ...int(2, 17)]),
  ...text(10, domain),
];

export const model = (parts: GraphParts, functions: Bytes[] = [], opset = 17): Uint8Array =>
  Uint8Array.from([
    ...int(1, 8),
    ...text(2, 'test'),
    ...bytes(7, graph(parts)),
    ...bytes(8, [...text(1, ''), ...int(2, opset)]),
    ...(functions.length > 0 ? bytes(8, [...text(1, 'local'), ...int(2, 1)]) : []),
    ...functions.flatMap((f) => bytes(25, f)),
  ]);

/** y = operator(x) */
export const unary = (operator: string, dtype: Dtype, shape: (number | string)[]): Uint8Array =>
  model({
    nodes: [node(operator, ['x'], ['y'])],
    inputs: [value('x', dtype, shape)],
    outputs: [value('y', dtype, shape)],
  });
