/** Colours of an engine graph. Fills are light enough for dark text, and told apart by people who see fewer colours. */
import type { DrawnNode } from './engine-drawing.js';

/** What the colour of a layer can tell. */
export const COLOURINGS = ['type', 'precision', 'time'] as const;
/** One of them. */
export type Colouring = (typeof COLOURINGS)[number];

const TYPES: readonly (readonly [of: RegExp, box: string, bar: string])[] = [
  [/^(input|output)$/, '#e5e7eb', '#6b7686'],
  [/reformat|reorder|^cast$|copy|memcpy/i, '#fca5a5', '#c8321f'],
  [/^(fused|q?linear)?conv|convolution|correlation/i, '#93c5fd', '#2f6fd0'],
  [/gemm|matmul|matrix|fullyconnected|attention/i, '#a5b4fc', '#5b57c9'],
  [/pool/i, '#86efac', '#1a8450'],
  [/pointwise|elementwise|^pwn|relu|sigmoid|clip|^add$|^mul$|^sub$|^div$|silu|gelu|kgen/i, '#fcd34d', '#a16a00'],
  [/softmax|topk|argmax|nms|nonmax/i, '#f9a8d4', '#c03a7d'],
  [/quantize|scale/i, '#fdba74', '#bf5510'],
  [/slice|pad|concat|gather|scatter|split|resize|upsample/i, '#99f6e4', '#0e7f8a'],
  [/shuffle|transpose|reshape|squeeze|flatten|shape|identity/i, '#d4d4d8', '#727b8a'],
  [/norm/i, '#d9f99d', '#5d7f12'],
  [/lstm|gru|rnn|^if$|^loop$|^scan$/i, '#ddd6fe', '#8b4fc0'],
  [/foreign|myelin|dla/i, '#fde68a', '#8a6d1c'],
];

const PRECISIONS: Readonly<Record<string, string>> = {
  FP64: '#f87171',
  FP32: '#fca5a5',
  TF32: '#fdba74',
  FP16: '#93c5fd',
  BF16: '#c4b5fd',
  FP8: '#5eead4',
  INT8: '#86efac',
  INT4: '#bef264',
  FP4: '#bef264',
};
const OTHER = '#d4d4d8';
const OTHER_BAR = '#727b8a';
const COLD = [248, 250, 252];
const HOT = [239, 68, 68];

/** Colour of a layer by its type. */
export const typeColour = (type: string): string => TYPES.find(([pattern]) => pattern.test(type))?.[1] ?? OTHER;
/** The same for bars and dots: at least 3:1 against a light and a dark page, too. */
export const barColour = (type: string): string => TYPES.find(([pattern]) => pattern.test(type))?.[2] ?? OTHER_BAR;
/** Colour of a layer by its precision. */
export const precisionColour = (precision: string): string => PRECISIONS[precision] ?? OTHER;

/** @param heat 0 to 1 */
export function heatColour(heat: number): string {
  const t = Math.sqrt(Math.min(1, Math.max(0, heat)));
  return `#${COLD.map((c, i) =>
    Math.round(c + (HOT[i] - c) * t)
      .toString(16)
      .padStart(2, '0'),
  ).join('')}`;
}

/** @param most share of the longest layer */
export function nodeColour(node: DrawnNode, colouring: Colouring, most: number): string {
  if (node.kind !== 'layer') return '#e5e7eb';
  if (colouring === 'precision') return precisionColour(node.precision);
  if (colouring === 'time') return heatColour(most > 0 ? (node.share ?? 0) / most : 0);
  return typeColour(node.type);
}

/** What the colours that occur mean, the most frequent first. */
export function legendOf(nodes: readonly DrawnNode[], colouring: Colouring): { label: string; colour: string }[] {
  const layers = nodes.filter((n) => n.kind === 'layer');
  if (colouring === 'time') {
    const most = Math.max(0, ...layers.slice(0, 100_000).map((n) => n.share ?? 0));
    return [0, 0.25, 1].map((t) => ({ label: `${(t * most * 100).toFixed(1)} %`, colour: heatColour(t) }));
  }
  const counts = new Map<string, { labels: Map<string, number>; n: number }>();
  for (const node of layers) {
    const colour = nodeColour(node, colouring, 0);
    const label = colouring === 'type' ? node.type : node.precision;
    const entry = counts.get(colour) ?? { labels: new Map(), n: 0 };
    entry.labels.set(label, (entry.labels.get(label) ?? 0) + 1);
    entry.n++;
    counts.set(colour, entry);
  }
  return [...counts]
    .sort((a, b) => b[1].n - a[1].n)
    .slice(0, 10)
    .map(([colour, { labels }]) => {
      const names = [...labels].sort((a, b) => b[1] - a[1]).map(([l]) => (l === '?' ? 'not told' : l));
      return { label: names.slice(0, 3).join(', ') + (names.length > 3 ? ' …' : ''), colour };
    });
}
