/**
 * The timeline as data: which rectangles, lines and words lie where. Painting, the test of what is under a pointer, and
 * tests read the same scene.
 *
 *     names | axis ----------------------------------------------
 *     task  | release ' wait ==== run ######## deadline .   cross
 *     ...   | (where jobs are too dense: busy part, missed part)
 *     panel | lines of the counters
 */
import { firstAt } from '../../base/search.js';
import { type Span, TimeScale } from '../canvas/time-scale.js';
import { ticks, tickText } from '../ticks.js';
import {
  AXIS_HEIGHT,
  addName,
  type Draft,
  PANEL_HEIGHT,
  Rects,
  TASK_HEIGHT,
  type TimelineData,
  type TimelineScene,
} from './timeline-draft.js';
import { addPanel } from './timeline-panels.js';
import { addTask } from './timeline-rows.js';

const MOST_ITERATIONS = 400;

/** Of the names of tasks and panels, left of the axis. */
const nameWidth = (width: number): number => (width < 560 ? 84 : 130);

/** The axis of a timeline of this width. */
export const timelineScale = (span: Span, width: number): TimeScale => new TimeScale(span, nameWidth(width), width);

/** Points that a timeline is high. */
export const sceneHeight = (tasks: number, panels: number): number =>
  AXIS_HEIGHT + tasks * TASK_HEIGHT + panels * PANEL_HEIGHT + 8;

/** @param width of the whole, points @param measure points that a text is wide */
export function timelineScene(
  data: TimelineData,
  span: Span,
  width: number,
  measure: (text: string) => number,
): TimelineScene {
  const { indexes, panels } = data;
  const height = sceneHeight(indexes.length, panels.length);
  const scale = timelineScale(span, width);
  const draft: Draft = { scale, data, rects: new Rects(), crosses: [], lines: [], texts: [], measure };
  addShades(draft, height);
  addAxis(draft, height);
  addIterations(draft, height);
  indexes.forEach((index, i) => {
    const top = AXIS_HEIGHT + i * TASK_HEIGHT;
    addTask(draft, index, top);
    addName(draft, index.name, top + TASK_HEIGHT / 2 + 4);
    draft.rects.add('line', 0, top + TASK_HEIGHT - 0.5, width, 1);
  });
  panels.forEach((panel, i) => {
    const top = AXIS_HEIGHT + indexes.length * TASK_HEIGHT + i * PANEL_HEIGHT;
    addPanel(draft, panel, top);
    draft.rects.add('line', 0, top + PANEL_HEIGHT - 0.5, width, 1);
  });
  const { rects, crosses, lines, texts, frame } = draft;
  return { scale, width, height, rects, crosses, lines, texts, ...(frame ? { frame } : {}) };
}

/** What does not count: before and behind the measured window. */
function addShades({ scale, rects, data: { recording } }: Draft, height: number): void {
  const [from, to] = recording.measure;
  for (const [a, b] of [
    [scale.from, Math.min(scale.to, from)],
    [Math.max(scale.from, to), scale.to],
  ])
    if (b > a) rects.add('shade', scale.x(a), AXIS_HEIGHT, scale.x(b) - scale.x(a), height);
}

function addAxis({ scale, rects, texts }: Draft, height: number): void {
  const seconds = scale.to - scale.from >= 2e6;
  const unit = seconds ? 1e6 : 1e3;
  const marks = ticks(scale.from / unit, scale.to / unit, Math.max(2, scale.width / 110));
  const step = marks.length > 1 ? marks[1] - marks[0] : 1;
  for (const mark of marks) {
    const x = scale.x(mark * unit);
    rects.add('line', x, AXIS_HEIGHT, 1, height - AXIS_HEIGHT);
    if (x > scale.left + 10 && x < scale.right - 24)
      texts.push({ text: `${tickText(mark, step)} ${seconds ? 's' : 'ms'}`, x, y: 17, align: 'center', colour: 'dim' });
  }
}

function addIterations({ scale, rects, data: { recording } }: Draft, height: number): void {
  const begins = recording.iterations ?? [];
  const first = firstAt(begins.length, (i) => begins[i], scale.from);
  const last = firstAt(begins.length, (i) => begins[i], scale.to);
  if (last - first > MOST_ITERATIONS) return;
  for (let i = first; i < last; i++) rects.add('dim', scale.x(begins[i]), AXIS_HEIGHT, 1, height);
}
