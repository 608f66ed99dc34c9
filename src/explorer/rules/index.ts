/** All rules, in the order in which findings of one severity are shown. */
import type { EngineFinding } from '../../formats/engine/engine-report.js';
import { buildSettings } from './build-settings.js';
import { channelAlignment } from './channel-alignment.js';
import { dlaFallback } from './dla-fallback.js';
import { dominantLayer } from './dominant-layer.js';
import { floatOutput } from './float-output.js';
import { memoryBound } from './memory-bound.js';
import { precisionTruth } from './precision-truth.js';
import { reformatCost } from './reformat-cost.js';
import type { Rule, RuleContext } from './rule.js';
import { sliceConversion } from './slice-conversion.js';
import { tensorCore } from './tensor-core.js';
import { tinyLayers } from './tiny-layers.js';
import { typeConversion } from './type-conversion.js';
import { unfusedQdq } from './unfused-qdq.js';

const RULES: readonly Rule[] = [
  precisionTruth,
  buildSettings,
  dlaFallback,
  reformatCost,
  tensorCore,
  unfusedQdq,
  tinyLayers,
  dominantLayer,
  memoryBound,
  floatOutput,
  channelAlignment,
  typeConversion,
  sliceConversion,
];

const RANK = { error: 0, warning: 1, info: 2 } as const;

/** What all rules find, the most severe first. */
export const findingsOf = (context: RuleContext): EngineFinding[] =>
  RULES.flatMap((rule) => [...rule(context)]).sort((a, b) => RANK[a.severity] - RANK[b.severity]);
