/** Which layers an ONNX node became. The other way round stands in every layer. */
import type { Layer } from '../formats/engine/layer-table.js';

export function onnxMap(layers: readonly Layer[]): Record<string, string[]> {
  const map = new Map<string, string[]>();
  for (const layer of layers) {
    for (const node of layer.onnx) {
      const list = map.get(node);
      if (list) list.push(layer.name);
      else map.set(node, [layer.name]);
    }
  }
  return Object.fromEntries(map);
}
