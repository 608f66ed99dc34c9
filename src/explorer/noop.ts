/** Folding of NoOp layers: a NoOp renames a tensor without a copy, so its consumers read what it reads. */
import type { LayerTensor } from '../formats/layer-table.js';

export interface Foldable {
  readonly type: string;
  inputs: LayerTensor[];
  outputs: LayerTensor[];
}

/**
 * Removes the NoOps. A NoOp at the end gives its output's name and shape to the layer before it; bytes and formats stay
 * those that each layer told itself.
 * @param bindings names of inputs and outputs of the engine
 */
export function foldNoOps<T extends Foldable>(layers: readonly T[], bindings: ReadonlySet<string>): T[] {
  const renamed = new Map<string, string>();
  const consumed = new Set(layers.flatMap((l) => l.inputs.map((t) => t.name)));
  const ends = new Map<string, LayerTensor>();
  for (const { type, inputs, outputs } of layers) {
    if (type !== 'NoOp' || inputs.length === 0 || outputs.length === 0) continue;
    for (const output of outputs) {
      renamed.set(output.name, inputs[0].name);
      if (!consumed.has(output.name) && bindings.has(output.name)) ends.set(inputs[0].name, output);
    }
  }
  const origin = (name: string): string => {
    let at = name;
    for (let steps = 0; steps <= renamed.size; steps++) {
      const next = renamed.get(at);
      if (next === undefined) return at;
      at = next;
    }
    return at;
  };
  const endOf = new Map([...ends].map(([name, tensor]) => [origin(name), tensor]));
  const kept = layers.filter((l) => l.type !== 'NoOp' || l.inputs.length === 0 || l.outputs.length === 0);
  for (const layer of kept) {
    layer.inputs = layer.inputs.map((t) => move(t, renamed.has(t.name) ? origin(t.name) : t.name));
    layer.outputs = layer.outputs.map((t) => {
      const end = endOf.get(t.name);
      return end ? { ...t, name: end.name, ...(end.shape ? { shape: end.shape } : {}) } : t;
    });
  }
  // What other layers read of a tensor that now carries the name of the output.
  for (const layer of kept)
    layer.inputs = layer.inputs.map((t) => {
      const end = endOf.get(t.name);
      return end ? move(t, end.name) : t;
    });
  return kept;
}

const move = (tensor: LayerTensor, name: string): LayerTensor => (tensor.name === name ? tensor : { ...tensor, name });
