/** Counters of the probes, put together by what they measure. */
import type { PageSamples } from '../../formats/report-page.js';
import type { Panel } from './timeline-paint.js';

interface Group {
  readonly title: string;
  readonly match: RegExp;
  readonly unit: string;
  readonly scale: number;
  /** Fixed ends of the axis, where they have a meaning. */
  readonly ends?: readonly [number, number];
}

const GROUPS: readonly Group[] = [
  { title: 'CPU', match: /^cpu\.(mean|\d+)$/, unit: '%', scale: 1, ends: [0, 100] },
  { title: 'GPU and DLA', match: /^(gpu|dla\d*|emc)\.load/, unit: '%', scale: 1, ends: [0, 100] },
  { title: 'Memory', match: /^(ram_used|gpu\.memory_used|process\.rss|swap_used)/, unit: 'GiB', scale: 1 / 2 ** 30 },
  { title: 'Temperature', match: /^temperature\./, unit: '°C', scale: 1 },
  { title: 'Power', match: /^power\./, unit: 'W', scale: 1 / 1000 },
  { title: 'Clocks', match: /clock|freq/, unit: 'MHz', scale: 1 },
  { title: 'Throttling', match: /throttl/, unit: '', scale: 1 },
];
/** More lines than this in one panel cannot be told apart; the mean and the first ones stand for them. */
const MOST_LINES = 9;

export function panelsOf(samples: readonly PageSamples[]): Panel[] {
  return GROUPS.flatMap(({ title, match, unit, scale, ends }): Panel[] => {
    const members = samples.filter((s) => match.test(s.name) && s.samples > 0).slice(0, MOST_LINES);
    if (members.length === 0) return [];
    const series = members.map((s) => ({ ...s, value: scale === 1 ? s.value : s.value.map((v) => v * scale) }));
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { value } of series)
      for (const v of value) {
        if (v < low) low = v;
        if (v > high) high = v;
      }
    const pad = (high - low) * 0.08 || Math.max(1, Math.abs(high) * 0.05);
    const [bottom, top] = ends ?? [Math.max(0, low - pad), high + pad];
    return [{ title, unit, series, low: bottom, high: Math.max(top, bottom + 1e-9) }];
  });
}

/** Value that describes an instant: that of the sample at or behind it. */
export function valueAt({ time, value, samples }: PageSamples, at: number): number | undefined {
  let low = 0;
  let high = samples;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low < samples ? value[low] : undefined;
}
