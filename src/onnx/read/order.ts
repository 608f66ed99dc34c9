/** Order of nodes: every node behind those whose outputs it reads; a cycle is a problem that names a node on it. */
import { topologicalOrder } from '../../base/order.js';
import { fail } from '../../base/problem.js';
import { type Graph, type LocalFunction, type Model, type Node, nodeLabel } from './graph.js';

/** Names that a node reads, with those that the bodies inside it take from outside. */
function reads(node: Node): string[] {
  const bodies = [...node.attributes.values()].flatMap((a) => a.graphs ?? []);
  return [...node.inputs, ...bodies.flatMap(outerNames)].filter((n) => n !== '');
}

function outerNames(graph: Graph): string[] {
  const own = new Set([
    ...graph.inputs.map((v) => v.name),
    ...graph.initializers.map((t) => t.name),
    ...graph.nodes.flatMap((n) => n.outputs),
  ]);
  return [...graph.nodes.flatMap(reads), ...graph.outputs.map((v) => v.name)].filter((name) => !own.has(name));
}

/** Kahn's algorithm; keeps the order of the file among nodes that are ready. @throws ProblemError `model` on a cycle */
export function inOrder(nodes: readonly Node[], file: string): Node[] {
  const producer = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const output of node.outputs) if (output !== '') producer.set(output, i);
  });
  const consumers: number[][] = nodes.map(() => []);
  nodes.forEach((node, i) => {
    for (const name of new Set(reads(node))) {
      const from = producer.get(name);
      if (from !== undefined) consumers[from].push(i);
    }
  });
  const { order, stuck: left } = topologicalOrder(consumers);
  if (left.length === 0) return order.map((i) => nodes[i]);
  const stuck = nodes[left[0]];
  return fail(
    'model',
    `${file}: the graph has a cycle through node "${nodeLabel(stuck)}" (${stuck.operator})`,
    'an ONNX graph must have none; the file is damaged',
  );
}

/** Key of a local function. */
export const functionKey = (domain: string, name: string): string => `${domain}::${name}`;

/** Checks every graph and body for cycles and every local function for calling itself. */
export function checkOrder(model: Model, file: string): void {
  const visit = (nodes: readonly Node[]): void => {
    inOrder(nodes, file);
    for (const node of nodes) for (const a of node.attributes.values()) for (const g of a.graphs ?? []) visit(g.nodes);
  };
  visit(model.graph.nodes);
  for (const f of model.functions) visit(f.nodes);
  checkCalls(model.functions, file);
}

function checkCalls(functions: readonly LocalFunction[], file: string): void {
  const byKey = new Map(functions.map((f) => [functionKey(f.domain, f.name), f]));
  const open = new Set<LocalFunction>();
  const done = new Set<LocalFunction>();
  const visit = (f: LocalFunction): void => {
    if (done.has(f)) return;
    if (open.has(f)) fail('model', `${file}: function "${f.name}" calls itself`, 'the file is damaged');
    open.add(f);
    for (const node of f.nodes) {
      const called = byKey.get(functionKey(node.domain, node.operator));
      if (called) visit(called);
    }
    open.delete(f);
    done.add(f);
  };
  functions.forEach(visit);
}
