/** Paints jobs and counters against one axis of time. */
import { firstAt } from '../../base/search.js';
import { NONE, type PageJobs, type PageRecording, type PageSamples } from '../../formats/report/report-page.js';
import { ticks, tickText } from '../ticks.js';
import { DROPPED, deadlineOf, endOf, LATE, ON_TIME, startOf, type TaskIndex, touching } from './timeline-index.js';

export interface Span {
  /** us since the origin. */
  from: number;
  to: number;
}

export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly PageSamples[];
  readonly low: number;
  readonly high: number;
}

export interface TimelinePalette {
  readonly surface: string;
  readonly text: string;
  readonly dim: string;
  readonly line: string;
  readonly run: string;
  readonly wait: string;
  readonly late: string;
  readonly dropped: string;
  readonly chosen: string;
  readonly shade: string;
  readonly lines: readonly string[];
}

export interface Scene {
  readonly recording: PageRecording;
  readonly jobs: PageJobs;
  readonly indexes: readonly TaskIndex[];
  readonly panels: readonly Panel[];
  readonly palette: TimelinePalette;
  readonly chosen: number | undefined;
}

export const AXIS_HEIGHT = 26;
export const TASK_HEIGHT = 50;
export const PANEL_HEIGHT = 84;
/** Of the names of tasks and panels, left of the axis. */
export const nameWidth = (width: number): number => (width < 560 ? 84 : 130);
const RUN_TOP = 22;
const RUN_HEIGHT = 22;
/** More jobs than this for each point of width are drawn as sums. */
const DENSE = 0.3;

export const sceneHeight = (tasks: number, panels: number): number =>
  AXIS_HEIGHT + tasks * TASK_HEIGHT + panels * PANEL_HEIGHT + 8;
export const timeToX = (time: number, span: Span, width: number): number =>
  nameWidth(width) + ((time - span.from) / (span.to - span.from)) * (width - nameWidth(width));
export const xToTime = (x: number, span: Span, width: number): number =>
  span.from + ((x - nameWidth(width)) / (width - nameWidth(width))) * (span.to - span.from);

export function paintTimeline(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  span: Span,
  scene: Scene,
): void {
  const { palette, recording, indexes, panels } = scene;
  const ratio = globalThis.devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, width, height);
  context.font = '11px Inter, system-ui, sans-serif';
  const x = (time: number): number => timeToX(time, span, width);
  context.fillStyle = palette.shade;
  for (const [a, b] of [
    [span.from, Math.min(span.to, recording.measure[0])],
    [Math.max(span.from, recording.measure[1]), span.to],
  ])
    if (b > a) context.fillRect(x(a), AXIS_HEIGHT, x(b) - x(a), height);
  paintAxis(context, width, height, span, palette);
  if (recording.iterations) paintIterations(context, height, span, scene, x);
  indexes.forEach((index, i) => {
    const top = AXIS_HEIGHT + i * TASK_HEIGHT;
    context.save();
    context.beginPath();
    context.rect(nameWidth(width), top, width - nameWidth(width), TASK_HEIGHT);
    context.clip();
    paintTask(context, width, top, span, index, scene);
    context.restore();
    nameOf(context, index.name, top + TASK_HEIGHT / 2 + 4, palette.text, nameWidth(width));
    rule(context, top + TASK_HEIGHT, width, palette.line);
  });
  panels.forEach((panel, i) => {
    const top = AXIS_HEIGHT + indexes.length * TASK_HEIGHT + i * PANEL_HEIGHT;
    paintPanel(context, width, top, span, panel, palette);
    rule(context, top + PANEL_HEIGHT, width, palette.line);
  });
}

function nameOf(context: CanvasRenderingContext2D, name: string, y: number, colour: string, wide: number): void {
  context.fillStyle = colour;
  context.textAlign = 'left';
  const most = Math.floor(wide / 6.8);
  context.fillText(name.length > most ? `${name.slice(0, most - 1)}…` : name, 8, y, wide - 12);
}

function rule(context: CanvasRenderingContext2D, y: number, width: number, colour: string): void {
  context.fillStyle = colour;
  context.fillRect(0, y - 0.5, width, 1);
}

function paintAxis(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  span: Span,
  palette: TimelinePalette,
): void {
  const seconds = span.to - span.from >= 2e6;
  const scale = seconds ? 1e6 : 1e3;
  const marks = ticks(span.from / scale, span.to / scale, Math.max(2, (width - nameWidth(width)) / 110));
  const step = marks.length > 1 ? marks[1] - marks[0] : 1;
  context.textAlign = 'center';
  for (const mark of marks) {
    const x = timeToX(mark * scale, span, width);
    context.fillStyle = palette.line;
    context.fillRect(x, AXIS_HEIGHT, 1, height - AXIS_HEIGHT);
    context.fillStyle = palette.dim;
    if (x > nameWidth(width) + 10 && x < width - 24)
      context.fillText(`${tickText(mark, step)} ${seconds ? 's' : 'ms'}`, x, 17);
  }
}

function paintIterations(
  context: CanvasRenderingContext2D,
  height: number,
  span: Span,
  { recording, palette }: Scene,
  x: (t: number) => number,
): void {
  const begins = recording.iterations ?? [];
  const first = firstAt(begins.length, (i) => begins[i], span.from);
  const last = firstAt(begins.length, (i) => begins[i], span.to);
  if (last - first > 400) return;
  context.fillStyle = palette.dim;
  for (let i = first; i < last; i++) context.fillRect(x(begins[i]), AXIS_HEIGHT, 1, height);
}

function paintTask(
  context: CanvasRenderingContext2D,
  width: number,
  top: number,
  span: Span,
  index: TaskIndex,
  scene: Scene,
): void {
  const { first, last } = touching(index, scene.jobs, span.from, span.to);
  if (last - first > (width - nameWidth(width)) * DENSE) paintSums(context, width, top, span, index, scene);
  else for (let k = first; k < last; k++) paintJob(context, width, top, span, index, k, scene);
}

/** By point of width: how busy the task was, and which part of its jobs was missed. */
function paintSums(
  context: CanvasRenderingContext2D,
  width: number,
  top: number,
  span: Span,
  index: TaskIndex,
  { jobs, palette }: Scene,
): void {
  const n = index.to - index.from;
  const step = (span.to - span.from) / (width - nameWidth(width));
  let row = firstAt(n, (i) => jobs.release[index.from + i], span.from);
  for (let px = nameWidth(width); px < width && row < n; px++) {
    const end = span.from + (px + 1 - nameWidth(width)) * step;
    let next = row;
    // Columns hold few jobs as a rule; a search pays only where they hold many.
    if (next < n && jobs.release[index.from + Math.min(n - 1, next + 16)] < end)
      next += firstAt(n - next, (i) => jobs.release[index.from + row + i], end);
    else while (next < n && jobs.release[index.from + next] < end) next++;
    if (next === row) continue;
    const load = Math.min(1, (index.busy[next] - index.busy[row]) / step);
    context.fillStyle = palette.run;
    // A task that runs seldom is seen too.
    const tall = Math.max(2, RUN_HEIGHT * load);
    context.fillRect(px, top + RUN_TOP + RUN_HEIGHT - tall, 1, tall);
    const missed = index.misses[next] - index.misses[row];
    if (missed > 0) {
      const part = Math.max(0.25, missed / (next - row));
      context.fillStyle = palette.late;
      context.fillRect(px, top + 4 + 14 * (1 - part), 1.5, 14 * part);
    }
    row = next;
  }
}

function paintJob(
  context: CanvasRenderingContext2D,
  width: number,
  top: number,
  span: Span,
  index: TaskIndex,
  k: number,
  scene: Scene,
): void {
  const { jobs, palette } = scene;
  const row = index.from + k;
  const x = (time: number): number => timeToX(time, span, width);
  const [release, start, end] = [jobs.release[row], startOf(jobs, row), endOf(jobs, row)];
  const fate = index.fate[k];
  if (start > release) {
    context.fillStyle = palette.wait;
    context.fillRect(x(release), top + 13, Math.max(1, x(start) - x(release)), 5);
  }
  context.fillStyle = palette.dim;
  context.fillRect(x(release), top + 6, 1, 12);
  if (fate === ON_TIME || fate === LATE) {
    context.fillStyle = fate === LATE ? palette.late : palette.run;
    const left = x(start);
    context.fillRect(left, top + RUN_TOP, Math.max(1.5, x(end) - left), RUN_HEIGHT);
  } else if (fate === DROPPED) cross(context, x(end), top + 12, palette.dropped);
  const due = deadlineOf(index, jobs, row);
  if (due !== undefined && (span.to - span.from) / (width - nameWidth(width)) < index.deadline! / 12) {
    context.fillStyle = palette.late;
    context.fillRect(x(due), top + 4, 1, 6);
  }
  if (scene.chosen === row) {
    context.strokeStyle = palette.chosen;
    context.lineWidth = 2.5;
    const dropped = fate === DROPPED;
    const [left, right] = dropped ? [x(end) - 7, x(end) + 7] : [x(start) - 2, Math.max(x(start) + 4, x(end) + 2)];
    context.strokeRect(left, top + (dropped ? 4 : RUN_TOP - 2), right - left, dropped ? 16 : RUN_HEIGHT + 4);
  }
}

function cross(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x - 4, y - 4);
  context.lineTo(x + 4, y + 4);
  context.moveTo(x + 4, y - 4);
  context.lineTo(x - 4, y + 4);
  context.stroke();
}

function paintPanel(
  context: CanvasRenderingContext2D,
  width: number,
  top: number,
  span: Span,
  panel: Panel,
  palette: TimelinePalette,
): void {
  const { low, high } = panel;
  const bottom = top + PANEL_HEIGHT - 10;
  const y = (value: number): number => bottom - ((value - low) / (high - low || 1)) * (PANEL_HEIGHT - 26);
  // On a narrow screen the name stands above the largest value, not beside it.
  const narrow = nameWidth(width) < 100;
  nameOf(context, panel.title, top + (narrow ? 13 : 18), palette.text, nameWidth(width));
  context.fillStyle = palette.dim;
  context.textAlign = 'right';
  for (const mark of [low, high])
    context.fillText(
      `${Number(mark.toPrecision(3))} ${panel.unit}`,
      nameWidth(width) - 8,
      y(mark) + (narrow && mark === high ? 14 : 4),
      nameWidth(width) - 16,
    );
  context.save();
  context.beginPath();
  context.rect(nameWidth(width), top, width - nameWidth(width), PANEL_HEIGHT);
  context.clip();
  panel.series.forEach((series, i) => {
    context.strokeStyle = palette.lines[i % palette.lines.length];
    context.lineWidth = i === 0 ? 1.6 : 1;
    strokeSeries(context, width, span, series, y);
  });
  let x = nameWidth(width) + 8;
  context.textAlign = 'left';
  panel.series.forEach(({ name }, i) => {
    context.fillStyle = palette.lines[i % palette.lines.length];
    context.fillText(name, x, top + 13);
    x += context.measureText(name).width + 12;
  });
  context.restore();
}

/** A value describes the time up to its sample, so it is drawn as steps; where samples are dense, as a band. */
function strokeSeries(
  context: CanvasRenderingContext2D,
  width: number,
  span: Span,
  { time, value, samples }: PageSamples,
  y: (v: number) => number,
): void {
  const x = (t: number): number => timeToX(t, span, width);
  const first = Math.max(0, firstAt(samples, (i) => time[i], span.from) - 1);
  const last = Math.min(samples, firstAt(samples, (i) => time[i], span.to) + 1);
  const stride = Math.max(1, Math.floor((last - first) / (width * 2)));
  context.beginPath();
  for (let i = first; i < last; i += stride) {
    let [low, high] = [value[i], value[i]];
    for (let k = i + 1; k < Math.min(last, i + stride); k++) {
      low = Math.min(low, value[k]);
      high = Math.max(high, value[k]);
    }
    const before = i === 0 ? time[i] : time[i - 1];
    context.lineTo(x(before), y(high));
    if (low !== high) context.lineTo(x(time[i]), y(low));
    context.lineTo(x(time[i]), y(high));
  }
  context.stroke();
}

/** Row of the job at a place of the canvas; where many share a point, a missed one; -1 without one. */
export function jobAt(px: number, py: number, width: number, span: Span, { indexes, jobs }: Scene): number {
  const index = indexes[Math.floor((py - AXIS_HEIGHT) / TASK_HEIGHT)];
  if (!index || py < AXIS_HEIGHT || px < nameWidth(width)) return -1;
  const point = (span.to - span.from) / (width - nameWidth(width));
  const time = xToTime(px, span, width);
  const { first, last } = touching(index, jobs, time - 2 * point, time + 2 * point);
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let k = first; k < Math.min(last, first + 4000); k++) {
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
