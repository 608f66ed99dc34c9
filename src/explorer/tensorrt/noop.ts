/** Folding of NoOp layers: a NoOp renames a tensor without a copy, so its consumers read what it reads. */
import type { LayerTensor } from '../../formats/engine/layer-table.js';

/** A layer as far as the folding looks at it. */
export interface Foldable {
  readonly type: string;
  inputs: LayerTensor[];
  outputs: LayerTensor[];
}

/**
 * Removes the NoOps. One that writes an output of the engine gives its name and shape to the layer before it; bytes and
 * formats stay those that each layer told itself. It stays a layer where it copies the name of an input or of another
 * output, as a tensor has one name.
 * @param bindings names of inputs and outputs of the engine
 */
export function foldNoOps<T extends Foldable>(layers: readonly T[], bindings: ReadonlySet<string>): T[] {
  const source = new Map<string, string>();
  const end = new Map<string, LayerTensor>();
  const origin = (name: string): string => {
    let at = name;
    for (let steps = 0; steps <= source.size; steps++) {
      const next = source.get(at);
      if (next === undefined) return at;
      at = next;
    }
    return at;
  };
  const kept = layers.filter((layer) => {
    const { type, inputs, outputs } = layer;
    if (type !== 'NoOp' || inputs.length === 0 || outputs.length === 0) return true;
    const ends = outputs.filter((t) => bindings.has(t.name));
    const from = origin(inputs[0].name);
    if (ends.length > 1 || (ends.length === 1 && (bindings.has(from) || end.has(from)))) return true;
    for (const t of outputs) source.set(t.name, inputs[0].name);
    if (ends.length === 1) end.set(from, ends[0]);
    return false;
  });
  for (const layer of kept) {
    layer.inputs = layer.inputs.map((t) => {
      const from = origin(t.name);
      return rename(t, end.get(from)?.name ?? from);
    });
    layer.outputs = layer.outputs.map((t) => {
      const last = end.get(t.name);
      return last ? { ...t, name: last.name, ...(last.shape ? { shape: last.shape } : {}) } : t;
    });
  }
  return kept;
}

const rename = (tensor: LayerTensor, name: string): LayerTensor =>
  tensor.name === name ? tensor : { ...tensor, name };
