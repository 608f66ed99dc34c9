/** Values of a pipeline file over ranges, on the virtual clock. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pc from 'picocolors';
import { fail } from '../../base/problem.js';
import { shareText } from '../../base/text.js';
import { CALIBRATION_FILE, readCalibration } from '../../formats/recording/calibration.js';
import { readServiceTimes } from '../../formats/recording/service-times.js';
import {
  combinations,
  kneeOf,
  POWER_MODE,
  readAxis,
  type Sweep,
  type SweepAxis,
  type SweepPoint,
  sweepPoint,
} from '../../pipeline/sweep.js';
import type { ExitCode } from '../exit.js';
import { type MeasureOptions, measurePoints } from '../measure-points.js';
import { readPipeline } from '../read-pipeline.js';
import { checkPicture, drawSweep } from '../sweep-picture.js';
import { enginesOf, kneeText, sweepHead, sweepRow, worstTask } from '../sweep-rows.js';
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
  if (!options.measure && axes.some((a) => a.path === POWER_MODE))
    fail('usage', `${POWER_MODE} is a state of the device, which no simulation knows`, 'with --measure, on a Jetson');
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
  if (options.picture !== undefined)
    await drawSweep(options.picture, { axes, points, knee, limit: what.limit, how: howText(options) });
  if (options.json) process.stdout.write(`${JSON.stringify({ axes, points, ...(knee ? { knee } : {}) }, null, 2)}\n`);
  else if (options.csv) process.stdout.write(csv(axes, points));
  else
    process.stdout.write(
      `${axes.length === 2 ? map(axes, points) : table(axes, points)}${knee ? `\n${kneeText(knee)}\n` : ''}\n`,
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

const howText = ({ measure, serviceFrom }: SweepOptions): string =>
  measure ? 'measured' : serviceFrom ? `predicted from ${serviceFrom}` : 'simulated';

function table(axes: readonly SweepAxis[], points: readonly SweepPoint[]): string {
  const head = sweepHead(axes, points);
  const rows = plainTable(head, axes.length + 2);
  const engines = enginesOf(points);
  for (const point of points)
    rows.push(
      sweepRow(point, points).map((text, i) => {
        if (i === axes.length) return (point.holds ? pc.green : pc.red)(text);
        const engine = engines[i - (head.length - engines.length)];
        return engine !== undefined && (point.asked[engine] ?? 0) > 1 ? pc.red(text) : text;
      }),
    );
  return trimmed(rows.toString());
}

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
  const missed = worstTask(point)?.miss_ratio ?? 0;
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
