/** A requirement in parts: whose, what, its limit, and the measured value beside it. */
import { toMs } from '../base/units.js';
import type { Requirement } from '../formats/pipeline/types.js';
import type { RequirementReport, RequirementTerms, ScenarioReport } from '../formats/report/report.js';
import { quantileName } from './judge-values.js';

/** Metrics of a pipeline file in words. */
const WORDS: Readonly<Record<string, string>> = {
  queue_wait: 'queue wait',
  release_error: 'release error',
  period_jitter: 'period jitter',
  blackout: 'longest time without a result',
  start_jitter: 'start jitter',
};

type Limit = Omit<RequirementTerms, 'scenario' | 'subject' | 'value'> & { readonly key: string };

/** What is limited, and the key of what was measured of it. */
function limitOf(requirement: Exclude<Requirement, { kind: 'series' }>): Limit {
  switch (requirement.kind) {
    case 'throughput':
      return { metric: 'throughput', at_least: requirement.min, unit: 'Hz', key: 'throughput_hz' };
    case 'miss_ratio':
    case 'chain_misses':
      return { metric: 'missed', at_most: requirement.max, unit: 'share', key: 'miss_ratio' };
    case 'span': {
      const { metric, max } = requirement;
      return { metric: WORDS[metric] ?? metric, at_most: toMs(max), unit: 'ms', key: `${metric}_ms` };
    }
    case 'count':
      return requirement.metric === 'misses_in_window'
        ? {
            metric: `misses of any ${requirement.window ?? 1}`,
            at_most: requirement.max,
            unit: 'jobs',
            key: 'worst_window',
          }
        : { metric: 'misses in a row', at_most: requirement.max, unit: 'jobs', key: 'in_a_row' };
    case 'memory':
      return { metric: 'memory', at_most: requirement.max, unit: 'bytes', key: 'memory' };
    case 'task':
    case 'chain': {
      const { metric, quantile, max } = requirement;
      const name = typeof quantile === 'number' ? quantileName(quantile) : quantile;
      return { metric: `${WORDS[metric] ?? metric} ${name}`, at_most: toMs(max), unit: 'ms', key: `${name}_ms` };
    }
  }
}

const measuredOf = (value: number | string | undefined): Pick<RequirementTerms, 'value'> =>
  typeof value === 'number' || value === 'inf' ? { value } : {};

/** @param whose scenario, and task, chain or model */
export function withTerms(
  report: RequirementReport,
  requirement: Exclude<Requirement, { kind: 'series' }>,
  whose: Pick<RequirementTerms, 'scenario' | 'subject'>,
): RequirementReport {
  const { key, ...limit } = limitOf(requirement);
  return { ...report, terms: { ...whose, ...limit, ...measuredOf(report.measured[key]) } };
}

/** The same of a series of the device. @param unit of the series; unknown where it was not recorded */
export function withSeriesTerms(
  report: RequirementReport,
  { series, statistic, min, max }: Extract<Requirement, { kind: 'series' }>,
  { name: scenario, repetition }: Pick<ScenarioReport, 'name' | 'repetition'>,
): RequirementReport {
  const { unit } = report.measured;
  if (unit === undefined) return report;
  return {
    ...report,
    terms: {
      scenario,
      ...(repetition === undefined ? {} : { repetition }),
      subject: series,
      metric: statistic,
      ...(max === undefined ? {} : { at_most: max }),
      ...(min === undefined ? {} : { at_least: min }),
      unit: String(unit),
      ...measuredOf(report.measured[statistic]),
    },
  };
}
