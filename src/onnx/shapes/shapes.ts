/** Shapes of every value, as far as they follow from concrete input shapes. What does not follow stays unknown. */
import { own } from '../../base/search.js';
import type { Dtype } from '../../formats/tensor/tensor.js';
import { type Graph, type LocalFunction, type Model, type Node, operatorName } from '../read/graph.js';
import { type Known, knownTensor } from '../read/known.js';
import { functionKey, inOrder } from '../read/order.js';
import { SHAPE_RULES } from './shape-rules.js';

/** Called for every node in execution order, bodies and functions included. */
export type Visit = (
  node: Node,
  inputs: readonly (Known | undefined)[],
  outputs: readonly (Known | undefined)[],
) => void;

type Scope = Map<string, Known>;
const MAX_VALUES = 4096;
const MAX_CALLS = 64;

/** Goes through a graph in order and keeps what is known of every tensor. */
export class ShapeWalk {
  readonly #model: Model;
  readonly #file: string;
  readonly #functions: ReadonlyMap<string, LocalFunction>;
  readonly #visit: Visit;

  constructor(model: Model, file: string, visit: Visit) {
    this.#model = model;
    this.#file = file;
    this.#functions = new Map(model.functions.map((f) => [functionKey(f.domain, f.name), f]));
    this.#visit = visit;
  }

  /**
   * @param shapes concrete shapes of the inputs
   * @param seen what is known of other values, such as what a run told
   */
  run(shapes: Readonly<Record<string, readonly number[]>>, seen: ReadonlyMap<string, Known> = new Map()): void {
    const scope: Scope = new Map(seen);
    for (const input of this.#model.graph.inputs) {
      const fixed = input.shape?.every((d) => typeof d === 'number') ? (input.shape as readonly number[]) : undefined;
      const shape = own(shapes, input.name) ?? fixed;
      if (shape) scope.set(input.name, { dtype: input.dtype, shape });
    }
    this.#graph(this.#model.graph, scope, 0);
  }

  #graph(graph: Graph, scope: Scope, depth: number): void {
    for (const tensor of graph.initializers) scope.set(tensor.name, knownTensor(tensor));
    for (const value of [...graph.values, ...graph.outputs]) declare(scope, value);
    for (const node of inOrder(graph.nodes, this.#file)) this.#node(node, scope, depth);
  }

  #node(node: Node, scope: Scope, depth: number): void {
    const inputs = node.inputs.map((name) => scope.get(name));
    const outputs = this.#outputs(node, inputs, scope, depth);
    node.outputs.forEach((name, i) => {
      const known = outputs[i];
      if (known && name !== '') scope.set(name, trim(known));
    });
    this.#visit(
      node,
      inputs,
      node.outputs.map((name) => scope.get(name)),
    );
  }

  #outputs(
    node: Node,
    inputs: readonly (Known | undefined)[],
    scope: Scope,
    depth: number,
  ): readonly (Known | undefined)[] {
    const called = this.#functions.get(functionKey(node.domain, node.operator));
    if (called && depth < MAX_CALLS) return this.#call(called, inputs, depth);
    const bodies = [...node.attributes.values()].flatMap((a) => a.graphs ?? []);
    if (bodies.length > 0) return this.#bodies(node, bodies, scope, depth);
    const rule = own(SHAPE_RULES, operatorName(node)) ?? own(SHAPE_RULES, node.operator);
    if (!rule) return [];
    try {
      return rule({ node, inputs, opset: this.#model.opsets.get(node.domain) ?? this.#model.opsets.get('') ?? 0 });
    } catch {
      // A rule that meets something it does not know leaves the shape unknown.
      return [];
    }
  }

  #call(called: LocalFunction, inputs: readonly (Known | undefined)[], depth: number): readonly (Known | undefined)[] {
    const scope: Scope = new Map();
    called.inputs.forEach((name, i) => {
      const known = inputs[i];
      if (known) scope.set(name, known);
    });
    for (const node of inOrder(called.nodes, this.#file)) this.#node(node, scope, depth + 1);
    return called.outputs.map((name) => scope.get(name));
  }

  /** If: both branches, known where they agree. Loop and Scan: the body once, its outputs unknown. */
  #bodies(node: Node, bodies: readonly Graph[], scope: Scope, depth: number): readonly (Known | undefined)[] {
    const results = bodies.map((body) => {
      const inner: Scope = new Map(scope);
      for (const input of body.inputs) declare(inner, input);
      this.#graph(body, inner, depth + 1);
      return body.outputs.map((v) => inner.get(v.name));
    });
    if (node.operator !== 'If') return [];
    const [first = [], ...others] = results;
    return first.map((known, i) =>
      known && others.every((o) => o[i]?.shape.join() === known.shape.join())
        ? { dtype: known.dtype, shape: known.shape }
        : undefined,
    );
  }
}

function declare(scope: Scope, value: { name: string; dtype: Dtype; shape?: readonly (number | string)[] }): void {
  if (!scope.has(value.name) && value.shape?.every((d) => typeof d === 'number')) {
    scope.set(value.name, { dtype: value.dtype, shape: value.shape as readonly number[] });
  }
}

const trim = (known: Known): Known =>
  known.values && known.values.length > MAX_VALUES ? { dtype: known.dtype, shape: known.shape } : known;
