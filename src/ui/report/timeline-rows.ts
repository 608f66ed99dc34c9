/** The jobs of a task on the timeline: each by itself, or summed up where they are too dense; and which is at a place. */
import { firstAt } from '../../base/search.js';
import { NONE } from '../../formats/report/report-page.js';
import type { TimeScale } from '../canvas/time-scale.js';
import type { Colour, Draft, TimelineData } from './timeline-draft.js';
import { deadlineOf, endOf, LATE, ON_TIME, startOf, touching } from './timeline-index.js';
import { type Lane, laneAt } from './timeline-lanes.js';

/** More jobs than this for each point of width are drawn as sums. */
const DENSE = 0.3;
/** Jobs that a search under the pointer looks at. */
const MOST_UNDER_POINTER = 4000;
/** Bars of at least this width leave a gap to the next one. */
const GAP_FROM = 4;
/** Height of the line of a wait above the bars, and of the ticks of releases and deadlines. */
const [WAIT, TICK] = [5, 6];

/** Whether some lane has too many jobs in sight to draw each: then all show sums, so that rows can be compared. */
export const isDense = ({ indexes, jobs }: TimelineData, scale: TimeScale): boolean =>
  indexes.some((index) => {
    const { first, last } = touching(index, jobs, scale.from, scale.to);
    return last - first > scale.width * DENSE;
  });

/** @param top of the lane on the canvas, points */
export function addLane(draft: Draft, lane: Lane, top: number): void {
  if (draft.dense) {
    addSums(draft, lane, top);
    return;
  }
  const { first, last } = touching(lane.index, draft.data.jobs, draft.scale.from, draft.scale.to);
  for (let k = first; k < last; k++) addJob(draft, lane, k, top);
}

/** Cut at the left end of the axis. */
function addCut({ scale, rects }: Draft, colour: Colour, x: number, y: number, width: number, height: number): void {
  const left = Math.max(x, scale.left);
  if (x + width > left) rects.add(colour, left, y, x + width - left, height);
}

/** By point of width: how busy the task was, and above it which part of its jobs was late and which never done. */
function addSums({ scale, rects, data }: Draft, { index, bar }: Lane, top: number): void {
  const { release } = data.jobs;
  const n = index.to - index.from;
  const step = scale.perPoint;
  const room = bar.top - 6;
  let row = firstAt(n, (i) => release[index.from + i], scale.from);
  for (let x = scale.left; x < scale.right && row < n; x++) {
    const next = row + countBefore(release, index.from + row, n - row, scale.time(x + 1));
    if (next === row) continue;
    const load = Math.min(1, (index.busy[next] - index.busy[row]) / step);
    // A task that runs seldom is seen too.
    const tall = Math.max(2, bar.height * load);
    rects.add('run', x, top + bar.top + bar.height - tall, 1, tall);
    const missed = index.misses[next] - index.misses[row];
    if (missed > 0) {
      const high = room * Math.max(0.25, missed / (next - row));
      const never = (high * (index.drops[next] - index.drops[row])) / missed;
      if (high > never) rects.add('late', x, top + 4 + room - high, 1.5, high - never);
      if (never > 0) rects.add('dropped', x, top + 4 + room - never, 1.5, never);
    }
    row = next;
  }
}

/** How many of `count` rows from `from` on were released before `end`. Columns hold few jobs as a rule; a search pays only where they hold many. */
function countBefore(release: ArrayLike<number>, from: number, count: number, end: number): number {
  if (count > 0 && release[from + Math.min(count - 1, 16)] < end) return firstAt(count, (i) => release[from + i], end);
  let found = 0;
  while (found < count && release[from + found] < end) found++;
  return found;
}

/** Release, wait, run; the part of the run behind the deadline is late. */
function addJob(draft: Draft, { index, bar }: Lane, k: number, top: number): void {
  const { scale, rects, hatches, data } = draft;
  const { jobs } = data;
  const row = index.from + k;
  const [release, start, end] = [jobs.release[row], startOf(jobs, row), endOf(jobs, row)];
  const fate = index.fate[k];
  const x = (time: number): number => scale.x(time);
  const due = deadlineOf(index, jobs, row);
  const y = top + bar.top;
  addCut(draft, 'dim', x(release), y - TICK, 1, TICK);
  const box = { x: x(start), y, width: Math.max(1.5, x(end) - x(start)), height: bar.height };
  if (fate === ON_TIME || fate === LATE) {
    if (start > release) addCut(draft, 'wait', x(release), y - WAIT, Math.max(1, x(start) - x(release)), WAIT - 1);
    addRun(draft, box, fate === LATE && due !== undefined ? x(due) : Number.POSITIVE_INFINITY);
  } else {
    const from = Math.max(scale.left, x(release));
    const wide = Math.max(7, x(end) - x(release));
    if (x(release) + wide > scale.left)
      // Above the bars: what ran meanwhile stays in sight.
      hatches.push({ x: from, y: y - bar.top + 3, width: x(release) + wide - from, height: bar.top - WAIT - 3 });
    Object.assign(box, { x: x(release), width: wide });
  }
  if (due !== undefined && scale.perPoint < (index.deadline ?? 0) / 12 && x(due) >= scale.left)
    rects.add('late', x(due), y + bar.height, 1, TICK);
  if (data.chosen === row || data.hovered === row) {
    const colour = data.chosen === row ? 'chosen' : 'dim';
    draft.frames.push({ x: box.x - 2, y: y - 2, width: box.width + 4, height: bar.height + 4, colour });
  }
}

/** @param due points; what lies behind it is late */
function addRun(
  draft: Draft,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  due: number,
): void {
  const drawn = width > GAP_FROM ? width - 1 : width;
  const right = x + drawn;
  if (x < due) addCut(draft, 'run', x, y, Math.min(right, due) - x, height);
  if (right > due) {
    const from = Math.max(x, due);
    // However little of it: a job that is late is seen to be.
    addCut(draft, 'late', Math.min(from, right - 1.5), y, Math.max(1.5, right - from), height);
  }
}

/** Row of the job at a place of the lanes; where many share a point, a missed one; -1 without one. @param py from the top of the lanes */
export function jobAt(px: number, py: number, scale: TimeScale, { layout, jobs }: TimelineData): number {
  const lane = laneAt(layout, py);
  if (!lane || px < scale.left) return -1;
  const { index } = lane;
  // What was never done is drawn above the bars.
  const above = py - lane.top < lane.bar.top - WAIT;
  const point = scale.perPoint;
  const time = scale.time(px);
  const { first, last } = touching(index, jobs, time - 2 * point, time + 2 * point);
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let k = first; k < Math.min(last, first + MOST_UNDER_POINTER); k++) {
    const row = index.from + k;
    const [start, end] = [startOf(jobs, row), endOf(jobs, row)];
    const inRun = jobs.run[row] !== NONE && time >= start && time <= end;
    const inWait = time >= jobs.release[row] && time < start;
    const far = inRun ? 0 : inWait ? point * 0.5 : Math.min(Math.abs(time - start), Math.abs(time - end)) + point * 0.5;
    const ran = index.fate[k] === ON_TIME || index.fate[k] === LATE;
    const rank = far + (ran === above ? 2 * point : 0) - (index.fate[k] === ON_TIME ? 0 : point * 0.25);
    if (rank < least) {
      least = rank;
      best = row;
    }
  }
  return least <= 4 * point ? best : -1;
}
