/** Counters on the timeline. */
import { firstAt } from '../../base/search.js';
import { fitText } from '../../charts/marks.js';
import type { PageSamples } from '../../formats/report/report-page.js';
import type { TimeScale } from '../canvas/time-scale.js';
import { type Draft, PANEL_HEIGHT, type Panel } from './timeline-draft.js';

/** @param top of the panel, points */
export function addPanel(draft: Draft, panel: Panel, top: number): void {
  const { scale, texts, lines } = draft;
  const { low, high, unit } = panel;
  const bottom = top + PANEL_HEIGHT - 10;
  const y = (value: number): number => bottom - ((value - low) / (high - low || 1)) * (PANEL_HEIGHT - 26);
  // On a narrow screen the name stands above the largest value, not beside it.
  const narrow = scale.left < 100;
  texts.push({
    text: fitText(panel.title, scale.left - 20, 11),
    x: 8,
    y: top + (narrow ? 13 : 18),
    align: 'left',
    colour: 'text',
  });
  for (const mark of [low, high])
    texts.push({
      text: `${Number(mark.toPrecision(3))} ${unit}`,
      x: scale.left - 8,
      y: y(mark) + (narrow && mark === high ? 14 : 4),
      align: 'right',
      colour: 'dim',
      most: scale.left - 16,
    });
  let x = scale.left + 8;
  panel.series.forEach((series, i) => {
    lines.push({ series: i, thick: i === 0, points: stepsOf(scale, series, y) });
    texts.push({ text: series.name, x, y: top + 13, align: 'left', colour: i });
    x += draft.measure(series.name) + 12;
  });
}

/** A value describes the time up to its sample, so it is drawn as steps; where samples are dense, as a band. */
function stepsOf(scale: TimeScale, { time, value, samples }: PageSamples, y: (v: number) => number): Float64Array {
  const first = Math.max(0, firstAt(samples, (i) => time[i], scale.from) - 1);
  const last = Math.min(samples, firstAt(samples, (i) => time[i], scale.to) + 1);
  const stride = Math.max(1, Math.floor((last - first) / (scale.right * 2)));
  const points = new Float64Array(6 * Math.max(0, Math.ceil((last - first) / stride)));
  let n = 0;
  for (let i = first; i < last; i += stride) {
    let [low, high] = [value[i], value[i]];
    for (let k = i + 1; k < Math.min(last, i + stride); k++) {
      low = Math.min(low, value[k]);
      high = Math.max(high, value[k]);
    }
    points[n++] = scale.x(i === 0 ? time[i] : time[i - 1]);
    points[n++] = y(high);
    if (low !== high) {
      points[n++] = scale.x(time[i]);
      points[n++] = y(low);
    }
    points[n++] = scale.x(time[i]);
    points[n++] = y(high);
  }
  return points.subarray(0, n);
}
