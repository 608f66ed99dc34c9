/** A pipeline file with some of its values changed, on the virtual clock: at which values its tasks keep their deadlines. */
import { effectiveQuantiles } from '../analysis/distribution.js';
import { countJobs, measuredJobs, responses, services } from '../analysis/jobs.js';
import { suggest } from '../base/nearest.js';
import { fail, ProblemError } from '../base/problem.js';
import { meanOf } from '../base/sum.js';
import { parsePipeline } from '../formats/pipeline/parse.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { withValues } from '../formats/pipeline/with-values.js';
import type { Calibration } from '../formats/recording/calibration.js';
import type { ServiceTimes } from '../formats/recording/service-times.js';
import type { ProfileReport } from '../formats/report/report.js';
import { assembleJobs } from '../workload/assemble.js';
import { simulate } from '../workload/simulate.js';
import { modelsOf, type PredictionBase, predict } from './predict.js';
import { simulatedTask } from './stages/simulate.js';

/** A value of the file that is changed. */
export interface SweepAxis {
  /** `detector.rate`, `models.detector.build.service`, as it was asked for. */
  readonly path: string;
  readonly values: readonly string[];
}

/** A task at a point. */
export interface SweptTask {
  readonly scenario: string;
  readonly task: string;
  readonly deadline_ms?: number;
  /** Of all releases; "inf" where so many were never done, absent with too few. */
  readonly p50_ms?: number | 'inf';
  readonly p99_ms?: number | 'inf';
  /** Absent without a deadline. */
  readonly miss_ratio?: number;
}

/** What happens at one combination of values. */
export interface SweepPoint {
  readonly values: readonly string[];
  readonly tasks: readonly SweptTask[];
  /** Time that is asked of each GPU and DLA, of the time there is. */
  readonly asked: Readonly<Record<string, number>>;
  /** No task misses more than it may, and no engine is asked for more time than there is. */
  readonly holds: boolean;
  /** Why a measurement of it is not valid. */
  readonly invalid?: string;
}

/** What is swept. */
export interface Sweep {
  readonly text: string;
  readonly file: string;
  /** Of a run before; the file's own without. */
  readonly times?: ServiceTimes;
  /** Of a run that was calibrated: what its tasks do to each other goes on at other values. */
  readonly calibration?: Calibration;
  /** Share of its releases that a task may miss. */
  readonly limit: number;
  /** Only this scenario. */
  readonly scenario?: string;
}

/** `a,b,c`, or `10..60 Hz` in so many steps. @throws ProblemError `usage` */
export function readAxis(text: string, steps: number): SweepAxis {
  const [, path, values] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (path === undefined || values === undefined)
    return fail(
      'usage',
      `"${text}" changes nothing`,
      'such as detector.rate=10..60 Hz, or detector.overrun=queue,latest',
    );
  const range = /^(-?\d+(?:\.\d+)?)\s*([^\d.\s]*)\s*\.\.\s*(-?\d+(?:\.\d+)?)\s*(\S*)$/.exec(values.trim());
  const list = values.split(',').map((v) => v.trim());
  if (path.trim() === POWER_MODE) return { path: POWER_MODE, values: list };
  if (!range) return { path: path.trim(), values: withUnits(list) };
  const [, from = '', firstUnit = '', to = '', unit = ''] = range;
  if (firstUnit !== '' && firstUnit !== unit)
    return fail('usage', `"${text}" begins in ${firstUnit} and ends in ${unit || 'nothing'}`, 'use one unit');
  const [low, high] = [Number(from), Number(to)];
  return {
    path: path.trim(),
    values: Array.from({ length: steps }, (_, i) => quantity(low + ((high - low) * i) / Math.max(1, steps - 1), unit)),
  };
}

/** `10, 20, 30 Hz`: the last one says what all are. */
function withUnits(values: readonly string[]): string[] {
  const [, unit] = /^-?\d+(?:\.\d+)?\s*([^\d.\s]+)$/.exec(values.at(-1) ?? '') ?? [];
  return values.map((v) => (unit !== undefined && /^-?\d+(\.\d+)?$/.test(v) ? `${v} ${unit}` : v));
}

const quantity = (value: number, unit: string): string =>
  `${Number(value.toPrecision(4))}${unit === '' ? '' : ` ${unit}`}`;

/** All combinations of the values of the axes, the last one fastest. */
export const combinations = (axes: readonly SweepAxis[]): string[][] =>
  axes.reduce<string[][]>((all, { values }) => all.flatMap((c) => values.map((v) => [...c, v])), [[]]);

/** The file at a point. */
export const textAt = ({ text }: Sweep, axes: readonly SweepAxis[], values: readonly string[]): string =>
  withValues(
    text,
    axes.flatMap(({ path }, i) => (path === POWER_MODE ? [] : [[path, values[i] ?? ''] as const])),
  );

/** An axis that is no value of the file but a state of the device. */
export const POWER_MODE = 'nvpmodel';

/** A point that was measured. @param report of the run with these values */
export function measuredPoint(
  { limit, scenario }: Sweep,
  values: readonly string[],
  report: ProfileReport,
): SweepPoint {
  const scenarios = report.scenarios.filter((s) => scenario === undefined || s.name === scenario);
  const tasks = scenarios.flatMap((s) =>
    s.tasks.map((t): SweptTask => {
      const { p50, p99 } = t.effective_response_ms ?? t.response_ms;
      return {
        scenario: s.name,
        task: t.name,
        ...(p50 === undefined ? {} : { p50_ms: p50 }),
        ...(p99 === undefined ? {} : { p99_ms: p99 }),
        ...(t.deadline_ms === undefined ? {} : { deadline_ms: t.deadline_ms, miss_ratio: t.miss_ratio ?? 0 }),
      };
    }),
  );
  const invalid = scenarios.find((s) => !s.valid);
  return {
    values,
    tasks,
    asked: {},
    holds: invalid === undefined && tasks.every((t) => (t.miss_ratio ?? 0) <= limit),
    ...(invalid ? { invalid: invalid.invalid_reason ?? 'the measurement is not valid' } : {}),
  };
}

/** @throws ProblemError for values that the file cannot have */
export function sweepPoint(sweep: Sweep, axes: readonly SweepAxis[], values: readonly string[]): SweepPoint {
  const spec = parsePipeline(textAt(sweep, axes, values), sweep.file);
  const scenarios = spec.scenarios.filter((s) => sweep.scenario === undefined || s.name === sweep.scenario);
  if (scenarios.length === 0)
    throw new ProblemError({
      code: 'usage',
      message: `the file has no scenario "${sweep.scenario}"`,
      hint: suggest(
        sweep.scenario ?? '',
        spec.scenarios.map((s) => s.name),
      ),
    });
  const parts = scenarios.map((scenario) => partOf(sweep, scenario, spec.models));
  const tasks = parts.flatMap((p) => p.tasks);
  const asked: Record<string, number> = {};
  for (const part of parts)
    for (const [engine, share] of Object.entries(part.asked)) asked[engine] = Math.max(asked[engine] ?? 0, share);
  const fits = Object.values(asked).every((share) => share <= 1);
  return { values, tasks, asked, holds: fits && tasks.every((t) => (t.miss_ratio ?? 0) <= sweep.limit) };
}

type Part = Pick<SweepPoint, 'tasks' | 'asked'>;

function partOf({ calibration, times }: Sweep, scenario: ScenarioSpec, models: Parameters<typeof simulated>[1]): Part {
  const found = calibration?.scenarios.find((s) => s.name === scenario.name);
  return calibration && found
    ? predicted(
        {
          cpus: calibration.cpus,
          scenario: found,
          models: modelsOf({ models }),
        },
        scenario,
      )
    : simulated(scenario, models, times);
}

function predicted(base: PredictionBase, scenario: ScenarioSpec): Part {
  const { tasks, asked } = predict(base, scenario, [], scenario.duration);
  return {
    tasks: tasks.map(({ name, p50, p99, missRatio }, i): SweptTask => {
      const deadline = scenario.tasks[i]?.deadline;
      return {
        scenario: scenario.name,
        task: name,
        ...(p50 === undefined ? {} : { p50_ms: p50 }),
        ...(p99 === undefined ? {} : { p99_ms: p99 }),
        ...(deadline === undefined ? {} : { deadline_ms: deadline / 1e6, miss_ratio: missRatio ?? 0 }),
      };
    }),
    asked: Object.fromEntries(Object.entries(asked).filter(([engine]) => ACCELERATOR.test(engine))),
  };
}

function simulated(
  scenario: ScenarioSpec,
  models: Parameters<typeof simulatedTask>[0],
  times: ServiceTimes | undefined,
): Part {
  const programs = scenario.tasks.map((task) => simulatedTask(models, scenario, task, times));
  const result = simulate(scenario, programs);
  const jobs = assembleJobs(
    scenario.tasks.map((t) => t.name),
    result.columns,
  );
  const asked: Record<string, number> = {};
  const tasks = scenario.tasks.map((task, i): SweptTask => {
    const part = measuredJobs(jobs, task, i, { from: result.measureFrom, to: result.measureTo });
    const counts = countJobs(part);
    const engine = programs[i]?.engine ?? '';
    const mean = meanOf(services(part));
    if (ACCELERATOR.test(engine))
      asked[engine] = (asked[engine] ?? 0) + (mean * counts.released) / (result.measureTo - result.measureFrom);
    const { p50, p99 } = effectiveQuantiles(responses(part).sort(), counts.released - counts.inFlight);
    return {
      scenario: scenario.name,
      task: task.name,
      ...(p50 === undefined ? {} : { p50_ms: p50 }),
      ...(p99 === undefined ? {} : { p99_ms: p99 }),
      ...(task.deadline === undefined
        ? {}
        : { deadline_ms: task.deadline / 1e6, miss_ratio: counts.released > 0 ? counts.missed / counts.released : 0 }),
    };
  });
  return { tasks, asked };
}

/** They run one job after the other; CPUs are several. */
const ACCELERATOR = /^(gpu|dla)/;

/** Two values next to each other, of which one holds. */
export interface Knee {
  readonly holds: string;
  readonly fails: string;
}

/**
 * The last value of a range at which it holds, by halving between the neighbours where that changes.
 * @returns the two ends, as close as asked; undefined where nothing changes, or the values have no numbers
 */
export function kneeOf(
  sweep: Sweep,
  axis: SweepAxis,
  points: readonly SweepPoint[],
  closeness = 0.01,
): Knee | undefined {
  const change = points.findIndex((p, i) => i > 0 && p.holds !== points[i - 1]?.holds);
  const [a, b] = [points[change - 1]?.values[0], points[change]?.values[0]].map((v) =>
    /^(-?[\d.]+)\s*(\S*)$/.exec(v ?? ''),
  );
  if (!a || !b || a[2] !== b[2]) return undefined;
  const unit = a[2] ?? '';
  let [good, bad] = points[change - 1]?.holds ? [Number(a[1]), Number(b[1])] : [Number(b[1]), Number(a[1])];
  while (Math.abs(bad - good) > closeness * Math.max(Math.abs(good), Math.abs(bad))) {
    const middle = (good + bad) / 2;
    if (sweepPoint(sweep, [axis], [quantity(middle, unit)]).holds) good = middle;
    else bad = middle;
  }
  return { holds: quantity(good, unit), fails: quantity(bad, unit) };
}
