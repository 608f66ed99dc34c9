/** Reformats that change the element type. A change of the layout alone is the builder's own trade. */

import { UNKNOWN_TYPE } from '../../formats/tensor/element-type.js';
import { outputPrecisionOf, precisionOf } from '../numbers.js';
import { isReformat } from '../summary.js';
import { count, isQuantized, namesOf, ofTheTime, type Rule } from './rule.js';

/** Layers that only change the element type. */
export const typeConversion: Rule = ({ table }) => {
  const found = table.layers.filter(
    (l) =>
      isReformat(l) &&
      precisionOf(l) !== outputPrecisionOf(l) &&
      precisionOf(l) !== UNKNOWN_TYPE &&
      outputPrecisionOf(l) !== UNKNOWN_TYPE,
  );
  if (found.length === 0) return [];
  const kinds = new Map<string, number>();
  for (const l of found) {
    const kind = `${precisionOf(l)} -> ${outputPrecisionOf(l)}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const quantized = found.some((l) => isQuantized(precisionOf(l)) || isQuantized(outputPrecisionOf(l)));
  return [
    {
      id: 'type_conversion',
      severity: 'info',
      message: `${count(found.length, 'reformat')} change${found.length === 1 ? 's' : ''} the element type${ofTheTime(found)}: ${[...kinds].map(([k, n]) => `${k} (${n})`).join(', ')}`,
      advice: quantized
        ? 'Each is a pass over a tensor. Quantise the operators around it too, so that values stay quantised from one convolution to the next.'
        : 'Each is a pass over a tensor. Let neighbouring layers use one precision, and feed inputs in the type that the first layer reads.',
      layers: namesOf(found),
      evidence: Object.fromEntries(kinds),
    },
  ];
};
