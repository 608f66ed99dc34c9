/** The graph of a model and the times of its nodes, which two files hold -> one table. */
import type { Layer, LayerTable, LayerTensor } from '../formats/layer-table.js';

/**
 * ONNX Runtime's optimised model and its profile name nodes alike. A node without a time was folded away or runs inside
 * another; a time without a node is kept as a layer of its own, so that nothing measured is lost.
 */
export function mergeTimes(model: LayerTable, times: LayerTable): LayerTable {
  const timed = new Map(times.layers.map((l) => [l.name, l]));
  const named = new Set(model.layers.map((l) => l.name));
  const sizes = sizesSeen(model, timed);
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
  const strange = times.layers.filter((l) => !named.has(l.name));
  const notes = [...model.notes, ...times.notes];
  if (strange.length > 0)
    notes.push(`${strange.length} timed nodes are not in the model, such as "${strange[0].name.slice(0, 60)}"`);
  return {
    ...model,
    source: times.source,
    detail: 'full',
    ...(times.runs === undefined ? {} : { runs: times.runs }),
    layers: [...layers, ...strange],
    notes,
  };
}

/** The profile saw the sizes of the run, output by output; the model may leave them open. */
function sizesSeen(model: LayerTable, timed: ReadonlyMap<string, Layer>): Map<string, Omit<LayerTensor, 'name'>> {
  const sizes = new Map<string, Omit<LayerTensor, 'name'>>();
  for (const layer of model.layers) {
    const seen = timed.get(layer.name)?.outputs ?? [];
    if (seen.length !== layer.outputs.length) continue;
    layer.outputs.forEach(({ name }, i) => {
      const { name: _, ...size } = seen[i];
      sizes.set(name, size);
    });
  }
  return sizes;
}
