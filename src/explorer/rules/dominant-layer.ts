/** One layer that takes a large part of the time: the first place to look. */
import { percent } from '../../base/text.js';
import { ms, type Rule } from './rule.js';

const DOMINATES = 0.25;
const FEWEST_LAYERS = 5;

/** One layer that takes most of the time. */
export const dominantLayer: Rule = ({ table }) => {
  if (table.layers.length < FEWEST_LAYERS) return [];
  const top = table.layers.reduce((a, b) => ((b.time?.mean_ms ?? 0) > (a.time?.mean_ms ?? 0) ? b : a));
  if (!top.time || top.time.share < DOMINATES) return [];
  return [
    {
      id: 'dominant_layer',
      severity: 'info',
      message: `${top.name} takes ${percent(top.time.share)} of the time (${ms(top.time.mean_ms)})`,
      advice: `Begin here: precision, format and size of this ${top.type} layer decide the time of the engine.`,
      layers: [top.name],
      evidence: { mean_ms: top.time.mean_ms, share: Number(top.time.share.toFixed(4)), type: top.type },
    },
  ];
};
