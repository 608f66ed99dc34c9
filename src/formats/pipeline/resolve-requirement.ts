import { exactQuantity, exactTime } from '../../base/quantity.js';
import { toNumber } from '../../base/rational.js';
import type { RequirementInput } from './schema.js';
import type { Requirement } from './types.js';

const DEFAULT_CONFIDENCE = 0.95;

/** In base units: ns, bytes, fraction, C, mW, Hz, MHz. */
const value = (text: string): number => toNumber(exactQuantity(text));

/** A percentage stays in percent for a series, which is what series of load are measured in. */
const seriesValue = (text: string): number => (text.trim().endsWith('%') ? value(text) * 100 : value(text));

/** `p99.9` in parts per million: 999000. */
const quantileOf = (text: string): number | 'mean' | 'max' =>
  text === 'mean' || text === 'max' ? text : Math.round(Number(text.slice(1)) * 10_000);

/** One entry of `requirements:` in base units, with defaults. */
export function resolveRequirement(input: RequirementInput): Requirement {
  const scenario = input.scenario === undefined ? {} : { scenario: input.scenario };
  if (input.series !== undefined) return resolveSeries(input, input.series, scenario);
  const task = input.task ?? '*';
  const confidence = input.confidence ?? DEFAULT_CONFIDENCE;
  const metric = input.metric ?? 'response';
  const burst = input.burst === undefined ? {} : { burst: input.burst };
  switch (metric) {
    case 'miss_ratio':
      return { kind: 'miss_ratio', task, ...scenario, max: value(needed(input.max)), confidence, ...burst };
    case 'throughput':
      return { kind: 'throughput', task, ...scenario, min: value(needed(input.min)) };
    default:
      return {
        kind: 'task',
        task,
        ...scenario,
        metric,
        quantile: quantileOf(input.quantile ?? 'p99'),
        max: exactTime(needed(input.max)),
        confidence,
        ...burst,
      };
  }
}

/** The check before has made sure of it. */
function needed(text: string | undefined): string {
  if (text === undefined) throw new Error('unchecked requirement');
  return text;
}

function resolveSeries(input: RequirementInput, series: string, scenario: { scenario?: string }): Requirement {
  const statistic = input.statistic ?? 'max';
  const bounds = [input.max && `<= ${input.max}`, input.min && `>= ${input.min}`].filter(Boolean).join(' and ');
  return {
    kind: 'series',
    series,
    ...scenario,
    statistic,
    ...(input.max === undefined ? {} : { max: seriesValue(input.max) }),
    ...(input.min === undefined ? {} : { min: seriesValue(input.min) }),
    text: `${series} ${statistic} ${bounds}`,
  };
}
