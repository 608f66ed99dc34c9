/** A precision was asked for; what the layers that multiply really run in. */

import { percent } from '../../base/text.js';
import { layerSource } from '../../formats/backends/layer-sources.js';
import type { Layer } from '../../formats/engine/layer-table.js';
import { computePrecision } from '../numbers.js';
import { multiplies, namesOf, type Rule, shareOf } from './rule.js';

/** Below this share of the multiplying layers (by time, else by number), one in another precision is no news. */
const NOTABLE = 0.05;

const FUSED = /kgen|myelin|foreign/i;

/** Layers that run in another precision than was asked for. */
export const precisionTruth: Rule = ({ table, summary }) => {
  const asked = summary.asked_precisions.filter((p) => p !== 'FP32');
  const workers = table.layers.filter((l) => multiplies(l) && l.device === 'gpu');
  if (asked.length === 0 || workers.length === 0 || !layerSource(table).compiled) return [];
  const full = workers.filter((l) => ['FP32', 'TF32'].includes(computePrecision(l)));
  const reached = asked.filter((p) => workers.some((l) => computePrecision(l) === p));
  const part = partOf(full, workers);
  const missing = asked.filter((p) => !reached.includes(p));
  // What runs inside a fused layer of Myelin is not told.
  const hidden = table.layers.filter((l) => l.device === 'gpu' && FUSED.test(`${l.type} ${l.subtype}`));
  if (reached.length === 0 && partOf(workers, [...workers, ...hidden]) < 0.5) return [];
  if (reached.length === 0)
    return [
      {
        id: 'precision_not_used',
        severity: 'error',
        message: `${asked.join(' and ')} was asked for, and none of the ${workers.length} layers that multiply runs in it`,
        advice:
          'TensorRT 11 takes precisions from the model alone: convert the ONNX file (ModelOpt AutoCast, Q/DQ). In earlier versions look for layers pinned to FP32 and for a missing calibration.',
        layers: namesOf(full),
        evidence: { asked: asked.join('+'), multiplying_layers: workers.length, in_fp32: full.length },
      },
    ];
  if (part >= NOTABLE)
    return [
      {
        id: 'precision_partly_used',
        severity: 'warning',
        message: `${asked.join(' and ')} was asked for; ${full.length} of ${workers.length} layers that multiply still run in FP32, ${percent(part)} of their ${full.some((l) => l.time) ? 'time' : 'number'}`,
        advice:
          'Look at these layers: a missing Q/DQ pair, an operator without a kernel in this precision, or a constraint of the build keeps them in FP32.',
        layers: namesOf(full),
        evidence: {
          asked: asked.join('+'),
          in_fp32: full.length,
          multiplying_layers: workers.length,
          share: Number(part.toFixed(4)),
        },
      },
    ];
  // FP16 beside INT8 is a permission for what cannot be quantised, so only the smallest type is missed.
  const smallest = missing.filter((p) => ['INT8', 'FP8', 'INT4'].includes(p));
  if (smallest.length === 0) return [];
  return [
    {
      id: 'precision_partly_used',
      severity: 'warning',
      message: `${smallest.join(' and ')} was asked for, and no layer that multiplies runs in it (${reached.join(', ')} does)`,
      advice: 'Without Q/DQ nodes or a calibration the builder takes the faster of the float kernels.',
      layers: namesOf(workers),
      evidence: { asked: asked.join('+'), reached: reached.join('+') },
    },
  ];
};

function partOf(some: readonly Layer[], all: readonly Layer[]): number {
  const whole = shareOf(all);
  return whole > 0 ? shareOf(some) / whole : some.length / all.length;
}
