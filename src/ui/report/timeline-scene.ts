/**
 * The timeline as data: which rectangles, lines and words lie where. Painting, the test of what is under a pointer, and
 * tests read the same scene.
 *
 *     names | axis ----------------------------------------------
 *     task  | release ' wait ---- run ####|late   // never done
 *     ...   | (where jobs are too dense: busy part, missed part)
 *     panel | lines of the counters
 */
import { firstAt } from '../../base/search.js';
import { type Span, TimeScale } from '../canvas/time-scale.js';
import { ticks, tickText } from '../ticks.js';
import {
  AXIS_HEIGHT,
  type Draft,
  PANEL_HEIGHT,
  Rects,
  type TimelineData,
  type TimelineScene,
} from './timeline-draft.js';
import { deadlineOf, endOf } from './timeline-index.js';
import { addPanel } from './timeline-panels.js';
import { addLane, isDense } from './timeline-rows.js';

const MOST_ITERATIONS = 400;

/** Of the names of tasks and panels, left of the axis. */
export const nameWidth = (width: number): number => (width < 560 ? 92 : 150);

/** The axis of a timeline of this width. */
export const timelineScale = (span: Span, width: number): TimeScale => new TimeScale(span, nameWidth(width), width);

/** Points that everything below the axis is high. */
export const lanesHeight = ({ layout, panels }: TimelineData): number =>
  layout.height + panels.length * PANEL_HEIGHT + 8;

/** What of a timeline is in sight. */
export interface SceneView {
  readonly width: number;
  /** With the axis. */
  readonly height: number;
  /** Points of the lanes that are scrolled out above. */
  readonly scrolled: number;
}

/** @param measure points that a text is wide @param deadline the word for it */
export function timelineScene(
  data: TimelineData,
  span: Span,
  { width, height, scrolled }: SceneView,
  measure: (text: string) => number,
  deadline = 'deadline',
): TimelineScene {
  const scale = timelineScale(span, width);
  const parts = { rects: new Rects(), hatches: [], frames: [], lines: [], texts: [], axis: [] };
  const draft: Draft = { scale, data, ...parts, dense: isDense(data, scale), measure };
  const begin = AXIS_HEIGHT - scrolled;
  const inSight = (top: number, tall: number): boolean => top + tall > AXIS_HEIGHT && top < height;
  addShades(draft, height);
  addAxis(draft, height);
  addIterations(draft, height);
  for (const lane of data.layout.lanes) {
    const top = begin + lane.top;
    if (!inSight(top, lane.height)) continue;
    addLane(draft, lane, top);
    draft.rects.add('line', 0, top + lane.height - 0.5, width, 1);
  }
  for (const heading of data.layout.headings) {
    const top = begin + heading.top;
    if (inSight(top, heading.height)) draft.rects.add('line', 0, top + heading.height - 0.5, width, 1);
  }
  data.panels.forEach((panel, i) => {
    const top = begin + data.layout.height + i * PANEL_HEIGHT;
    if (!inSight(top, PANEL_HEIGHT)) return;
    addPanel(draft, panel, top);
    draft.rects.add('line', 0, top + PANEL_HEIGHT - 0.5, width, 1);
  });
  addChosen(draft, begin, deadline);
  const { rects, hatches, frames, lines, texts, axis } = draft;
  return { scale, width, height, rects, hatches, frames, lines, texts, axis };
}

/** What does not count, before and behind the measured window; and what was marked. */
function addShades({ scale, rects, data: { recording, marked } }: Draft, height: number): void {
  const [from, to] = recording.measure;
  for (const [a, b] of [
    [scale.from, Math.min(scale.to, from)],
    [Math.max(scale.from, to), scale.to],
  ])
    if (b > a) rects.add('shade', scale.x(a), AXIS_HEIGHT, scale.x(b) - scale.x(a), height);
  if (!marked) return;
  const [a, b] = [Math.max(scale.from, marked.from), Math.min(scale.to, marked.to)];
  if (b > a) rects.add('marked', scale.x(a), AXIS_HEIGHT, scale.x(b) - scale.x(a), height);
}

/** Digits of the ticks, where the axis is told in seconds or milliseconds. */
function addAxis({ scale, rects, axis }: Draft, height: number): void {
  const seconds = scale.to >= 2e6;
  const unit = seconds ? 1e6 : 1e3;
  const marks = ticks(scale.from / unit, scale.to / unit, Math.max(2, scale.width / 110));
  const step = marks.length > 1 ? marks[1] - marks[0] : 1;
  for (const mark of marks) {
    const x = scale.x(mark * unit);
    rects.add('line', x, AXIS_HEIGHT, 1, height - AXIS_HEIGHT);
    if (x > scale.left + 10 && x < scale.right - 24)
      axis.push({ text: `${tickText(mark, step)} ${seconds ? 's' : 'ms'}`, x, y: 17, align: 'center', colour: 'dim' });
  }
}

function addIterations({ scale, rects, data: { recording } }: Draft, height: number): void {
  const begins = recording.iterations ?? [];
  const first = firstAt(begins.length, (i) => begins[i], scale.from);
  const last = firstAt(begins.length, (i) => begins[i], scale.to);
  if (last - first > MOST_ITERATIONS) return;
  for (let i = first; i < last; i++) rects.add('dim', scale.x(begins[i]), AXIS_HEIGHT, 1, height);
}

/** From the release of the chosen job to its end, and its deadline. */
function addChosen({ scale, rects, texts, data }: Draft, begin: number, word: string): void {
  const { chosen, jobs, layout } = data;
  const lane = layout.lanes.find(({ index }) => chosen !== undefined && chosen >= index.from && chosen < index.to);
  if (!lane || chosen === undefined) return;
  const top = begin + lane.top;
  const due = deadlineOf(lane.index, jobs, chosen);
  const right = Math.max(due ?? 0, endOf(jobs, chosen));
  const [x, end] = [Math.max(scale.left, scale.x(jobs.release[chosen])), Math.min(scale.right, scale.x(right))];
  if (end > x) rects.add('chosen', x, top + lane.height - 4, end - x, 2.5);
  if (due === undefined || scale.x(due) < scale.left || scale.x(due) > scale.right) return;
  rects.add('text', scale.x(due) - 0.75, top + 2, 1.5, lane.height - 4);
  const before = scale.x(due) > scale.right - 70;
  texts.push({
    text: word,
    x: scale.x(due) + (before ? -5 : 5),
    y: top + 11,
    align: before ? 'right' : 'left',
    colour: 'text',
  });
}
