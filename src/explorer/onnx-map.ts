/** Which layers an ONNX node became. The other way round stands in every layer. */
import { addTo } from '../base/group.js';
import type { Layer } from '../formats/engine/layer-table.js';

/** Layers by the names of nodes. */
export function onnxMap(layers: readonly Layer[]): Record<string, string[]> {
  const map = new Map<string, string[]>();
  for (const layer of layers) {
    for (const node of layer.onnx) {
      addTo(map, node, layer.name);
    }
  }
  return Object.fromEntries(map);
}
