/** What a run with tasks alone and in pairs tells of its device, and how well it predicts the same tasks together. */
import { calibrationOf } from '../analysis/calibration.js';
import { effectiveQuantiles } from '../analysis/distribution.js';
import { countJobs, measuredJobs, responses, services } from '../analysis/jobs.js';
import { intervalRanks, licensedFrom } from '../analysis/quantiles.js';
import { measuredParts } from '../analysis/scenario.js';
import { round, toMs } from '../base/units.js';
import { ownScenarios } from '../formats/pipeline/solo.js';
import { LOAD_OF, type ScenarioSpec } from '../formats/pipeline/types.js';
import { CALIBRATION_VERSION, type Calibration, type PredictionCheck } from '../formats/recording/calibration.js';
import type { Recording } from '../formats/recording/recording.js';
import type { RunDirectory } from '../store/run-directory.js';
import { fullestDeadline, type PredictedTask, type Prediction, type PredictionBase, predict } from './predict.js';

/** @param recordings all of the run, with those of single tasks and of pairs */
export function calibrate(run: RunDirectory, recordings: readonly Recording[]): Calibration {
  const { spec } = run;
  const scenarios = calibrationOf(spec, recordings);
  const device = recordings[0]?.document.device;
  const cpus = device?.cpus ?? 1;
  const checks = ownScenarios(spec).flatMap((scenario) => {
    const found = scenarios.find((s) => s.name === scenario.name);
    return found ? checksOf({ cpus, scenario: found }, scenario, recordings) : [];
  });
  return {
    version: CALIBRATION_VERSION,
    run: run.document.id,
    pipeline: spec.name,
    device: device?.model ?? device?.hostname ?? '',
    cpus,
    scenarios,
    checks,
  };
}

/** Predictions for a scenario against what was recorded of it. @param change what differs from the calibration, in words */
export function checksOf(
  base: PredictionBase,
  scenario: ScenarioSpec,
  recordings: readonly Recording[],
  change?: string,
): PredictionCheck[] {
  const own = recordings.filter((r) => r.document.scenario === scenario.name && !r.document.interrupted);
  if (LOAD_OF[scenario.mode] !== 'open' || own.length === 0) return [];
  if (scenario.tasks.some((t) => !base.scenario.tasks.some((c) => c.name === t.name && c.alone_ns.length > 0)))
    return [];
  const prediction = predict(base, scenario, []);
  const measured = scenario.tasks.map((_, i) => measuredTask(scenario, own, i));
  const whole = wholeOf(scenario, measured, prediction);
  return scenario.tasks.map((task, i): PredictionCheck => {
    const { sorted, released, missed, p50, p99 } = measured[i] as MeasuredTask;
    const predicted = prediction.tasks[i] as PredictedTask;
    return {
      scenario: scenario.name,
      task: task.name,
      jobs: released,
      ...both('p50_ms', p50, predicted.p50),
      ...both('p99_ms', p99, predicted.p99),
      ...intervalOf(sorted, released),
      ...(predicted.missRatio === undefined
        ? {}
        : both('miss_ratio', missed / Math.max(1, released), predicted.missRatio)),
      ...whole,
      ...(change === undefined ? {} : { change }),
    };
  });
}

type Value = number | 'inf' | undefined;

interface MeasuredTask {
  /** Responses, ns. */
  readonly sorted: Float64Array;
  /** Of all jobs together, ns. */
  readonly service: number;
  readonly jobs: number;
  readonly released: number;
  readonly missed: number;
  /** ms */
  readonly p50: Value;
  readonly p99: Value;
}

/** Of all repetitions. */
function measuredTask(scenario: ScenarioSpec, recordings: readonly Recording[], index: number): MeasuredTask {
  const parts = recordings.map((r) => measuredParts(scenario, r)[index]).filter((p) => p !== undefined);
  const counts = parts.map(countJobs);
  const sum = (of: (c: (typeof counts)[number]) => number): number => counts.reduce((n, c) => n + of(c), 0);
  const released = sum((c) => c.released);
  const sorted = Float64Array.from(parts.flatMap((p) => [...responses(p)])).sort();
  const { p50, p99 } = effectiveQuantiles(sorted, released - sum((c) => c.inFlight));
  const times = parts.map((p) => services(p));
  return {
    sorted,
    service: times.reduce((all, list) => all + total(list), 0),
    jobs: times.reduce((n, list) => n + list.length, 0),
    released,
    missed: sum((c) => c.missed),
    p50,
    p99,
  };
}

const total = (list: Float64Array): number => list.reduce((a, b) => a + b, 0);

/** What decides whether a scenario fits: all its work, and the fullest deadline. */
function wholeOf(
  scenario: ScenarioSpec,
  measured: readonly MeasuredTask[],
  { tasks, jobs, window }: Prediction,
): Pick<PredictionCheck, 'load' | 'tail'> {
  const predicted = scenario.tasks.map((task, i) => services(measuredJobs(jobs, task, i, window)));
  const [took, expected] = measured.reduce(
    ([a, b], { service, jobs: n }, i) => {
      const list = predicted[i];
      return list && list.length > 0 ? [a + service, b + (n * total(list)) / list.length] : [a, b];
    },
    [0, 0] as readonly [number, number],
  );
  const full = fullestDeadline(scenario.tasks, (i) => measured[i]?.p99);
  const foreseen = fullestDeadline(scenario.tasks, (i) => tasks[i]?.p99);
  const tail = full === foreseen ? 0 : Math.max(-1, Math.min(1, full - foreseen));
  return { ...(expected > 0 ? { load: round(took / expected - 1, 4) } : {}), tail: round(tail, 4) };
}

/** Two values of one name, where both are numbers. */
const both = <K extends string>(
  key: K,
  measured: Value,
  predicted: Value,
): Partial<Record<K, { measured: number; predicted: number }>> =>
  typeof measured === 'number' && typeof predicted === 'number'
    ? ({ [key]: { measured: round(measured, 4), predicted: round(predicted, 4) } } as Record<
        K,
        { measured: number; predicted: number }
      >)
    : {};

const P99 = 990_000;

function intervalOf(sorted: Float64Array, released: number): Pick<PredictionCheck, 'p99_interval_ms'> {
  if (released < licensedFrom(P99)) return {};
  const { lower, upper } = intervalRanks(released, P99, 0.95);
  if (lower === null || upper === null || upper > sorted.length) return {};
  return { p99_interval_ms: [toMs(sorted[lower - 1] ?? 0), toMs(sorted[upper - 1] ?? 0)] };
}
