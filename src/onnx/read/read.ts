/**
 * ONNX file -> skeleton. Walks the file once and seeks over every tensor payload above 1 KB, so that time and memory do
 * not depend on the weights. Field numbers from onnx.proto (ONNX 1.x, IR 3 to 13).
 */
import { fail } from '../../base/problem.js';
import { BYTES, type ByteSource, VARINT, Wire } from '../../base/protobuf/wire.js';
import { type Dimension, DTYPES, type Dtype, ELEMENT_BYTES, elementCount } from '../../formats/tensor/tensor.js';
import type { Attribute, Graph, LocalFunction, Model, Node, TensorInfo, Value } from './graph.js';

const MAX_DEPTH = 32;
const MAX_NODES = 2_000_000;
const MAX_RANK = 64;
const MAX_INTS = 1_000_000;
const SMALL_TENSOR = 1024;

/** @throws ProblemError `model` for anything that is not a whole ONNX model */
export function readModel(source: ByteSource): Model {
  return new Reader(source).model(source.size);
}

const dtypeOf = (number: number): Dtype => DTYPES[number] ?? 'undefined';

class Reader {
  readonly #wire: Wire;
  #nodes = 0;

  constructor(source: ByteSource) {
    this.#wire = new Wire(source);
  }

  model(end: number): Model {
    const wire = this.#wire;
    let irVersion = 0;
    let producer = '';
    let version = '';
    let graph: Graph | undefined;
    const opsets = new Map<string, number>();
    const functions: LocalFunction[] = [];
    while (wire.next(end)) {
      if (wire.field === 1) irVersion = wire.number();
      else if (wire.field === 2) producer = wire.string();
      else if (wire.field === 3) version = wire.string();
      else if (wire.field === 7) graph = this.#message(() => this.#graph(wire.payloadEnd, 0));
      else if (wire.field === 8) this.#message(() => this.#opset(wire.payloadEnd, opsets));
      else if (wire.field === 25) functions.push(this.#message(() => this.#function(wire.payloadEnd)));
      else wire.skip();
    }
    if (!graph)
      return fail('model', `${wire.name}: has no graph, so it is not an ONNX model`, 'export the model to ONNX first');
    return { irVersion, producer: `${producer} ${version}`.trim(), opsets, graph, functions };
  }

  /** Reads a message and insists that it ends where its length says. */
  #message<T>(read: () => T): T {
    const wire = this.#wire;
    wire.expect(BYTES);
    const end = wire.payloadEnd;
    const result = read();
    if (wire.at !== end) wire.broken('a message does not end where it should');
    return result;
  }

  #opset(end: number, opsets: Map<string, number>): void {
    const wire = this.#wire;
    let domain = '';
    let version = 0;
    while (wire.next(end)) {
      if (wire.field === 1) domain = wire.string();
      else if (wire.field === 2) version = wire.number();
      else wire.skip();
    }
    opsets.set(domain, version);
  }

  #graph(end: number, depth: number): Graph {
    const wire = this.#wire;
    if (depth > MAX_DEPTH) wire.broken(`graphs nested more than ${MAX_DEPTH} deep`);
    const nodes: Node[] = [];
    const initializers: TensorInfo[] = [];
    const lists: Record<11 | 12 | 13, Value[]> = { 11: [], 12: [], 13: [] };
    let name = '';
    while (wire.next(end)) {
      const { field } = wire;
      if (field === 1) nodes.push(this.#message(() => this.#node(wire.payloadEnd, depth)));
      else if (field === 2) name = wire.string();
      else if (field === 5) initializers.push(this.#message(() => this.#tensor(wire.payloadEnd)));
      else if (field === 15) initializers.push(this.#message(() => this.#sparse(wire.payloadEnd)));
      else if (field === 11 || field === 12 || field === 13)
        lists[field].push(this.#message(() => this.#value(wire.payloadEnd)));
      else wire.skip();
    }
    return { name, nodes, initializers, inputs: lists[11], outputs: lists[12], values: lists[13] };
  }

  #node(end: number, depth: number): Node {
    const wire = this.#wire;
    if (++this.#nodes > MAX_NODES) wire.broken(`more than ${MAX_NODES} nodes`);
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes = new Map<string, Attribute>();
    let name = '';
    let operator = '';
    let domain = '';
    while (wire.next(end)) {
      if (wire.field === 1) inputs.push(wire.string());
      else if (wire.field === 2) outputs.push(wire.string());
      else if (wire.field === 3) name = wire.string();
      else if (wire.field === 4) operator = wire.string();
      else if (wire.field === 7) domain = wire.string();
      else if (wire.field === 5) {
        const attribute = this.#message(() => this.#attribute(wire.payloadEnd, depth));
        attributes.set(attribute.name, attribute);
      } else wire.skip();
    }
    return { name: name || outputs[0] || operator, operator, domain, inputs, outputs, attributes };
  }

  #attribute(end: number, depth: number): Attribute {
    const wire = this.#wire;
    const found: { -readonly [K in keyof Attribute]: Attribute[K] } = { name: '' };
    const ints: number[] = [];
    const graphs: Graph[] = [];
    while (wire.next(end)) {
      if (wire.field === 1) found.name = wire.string();
      else if (wire.field === 2) found.float = wire.float();
      else if (wire.field === 3) found.int = wire.number();
      else if (wire.field === 4 && wire.payloadEnd - wire.at <= SMALL_TENSOR) found.text = wire.string();
      else if (wire.field === 5) found.tensor = this.#message(() => this.#tensor(wire.payloadEnd));
      else if (wire.field === 6 || wire.field === 11)
        graphs.push(this.#message(() => this.#graph(wire.payloadEnd, depth + 1)));
      else if (wire.field === 8) wire.numbers(ints, MAX_INTS);
      else wire.skip();
    }
    if (ints.length > 0) found.ints = ints;
    if (graphs.length > 0) found.graphs = graphs;
    return found;
  }

  #value(end: number): Value {
    const wire = this.#wire;
    let name = '';
    let type: Pick<Value, 'dtype' | 'shape'> = { dtype: 'undefined' };
    while (wire.next(end)) {
      if (wire.field === 1) name = wire.string();
      else if (wire.field === 2) type = this.#message(() => this.#type(wire.payloadEnd));
      else wire.skip();
    }
    return { name, ...type };
  }

  /** TypeProto: only tensors have an element type and a shape here. */
  #type(end: number): Pick<Value, 'dtype' | 'shape'> {
    const wire = this.#wire;
    let found: Pick<Value, 'dtype' | 'shape'> = { dtype: 'undefined' };
    while (wire.next(end)) {
      if (wire.field === 1) found = this.#message(() => this.#tensorType(wire.payloadEnd));
      else wire.skip();
    }
    return found;
  }

  #tensorType(end: number): Pick<Value, 'dtype' | 'shape'> {
    const wire = this.#wire;
    let dtype: Dtype = 'undefined';
    let shape: Dimension[] | undefined;
    while (wire.next(end)) {
      if (wire.field === 1) dtype = dtypeOf(wire.number());
      else if (wire.field === 2) shape = this.#message(() => this.#shape(wire.payloadEnd));
      else wire.skip();
    }
    return { dtype, ...(shape ? { shape } : {}) };
  }

  #shape(end: number): Dimension[] {
    const wire = this.#wire;
    const shape: Dimension[] = [];
    while (wire.next(end)) {
      if (wire.field !== 1) wire.skip();
      else shape.push(this.#message(() => this.#dimension(wire.payloadEnd)));
      if (shape.length > MAX_RANK) wire.broken(`a tensor of more than ${MAX_RANK} dimensions`);
    }
    return shape;
  }

  #dimension(end: number): Dimension {
    const wire = this.#wire;
    let size: Dimension = '';
    while (wire.next(end)) {
      if (wire.field === 1) {
        const value = wire.number();
        // Some exporters write -1 or 0 for a dimension that is not fixed.
        size = value > 0 ? value : value === 0 ? 0 : '';
      } else if (wire.field === 2) size = wire.string();
      else wire.skip();
    }
    return size;
  }

  #sparse(end: number): TensorInfo {
    const wire = this.#wire;
    let values: TensorInfo | undefined;
    let indices = 0;
    const shape: number[] = [];
    while (wire.next(end)) {
      if (wire.field === 1) values = this.#message(() => this.#tensor(wire.payloadEnd));
      else if (wire.field === 2) indices = this.#message(() => this.#tensor(wire.payloadEnd)).bytes;
      else if (wire.field === 3) wire.numbers(shape, MAX_RANK);
      else wire.skip();
    }
    return {
      name: values?.name ?? '',
      dtype: values?.dtype ?? 'undefined',
      shape,
      bytes: (values?.bytes ?? 0) + indices,
    };
  }

  #tensor(end: number): TensorInfo {
    const wire = this.#wire;
    const shape: number[] = [];
    const numbers: number[] = [];
    const external = new Map<string, string>();
    let dtype: Dtype = 'undefined';
    let name = '';
    let raw: Uint8Array | undefined;
    while (wire.next(end)) {
      const length = wire.payloadEnd - wire.at;
      if (wire.field === 1) wire.numbers(shape, MAX_RANK);
      else if (wire.field === 2) dtype = dtypeOf(wire.number());
      else if (wire.field === 8) name = wire.string();
      else if (wire.field === 9 && wire.type === BYTES && length <= SMALL_TENSOR) raw = wire.bytes();
      else if ((wire.field === 5 || wire.field === 7) && (wire.type === VARINT || length <= SMALL_TENSOR))
        wire.numbers(numbers, SMALL_TENSOR);
      else if (wire.field === 13) this.#message(() => this.#entry(wire.payloadEnd, external));
      else wire.skip();
    }
    if (shape.some((d) => d < 0)) wire.broken(`tensor "${name}" has a negative dimension`);
    return tensorInfo({ name, dtype, shape, numbers, raw, external }, wire);
  }

  #entry(end: number, into: Map<string, string>): void {
    const wire = this.#wire;
    let key = '';
    let value = '';
    while (wire.next(end)) {
      if (wire.field === 1) key = wire.string();
      else if (wire.field === 2) value = wire.string();
      else wire.skip();
    }
    into.set(key, value);
  }

  #function(end: number): LocalFunction {
    const wire = this.#wire;
    const inputs: string[] = [];
    const outputs: string[] = [];
    const nodes: Node[] = [];
    let name = '';
    let domain = '';
    while (wire.next(end)) {
      if (wire.field === 1) name = wire.string();
      else if (wire.field === 4) inputs.push(wire.string());
      else if (wire.field === 5) outputs.push(wire.string());
      else if (wire.field === 7) nodes.push(this.#message(() => this.#node(wire.payloadEnd, 0)));
      else if (wire.field === 10) domain = wire.string();
      else wire.skip();
    }
    return { name, domain, inputs, outputs, nodes };
  }
}

interface TensorParts {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly numbers: readonly number[];
  readonly raw: Uint8Array | undefined;
  readonly external: ReadonlyMap<string, string>;
}

function tensorInfo({ name, dtype, shape, numbers, raw, external }: TensorParts, wire: Wire): TensorInfo {
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count * 16)) wire.broken(`tensor "${name}" has ${shape.join(' x ')} elements`);
  const values = raw ? integers(raw, dtype) : numbers.length > 0 ? numbers : undefined;
  const location = external.get('location');
  const natural = (key: string): number | undefined => {
    const text = external.get(key);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 0)
      wire.broken(`tensor "${name}": external ${key} "${text.slice(0, 40)}"`);
    return value;
  };
  const length = natural('length');
  return {
    name,
    dtype,
    shape,
    bytes: Math.ceil(count * ELEMENT_BYTES[dtype]),
    ...(location === undefined
      ? {}
      : { external: { location, offset: natural('offset') ?? 0, ...(length === undefined ? {} : { length }) } }),
    ...(values && values.length === count ? { values } : {}),
  };
}

/** Little-endian integers of a small tensor; other element types play no part in shapes. */
function integers(raw: Uint8Array, dtype: Dtype): number[] | undefined {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read = (size: number, at: (offset: number) => number) =>
    Array.from({ length: Math.floor(raw.length / size) }, (_, i) => at(i * size));
  switch (dtype) {
    case 'int64':
      return read(8, (o) => Number(view.getBigInt64(o, true)));
    case 'int32':
      return read(4, (o) => view.getInt32(o, true));
    case 'float32':
      return read(4, (o) => view.getFloat32(o, true));
    case 'bool':
    case 'uint8':
      return [...raw];
    default:
      return undefined;
  }
}
