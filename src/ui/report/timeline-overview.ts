/** The whole run as a strip: where jobs were missed, how busy the CPUs were, and which stretch is in sight. */
import { firstAt } from '../../base/search.js';
import type { PageSamples } from '../../formats/report/report-page.js';
import type { Span, TimeScale } from '../canvas/time-scale.js';
import { Rects, type SceneText, type TimelineData } from './timeline-draft.js';
import { sumsBetween } from './timeline-index.js';

/** Points that the strip is high. */
export const STRIP_HEIGHT = 46;
/** Of the bars of misses, points. */
const BAR = 3;
const TOP = 6;

/** What a strip shows; a line is x and y in turn. */
export interface OverviewScene {
  readonly rects: Rects;
  readonly line: Float64Array;
  readonly window: { readonly x: number; readonly width: number };
  readonly texts: readonly SceneText[];
}

/** @param words for the two rows @param sight the stretch in sight */
export function overviewScene(
  { indexes, jobs, recording }: TimelineData,
  samples: readonly PageSamples[],
  scale: TimeScale,
  sight: Readonly<Span>,
  words: { readonly misses: string; readonly cpu: string },
): OverviewScene {
  const rects = new Rects();
  const room = STRIP_HEIGHT - 2 * TOP;
  const [from, to] = recording.measure;
  for (const [a, b] of [
    [scale.from, from],
    [to, scale.to],
  ])
    if (b > a) rects.add('shade', scale.x(a), 0, scale.x(b) - scale.x(a), STRIP_HEIGHT);
  const columns = Math.max(1, Math.floor(scale.width / BAR));
  const sums = Array.from({ length: columns }, (_, i) => {
    const span = [scale.time(scale.left + i * BAR), scale.time(scale.left + (i + 1) * BAR)] as const;
    let [released, missed, never] = [0, 0, 0];
    for (const index of indexes) {
      const found = sumsBetween(index, jobs, span[0], span[1]);
      released += found.released;
      missed += found.missed;
      never += found.never;
    }
    return { released, missed, never };
  });
  const most = Math.max(1, ...sums.map((s) => s.missed));
  sums.forEach(({ missed, never }, i) => {
    if (missed === 0) return;
    const tall = Math.max(3, (missed / most) * room);
    const gone = (tall * never) / missed;
    const x = scale.left + i * BAR;
    const bottom = STRIP_HEIGHT - TOP;
    if (tall > gone) rects.add('late', x, bottom - tall, BAR - 1, tall - gone);
    if (gone > 0) rects.add('dropped', x, bottom - gone, BAR - 1, gone);
  });
  const cpu = samples.find((s) => s.name === 'cpu.mean' && s.samples > 1);
  const texts: SceneText[] = [{ text: words.misses, x: 8, y: 20, align: 'left', colour: 'dim' }];
  if (cpu) texts.push({ text: words.cpu, x: 8, y: 36, align: 'left', colour: 0 });
  return {
    rects,
    line: cpu ? cpuLine(cpu, scale, room) : new Float64Array(0),
    window: { x: scale.x(sight.from), width: Math.max(4, scale.x(sight.to) - scale.x(sight.from)) },
    texts,
  };
}

/** At most one point for each point of width. */
function cpuLine({ time, value, samples }: PageSamples, scale: TimeScale, room: number): Float64Array {
  const first = firstAt(samples, (i) => time[i], scale.from);
  const stride = Math.max(1, Math.floor((samples - first) / scale.width));
  const points: number[] = [];
  for (let i = first; i < samples; i += stride)
    points.push(scale.x(time[i]), STRIP_HEIGHT - TOP - (Math.min(100, value[i]) / 100) * room);
  return Float64Array.from(points);
}
