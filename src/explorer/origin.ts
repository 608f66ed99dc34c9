/** Which nodes of the ONNX model each layer of the engine came from, when the model is at hand. */
import { layerSource } from '../formats/backends/layer-sources.js';
import type { Layer, LayerTable } from '../formats/engine/layer-table.js';

/**
 * A layer comes from the nodes that carry its names, or write its outputs. A node that is in no layer was folded away or
 * fused without a word: it belongs to the layer that uses its result, else to the one that it reads from.
 * @returns the engine with `onnx` of every layer in the names of the model
 */
export function withOrigins(engine: LayerTable, model: LayerTable): LayerTable {
  const nodes = model.layers;
  const named = new Map(nodes.map((n, i) => [n.name, i]));
  const writer = new Map(nodes.flatMap((n, i) => n.outputs.map((t) => [t.name, i] as const)));
  // When ONNX Runtime takes a body out of its If, it keeps the names that stood inside.
  for (const [i, node] of nodes.entries())
    for (const { name } of node.inside === undefined ? [] : node.outputs) {
      const bare = name.slice((node.inside ?? '').length + 1).replace(/^[^/]*\//, '');
      if (!writer.has(bare)) writer.set(bare, i);
    }
  const home = new Int32Array(nodes.length).fill(-1);
  const members: Set<number>[] = engine.layers.map(() => new Set());
  const give = (node: number, layer: number): void => {
    members[layer].add(node);
    if (home[node] < 0) home[node] = layer;
  };
  engine.layers.forEach((layer, i) => {
    for (const name of [layer.name, ...layer.onnx].flatMap(spellings)) {
      const node = named.get(name) ?? writer.get(name);
      if (node !== undefined) give(node, i);
    }
  });
  engine.layers.forEach((layer, i) => {
    for (const { name } of layer.outputs) {
      const node = writer.get(name) ?? writer.get(name.replace(INLINED, ''));
      // The second of a layer and its reformat writes the tensor too, without being the node.
      if (node !== undefined && home[node] < 0) give(node, i);
    }
  });
  const unmatched = !layerSource(engine).compiled
    ? 0
    : engine.layers.filter((l, i) => l.onnx.length > 0 && members[i].size === 0).length;
  fill(nodes, writer, home, give);
  const withNames = engine.layers.filter((l) => l.onnx.length > 0).length;
  return {
    ...engine,
    layers: engine.layers.map((layer, i) =>
      members[i].size === 0 && layerSource(engine).compiled
        ? layer
        : { ...layer, onnx: [...members[i]].sort((a, b) => a - b).map((n) => nodes[n].name) },
    ),
    notes:
      unmatched === 0
        ? engine.notes
        : [
            ...engine.notes,
            `${unmatched} of ${withNames} layers name nodes that the ONNX model does not have${unmatched * 2 > withNames ? '; it may be another model' : ''}`,
          ],
  };
}

const INLINED = /^_(?:if_(?:then|else)_branch|inlfunc)_(?:token_\d+_)?/;

/** ONNX Runtime's names of what it made from a node: `X_nchwc`, `X/QuickGeluFusion/`, `_if_then_branch_token_8_X`. */
function spellings(name: string): string[] {
  const bare = name
    .replace(/_nchwc$/, '')
    .replace(/\/\w*Fusion\w*\/?$/, '')
    .replace(/_token_\d+$/, '');
  const inlined = bare.replace(INLINED, '');
  return [...new Set([name, bare, inlined])].filter((n) => n !== '');
}

function fill(
  nodes: readonly Layer[],
  writer: ReadonlyMap<string, number>,
  home: Int32Array,
  give: (node: number, layer: number) => void,
): void {
  const users: number[][] = nodes.map(() => []);
  nodes.forEach((node, i) => {
    for (const { name } of node.inputs) {
      const from = writer.get(name);
      if (from !== undefined) users[from].push(i);
    }
  });
  // The table is in the order of execution, so one pass in each direction reaches everything.
  for (let i = nodes.length - 1; i >= 0; i--) {
    // Of the branches of an If one may be left, or none; what is not named in the engine may not be in it.
    if (home[i] >= 0 || nodes[i].inside !== undefined) continue;
    const user = users[i].find((u) => home[u] >= 0);
    if (user !== undefined) give(i, home[user]);
  }
  nodes.forEach((node, i) => {
    if (home[i] >= 0 || node.inside !== undefined) return;
    const before = node.inputs.map((t) => writer.get(t.name)).find((n) => n !== undefined && home[n] >= 0);
    if (before !== undefined) give(i, home[before]);
  });
}
