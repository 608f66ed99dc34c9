/** trtexec --exportTimes: one record per query. Durations only: the time stamps are printed with six digits and drift. */
import { fail } from '../../base/problem.js';
import { exactSum } from '../../base/sum.js';
import { isObject, kindOf, number } from '../json.js';

/** Columns in ms, one entry per query. */
export interface QueryTimes {
  readonly latency: readonly number[];
  readonly compute: readonly number[];
  readonly h2d: readonly number[];
  readonly d2h: readonly number[];
  readonly enqueue: readonly number[];
}

/** Whether JSON holds the times of queries. */
export const isQueryTimes = (data: unknown): boolean =>
  Array.isArray(data) && isObject(data[0]) && 'computeMs' in data[0] && 'latencyMs' in data[0];

/** @throws ProblemError `file` naming the record that is not as it should be */
export function readQueryTimes(data: unknown, file: string): QueryTimes {
  if (!Array.isArray(data)) return fail('file', `${file}: is ${kindOf(data)}, expected a list of query times`);
  const columns = { latency: [], compute: [], h2d: [], d2h: [], enqueue: [] } as Record<keyof QueryTimes, number[]>;
  for (const [i, record] of data.entries()) {
    if (!isObject(record)) return fail('file', `${file}: query ${i + 1} is ${kindOf(record)}, expected an object`);
    const value = (key: string): number =>
      number(record[key]) ?? fail('file', `${file}: query ${i + 1}: "${key}" is ${kindOf(record[key])}, expected ms`);
    columns.latency.push(value('latencyMs'));
    columns.compute.push(value('computeMs'));
    columns.h2d.push(value('h2dMs'));
    columns.d2h.push(value('d2hMs'));
    columns.enqueue.push(value('endEnqMs') - value('startEnqMs'));
  }
  return columns;
}

/** What trtexec's own summary would say, in ms. */
export interface TimeSummary {
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  /** Population standard deviation by the mean, percent. */
  readonly cv_percent: number;
}

/**
 * The value that trtexec calls percentile p: no interpolation, and the rank is computed in 32-bit floats
 * (sampleReporting.cpp), which is off by one rank from doubles for p90 of 10,000 values.
 * @param sorted ascending, not empty
 */
export function trtexecPercentile(sorted: readonly number[], p: number): number {
  const { fround } = Math;
  const excluded = Math.trunc(fround(fround(1 - fround(p / 100)) * fround(sorted.length)));
  return sorted[Math.max(sorted.length - 1 - excluded, 0)];
}

/** Undefined when there is no query. */
export function summarizeTimes(values: readonly number[]): TimeSummary | undefined {
  const n = values.length;
  if (n === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const mean = exactSum(sorted) / n;
  const variance = exactSum(sorted.map((v) => (v - mean) ** 2)) / n;
  const half = n >> 1;
  return {
    n,
    min: sorted[0],
    max: sorted[n - 1],
    mean,
    median: n % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2,
    p90: trtexecPercentile(sorted, 90),
    p95: trtexecPercentile(sorted, 95),
    p99: trtexecPercentile(sorted, 99),
    cv_percent: mean === 0 ? 0 : (Math.sqrt(variance) / mean) * 100,
  };
}
