/** Values of a pipeline file over ranges, on the virtual clock. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pc from 'picocolors';
import { fail } from '../../base/problem.js';
import { msShort, shareText } from '../../base/text.js';
import { renderPng, renderSvg } from '../../charts/render.js';
import { sweepSpec } from '../../charts/sweep-chart.js';
import { CALIBRATION_FILE, readCalibration } from '../../formats/recording/calibration.js';
import { readServiceTimes } from '../../formats/recording/service-times.js';
import { writeAtomic } from '../../machine/files.js';
import {
  combinations,
  kneeOf,
  readAxis,
  type Sweep,
  type SweepAxis,
  type SweepPoint,
  type SweptTask,
  sweepPoint,
} from '../../pipeline/sweep.js';
import { FONTS } from '../../views/fonts.js';
import type { ExitCode } from '../exit.js';
import { type MeasureOptions, measurePoints } from '../measure-points.js';
import { readPipeline } from '../read-pipeline.js';
import { plainTable } from '../text.js';

/** Options of `infersight sweep`. */
export interface SweepOptions extends MeasureOptions {
  readonly set: readonly string[];
  readonly steps: number;
  readonly serviceFrom?: string;
  readonly scenario?: string;
  readonly missed: number;
  readonly measure?: true;
  readonly picture?: string;
  readonly csv?: true;
  readonly json?: true;
}

const MOST_POINTS = 100_000;

/** Prints the points, where it stops to hold, or a map of two values. */
export async function sweep(file: string, options: SweepOptions): Promise<ExitCode> {
  const axes = options.set.map((text) => readAxis(text, options.steps));
  if (axes.length === 0) fail('usage', 'there is nothing to change', "--set 'detector.rate=10..60 Hz'");
  const all = combinations(axes);
  if (all.length > MOST_POINTS)
    fail('usage', `these are ${all.length} points`, `at most ${MOST_POINTS}: fewer values, or --steps`);
  if (options.picture !== undefined) checkPicture(options.picture, axes);
  const what: Sweep = {
    text: readPipeline(file),
    file,
    limit: options.missed / 100,
    ...(options.serviceFrom === undefined ? {} : timesOf(options.serviceFrom)),
    ...(options.scenario === undefined ? {} : { scenario: options.scenario }),
  };
  const points = options.measure
    ? await measurePoints(what, axes, all, options)
    : all.map((values) => sweepPoint(what, axes, values));
  const [axis] = axes;
  const knee = axis && axes.length === 1 && !options.measure ? kneeOf(what, axis, points) : undefined;
  if (options.picture !== undefined) await draw(options.picture, what, axes, points, options);
  if (options.json) process.stdout.write(`${JSON.stringify({ axes, points, ...(knee ? { knee } : {}) }, null, 2)}\n`);
  else if (options.csv) process.stdout.write(csv(axes, points));
  else
    process.stdout.write(
      `${axes.length === 2 ? map(axes, points) : table(axes, points)}${knee ? `\nholds up to ${pc.bold(knee.holds)}, no more at ${knee.fails}\n` : ''}\n`,
    );
  return 0;
}

/** Of a run that was calibrated, what its tasks do to each other as well. */
function timesOf(folder: string): Pick<Sweep, 'times' | 'calibration'> {
  const calibration = join(folder, CALIBRATION_FILE);
  if (existsSync(calibration)) return { calibration: readCalibration(readFileSync(calibration, 'utf8'), calibration) };
  const path = join(folder, 'service_times.json');
  if (!existsSync(path))
    return fail('file', `${folder} has no service_times.json`, `infersight report ${folder} writes it`);
  return { times: readServiceTimes(readFileSync(path, 'utf8'), path) };
}

/** Before anything is measured. @throws ProblemError `usage` */
function checkPicture(file: string, axes: readonly SweepAxis[]): void {
  if (axes.length > 2) fail('usage', `a picture is of one value or of two, not of ${axes.length}`);
  if (!/\.(png|svg)$/i.test(file)) fail('usage', `${file} is neither .png nor .svg`);
}

/** A picture of the points, PNG or SVG by its name. */
async function draw(
  file: string,
  { limit }: Sweep,
  axes: readonly SweepAxis[],
  points: readonly SweepPoint[],
  { measure, serviceFrom }: SweepOptions,
): Promise<void> {
  const marks = points.flatMap(({ values, tasks }) =>
    tasks.map((t) => ({
      values,
      task: t.task,
      ...(typeof t.p99_ms === 'number' && t.deadline_ms !== undefined ? { used: t.p99_ms / t.deadline_ms } : {}),
      missed: t.miss_ratio ?? 0,
    })),
  );
  const how = measure ? 'measured' : serviceFrom ? `predicted from ${serviceFrom}` : 'simulated';
  const spec = sweepSpec({
    title: axes.map((a) => a.path).join(' and '),
    subtitle: `${points.length} points, ${how}; a task holds while it misses at most ${shareText(limit)} of its releases`,
    paths: axes.map((a) => a.path),
    marks,
    limit,
  });
  await writeAtomic(file, /\.svg$/i.test(file) ? await renderSvg(spec) : await renderPng(spec, FONTS));
}

/** How far a task goes into its deadline. */
const used = ({ p99_ms: p99, deadline_ms: deadline }: SweptTask): number =>
  p99 === 'inf' ? Number.POSITIVE_INFINITY : p99 !== undefined && deadline ? p99 / deadline : 0;

const worst = ({ tasks }: SweepPoint): SweptTask | undefined =>
  tasks.toSorted((a, b) => (b.miss_ratio ?? 0) - (a.miss_ratio ?? 0) || used(b) - used(a))[0];

const p99Text = ({ p99_ms: p99 }: SweptTask): string =>
  p99 === undefined ? '-' : p99 === 'inf' ? 'never' : msShort(p99);

function table(axes: readonly SweepAxis[], points: readonly SweepPoint[]): string {
  const engines = [...new Set(points.flatMap((p) => Object.keys(p.asked)))];
  const head = [...axes.map((a) => a.path), '', 'worst task', 'p99', 'deadline', 'missed', ...engines];
  const rows = plainTable(head, axes.length + 2);
  for (const point of points) {
    const task = worst(point);
    rows.push([
      ...point.values,
      point.holds
        ? pc.green('holds')
        : pc.red(point.invalid ? 'not valid' : Object.values(point.asked).some((s) => s > 1) ? 'too much' : 'misses'),
      task?.task ?? '-',
      task ? p99Text(task) : '-',
      task?.deadline_ms === undefined ? '-' : msShort(task.deadline_ms),
      task?.miss_ratio === undefined ? '-' : shareText(task.miss_ratio),
      ...engines.map((e) => askedText(point.asked[e])),
    ]);
  }
  return trimmed(rows.toString());
}

const askedText = (share: number | undefined): string =>
  share === undefined ? '-' : share > 1 ? pc.red(shareText(share)) : shareText(share);

const trimmed = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');

/** One value down, the other across: where both hold, and the share that the worst task misses elsewhere. */
function map([down, across]: readonly SweepAxis[], points: readonly SweepPoint[]): string {
  if (!down || !across) return '';
  const rows = plainTable([`${down.path} \\ ${across.path}`, ...across.values], 1);
  down.values.forEach((value, i) => {
    const row = points.slice(i * across.values.length, (i + 1) * across.values.length);
    rows.push([value, ...row.map((p) => (p.holds ? pc.green('holds') : pc.red(failText(p))))]);
  });
  return trimmed(rows.toString());
}

/** What is missed, or what is asked for too much. */
function failText(point: SweepPoint): string {
  const missed = worst(point)?.miss_ratio ?? 0;
  const [engine, share] = Object.entries(point.asked).toSorted((a, b) => b[1] - a[1])[0] ?? ['', 0];
  return share > 1 && missed < 0.01 ? `${engine} ${shareText(share)}` : shareText(missed);
}

const cell = (value: unknown): string => {
  const text = value === undefined ? '' : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const csv = (axes: readonly SweepAxis[], points: readonly SweepPoint[]): string =>
  [
    [...axes.map((a) => a.path), 'scenario', 'task', 'deadline_ms', 'p50_ms', 'p99_ms', 'miss_ratio', 'holds']
      .map(cell)
      .join(','),
    ...points.flatMap((p) =>
      p.tasks.map((t) =>
        [...p.values, t.scenario, t.task, t.deadline_ms, t.p50_ms, t.p99_ms, t.miss_ratio, p.holds].map(cell).join(','),
      ),
    ),
    '',
  ].join('\n');
