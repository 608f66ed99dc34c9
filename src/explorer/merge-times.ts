/** The graph of a model and the times of its nodes, which two files hold -> one table. */
import { exactSum } from '../base/sum.js';
import { round } from '../base/units.js';
import type { Layer, LayerTable, LayerTensor } from '../formats/engine/layer-table.js';

/** The table of a model, with the sizes that a run told, by tensor. */
export type ModelTable = (seen: ReadonlyMap<string, LayerTensor>) => LayerTable;

/**
 * ONNX Runtime's optimised model and its profile name nodes alike. A node without a time was folded away or runs inside
 * another; a time without a node is kept as a layer of its own, so that nothing measured is lost.
 */
export function mergeTimes(modelOf: ModelTable, times: LayerTable): LayerTable {
  const bare = modelOf(new Map());
  const timed = new Map(times.layers.map((l) => [l.name, l]));
  const named = new Set(bare.layers.map((l) => l.name));
  const sizes = sizesSeen(bare, timed);
  const open = bare.layers.some((l) => l.outputs.some((t) => t.bytes === undefined && sizes.has(t.name)));
  const model = open ? modelOf(sizes) : bare;
  const fill = (tensors: readonly LayerTensor[]): LayerTensor[] =>
    tensors.map((t) => (t.bytes === undefined ? { ...t, ...sizes.get(t.name) } : t));
  const layers = model.layers.map((layer): Layer => {
    const found = timed.get(layer.name);
    return {
      ...layer,
      ...(found ? { subtype: found.subtype || layer.subtype, device: found.device } : {}),
      inputs: fill(layer.inputs),
      outputs: fill(layer.outputs),
      ...(found?.time ? { time: found.time } : {}),
    };
  });
  const unmatched = times.layers.filter((l) => !named.has(l.name));
  const notes = [...model.notes, ...times.notes];
  if (unmatched.length > 0)
    notes.push(`${unmatched.length} timed nodes are not in the model, such as "${unmatched[0].name.slice(0, 60)}"`);
  return {
    ...model,
    source: times.source,
    detail: 'full',
    ...(times.runs === undefined ? {} : { runs: times.runs }),
    layers: shared([...withoutBodies(layers, notes), ...unmatched]),
    notes,
  };
}

/** ONNX Runtime's time of an If, Loop or Scan holds that of its body, whose nodes have times of their own. */
function withoutBodies(layers: readonly Layer[], notes: string[]): readonly Layer[] {
  const inner = new Map<string, number>();
  for (const { inside, time } of layers)
    if (inside !== undefined && time) inner.set(inside, (inner.get(inside) ?? 0) + time.mean_ms);
  const own = layers.map((layer): Layer => {
    const body = inner.get(layer.name);
    if (body === undefined || !layer.time) return layer;
    const mean = round(Math.max(0, layer.time.mean_ms - body), 6);
    const { calls, share } = layer.time;
    return { ...layer, time: { mean_ms: mean, share, ...(calls === undefined ? {} : { calls }) } };
  });
  if (own.some((l, i) => l !== layers[i]))
    notes.push('the times of If, Loop and Scan are told without those of their bodies');
  return own;
}

function shared(layers: readonly Layer[]): Layer[] {
  const total = exactSum(layers.map((l) => l.time?.mean_ms ?? 0));
  return layers.map((l) => (l.time && total > 0 ? { ...l, time: { ...l.time, share: l.time.mean_ms / total } } : l));
}

/** The profile saw the sizes of the run, output by output; the model may leave them open. */
function sizesSeen(model: LayerTable, timed: ReadonlyMap<string, Layer>): Map<string, LayerTensor> {
  const sizes = new Map<string, LayerTensor>();
  for (const layer of model.layers) {
    const seen = timed.get(layer.name)?.outputs ?? [];
    if (seen.length !== layer.outputs.length) continue;
    layer.outputs.forEach(({ name }, i) => {
      sizes.set(name, { ...seen[i], name });
    });
  }
  return sizes;
}
