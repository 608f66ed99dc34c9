/** Layers that were meant for the DLA and run on the GPU, with the reason that the build log gives. */
import type { LayerTable } from '../../formats/engine/layer-table.js';
import { count, type Rule } from './rule.js';

/** The log names nodes of the model; the layers of the engine hold them. */
function layersOf(table: LayerTable, fallbacks: readonly { readonly layer: string }[]): string[] {
  const homes = new Map(table.layers.flatMap((l) => [l.name, ...l.onnx].map((n) => [n, l.name] as const)));
  return [...new Set(fallbacks.map(({ layer }) => homes.get(layer) ?? layer))];
}

/** Layers that were meant for a DLA and run on the GPU. */
export const dlaFallback: Rule = ({ log, table }) => {
  const fallbacks = log?.fallbacks ?? [];
  if (fallbacks.length === 0) return [];
  const reasons = new Map<string, number>();
  for (const { reason } of fallbacks) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const sorted = [...reasons].sort((a, b) => b[1] - a[1]);
  const limit = sorted.find(([reason]) => /supports only \d+ subgraphs/.test(reason));
  return [
    {
      id: 'dla_fallback',
      severity: log?.dla.length === 0 ? 'error' : 'warning',
      message: `${count(fallbacks.length, 'layer')} left the DLA for the GPU${log?.dla.length === 0 ? ', and none stayed' : `; the DLA runs ${count(log?.dla.length ?? 0, 'subgraph')}`}: ${sorted
        .slice(0, 3)
        .map(([reason, n]) => `${reason} (${n})`)
        .join('; ')}`,
      advice: limit
        ? 'Every change between GPU and DLA cuts the DLA part in two, and a core takes a limited number of parts: keep the unsupported operators together, at the beginning or the end.'
        : 'Replace these operators by ones that the DLA runs, or move them to the end of the network; each return to the GPU costs a copy.',
      layers: layersOf(table, fallbacks),
      evidence: Object.fromEntries(sorted.slice(0, 8)),
    },
  ];
};
