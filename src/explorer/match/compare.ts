/** Two engine reports -> what changed. */
import { groupBy } from '../../base/group.js';
import { DisjointSets } from '../../base/order.js';
import {
  type Change,
  type ComparedEngine,
  type ComparedGroup,
  type ComparedLayer,
  ENGINE_COMPARISON_VERSION,
  type EngineComparison,
  type FusionChange,
  type LayerPair,
} from '../../formats/engine/engine-comparison.js';
import type { EngineReport } from '../../formats/engine/engine-report.js';
import type { Layer } from '../../formats/engine/layer-table.js';
import { precisionOf } from '../numbers.js';
import { alignLayers } from './align.js';
import { comparableNodes, type NodeNames, withoutNumber } from './node-names.js';

/** What differs between two engines, layer by layer. */
export function compareEngines(a: EngineReport, b: EngineReport): EngineComparison {
  const nodes = comparableNodes(a.table.layers, b.table.layers);
  const pairs = alignLayers(a, b, nodes).map(([i, j]) =>
    pairOf(i === undefined ? undefined : a.table.layers[i], j === undefined ? undefined : b.table.layers[j], [
      isTimed(a),
      isTimed(b),
    ]),
  );
  return {
    version: ENGINE_COMPARISON_VERSION,
    schema: 'infersight/engine-comparison',
    a: engineOf(a),
    b: engineOf(b),
    matched: pairs.filter((p) => p.a && p.b).length,
    pairs,
    notes: notesOf(a, b, pairs),
    by_type: groupsOf(a, b, 'by_type'),
    by_precision: groupsOf(a, b, 'by_precision'),
    fusions: fusionsOf([a.table.layers, b.table.layers], nodes),
  };
}

function engineOf({ name, tool, device, summary }: EngineReport): ComparedEngine {
  const whole = summary.time.measured[0]?.mean;
  return {
    name,
    tool: [tool.name, tool.version].filter(Boolean).join(' '),
    ...(device?.name ? { device: device.name } : {}),
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

function pairOf(a: Layer | undefined, b: Layer | undefined, times: readonly [boolean, boolean]): LayerPair {
  const timed = times[0] && times[1] && (a?.time || b?.time);
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

const isTimed = ({ summary }: EngineReport): boolean => summary.time.layers_sum_ms !== undefined;

function groupsOf(a: EngineReport, b: EngineReport, by: 'by_type' | 'by_precision'): ComparedGroup[] {
  const names = [...new Set([...a.summary[by], ...b.summary[by]].map((g) => g.name))];
  const pick = (report: EngineReport, name: string): ComparedGroup['a'] => {
    const found = report.summary[by].find((g) => g.name === name);
    return { count: found?.count ?? 0, ...(isTimed(report) ? { mean_ms: found?.mean_ms ?? 0 } : {}) };
  };
  const change = (g: ComparedGroup): number =>
    g.a.mean_ms === undefined || g.b.mean_ms === undefined
      ? Math.abs(g.b.count - g.a.count)
      : Math.abs(g.b.mean_ms - g.a.mean_ms);
  return names.map((name) => ({ name, a: pick(a, name), b: pick(b, name) })).sort((x, y) => change(y) - change(x));
}

function notesOf(a: EngineReport, b: EngineReport, pairs: readonly LayerPair[]): string[] {
  const notes: string[] = [];
  if (a.device?.name && b.device?.name && a.device.name !== b.device.name)
    notes.push(`the times are those of two devices, ${a.device.name} and ${b.device.name}`);
  for (const [letter, report] of [['A', a] as const, ['B', b] as const])
    if (!isTimed(report)) notes.push(`${letter} has no times, so no times are compared`);
  const matched = pairs.filter((p) => p.a && p.b).length;
  const same = pairs.filter((p) => p.a && p.a.name === p.b?.name).length;
  const shared = pairs.filter((p) => p.a && p.b && !p.changes.includes('fusion')).length;
  if (matched > 0 && same === 0 && shared * 10 < matched)
    notes.push('hardly a name is in both, so layers are matched by type, size and place; these may be two networks');
  return notes;
}

/** Nodes that both engines know, joined where either engine has them in one layer; parts that both cut alike are no news. */
function fusionsOf(
  [a, b]: readonly [readonly Layer[], readonly Layer[]],
  [nodesA, nodesB]: readonly [NodeNames, NodeNames],
): FusionChange[] {
  const [inA, inB] = [homes(a, nodesA), homes(b, nodesB)];
  const both = [...inA.keys()].filter((n) => inB.has(n));
  const place = new Map(both.map((n, i) => [n, i]));
  const sets = new DisjointSets(both.length);
  for (const nodes of [...nodesA, ...nodesB]) {
    const [first, ...others] = nodes.flatMap((n) => place.get(n) ?? []);
    for (const other of others) sets.join(other, first);
  }
  const parts = groupBy(both, (_, i) => sets.root(i));
  return [...parts.values()].flatMap((nodes) => {
    const layersA = [...new Set(nodes.map((n) => inA.get(n) ?? ''))];
    const layersB = [...new Set(nodes.map((n) => inB.get(n) ?? ''))];
    return layersA.length === 1 && layersB.length === 1 ? [] : [{ nodes, a: layersA, b: layersB }];
  });
}

const homes = (layers: readonly Layer[], nodes: NodeNames): Map<string, string> =>
  new Map(layers.flatMap((l, i) => nodes[i].map((n) => [n, l.name] as const)));
