import { exactQuantity, exactTime } from '../../base/quantity.js';
import { toNumber } from '../../base/rational.js';
import type { Ns } from '../../base/units.js';
import type { RequirementInput } from './schema.js';
import {
  COUNT_METRICS,
  JOB_METRICS,
  type QuantileLimit,
  type RatioLimit,
  type Requirement,
  SPAN_METRICS,
} from './types.js';

const DEFAULT_CONFIDENCE = 0.95;
const DEFAULT_QUANTILE = 'p99';

/** In base units: ns, bytes, fraction, C, mW, Hz, MHz. */
const value = (limit: string | number | undefined): number => toNumber(exactQuantity(String(limit)));
const time = (limit: string | number | undefined): Ns => exactTime(String(limit));

/** A percentage stays in percent for a series, which is what series of load are measured in. */
const seriesValue = (limit: string | number): number =>
  String(limit).trim().endsWith('%') ? value(limit) * 100 : value(limit);

/** `p99.9` in parts per million: 999000. */
const quantileOf = (text: string): number | 'mean' | 'max' =>
  text === 'mean' || text === 'max' ? text : Math.round(Number(text.slice(1)) * 10_000);

const counted = ({ confidence = DEFAULT_CONFIDENCE, burst }: RequirementInput) => ({
  confidence,
  ...(burst === undefined ? {} : { burst }),
});

const quantile = (input: RequirementInput): QuantileLimit => ({
  quantile: quantileOf(input.quantile ?? DEFAULT_QUANTILE),
  max: time(input.max),
  ...counted(input),
});

const ratio = (input: RequirementInput): RatioLimit => ({ max: value(input.max), ...counted(input) });

const isOneOf = <T extends string>(list: readonly T[], word: string): word is T => list.some((entry) => entry === word);

/** One entry of `requirements:` in base units, with defaults. */
export function resolveRequirement(input: RequirementInput): Requirement {
  const scenario = input.scenario === undefined ? {} : { scenario: input.scenario };
  if (input.series !== undefined) return resolveSeries(input, input.series, scenario);
  if (input.model !== undefined) return { kind: 'memory', model: input.model, max: value(input.max) };
  if (input.chain !== undefined) {
    const of = { chain: input.chain, ...scenario };
    return input.metric === 'miss_ratio'
      ? { kind: 'chain_misses', ...of, ...ratio(input) }
      : { kind: 'chain', ...of, metric: input.metric === 'age' ? 'age' : 'reaction', ...quantile(input) };
  }
  const of = { task: input.task ?? '*', ...scenario };
  const metric = input.metric ?? 'response';
  if (metric === 'miss_ratio') return { kind: 'miss_ratio', ...of, ...ratio(input) };
  if (metric === 'throughput') return { kind: 'throughput', ...of, min: value(input.min) };
  if (isOneOf(SPAN_METRICS, metric)) return { kind: 'span', ...of, metric, max: time(input.max) };
  if (isOneOf(COUNT_METRICS, metric))
    return {
      kind: 'count',
      ...of,
      metric,
      max: Number(input.max),
      ...(input.window === undefined ? {} : { window: input.window }),
    };
  return { kind: 'task', ...of, metric: isOneOf(JOB_METRICS, metric) ? metric : 'response', ...quantile(input) };
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
