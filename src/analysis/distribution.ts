/** Numbers of a distribution, in ms; a quantile only where enough samples license it. */
import { round, toMs } from '../base/units.js';
import type { Distribution } from '../formats/report/report.js';
import { intervalRanks, licensedFrom, nearestRank } from './quantiles.js';
import { correlationEffect } from './verdict.js';

const QUANTILES = [
  ['p50', 500_000],
  ['p90', 900_000],
  ['p95', 950_000],
  ['p99', 990_000],
  ['p99.9', 999_000],
] as const;

/** @param values ns; sorted in place */
export function distributionOf(values: Float64Array): Distribution {
  const n = values.length;
  if (n === 0) return { n };
  values.sort();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i];
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2;
  const quantiles = QUANTILES.flatMap(([name, ppm]) =>
    n >= licensedFrom(ppm) ? [[name, toMs(values[nearestRank(n, ppm) - 1])]] : [],
  );
  return {
    n,
    min: toMs(values[0]),
    mean: toMs(mean),
    ...(n > 1 ? { sd: toMs(Math.sqrt(squares / (n - 1))) } : {}),
    ...Object.fromEntries(quantiles),
    max: toMs(values[n - 1]),
  };
}

const STEPS = 200;

/** The values at 0, 0.5, 1 ... 100 %, ms, by nearest rank: the cumulative distribution as a line. @param values ns; sorted in place */
export function curveOf(values: Float64Array): number[] {
  const n = values.length;
  if (n === 0) return [];
  values.sort();
  return Array.from({ length: STEPS + 1 }, (_, i) => toMs(values[nearestRank(n, (i * 1e6) / STEPS) - 1]));
}

/**
 * 95 % intervals of the licensed quantiles of sorted values, ms.
 * @param correlation of each value with the one of the next job: where it is high, fewer values count
 */
export function intervalsOf(sorted: Float64Array, correlation = 0): Record<string, [number, number | null]> {
  const n = sorted.length;
  const counted = Math.floor(n / correlationEffect(correlation));
  return Object.fromEntries(
    QUANTILES.flatMap(([name, ppm]) => {
      if (n < licensedFrom(ppm) || counted < 1) return [];
      const { lower, upper } = intervalRanks(counted, ppm, 0.95);
      if (lower === null) return [];
      // Ranks among those that count -> ranks among all, outwards.
      const from = sorted[Math.floor(((lower - 1) * n) / counted)];
      const to = upper === null ? null : sorted[Math.min(n, Math.ceil((upper * n) / counted)) - 1];
      return [[name, [toMs(from), to === null ? null : toMs(to)] as [number, number | null]]];
    }),
  );
}

/** Quantiles of all releases, where a job that was dropped or never ended counts as infinite. */
export function effectiveQuantiles(sorted: Float64Array, released: number): Record<string, number | 'inf'> {
  return Object.fromEntries(
    QUANTILES.flatMap(([name, ppm]) => {
      if (released < licensedFrom(ppm)) return [];
      const rank = nearestRank(released, ppm);
      return [[name, rank > sorted.length ? ('inf' as const) : toMs(sorted[rank - 1])]];
    }),
  );
}

/** Correlation of series with themselves one step later, each around its own mean; 0 for constant ones. */
export function lagOneCorrelation(...runs: readonly Float64Array[]): number {
  let own = 0;
  let lagged = 0;
  for (const values of runs) {
    const n = values.length;
    if (n < 3 || values.every((v) => v === values[0])) continue;
    let mean = 0;
    for (let i = 0; i < n; i++) mean += values[i] / n;
    for (let i = 0; i < n; i++) {
      own += (values[i] - mean) ** 2;
      if (i > 0) lagged += (values[i] - mean) * (values[i - 1] - mean);
    }
  }
  return own > 0 ? lagged / own : 0;
}

/** The middle value, ns; undefined without one. */
export const medianOf = (values: Float64Array): number | undefined =>
  values.length === 0 ? undefined : Float64Array.from(values).sort()[nearestRank(values.length, 500_000) - 1];

/** A share with five decimals, the form of every ratio in a report. */
export const ratio = (value: number): number => round(value, 5);
