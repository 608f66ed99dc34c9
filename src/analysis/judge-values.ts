/** Limits on quantiles and on shares of misses: what the samples of one or more runs say of them. */
import { round, toMs } from '../base/units.js';
import type { QuantileLimit, RatioLimit } from '../formats/pipeline/types.js';
import type { RequirementReport } from '../formats/report/report.js';
import { lagOneCorrelation } from './distribution.js';
import { type Misses, missesOf } from './episodes.js';
import { nearestRank } from './quantiles.js';
import { type Judgement, judgeMisses } from './verdict.js';

/** What a requirement comes to. */
export type Result = Pick<RequirementReport, 'verdict' | 'measured' | 'reason'>;

/** Times of one run, and what of its releases came to no time. */
export interface QuantileRun {
  /** ns, in the order of the jobs. */
  readonly values: Float64Array;
  /** Releases that have no value, because they were dropped or never completed: over every limit. */
  readonly lost: number;
  /** 1 for each release that is over the limit (ns), 0 for the others, in their order. */
  readonly over: (limit: number) => Uint8Array;
}

/** Misses of one run, and the responses that tell how jobs depend on each other. */
export interface RatioRun {
  readonly missed: Uint8Array;
  readonly responses: Float64Array;
}

/** A run in which every job has a value. */
export const plainRun = (values: Float64Array): QuantileRun => ({
  values,
  lost: 0,
  over: (limit) => Uint8Array.from(values, (v) => (v > limit ? 1 : 0)),
});

/** How many runs there are, where that is worth saying. */
export const repetitions = (runs: readonly unknown[]): { repetitions?: number } =>
  runs.length > 1 ? { repetitions: runs.length } : {};

/** `p99.9` */
export const quantileName = (ppm: number): string => `p${round(ppm / 10_000, 4)}`;

const pattern = (found: Misses) =>
  found.misses > 0 ? { in_a_row: found.longest, episodes: found.episodes.length } : {};

const burstsOf = ({ bursts }: Judgement) => (bursts === undefined ? {} : { bursts_up_to: bursts });
const said = ({ verdict, reason }: Judgement) => ({ verdict, ...(reason ? { reason } : {}) });

/** @param runs repetitions of one scenario, judged together */
export function judgeQuantile(limit: QuantileLimit, runs: readonly QuantileRun[]): Result {
  const { quantile, max } = limit;
  if (typeof quantile !== 'number') return judgePlain(quantile, max, runs);
  const counted = { ...limit, ppm: quantile };
  const correlation = lagOneCorrelation(...runs.map((r) => r.values));
  const judged = (at: number): { judgement: Judgement; found: Misses } => {
    const found = missesOf(runs.map((r) => r.over(at)));
    return { found, judgement: judgeMisses(found, correlation, counted) };
  };
  const { found, judgement } = judged(max);
  const name = `${quantileName(quantile)}_ms`;
  const all = concatenated(runs.map((r) => r.values)).sort();
  const from = smallestPass(all, (at) => judged(at).judgement.verdict === 'pass');
  const each = runs.map((r) => quantileText(Float64Array.from(r.values).sort(), r.values.length + r.lost, quantile));
  const measured = {
    [name]: quantileText(all, found.n, quantile),
    n: found.n,
    over: found.misses,
    ...pattern(found),
    ...(runs.length > 1 ? { repetitions: runs.length, of_each: each.join(' ') } : {}),
    ...(from === undefined ? {} : { passes_from_ms: toMs(from), slack_ms: toMs(max - from) }),
    ...burstsOf(judgement),
  };
  return { ...said(judgement), measured };
}

/** The search looks at every job some twenty times. */
const MOST_SEARCHED = 1_000_000;

/** The smallest of the values that would pass as a limit: what can be promised. @param sorted ns */
function smallestPass(sorted: Float64Array, passes: (limit: number) => boolean): number | undefined {
  if (sorted.length === 0 || sorted.length > MOST_SEARCHED || !passes(sorted[sorted.length - 1])) return undefined;
  let low = -1;
  let high = sorted.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (passes(sorted[middle])) high = middle;
    else low = middle;
  }
  return sorted[high];
}

/** @param runs repetitions of one scenario, judged together */
export function judgeRatio(limit: RatioLimit, runs: readonly RatioRun[]): Result {
  const found = missesOf(runs.map((r) => r.missed));
  const judgement = judgeMisses(found, lagOneCorrelation(...runs.map((r) => r.responses)), {
    ...limit,
    ppm: Math.round((1 - limit.max) * 1e6),
  });
  const share = ({ missed }: RatioRun): number =>
    round(missed.reduce((a, b) => a + b, 0) / Math.max(1, missed.length), 5);
  const measured = {
    miss_ratio: found.n > 0 ? round(found.misses / found.n, 5) : 0,
    n: found.n,
    misses: found.misses,
    ...pattern(found),
    ...(runs.length > 1 ? { repetitions: runs.length, of_each: runs.map(share).join(' ') } : {}),
    ...burstsOf(judgement),
  };
  return { ...said(judgement), measured };
}

function concatenated(runs: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(runs.reduce((sum, r) => sum + r.length, 0));
  let at = 0;
  for (const run of runs) {
    all.set(run, at);
    at += run.length;
  }
  return all;
}

/** Over all releases: the quantile is infinite when its rank lies among those that never ended. @param sorted ns */
function quantileText(sorted: Float64Array, n: number, ppm: number): number | string {
  if (n === 0) return 'none';
  const rank = nearestRank(n, ppm);
  return rank > sorted.length ? 'inf' : toMs(sorted[rank - 1]);
}

function judgePlain(statistic: 'mean' | 'max', limit: number, runs: readonly QuantileRun[]): Result {
  const values = concatenated(runs.map((r) => r.values));
  const lost = runs.reduce((sum, r) => sum + r.lost, 0);
  const n = values.length + lost;
  if (lost > 0)
    return {
      verdict: 'fail',
      measured: { n, lost },
      reason: `${lost} jobs never completed, so their response has no end; a quantile allows for some`,
    };
  if (values.length === 0)
    return { verdict: 'inconclusive', measured: { n }, reason: 'no job was completed in the measured window' };
  const max = values.reduce((a, b) => Math.max(a, b), 0);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const value = statistic === 'max' ? max : mean;
  const measured = { [`${statistic}_ms`]: toMs(value), n, slack_ms: toMs(limit - value), ...repetitions(runs) };
  return { verdict: value <= limit ? 'pass' : 'fail', measured };
}
