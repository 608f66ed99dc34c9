/** Counters of the probes, put together by what they measure. */
import { lowerBound } from '../../base/search.js';
import { byPanel } from '../../formats/recording/series.js';
import type { PageSamples } from '../../formats/report/report-page.js';
import type { Panel } from './timeline-draft.js';

/** More lines than this in one panel cannot be told apart; the mean and the first ones stand for them. */
const MOST_LINES = 9;

/** The panels below the timeline, each with its series in the unit that is shown. */
export function panelsOf(samples: readonly PageSamples[]): Panel[] {
  return byPanel(samples.filter((s) => s.samples > 0)).map(
    ({ panel: { title, unit, scale, ends }, members }): Panel => {
      const series = members
        .slice(0, MOST_LINES)
        .map((s) => ({ ...s, value: scale === 1 ? s.value : s.value.map((v) => v * scale) }));
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const { value } of series)
        for (const v of value) {
          if (v < low) low = v;
          if (v > high) high = v;
        }
      const pad = (high - low) * 0.08 || Math.max(1, Math.abs(high) * 0.05);
      const [bottom, top] = ends ?? [Math.max(0, low - pad), high + pad];
      return { title, unit, series, low: bottom, high: Math.max(top, bottom + 1e-9) };
    },
  );
}

/** Value that describes an instant: that of the sample at or behind it. */
export function valueAt({ time, value, samples }: PageSamples, at: number): number | undefined {
  const index = lowerBound(time, at, 0, samples);
  return index < samples ? value[index] : undefined;
}
