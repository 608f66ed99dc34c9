/** Quantised convolutions that write floats: the next layer reads twice or four times the bytes. */
import { outputPrecisionOf, precisionOf } from '../numbers.js';
import { count, isConvolution, isFloat, isQuantized, namesOf, ofTheTime, type Rule } from './rule.js';

/** Quantised layers that hand on floats. */
export const floatOutput: Rule = ({ table }) => {
  const outputs = new Set(table.outputs.map((t) => t.name));
  const found = table.layers.filter(
    (l) =>
      isConvolution(l) &&
      isQuantized(precisionOf(l)) &&
      isFloat(outputPrecisionOf(l)) &&
      !l.outputs.some((t) => outputs.has(t.name)),
  );
  if (found.length === 0) return [];
  return [
    {
      id: 'quantized_float_output',
      severity: 'info',
      message: `${count(found.length, 'quantised convolution')} write${found.length === 1 ? 's' : ''} ${[...new Set(found.map(outputPrecisionOf))].join(' or ')}${ofTheTime(found)}`,
      advice:
        'Put a Q/DQ pair behind the convolution (and on the other branch of a residual addition), so that the next layer reads quantised values.',
      layers: namesOf(found),
      evidence: { from: precisionOf(found[0]), to: outputPrecisionOf(found[0]) },
    },
  ];
};
