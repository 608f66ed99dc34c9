/** Many layers that are too short for the device: starting them takes as long as running them. */
import { percent } from '../../base/text.js';
import { count, ms, namesOf, type Rule, shareOf, timeOf } from './rule.js';

/** A kernel launch takes 2 to 5 us; below this a layer is mostly that. */
const TINY_MS = 0.005;
const MANY = 20;
const NOTABLE = 0.2;

/** Many layers that are shorter than a launch. */
export const tinyLayers: Rule = ({ table }) => {
  const found = table.layers.filter(
    (l) => (l.device === 'gpu' || l.device === 'dla') && l.time && l.time.mean_ms > 0 && l.time.mean_ms < TINY_MS,
  );
  const share = shareOf(found);
  if (found.length < MANY || share < NOTABLE) return [];
  return [
    {
      id: 'tiny_layers',
      severity: 'warning',
      message: `${count(found.length, 'layer')} under ${ms(TINY_MS)} take ${percent(share)} of the time (${ms(timeOf(found))} together)`,
      advice:
        'Run with a CUDA graph, raise the batch, or raise the builder optimisation level so that more is fused; look for shape arithmetic that constants could replace.',
      layers: namesOf(found),
      evidence: { layers: found.length, share: Number(share.toFixed(4)) },
    },
  ];
};
