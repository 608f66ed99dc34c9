/** Two engine reports -> what changed. */
import {
  type Change,
  type ComparedEngine,
  type ComparedGroup,
  type ComparedLayer,
  ENGINE_COMPARISON_VERSION,
  type EngineComparison,
  type FusionChange,
  type LayerPair,
} from '../formats/engine-comparison.js';
import type { EngineReport, LayerGroup } from '../formats/engine-report.js';
import type { Layer } from '../formats/layer-table.js';
import { alignLayers } from './align.js';
import { comparableNodes, type NodeNames, withoutNumber } from './node-names.js';
import { precisionOf } from './numbers.js';

export function compareEngines(a: EngineReport, b: EngineReport): EngineComparison {
  const nodes = comparableNodes(a.table.layers, b.table.layers);
  const pairs = alignLayers(a, b, nodes).map(([i, j]) =>
    pairOf(i === undefined ? undefined : a.table.layers[i], j === undefined ? undefined : b.table.layers[j]),
  );
  return {
    version: ENGINE_COMPARISON_VERSION,
    schema: 'infersight/engine-comparison',
    a: engineOf(a),
    b: engineOf(b),
    matched: pairs.filter((p) => p.a && p.b).length,
    pairs,
    by_type: groupsOf(a.summary.by_type, b.summary.by_type),
    by_precision: groupsOf(a.summary.by_precision, b.summary.by_precision),
    fusions: fusionsOf([a.table.layers, b.table.layers], nodes),
  };
}

function engineOf({ name, tool, summary }: EngineReport): ComparedEngine {
  const whole = summary.time.measured[0]?.mean;
  return {
    name,
    tool: [tool.name, tool.version].filter(Boolean).join(' '),
    layers: summary.layers,
    ...(summary.time.layers_sum_ms === undefined ? {} : { layers_sum_ms: summary.time.layers_sum_ms }),
    ...(whole === undefined ? {} : { measured_ms: whole }),
    weights_bytes: summary.bytes.weights,
    activations_bytes: summary.bytes.activations,
  };
}

const side = (layer: Layer): ComparedLayer => ({
  name: layer.name,
  type: layer.type,
  precision: precisionOf(layer),
  ...(layer.tactic ? { tactic: layer.tactic } : {}),
  ...(layer.time ? { mean_ms: layer.time.mean_ms } : {}),
});

function pairOf(a: Layer | undefined, b: Layer | undefined): LayerPair {
  const timed = a?.time || b?.time;
  return {
    ...(a ? { a: side(a) } : {}),
    ...(b ? { b: side(b) } : {}),
    ...(timed ? { difference_ms: (b?.time?.mean_ms ?? 0) - (a?.time?.mean_ms ?? 0) } : {}),
    changes: a && b ? changesOf(a, b) : [],
  };
}

/** A tactic's name ends in its shape and a hash; what counts is the kernel. */
const kernel = (tactic: string | undefined): string => (tactic ?? '').replace(/_0x[0-9a-f]+$/, '');
const layouts = (layer: Layer): string => [...layer.inputs, ...layer.outputs].map((t) => t.layout ?? '').join();

function changesOf(a: Layer, b: Layer): Change[] {
  return [
    ...(a.type === b.type ? [] : (['type'] as const)),
    ...(precisionOf(a) === precisionOf(b) ? [] : (['precision'] as const)),
    ...(kernel(a.tactic) === kernel(b.tactic) ? [] : (['tactic'] as const)),
    ...(layouts(a) === layouts(b) ? [] : (['format'] as const)),
    ...(insides(a) === insides(b) ? [] : (['fusion'] as const)),
  ];
}

/** Numbers at the end of names are left out: exporters count anew when a node comes in before. */
const insides = (layer: Layer): string => layer.onnx.map(withoutNumber).sort().join();

function groupsOf(a: readonly LayerGroup[], b: readonly LayerGroup[]): ComparedGroup[] {
  const names = [...new Set([...a, ...b].map((g) => g.name))];
  const pick = (groups: readonly LayerGroup[], name: string) => {
    const found = groups.find((g) => g.name === name);
    return { count: found?.count ?? 0, mean_ms: found?.mean_ms ?? 0 };
  };
  const change = (g: ComparedGroup) => Math.abs(g.b.mean_ms - g.a.mean_ms);
  return names.map((name) => ({ name, a: pick(a, name), b: pick(b, name) })).sort((x, y) => change(y) - change(x));
}

/** Nodes that both engines know, joined where either engine has them in one layer; parts that both cut alike are no news. */
function fusionsOf(
  [a, b]: readonly [readonly Layer[], readonly Layer[]],
  [nodesA, nodesB]: readonly [NodeNames, NodeNames],
): FusionChange[] {
  const [inA, inB] = [homes(a, nodesA), homes(b, nodesB)];
  const both = [...inA.keys()].filter((n) => inB.has(n));
  const parent = new Map(both.map((n) => [n, n]));
  const root = (n: string): string => {
    let at = n;
    while (parent.get(at) !== at) at = parent.get(at) ?? at;
    parent.set(n, at);
    return at;
  };
  for (const nodes of [...nodesA, ...nodesB]) {
    const members = nodes.filter((n) => parent.has(n));
    for (const n of members.slice(1)) parent.set(root(n), root(members[0]));
  }
  const parts = new Map<string, string[]>();
  for (const n of both) {
    const key = root(n);
    const list = parts.get(key);
    if (list) list.push(n);
    else parts.set(key, [n]);
  }
  return [...parts.values()].flatMap((nodes) => {
    const layersA = [...new Set(nodes.map((n) => inA.get(n) ?? ''))];
    const layersB = [...new Set(nodes.map((n) => inB.get(n) ?? ''))];
    return layersA.length === 1 && layersB.length === 1 ? [] : [{ nodes, a: layersA, b: layersB }];
  });
}

const homes = (layers: readonly Layer[], nodes: NodeNames): Map<string, string> =>
  new Map(layers.flatMap((l, i) => nodes[i].map((n) => [n, l.name] as const)));
