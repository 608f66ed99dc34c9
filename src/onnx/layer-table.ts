/** ONNX model -> LayerTable, so that a model is drawn and searched like an engine. Bodies of If, Loop and Scan are laid open. */

import { own } from '../base/search.js';
import { LAYERS_VERSION, type Layer, type LayerTable, type LayerTensor } from '../formats/engine/layer-table.js';
import { dtypeOf, tensorBytes, UNKNOWN_TYPE } from '../formats/tensor/element-type.js';
import { DTYPES, type Dtype } from '../formats/tensor/tensor.js';
import { domainName, feedsOf, type Graph, type Model, type Node, nodeLabel, type Value } from './read/graph.js';
import type { Known } from './read/known.js';
import { inOrder } from './read/order.js';
import { macsOf } from './shapes/cost.js';
import { ShapeWalk } from './shapes/shapes.js';

/** What a name means inside a graph: a tensor, or a constant of so many bytes. */
type Meaning =
  | { readonly kind: 'tensor'; readonly name: string }
  | { readonly kind: 'constant'; readonly dtype: string; readonly count: number; readonly bytes: number };
type Scope = ReadonlyMap<string, Meaning>;

interface Sizes {
  readonly inputs: readonly (Known | undefined)[];
  readonly outputs: readonly (Known | undefined)[];
}

/**
 * @param shapes concrete shapes of inputs that the model leaves open
 * @param seen tensors of which a run told the sizes, by name
 * @throws ProblemError `model` when nodes wait for each other
 */
export function modelTable(
  model: Model,
  file: string,
  shapes: Readonly<Record<string, readonly number[]>>,
  seen: ReadonlyMap<string, LayerTensor> = new Map(),
): LayerTable {
  const known = new Map(
    [...seen].flatMap(([name, { dtype, shape }]) => {
      const type = DTYPES.find((d) => dtypeOf(d)?.dtype === dtype);
      return type && shape ? [[name, { dtype: type, shape }] as const] : [];
    }),
  );
  const sizes = new Map<Node, Sizes>();
  new ShapeWalk(model, file, (node, inputs, outputs) => {
    sizes.set(node, { inputs, outputs });
  }).run(shapes, known);
  const writer = new TableWriter(file, sizes);
  const feeds = feedsOf(model.graph);
  const scope = new Map<string, Meaning>(feeds.map((v) => [v.name, { kind: 'tensor', name: v.name }]));
  writer.graph(model.graph, scope, '');
  const ends = (values: readonly Value[]) =>
    values.map((v) => valueTensor(v, own(shapes, v.name), writer.known(v.name)));
  return {
    version: LAYERS_VERSION,
    source: 'onnx',
    detail: 'full',
    inputs: ends(feeds),
    outputs: ends(model.graph.outputs),
    layers: writer.layers,
    constants: writer.constants,
    notes: [],
  };
}

const typeName = (dtype: Dtype | undefined): string => (dtype && dtypeOf(dtype)?.dtype) ?? UNKNOWN_TYPE;

function tensorOf(name: string, known: Known | undefined): LayerTensor {
  const dtype = typeName(known?.dtype);
  const bytes = tensorBytes(dtype, known?.shape);
  return {
    name,
    dtype,
    ...(known ? { shape: [...known.shape] } : {}),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

function valueTensor(value: Value, given: readonly number[] | undefined, known: Known | undefined): LayerTensor {
  const declared = value.shape?.map((d) => (typeof d === 'number' ? d : -1));
  const shape = given ?? known?.shape ?? declared;
  const dtype = typeName(value.dtype);
  const bytes = tensorBytes(dtype, shape);
  return {
    name: value.name,
    dtype,
    ...(shape ? { shape: [...shape] } : {}),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

class TableWriter {
  readonly layers: Layer[] = [];
  readonly constants: Layer[] = [];
  readonly #file: string;
  readonly #sizes: ReadonlyMap<Node, Sizes>;
  readonly #taken = new Set<string>();
  readonly #written = new Map<string, Known>();

  constructor(file: string, sizes: ReadonlyMap<Node, Sizes>) {
    this.#file = file;
    this.#sizes = sizes;
  }

  known(name: string): Known | undefined {
    return this.#written.get(name);
  }

  /** @returns what the outputs of the graph mean outside */
  graph(graph: Graph, outer: Scope, inside: string): Meaning[] {
    const scope = new Map(outer);
    for (const t of graph.initializers)
      scope.set(t.name, {
        kind: 'constant',
        dtype: typeName(t.dtype),
        count: t.shape.reduce((a, b) => a * b, 1),
        bytes: t.bytes,
      });
    for (const node of inOrder(graph.nodes, this.#file)) this.#node(node, scope, inside);
    return graph.outputs.map((v) => scope.get(v.name) ?? { kind: 'tensor', name: v.name });
  }

  #node(node: Node, scope: Map<string, Meaning>, inside: string): void {
    const sizes = this.#sizes.get(node);
    const name = this.#unique(nodeLabel(node));
    if (node.operator === 'Constant') {
      const [known] = sizes?.outputs ?? [];
      const tensor = tensorOf(node.outputs[0], known);
      scope.set(node.outputs[0], {
        kind: 'constant',
        dtype: tensor.dtype,
        count: (known?.shape ?? []).reduce((a, b) => a * b, 1),
        bytes: tensor.bytes ?? 0,
      });
      this.constants.push({ ...this.#bare(name, node, inside), outputs: [tensor] });
      return;
    }
    const read = node.inputs.map((n, i) => ({ meaning: scope.get(n), known: sizes?.inputs[i], n }));
    const inputs = read.flatMap(({ meaning, known, n }) =>
      n === '' || meaning?.kind === 'constant' ? [] : [tensorOf(meaning?.name ?? n, known)],
    );
    inputs.push(...this.#bodies(node, scope, name));
    const outputs = node.outputs.flatMap((n, i) => {
      if (n === '') return [];
      const qualified = inside === '' ? n : `${inside}/${n}`;
      scope.set(n, { kind: 'tensor', name: qualified });
      const known = sizes?.outputs[i];
      if (known && inside === '') this.#written.set(n, known);
      return [tensorOf(qualified, known)];
    });
    const macs = macsOf(node, sizes?.inputs ?? [], sizes?.outputs ?? []);
    this.layers.push({
      ...this.#bare(name, node, inside),
      inputs,
      outputs,
      ...weightsOf(read.map((r) => r.meaning)),
      ...(macs ? { macs } : {}),
    });
  }

  /** A body reads what is outside; what it gives out is an input of its node, which stands behind it in the drawing. */
  #bodies(node: Node, scope: Scope, name: string): LayerTensor[] {
    const results: LayerTensor[] = [];
    for (const attribute of node.attributes.values())
      for (const body of attribute.graphs ?? []) {
        const inner = new Map(scope);
        body.inputs.forEach((v, i) => {
          const outside = scope.get(node.inputs[i] ?? '');
          inner.set(v.name, outside ?? { kind: 'tensor', name: `${name}/${v.name}` });
        });
        for (const meaning of this.graph(body, inner, `${name}/${attribute.name}`))
          if (meaning.kind === 'tensor') results.push(tensorOf(meaning.name, undefined));
      }
    return results;
  }

  #bare(name: string, node: Node, inside: string): Layer {
    return {
      name,
      type: node.operator,
      subtype: domainName(node.domain),
      device: 'unknown',
      inputs: [],
      outputs: [],
      onnx: [name],
      ...(inside === '' ? {} : { inside: inside.replace(/\/[^/]*$/, '') }),
      attributes: { ...(node.domain === '' ? {} : { domain: node.domain }), ...attributesOf(node) },
    };
  }

  #unique(name: string): string {
    let unique = name;
    for (let n = 2; this.#taken.has(unique); n++) unique = `${name}_${n}`;
    this.#taken.add(unique);
    return unique;
  }
}

function weightsOf(meanings: readonly (Meaning | undefined)[]): Pick<Layer, 'weights'> {
  const constants = meanings.flatMap((m) => (m?.kind === 'constant' ? [m] : []));
  if (constants.length === 0) return {};
  const largest = constants.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  return {
    weights: {
      dtype: largest.dtype,
      count: constants.reduce((sum, c) => sum + c.count, 0),
      bytes: constants.reduce((sum, c) => sum + c.bytes, 0),
    },
  };
}

const MOST_NUMBERS = 16;

function attributesOf(node: Node): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const { name, float, int, text, ints, tensor, graphs } of node.attributes.values()) {
    if (graphs) continue;
    const value = ints ? ints.slice(0, MOST_NUMBERS) : (int ?? float ?? text);
    if (value !== undefined) found[name] = value;
    else if (tensor) found[name] = `${tensor.dtype} ${tensor.shape.join('x') || 'scalar'}`;
  }
  return found;
}
