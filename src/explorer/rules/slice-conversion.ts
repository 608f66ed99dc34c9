/** Slices and paddings that convert while they copy. */

import { UNKNOWN_TYPE } from '../../formats/tensor/element-type.js';
import { outputPrecisionOf, precisionOf } from '../numbers.js';
import { count, namesOf, ofTheTime, type Rule } from './rule.js';

/** Slices and concatenations that change formats on the way. */
export const sliceConversion: Rule = ({ table }) => {
  const found = table.layers.filter(
    (l) =>
      l.type === 'Slice' &&
      precisionOf(l) !== outputPrecisionOf(l) &&
      precisionOf(l) !== UNKNOWN_TYPE &&
      outputPrecisionOf(l) !== UNKNOWN_TYPE,
  );
  if (found.length === 0) return [];
  return [
    {
      id: 'slice_conversion',
      severity: 'info',
      message: `${count(found.length, 'slice')} change${found.length === 1 ? 's' : ''} the element type${ofTheTime(found)}`,
      advice:
        'Move the cast or the Q/DQ pair to the side of the slice where fewer elements pass, or use one precision around it.',
      layers: namesOf(found),
      evidence: { from: precisionOf(found[0]), to: outputPrecisionOf(found[0]) },
    },
  ];
};
