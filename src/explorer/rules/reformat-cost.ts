/** Time that goes into changing formats instead of computing. */

import { percent } from '../../base/text.js';
import { layerSource } from '../../formats/backends/layer-sources.js';
import { isReformat } from '../summary.js';
import { count, ms, namesOf, type Rule } from './rule.js';

const NOTABLE = 0.1;

/** Time that goes into changing formats. */
export const reformatCost: Rule = ({ table, summary }) => {
  const { share, mean_ms } = summary.reformats;
  if (share < NOTABLE) return [];
  const found = table.layers.filter(isReformat).sort((a, b) => (b.time?.mean_ms ?? 0) - (a.time?.mean_ms ?? 0));
  return [
    {
      id: 'reformat_cost',
      severity: 'warning',
      message: `${count(found.length, 'reformat')} ${found.length === 1 ? 'takes' : 'take'} ${percent(share)} of the time (${ms(mean_ms)})`,
      advice: `${layerSource(table).compiled ? 'Feed inputs and take outputs in the format that the layers use (trtexec --inputIOFormats, --outputIOFormats), and let fewer neighbours differ in precision.' : 'Operators without an implementation in blocked layout, or on the other device, force each of them: see what stands beside them.'} The longest is ${found[0].name}.`,
      layers: namesOf(found),
      evidence: { share: Number(share.toFixed(4)), mean_ms, origin: String(found[0].attributes.Origin ?? 'not told') },
    },
  ];
};
