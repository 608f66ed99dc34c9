/**
 * ONNX file -> skeleton. Walks the file once and seeks over every tensor payload above 1 KB, so that time and memory do
 * not depend on the weights. Field numbers from onnx.proto (ONNX 1.x, IR 3 to 13).
 */
import { fail } from '../../base/problem.js';
import { BYTES, type ByteSource, Wire } from '../../base/protobuf/wire.js';
import type { Attribute, Graph, LocalFunction, Model, Node, Span, TensorInfo, Value } from './graph.js';
import { readSparse, readTensor, SMALL_TENSOR } from './read-tensor.js';
import { readValue } from './read-value.js';

const WHAT = 'ONNX model';
const MAX_DEPTH = 32;
const MAX_NODES = 2_000_000;
const MAX_INTS = 1_000_000;

/** @throws ProblemError `model` for anything that is not a whole ONNX model */
export function readModel(source: ByteSource): Model {
  return new Reader(source).model(source.size);
}

/** Field numbers of ModelProto. */
const MODEL_FIELDS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26]);

/** Whether the top level is that of a model with a graph; nothing below it is looked at. */
export function looksLikeModel(source: ByteSource): boolean {
  const wire = new Wire(source, WHAT);
  let graph = false;
  while (wire.next(source.size)) {
    if (!MODEL_FIELDS.has(wire.field)) return false;
    graph ||= wire.field === 7 && wire.type === BYTES;
    wire.skip();
  }
  return graph;
}

class Reader {
  readonly #wire: Wire;
  #nodes = 0;

  constructor(source: ByteSource) {
    this.#wire = new Wire(source, WHAT);
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
      else if (wire.field === 7) graph = this.#located((inner) => this.#graph(inner, 0));
      else if (wire.field === 8) wire.message((inner) => this.#opset(inner, opsets));
      else if (wire.field === 25) functions.push(this.#located((inner) => this.#function(inner)));
      else wire.skip();
    }
    if (!graph)
      return fail('model', `${wire.name}: has no graph, so it is not an ONNX model`, 'export the model to ONNX first');
    return { irVersion, producer: `${producer} ${version}`.trim(), opsets, graph, functions };
  }

  /** Reads the message in the field that was entered, and keeps where it lies. */
  #located<T extends object>(read: (end: number) => T): T & { readonly span: Span } {
    const span = this.#wire.span();
    return { ...this.#wire.message(read), span };
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

  #graph(end: number, depth: number): Omit<Graph, 'span'> {
    const wire = this.#wire;
    if (depth > MAX_DEPTH) wire.broken(`graphs nested more than ${MAX_DEPTH} deep`);
    const nodes: Node[] = [];
    const initializers: TensorInfo[] = [];
    const lists: Record<11 | 12 | 13, Value[]> = { 11: [], 12: [], 13: [] };
    let name = '';
    while (wire.next(end)) {
      const { field } = wire;
      if (field === 1) nodes.push(this.#located((inner) => this.#node(inner, depth)));
      else if (field === 2) name = wire.string();
      else if (field === 5) initializers.push(this.#located((inner) => readTensor(wire, inner)));
      else if (field === 15) initializers.push(this.#located((inner) => readSparse(wire, inner)));
      else if (field === 11 || field === 12 || field === 13)
        lists[field].push(this.#located((inner) => readValue(wire, inner)));
      else wire.skip();
    }
    return { name, nodes, initializers, inputs: lists[11], outputs: lists[12], values: lists[13] };
  }

  #node(end: number, depth: number): Omit<Node, 'span'> {
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
        const attribute = this.#located((inner) => this.#attribute(inner, depth));
        attributes.set(attribute.name, attribute);
      } else wire.skip();
    }
    return { name, operator, domain, inputs, outputs, attributes };
  }

  #attribute(end: number, depth: number): Omit<Attribute, 'span'> {
    const wire = this.#wire;
    const found: { -readonly [K in keyof Omit<Attribute, 'span'>]: Attribute[K] } = { name: '' };
    const ints: number[] = [];
    const graphs: Graph[] = [];
    while (wire.next(end)) {
      if (wire.field === 1) found.name = wire.string();
      else if (wire.field === 2) found.float = wire.float();
      else if (wire.field === 3) found.int = wire.number();
      else if (wire.field === 4 && wire.payloadEnd - wire.at <= SMALL_TENSOR) found.text = wire.string();
      else if (wire.field === 5) found.tensor = this.#located((inner) => readTensor(wire, inner));
      else if (wire.field === 6 || wire.field === 11)
        graphs.push(this.#located((inner) => this.#graph(inner, depth + 1)));
      else if (wire.field === 8) wire.numbers(ints, MAX_INTS);
      else wire.skip();
    }
    if (ints.length > 0) found.ints = ints;
    if (graphs.length > 0) found.graphs = graphs;
    return found;
  }

  #function(end: number): Omit<LocalFunction, 'span'> {
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
      else if (wire.field === 7) nodes.push(this.#located((inner) => this.#node(inner, 0)));
      else if (wire.field === 10) domain = wire.string();
      else wire.skip();
    }
    return { name, domain, inputs, outputs, nodes };
  }
}
