/** The graph of a model and the times of its nodes, which two files hold -> one table. */
import type { Layer, LayerTable } from '../formats/layer-table.js';

/**
 * ONNX Runtime's optimised model and its profile name nodes alike. A node without a time was folded away or runs inside
 * another; a time without a node is kept as a layer of its own, so that nothing measured is lost.
 */
export function mergeTimes(model: LayerTable, times: LayerTable): LayerTable {
  const timed = new Map(times.layers.map((l) => [l.name, l]));
  const named = new Set(model.layers.map((l) => l.name));
  const layers = model.layers.map((layer): Layer => {
    const found = timed.get(layer.name);
    if (!found) return layer;
    return {
      ...layer,
      subtype: found.subtype || layer.subtype,
      device: found.device,
      inputs: fill(layer.inputs, found.inputs),
      outputs: fill(layer.outputs, found.outputs),
      ...(found.time ? { time: found.time } : {}),
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

/** The profile saw the sizes of the run; the model may leave them open. Constants are inputs of the profile alone. */
function fill(tensors: Layer['inputs'], seen: Layer['inputs']): Layer['inputs'] {
  if (tensors.length !== seen.length) return tensors;
  return tensors.map((t, i) => {
    if (t.bytes !== undefined) return t;
    const { dtype, shape, bytes } = seen[i];
    return { ...t, dtype, ...(shape ? { shape } : {}), ...(bytes === undefined ? {} : { bytes }) };
  });
}
