/** System counters over the measured window, weighted by time. A value describes the span up to its own instant. */
import { round } from '../base/units.js';
import { kindOfSeries, type Series } from '../formats/recording/series.js';
import type { ScenarioReport } from '../formats/report/report.js';
import type { Window } from './jobs.js';

/** A series over the measured window: least, mean by time, most. */
export type SystemEntry = ScenarioReport['system'][number];

/** Every series that changes, over the measured window. */
export function analyseSystem(series: readonly Series[], window: Window): SystemEntry[] {
  return series
    .filter((s) => !kindOfSeries(s.name)?.fixed)
    .flatMap((s) => {
      const numbers = weigh(s, window);
      return numbers ? [{ series: s.name, unit: s.unit, source: s.source, ...numbers }] : [];
    })
    .sort((a, b) => a.series.localeCompare(b.series, 'en', { numeric: true }) || (a.source < b.source ? -1 : 1));
}

/** Mean over the measured window, weighted by time; undefined without a sample in it. */
export const meanIn = (series: Series, window: Pick<Window, 'from' | 'to'>): number | undefined =>
  weigh(series, window)?.mean;

function weigh(
  { time, value }: Series,
  { from, to }: Pick<Window, 'from' | 'to'>,
): { min: number; mean: number; max: number } | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < time.length; i++) {
    const begin = i > 0 ? time[i - 1] : time[i] - (time.length > 1 ? time[1] - time[0] : 1e9);
    const overlap = Math.min(time[i], to) - Math.max(begin, from);
    if (overlap <= 0) continue;
    min = Math.min(min, value[i]);
    max = Math.max(max, value[i]);
    sum += value[i] * overlap;
    weight += overlap;
  }
  return weight > 0 ? { min: round(min, 3), mean: round(sum / weight, 3), max: round(max, 3) } : undefined;
}
