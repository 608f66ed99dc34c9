/** QuantizeLinear and DequantizeLinear that became layers of their own. */
import { outputPrecisionOf, precisionOf } from '../numbers.js';
import { isReformat } from '../summary.js';
import { count, isFloat, isQuantized, namesOf, ofTheTime, type Rule } from './rule.js';

/** Quantise and dequantise layers that were not fused. */
export const unfusedQdq: Rule = ({ table }) => {
  const inputs = new Set(table.inputs.map((t) => t.name));
  const loose = table.layers.filter(
    (l) =>
      (l.type === 'Scale' || (isReformat(l) && l.attributes.Origin === 'QDQ')) &&
      l.inputs.length > 0 &&
      // The quantisation of an input of the engine has nothing to be fused with.
      !l.inputs.some((t) => inputs.has(t.name)) &&
      isQuantized(precisionOf(l)) !== isQuantized(outputPrecisionOf(l)) &&
      (isFloat(precisionOf(l)) || isFloat(outputPrecisionOf(l))),
  );
  if (loose.length === 0) return [];
  const dequantize = loose.filter((l) => isQuantized(precisionOf(l))).length;
  return [
    {
      id: 'unfused_qdq',
      severity: 'warning',
      message: `${count(loose.length, 'Quantize or Dequantize layer')} ${loose.length === 1 ? 'is' : 'are'} not fused${ofTheTime(loose)}`,
      advice:
        'Place Q/DQ directly in front of the operators that run quantised; one behind an operator that stays in float cannot be fused.',
      layers: namesOf(loose),
      evidence: { quantize: loose.length - dequantize, dequantize },
    },
  ];
};
