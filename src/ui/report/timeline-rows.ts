/** The jobs of a task on the timeline: each by itself, or summed up where they are too dense; and which is at a place. */
import { firstAt } from '../../base/search.js';
import { NONE } from '../../formats/report/report-page.js';
import type { TimeScale } from '../canvas/time-scale.js';
import { AXIS_HEIGHT, type Colour, type Draft, TASK_HEIGHT, type TimelineData } from './timeline-draft.js';
import { DROPPED, deadlineOf, endOf, LATE, ON_TIME, startOf, type TaskIndex, touching } from './timeline-index.js';

const RUN_TOP = 22;
const RUN_HEIGHT = 22;
/** More jobs than this for each point of width are drawn as sums. */
const DENSE = 0.3;
/** Jobs that a search under the pointer looks at. */
const MOST_UNDER_POINTER = 4000;

/** @param top of the row, points */
export function addTask(draft: Draft, index: TaskIndex, top: number): void {
  const { scale, data } = draft;
  const { first, last } = touching(index, data.jobs, scale.from, scale.to);
  if (last - first > scale.width * DENSE) addSums(draft, index, top);
  else for (let k = first; k < last; k++) addJob(draft, index, k, top);
}

/** Cut at the left end of the axis. */
function addCut({ scale, rects }: Draft, colour: Colour, x: number, y: number, width: number, height: number): void {
  const left = Math.max(x, scale.left);
  if (x + width > left) rects.add(colour, left, y, x + width - left, height);
}

/** By point of width: how busy the task was, and which part of its jobs was missed. */
function addSums(draft: Draft, index: TaskIndex, top: number): void {
  const { scale, rects, data } = draft;
  const { release } = data.jobs;
  const n = index.to - index.from;
  const step = scale.perPoint;
  let row = firstAt(n, (i) => release[index.from + i], scale.from);
  for (let x = scale.left; x < scale.right && row < n; x++) {
    const end = scale.time(x + 1);
    const next = row + countBefore(release, index.from + row, n - row, end);
    if (next === row) continue;
    const load = Math.min(1, (index.busy[next] - index.busy[row]) / step);
    // A task that runs seldom is seen too.
    const tall = Math.max(2, RUN_HEIGHT * load);
    rects.add('run', x, top + RUN_TOP + RUN_HEIGHT - tall, 1, tall);
    const missed = index.misses[next] - index.misses[row];
    if (missed > 0) {
      const part = Math.max(0.25, missed / (next - row));
      rects.add('late', x, top + 4 + 14 * (1 - part), 1.5, 14 * part);
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

function addJob(draft: Draft, index: TaskIndex, k: number, top: number): void {
  const { scale, rects, crosses, data } = draft;
  const { jobs } = data;
  const row = index.from + k;
  const [release, start, end] = [jobs.release[row], startOf(jobs, row), endOf(jobs, row)];
  const fate = index.fate[k];
  const x = (time: number): number => scale.x(time);
  if (start > release) addCut(draft, 'wait', x(release), top + 13, Math.max(1, x(start) - x(release)), 5);
  addCut(draft, 'dim', x(release), top + 6, 1, 12);
  if (fate === ON_TIME || fate === LATE)
    addCut(
      draft,
      fate === LATE ? 'late' : 'run',
      x(start),
      top + RUN_TOP,
      Math.max(1.5, x(end) - x(start)),
      RUN_HEIGHT,
    );
  else if (fate === DROPPED) crosses.push({ x: x(end), y: top + 12 });
  const due = deadlineOf(index, jobs, row);
  if (due !== undefined && scale.perPoint < (index.deadline ?? 0) / 12 && x(due) >= scale.left)
    rects.add('late', x(due), top + 4, 1, 6);
  if (data.chosen === row) draft.frame = frameOf(x(start), x(end), fate === DROPPED, top);
}

function frameOf(start: number, end: number, dropped: boolean, top: number): Draft['frame'] {
  if (dropped) return { x: end - 7, y: top + 4, width: 14, height: 16 };
  return {
    x: start - 2,
    y: top + RUN_TOP - 2,
    width: Math.max(start + 4, end + 2) - start + 2,
    height: RUN_HEIGHT + 4,
  };
}

/** Row of the job at a place of the timeline; where many share a point, a missed one; -1 without one. */
export function jobAt(px: number, py: number, scale: TimeScale, { indexes, jobs }: TimelineData): number {
  const index = indexes[Math.floor((py - AXIS_HEIGHT) / TASK_HEIGHT)];
  if (!index || py < AXIS_HEIGHT || px < scale.left) return -1;
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
    const rank = far - (index.fate[k] === ON_TIME ? 0 : point * 0.25);
    if (rank < least) {
      least = rank;
      best = row;
    }
  }
  return least <= 3 * point ? best : -1;
}
