/** Which layers of two engines are the same work. The order in which the files list them plays no part. */
import { addTo } from '../../base/group.js';
import { successors, topologicalOrder } from '../../base/order.js';
import { firstAt } from '../../base/search.js';
import type { EngineReport } from '../../formats/engine/engine-report.js';
import type { Layer, LayerTensor } from '../../formats/engine/layer-table.js';
import { multiplies } from '../rules/rule.js';
import { bestMatching, type ScoredPair } from './matching.js';
import type { NodeNames } from './node-names.js';

/** Candidates of a layer that are kept, the best first: more do not change the result and cost time. */
const MOST_CANDIDATES = 60;

interface Side {
  /** Positions in the table by depth, then name, so that ties do not depend on the file. */
  readonly order: readonly number[];
  readonly layers: readonly Layer[];
  readonly nodes: NodeNames;
  /** Place between inputs (0) and outputs (1), by the layers that multiply. */
  readonly depth: Float64Array;
  readonly shapes: readonly Shapes[];
}

interface Shapes {
  readonly all: string;
  readonly ends: string;
  readonly output: string;
}

/** @returns pairs of positions in the tables, every layer once; undefined where the other engine has none */
export function alignLayers(
  a: EngineReport,
  b: EngineReport,
  nodes: readonly [NodeNames, NodeNames],
): [number | undefined, number | undefined][] {
  const [left, right] = [sideOf(a, nodes[0]), sideOf(b, nodes[1])];
  const match = bestMatching([left.order.length, right.order.length], candidates(left, right));
  const pairs: [number | undefined, number | undefined][] = [];
  const taken = new Set<number>();
  match.forEach((j, i) => {
    pairs.push([left.order[i], j < 0 ? undefined : right.order[j]]);
    if (j >= 0) taken.add(right.order[j]);
  });
  right.order.forEach((j) => {
    if (!taken.has(j)) pairs.push([undefined, j]);
  });
  const at = ([x, y]: [number | undefined, number | undefined]): number =>
    x === undefined ? right.depth[y ?? 0] : left.depth[x];
  return pairs.sort((p, q) => at(p) - at(q) || (p[0] ?? 1e9) - (q[0] ?? 1e9) || (p[1] ?? 1e9) - (q[1] ?? 1e9));
}

function sideOf(report: EngineReport, nodes: NodeNames): Side {
  const { layers } = report.table;
  const depth = depths(report);
  const order = layers
    .map((_, i) => i)
    .sort((x, y) => depth[x] - depth[y] || (layers[x].name < layers[y].name ? -1 : 1));
  return { order, layers, nodes, depth, shapes: layers.map(shapesOf) };
}

/** Without the batch, as engines of two batch sizes are compared too, and without sizes of 1, which come and go. */
const shapeText = ({ shape = [] }: LayerTensor): string =>
  (shape.length > 1 ? shape.slice(1) : shape).filter((d) => d !== 1).join('x');

function shapesOf(layer: Layer): Shapes {
  const inputs = layer.inputs.map(shapeText);
  const outputs = layer.outputs.map(shapeText);
  return {
    all: `${[...inputs].sort().join()}>${[...outputs].sort().join()}`,
    ends: `${inputs[0]}>${outputs[0]}`,
    output: outputs[0] ?? '',
  };
}

/** Longest way from the inputs by the longest way through, counted in layers that multiply. */
function depths({ table, graph }: EngineReport): Float64Array {
  const { layers } = table;
  const edges = graph.filter((e) => e.from >= 0 && e.to >= 0);
  if (edges.length === 0) return Float64Array.from(layers, (_, i) => (layers.length > 1 ? i / (layers.length - 1) : 0));
  const weight = (i: number): number => (multiplies(layers[i]) || layers[i].macs ? 1 : 0.01);
  const next = successors(layers.length, edges);
  // By the edges alone, whatever the order of the file; layers on a loop are left out.
  const { order } = topologicalOrder(next);
  const before = new Float64Array(layers.length);
  const behind = new Float64Array(layers.length);
  for (const i of order) for (const to of next[i]) before[to] = Math.max(before[to], before[i] + weight(i));
  for (const i of [...order].reverse())
    for (const to of next[i]) behind[i] = Math.max(behind[i], behind[to] + weight(to));
  return before.map((d, i) => (d + behind[i] > 0 ? d / (d + behind[i]) : 0));
}

/** What speaks for two layers being the same work; 0 is no pair. */
function scoreOf(left: Side, right: Side, i: number, j: number, shared: number): number {
  const [x, y] = [left.layers[i], right.layers[j]];
  const [p, q] = [left.shapes[i], right.shapes[j]];
  const union = left.nodes[i].length + right.nodes[j].length - shared;
  const nodes = union > 0 ? shared / union : 0;
  const shape = p.all === q.all ? 1 : p.ends === q.ends ? 0.7 : p.output === q.output ? 0.4 : 0;
  const type = x.type === y.type ? 1 : 0;
  const near = 1 - Math.abs(left.depth[i] - right.depth[j]);
  if (nodes === 0 && x.name !== y.name && otherWork(x, y)) return 0;
  if (nodes === 0 && x.name !== y.name && !(type === 1 && (shape >= 0.7 || (shape >= 0.4 && near > 0.95)))) return 0;
  return 4 * nodes + (x.name === y.name ? 2 : 0) + 2 * shape + type + 2 * near;
}

/** Four times the multiplications are no variant of the same work, unless names say so. */
const otherWork = ({ macs: a }: Layer, { macs: b }: Layer): boolean =>
  a !== undefined && b !== undefined && a > 0 && b > 0 && Math.max(a, b) > 4 * Math.min(a, b);

function candidates(left: Side, right: Side): ScoredPair[] {
  const byNode = index(right, (j) => right.nodes[j]);
  const byKind = index(right, (j) => [`${right.layers[j].type} ${right.shapes[j].output}`]);
  const byName = index(right, (j) => [right.layers[j].name]);
  const pairs: ScoredPair[] = [];
  left.order.forEach((i, a) => {
    const layer = left.layers[i];
    const shared = new Map<number, number>();
    for (const node of left.nodes[i]) for (const b of byNode.get(node) ?? []) shared.set(b, (shared.get(b) ?? 0) + 1);
    const others = [
      ...(byName.get(layer.name) ?? []),
      ...nearest(byKind.get(`${layer.type} ${left.shapes[i].output}`) ?? [], right, left.depth[i]),
    ];
    for (const b of others) if (!shared.has(b)) shared.set(b, 0);
    const scored = [...shared]
      .map(([b, n]) => ({ a, b, score: scoreOf(left, right, i, right.order[b], n) }))
      .filter((p) => p.score > 0)
      .sort((p, q) => q.score - p.score || p.b - q.b);
    pairs.push(...scored.slice(0, MOST_CANDIDATES));
  });
  return pairs;
}

/** Those around a depth, of a list that rises in depth: thousands of layers may be of one kind and size. */
function nearest(places: readonly number[], side: Side, depth: number): readonly number[] {
  if (places.length <= MOST_CANDIDATES) return places;
  const low = firstAt(places.length, (i) => side.depth[side.order[places[i]]], depth);
  const from = Math.max(0, Math.min(low - MOST_CANDIDATES / 2, places.length - MOST_CANDIDATES));
  return places.slice(from, from + MOST_CANDIDATES);
}

/** Places in the order of a side by key. */
function index(side: Side, keys: (position: number) => readonly string[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  side.order.forEach((position, place) => {
    for (const key of keys(position)) addTo(found, key, place);
  });
  return found;
}
