/** Layers much slower than the peaks of the device allow for their bytes and operations. */
import { percent } from '../../base/text.js';
import { count, ms, namesOf, type Rule, shareOf } from './rule.js';

/** Real kernels reach a half to nine tenths of a peak; beyond this factor something else costs the time. */
const FACTOR = 4;
/** Below this the launch hides everything. */
const LONG_ENOUGH_MS = 0.01;
const NOTABLE = 0.05;

/** Layers that wait for memory, not for arithmetic. */
export const memoryBound: Rule = ({ table, numbers }) => {
  const found = table.layers.flatMap((layer, i) => {
    const { bound_ms, unknown_bytes, bound_by } = numbers[i];
    const took = layer.time?.mean_ms ?? 0;
    if (bound_ms === undefined || unknown_bytes || took < LONG_ENOUGH_MS || took < FACTOR * bound_ms) return [];
    return [{ layer, factor: took / bound_ms, by: bound_by ?? 'memory' }];
  });
  const layers = found.map((f) => f.layer);
  const share = shareOf(layers);
  if (share < NOTABLE) return [];
  const worst = found.reduce((a, b) => ((b.layer.time?.mean_ms ?? 0) > (a.layer.time?.mean_ms ?? 0) ? b : a));
  return [
    {
      id: 'slower_than_bound',
      severity: 'info',
      message: `${count(layers.length, 'layer')} take${layers.length === 1 ? 's' : ''} more than ${FACTOR} times what memory and arithmetic of the device need, ${percent(share)} of the time`,
      advice: `Such a layer waits for something else: too little work for all SMs, a poor tactic, or a costly layout. The longest is ${worst.layer.name} with ${ms(worst.layer.time?.mean_ms ?? 0)}, ${worst.factor.toFixed(1)} times its ${worst.by} bound.`,
      layers: namesOf(layers),
      evidence: {
        layers: layers.length,
        share: Number(share.toFixed(4)),
        worst_factor: Number(worst.factor.toFixed(2)),
      },
    },
  ];
};
