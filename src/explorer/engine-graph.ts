/** Layers joined by the tensors they hand over. */
import { addTo } from '../base/group.js';
import { successors, topologicalOrder } from '../base/order.js';
import { fail } from '../base/problem.js';
import type { Layer, LayerTable, LayerTensor } from '../formats/engine/layer-table.js';

/** From and to are positions in `LayerTable.layers`; an input or output of the engine is -1. */
export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  readonly tensor: LayerTensor;
  /** Goes against the order of the engine: a loop, or a file that is not in order. */
  readonly back: boolean;
}

/** Who hands what to whom. */
export interface EngineGraph {
  readonly edges: readonly GraphEdge[];
}

/** Who wrote a tensor since it was last read. Several writers fill parts of one tensor: a concatenation without a layer. */
interface Region {
  writers: number[];
  read: boolean;
}

/** TensorRT's layers of a loop: their tensors go round. */
const LOOP = /loop|recurrence|trip.?limit|iterator|^cjmp|^jmp|^jump/i;

/** @throws ProblemError `file` naming the layers of a cycle that no loop explains */
export function engineGraph(table: LayerTable, file: string): EngineGraph {
  const constant = new Set(table.constants.flatMap((c) => c.outputs.map((t) => t.name)));
  const inputs = new Map(table.inputs.map((t) => [t.name, t]));
  const later = laterWriters(table.layers);
  const regions = new Map<string, Region>();
  const edges: GraphEdge[] = [];
  table.layers.forEach((layer, to) => {
    for (const tensor of distinct(layer.inputs)) {
      const region = regions.get(tensor.name);
      if (region) {
        region.read = true;
        for (const from of region.writers) edges.push({ from, to, tensor, back: false });
      } else if (constant.has(tensor.name)) continue;
      else if (inputs.has(tensor.name)) edges.push({ from: -1, to, tensor, back: false });
      // What only the layer itself writes comes from outside and is changed in place.
      else
        for (const from of later.get(tensor.name) ?? [])
          if (from !== to) edges.push({ from, to, tensor, back: from > to });
    }
    for (const tensor of distinct(layer.outputs)) {
      const region = regions.get(tensor.name);
      if (region && !region.read) region.writers.push(to);
      else regions.set(tensor.name, { writers: [to], read: false });
    }
  });
  for (const tensor of table.outputs)
    for (const from of regions.get(tensor.name)?.writers ?? [])
      edges.push({
        from,
        to: -1,
        tensor: table.layers[from].outputs.find((t) => t.name === tensor.name) ?? tensor,
        back: false,
      });
  if (edges.some((e) => e.back)) checkCycles(table.layers, edges, file);
  return { edges };
}

const distinct = (tensors: readonly LayerTensor[]): LayerTensor[] => [
  ...new Map(tensors.map((t) => [t.name, t])).values(),
];

function laterWriters(layers: readonly Layer[]): ReadonlyMap<string, number[]> {
  const writers = new Map<string, number[]>();
  layers.forEach((layer, i) => {
    for (const { name } of distinct(layer.outputs)) addTo(writers, name, i);
  });
  return writers;
}

/** Layers that wait for each other, where the engine has no loop. */
function checkCycles(layers: readonly Layer[], edges: readonly GraphEdge[], file: string): void {
  const inner = edges.filter((e) => e.from >= 0 && e.to >= 0);
  const { stuck } = topologicalOrder(successors(layers.length, inner));
  if (stuck.length === 0) return;
  if (layers.some((l) => LOOP.test(l.type) || LOOP.test(l.subtype))) return;
  const ring = ringIn(new Set(stuck), inner).map((i) => `"${layers[i].name.slice(0, 60)}"`);
  fail(
    'file',
    `${file}: the layers ${[...ring.slice(0, 6), ...(ring.length > 6 ? ['...'] : []), ring[0]].join(' -> ')} wait for each other`,
    'an engine without a loop has no cycle; write the file again with trtexec',
  );
}

/** Walks backwards among the layers that are left until one comes again. */
function ringIn(left: ReadonlySet<number>, edges: readonly GraphEdge[]): number[] {
  const before = new Map<number, number>();
  for (const { from, to } of edges) if (left.has(from) && left.has(to)) before.set(to, from);
  const seen: number[] = [];
  let at = [...left][0];
  while (!seen.includes(at)) {
    seen.push(at);
    at = before.get(at) ?? at;
  }
  return seen.slice(seen.indexOf(at)).reverse();
}
