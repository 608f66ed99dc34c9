/** What would fit: how much room there is, what stands in the way, what to change, and how far to trust that. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../../base/problem.js';
import { ownScenarios } from '../../formats/pipeline/solo.js';
import { LOAD_OF, type ScenarioSpec } from '../../formats/pipeline/types.js';
import {
  CALIBRATION_FILE,
  type CalibratedScenario,
  type CalibratedTask,
  type Calibration,
  type PredictionCheck,
  readCalibration,
  sameShapes,
} from '../../formats/recording/calibration.js';
import {
  type Accuracy,
  type AdvisedChange,
  FEW_MEASUREMENTS,
  type ScenarioAdvice,
} from '../../formats/report/advice.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { type Margin, NO_MARGIN } from '../predict.js';
import { alignmentOf } from './alignment.js';
import { batchHints } from './batching.js';
import { differsInPrecision } from './changes.js';
import { headroomOf } from './headroom.js';
import { type Outcome, outcomeOf, type Situation } from './outcome.js';
import { type Change, changesFor } from './search.js';
import { streamHints } from './streams.js';

/** Of one scenario: what is told, and what it was found with. */
export interface Advice {
  readonly report: ScenarioAdvice;
  readonly changes: readonly Change[];
  readonly situation: Situation;
}

/** Predictions that were checked by a measurement of the changed pipeline; a file of its run. */
export const CONFIRMED_FILE = 'confirmed.json';

const LEAST = 0.03;
const OF_FEW = 0.1;
const UNCHECKED: Margin = { load: 0.15, tail: 0.2 };
const MOST = 0.5;

/** @throws ProblemError `file` where the run was not calibrated */
export function calibrationOfRun(run: RunDirectory): Calibration {
  const path = run.path(CALIBRATION_FILE);
  if (!existsSync(path))
    return fail(
      'file',
      `${run.folder} has no ${CALIBRATION_FILE}`,
      'infersight calibrate makes a run with every task alone and every two together, which advice is predicted from',
    );
  return readCalibration(readFileSync(path, 'utf8'), path);
}

/** What was learned in all runs of the folder on the same device. */
function calibrationsBeside(run: RunDirectory, { device }: Calibration): Calibration[] {
  const folder = dirname(run.folder);
  return readdirSync(folder).flatMap((name) =>
    [CALIBRATION_FILE, CONFIRMED_FILE].flatMap((file) => {
      try {
        const path = join(folder, name, file);
        if (!existsSync(path)) return [];
        const found = readCalibration(readFileSync(path, 'utf8'), path);
        return found.device === device ? [found] : [];
      } catch {
        // Another run's file that cannot be read says nothing of this one.
        return [];
      }
    }),
  );
}

/** The same tasks, of the same models, elsewhere or with another precision. */
const variantsOf = ({ tasks }: CalibratedScenario, beside: readonly Calibration[]): CalibratedTask[] => {
  const all = beside.flatMap((c) => c.scenarios.flatMap((s) => s.tasks));
  const others = all.filter((v) => {
    const own = tasks.find((t) => t.name === v.name);
    const other =
      own &&
      (own.accelerator !== v.accelerator ||
        own.threads !== v.threads ||
        differsInPrecision(own, v) ||
        !sameShapes(own.inputs, v.inputs));
    return own?.model === v.model && own.backend === v.backend && other && v.alone_ns.length > 0;
  });
  return [
    ...new Map(
      others.map((v) => [[v.name, v.accelerator, v.threads, v.precision, JSON.stringify(v.inputs)].join(' '), v]),
    ).values(),
  ];
};

/** What predictions on the device were off by. */
export function accuracyOf(calibrations: readonly Calibration[]): Accuracy {
  const checks = calibrations.flatMap((c) => c.checks);
  const errors = (of: (c: PredictionCheck) => PredictionCheck['p99_ms']): number[] =>
    checks
      .flatMap((c) => {
        const value = of(c);
        return value && value.measured > 0 ? [Math.abs(value.predicted / value.measured - 1)] : [];
      })
      .sort((a, b) => a - b);
  const [p50, p99] = [errors((c) => c.p50_ms), errors((c) => c.p99_ms)];
  const measured = measurementsOf(calibrations);
  const margin = marginOf(measured);
  return {
    checks: p99.length,
    runs: new Set(calibrations.filter((c) => c.checks.length > 0).map((c) => c.run)).size,
    measurements: measured.length,
    fullest: at(
      measured.map((m) => Math.abs(m.tail)).sort((a, b) => a - b),
      0.5,
    ),
    p50: at(p50, 0.5),
    p99: at(p99, 0.5),
    p99_nine_of_ten: at(p99, 0.9),
    margin: margin.load,
    tail_margin: margin.tail,
  };
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** What each pipeline that was measured would have needed. */
const measurementsOf = (calibrations: readonly Calibration[]): Margin[] =>
  calibrations.flatMap(({ checks }) => [
    ...new Map(
      checks.flatMap(({ scenario, change = '', load, tail }) =>
        load === undefined || tail === undefined ? [] : [[`${scenario}\n${change}`, { load, tail }] as const],
      ),
    ).values(),
  ]);

/**
 * What 95 of 100 measurements need at most, said with 90 % confidence: the upper tolerance limit of a normal distribution, so the fewer
 * there were, the farther beyond them. Factor: NIST/SEMATECH e-Handbook of Statistical Methods, 7.2.6.3.
 */
export function marginOf(measured: readonly Margin[]): Margin {
  const n = measured.length;
  if (n === 0) return UNCHECKED;
  const needed = (key: keyof Margin): number => {
    const values = measured.map((m) => m[key]);
    const mean = values.reduce((a, b) => a + b, 0) / n;
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, n - 1));
    const limit = n < FEW_MEASUREMENTS ? Math.max(OF_FEW, ...values) : mean + toleranceFactor(n) * deviation;
    return Math.min(MOST, Math.max(LEAST, limit));
  };
  return { load: needed('load'), tail: needed('tail') };
}

/** Normal quantiles of 95 and of 90 %. */
const [COVERED, CONFIDENT] = [1.6449, 1.2816];

function toleranceFactor(n: number): number {
  const a = 1 - CONFIDENT ** 2 / (2 * (n - 1));
  const b = COVERED ** 2 - CONFIDENT ** 2 / n;
  return (COVERED + Math.sqrt(COVERED ** 2 - a * b)) / a;
}

/** @param text the pipeline file as it is to be, of the same tasks @throws ProblemError for what was not calibrated */
export function advise(run: RunDirectory, text: string = run.pipelineText): Advice[] {
  const calibration = calibrationOfRun(run);
  const beside = calibrationsBeside(run, calibration);
  const accuracy = accuracyOf(beside);
  const list = ownScenarios(run.spec)
    .filter((s) => LOAD_OF[s.mode] === 'open')
    .flatMap((scenario) => {
      const found = calibration.scenarios.find((s) => s.name === scenario.name);
      if (!found) return [];
      const others = beside
        .filter((c) => c.run !== calibration.run)
        .flatMap((c) => c.scenarios.filter((s) => s.name === scenario.name));
      const base = { cpus: calibration.cpus, scenario: found, variants: variantsOf(found, beside), others };
      return [adviceFor({ text, file: run.path('pipeline.yaml'), scenario: scenario.name, base }, accuracy)];
    });
  return list.length > 0
    ? list
    : fail('usage', 'no scenario has tasks with rates of their own', 'advice is about scenarios of mode periodic');
}

function adviceFor(situation: Situation, accuracy: Accuracy): Advice {
  const { cpus } = situation.base;
  const margin: Margin = { load: accuracy.margin, tail: accuracy.tail_margin };
  const now = outcomeOf(situation, []);
  const shares = [
    ...Object.entries(now.prediction.asked).map(([engine, asked]) => ({
      engine,
      share: engine === 'cpu' ? asked / cpus : asked,
    })),
    ...sharesOfCpus(now, situation.base.scenario.tasks),
  ];
  const [bottleneck = { engine: 'cpu', share: 0 }] = shares.sort((a, b) => b.share - a.share);
  const { scenario, variants = [], others = [] } = situation.base;
  const context = { now, cpus, tasks: scenario.tasks, variants, others };
  const changes = changesFor({ situation, now, context, margin });
  const alignment = alignmentOf(situation, now);
  const report: ScenarioAdvice = {
    scenario: situation.scenario,
    holds: now.holds,
    safe: now.holds && outcomeOf(situation, [], margin).holds,
    headroom: headroomOf(situation, now, margin),
    asked: now.prediction.asked,
    cpus,
    bottleneck,
    changes: changes.map(toldChange),
    untried: now.holds ? [] : [...batchHints(context), ...streamHints(context)],
    without: now.holds ? [] : withoutOne(situation, now.scenario),
    ...(alignment ? { alignment } : {}),
    accuracy,
  };
  return { report, changes, situation };
}

/** Of CPUs that tasks are held to: what those ask for that can run nowhere else. */
function sharesOfCpus(
  { scenario, prediction }: Outcome,
  calibrated: readonly CalibratedTask[],
): ScenarioAdvice['bottleneck'][] {
  const held = scenario.tasks.flatMap(({ name, placement: { cpus } }, i) => {
    const threads = calibrated.find((t) => t.name === name)?.threads ?? 1;
    return cpus && prediction.tasks[i]?.engine === 'cpu'
      ? [{ cpus, asked: threads * (prediction.tasks[i]?.asked ?? 0) }]
      : [];
  });
  return held.map(({ cpus }) => ({
    engine: `CPU ${cpus.join(', ')}`,
    share:
      held.reduce((sum, t) => sum + (t.cpus.every((c) => cpus.includes(c)) ? t.asked : 0), 0) /
      Math.max(1, cpus.length),
  }));
}

const toldChange = ({ steps, values, cost, safe, outcome }: Change): AdvisedChange => ({
  steps: steps.map(({ text, price, assumed }) => ({ text, price, ...(assumed === undefined ? {} : { assumed }) })),
  set: values.map(([path, value]) => `${path}=${value}`),
  cost,
  safe,
  tasks: outcome.prediction.tasks.map(({ name, p50, p99, missRatio }) => ({
    task: name,
    ...(p50 === undefined ? {} : { p50_ms: p50 }),
    ...(p99 === undefined ? {} : { p99_ms: p99 }),
    ...(missRatio === undefined ? {} : { miss_ratio: missRatio }),
  })),
});

/** Tasks of which one elsewhere would let the others hold. */
const withoutOne = (situation: Situation, { tasks }: ScenarioSpec): string[] =>
  tasks.length < 2
    ? []
    : tasks
        .filter(({ name }) => !tasks.some((t) => t.release.kind === 'after' && t.release.tasks.includes(name)))
        .filter(({ name }) => outcomeOf(situation, [], NO_MARGIN, name).holds)
        .map((t) => t.name);
