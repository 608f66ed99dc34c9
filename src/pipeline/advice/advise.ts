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
} from '../../formats/recording/calibration.js';
import type { Accuracy, AdvisedChange, ScenarioAdvice } from '../../formats/report/advice.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { alignmentOf } from './alignment.js';
import { headroomOf } from './headroom.js';
import { outcomeOf, type Situation } from './outcome.js';
import { type Change, changesFor } from './search.js';

/** Of one scenario: what is told, and what it was found with. */
export interface Advice {
  readonly report: ScenarioAdvice;
  readonly changes: readonly Change[];
  readonly situation: Situation;
}

/** Predictions that were checked by a measurement of the changed pipeline; a file of its run. */
export const CONFIRMED_FILE = 'confirmed.json';

const LEAST_MARGIN = 0.05;
const MOST_MARGIN = 0.3;

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

/** The same tasks, of the same models, elsewhere. */
const variantsOf = ({ tasks }: CalibratedScenario, beside: readonly Calibration[]): CalibratedTask[] => {
  const all = beside.flatMap((c) => c.scenarios.flatMap((s) => s.tasks));
  const others = all.filter((v) => {
    const own = tasks.find((t) => t.name === v.name);
    const elsewhere = own && (own.accelerator !== v.accelerator || own.threads !== v.threads);
    return own?.model === v.model && own.backend === v.backend && elsewhere && v.alone_ns.length > 0;
  });
  return [...new Map(others.map((v) => [`${v.name} ${v.accelerator} ${v.threads}`, v])).values()];
};

/** Errors of predictions. @param runs that the checks are of */
export function accuracyOf(checks: readonly PredictionCheck[], runs: number): Accuracy {
  const errors = (of: (c: PredictionCheck) => PredictionCheck['p99_ms']): number[] =>
    checks
      .flatMap((c) => {
        const value = of(c);
        return value && value.measured > 0 ? [Math.abs(value.predicted / value.measured - 1)] : [];
      })
      .sort((a, b) => a - b);
  const at = (list: readonly number[], share: number): number =>
    list[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0;
  const [p50, p99] = [errors((c) => c.p50_ms), errors((c) => c.p99_ms)];
  // Half of the p99 were off by more, and one of ten p50: a service time may be as wrong as that.
  const margin = Math.max(at(p99, 0.5), at(p50, 0.9));
  return {
    checks: p99.length,
    runs,
    p50: at(p50, 0.5),
    p99: at(p99, 0.5),
    p99_nine_of_ten: at(p99, 0.9),
    margin: p99.length === 0 ? MOST_MARGIN : Math.max(LEAST_MARGIN, Math.min(MOST_MARGIN, margin)),
  };
}

/** @param text the pipeline file as it is to be, of the same tasks @throws ProblemError for what was not calibrated */
export function advise(run: RunDirectory, text: string = run.pipelineText): Advice[] {
  const calibration = calibrationOfRun(run);
  const beside = calibrationsBeside(run, calibration);
  const checked = beside.filter((c) => c.checks.length > 0);
  const accuracy = accuracyOf(
    checked.flatMap((c) => c.checks),
    new Set(checked.map((c) => c.run)).size,
  );
  const list = ownScenarios(run.spec)
    .filter((s) => LOAD_OF[s.mode] === 'open')
    .flatMap((scenario) => {
      const found = calibration.scenarios.find((s) => s.name === scenario.name);
      if (!found) return [];
      const base = { cpus: calibration.cpus, scenario: found, variants: variantsOf(found, beside) };
      return [adviceFor({ text, file: run.path('pipeline.yaml'), scenario: scenario.name, base }, accuracy)];
    });
  return list.length > 0
    ? list
    : fail('usage', 'no scenario has tasks with rates of their own', 'advice is about scenarios of mode periodic');
}

function adviceFor(situation: Situation, accuracy: Accuracy): Advice {
  const { cpus } = situation.base;
  const factor = 1 + accuracy.margin;
  const now = outcomeOf(situation, []);
  const shares = Object.entries(now.prediction.asked).map(([engine, asked]) => ({
    engine,
    share: engine === 'cpu' ? asked / cpus : asked,
  }));
  const [bottleneck = { engine: 'cpu', share: 0 }] = shares.sort((a, b) => b.share - a.share);
  const { scenario, variants = [] } = situation.base;
  const context = { now, cpus, tasks: scenario.tasks, variants };
  const changes = changesFor({ situation, now, context, margin: factor });
  const alignment = alignmentOf(situation, now);
  const report: ScenarioAdvice = {
    scenario: situation.scenario,
    holds: now.holds,
    safe: now.holds && outcomeOf(situation, [], factor).holds,
    headroom: headroomOf(situation, now, factor),
    asked: now.prediction.asked,
    cpus,
    bottleneck,
    changes: changes.map(toldChange),
    without: now.holds ? [] : withoutOne(situation, now.scenario),
    ...(alignment ? { alignment } : {}),
    accuracy,
  };
  return { report, changes, situation };
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
        .filter(({ name }) => outcomeOf(situation, [], 1, name).holds)
        .map((t) => t.name);
