/** Model -> ModelSummary. */
import { MODEL_VERSION, type ModelSummary } from '../formats/engine/model.js';
import { elementCount } from '../formats/tensor/tensor.js';
import { strangeNotes } from './operators.js';
import { tensorsOf } from './read/external.js';
import { domainName, feedsOf, type Graph, type Model, type Node, nodeLabel, operatorName } from './read/graph.js';
import { checkOrder } from './read/order.js';
import { macsOf } from './shapes/cost.js';
import { ShapeWalk } from './shapes/shapes.js';

const HEAVIEST = 10;

/** What a summary needs besides the model. */
export interface SummaryFacts {
  readonly name: string;
  readonly file: string;
  readonly sha256: string;
  /** Of the model file alone. */
  readonly bytes: number;
  readonly external: readonly { readonly path: string; readonly bytes: number }[];
  /** Concrete shapes of the inputs, as far as they are known. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** @throws ProblemError `model` when the graph has a cycle */
export function summarize(model: Model, facts: SummaryFacts): ModelSummary {
  checkOrder(model, facts.file);
  const nodes = allNodes(model);
  const operators = new Map<string, number>();
  for (const node of nodes) operators.set(operatorName(node), (operators.get(operatorName(node)) ?? 0) + 1);
  // Constants of nodes that hold shapes and indices are no parameters; weights are tensors of more than one value.
  const tensors = tensorsOf(model).filter((t) => t.dtype !== 'int64' && t.dtype !== 'string' && t.dtype !== 'bool');
  const inputs = feedsOf(model.graph);
  const symbols = new Set(
    inputs.flatMap((v) => (v.shape ?? []).filter((d): d is string => typeof d === 'string' && d !== '')),
  );
  return {
    version: MODEL_VERSION,
    name: facts.name,
    file: facts.file,
    bytes: facts.bytes + facts.external.reduce((sum, e) => sum + e.bytes, 0),
    sha256: facts.sha256,
    ir_version: model.irVersion,
    opsets: Object.fromEntries([...model.opsets].map(([domain, version]) => [domainName(domain), version])),
    producer: model.producer,
    graph: model.graph.name,
    inputs: inputs.map(({ name, dtype, shape }) => ({ name, dtype, ...(shape ? { shape: [...shape] } : {}) })),
    outputs: model.graph.outputs.map(({ name, dtype, shape }) => ({
      name,
      dtype,
      ...(shape ? { shape: [...shape] } : {}),
    })),
    symbols: [...symbols],
    nodes: model.graph.nodes.length,
    nodes_all: nodes.length,
    operators: Object.fromEntries([...operators].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))),
    parameters: tensors.reduce((sum, t) => sum + elementCount(t.shape), 0),
    parameter_bytes: tensors.reduce((sum, t) => sum + t.bytes, 0),
    external_data: [...facts.external],
    ...withNotes(costOf(model, facts), strangeNotes(model, nodes)),
  };
}

const withNotes = (cost: ReturnType<typeof costOf>, notes: readonly string[]): ReturnType<typeof costOf> => ({
  ...cost,
  notes: [...notes, ...cost.notes],
});

function allNodes(model: Model): Node[] {
  const found: Node[] = [];
  const visit = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      found.push(node);
      for (const attribute of node.attributes.values())
        attribute.graphs?.forEach((g: Graph) => {
          visit(g.nodes);
        });
    }
  };
  visit(model.graph.nodes);
  for (const f of model.functions) visit(f.nodes);
  return found;
}

function costOf(model: Model, facts: SummaryFacts): Pick<ModelSummary, 'macs' | 'notes'> {
  const costs: ModelSummary['macs']['heaviest'] = [];
  let unknown = 0;
  let branches = false;
  new ShapeWalk(model, facts.file, (node, inputs, outputs) => {
    if (node.operator === 'If' || node.operator === 'Loop' || node.operator === 'Scan') branches = true;
    const macs = macsOf(node, inputs, outputs);
    if (macs === undefined) unknown++;
    else if (macs > 0) costs.push({ name: nodeLabel(node), operator: operatorName(node), macs });
  }).run(facts.shapes);
  const total = costs.reduce((sum, c) => sum + c.macs, 0);
  const notes = [
    ...(branches ? ['MACs count every branch of If and one turn of every Loop and Scan'] : []),
    ...(unknown > 0
      ? [
          `MACs of ${unknown} ${unknown === 1 ? 'node is' : 'nodes are'} unknown, because its shapes or its operator are not known`,
        ]
      : []),
  ];
  return {
    macs: { total, unknown_nodes: unknown, heaviest: costs.sort((a, b) => b.macs - a.macs).slice(0, HEAVIEST) },
    notes,
  };
}
