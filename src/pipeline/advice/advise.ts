/** What would fit: how much room there is, what stands in the way, what to change, and how far to trust that. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../../base/problem.js';
import { ownScenarios } from '../../formats/pipeline/solo.js';
import { LOAD_OF, type ScenarioSpec } from '../../formats/pipeline/types.js';
import {
  CALIBRATION_FILE,
  type Calibration,
  type PredictionCheck,
  readCalibration,
} from '../../formats/recording/calibration.js';
import type { RequirementReport } from '../../formats/report/report.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { type Headroom, headroomOf } from './headroom.js';
import { outcomeOf, type Situation } from './outcome.js';
import { type Change, changesFor } from './search.js';

/** How wrong predictions were, as shares of what was measured. */
export interface Accuracy {
  /** Tasks whose p99 was predicted and measured. */
  readonly checks: number;
  readonly runs: number;
  readonly p50: number;
  readonly p99: number;
  /** Nine of ten p99 were closer. */
  readonly p99_nine_of_ten: number;
  /** Service times are taken this much longer for what is called safe. */
  readonly margin: number;
}

/** Of one scenario. */
export interface Advice {
  readonly scenario: string;
  readonly holds: boolean;
  /** It also holds with service times longer by the margin. */
  readonly safe: boolean;
  readonly requirements: readonly RequirementReport[];
  readonly headroom: readonly Headroom[];
  /** CPUs, or share of an accelerator, by service times alone. */
  readonly asked: Readonly<Record<string, number>>;
  readonly cpus: number;
  /** Asked for the largest share of what there is. */
  readonly bottleneck: { readonly engine: string; readonly share: number };
  readonly changes: readonly Change[];
  /** Without one of these everything else holds. */
  readonly without: readonly string[];
  readonly accuracy: Accuracy;
  readonly situation: Situation;
}

/** Predictions that were checked by a measurement of the changed pipeline; a file of its run. */
export const CONFIRMED_FILE = 'confirmed.json';

const LEAST_MARGIN = 0.05;
const MOST_MARGIN = 0.5;

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

/** Checks of all runs beside this one on the same device. */
function checksBeside(run: RunDirectory, { device }: Calibration): { checks: PredictionCheck[]; runs: number } {
  const folder = dirname(run.folder);
  let runs = 0;
  const checks = readdirSync(folder).flatMap((name) => {
    const own = [CALIBRATION_FILE, CONFIRMED_FILE].flatMap((file) => {
      try {
        const path = join(folder, name, file);
        if (!existsSync(path)) return [];
        const found = readCalibration(readFileSync(path, 'utf8'), path);
        return found.device === device ? found.checks : [];
      } catch {
        // Another run's file that cannot be read says nothing of this one.
        return [];
      }
    });
    if (own.length > 0) runs++;
    return own;
  });
  return { checks, runs };
}

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
  const nine = at(p99, 0.9);
  return {
    checks: p99.length,
    runs,
    p50: at(p50, 0.5),
    p99: at(p99, 0.5),
    p99_nine_of_ten: nine,
    margin: p99.length === 0 ? MOST_MARGIN : Math.max(LEAST_MARGIN, Math.min(MOST_MARGIN, nine)),
  };
}

/** @param text the pipeline file as it is to be, of the same tasks @throws ProblemError for what was not calibrated */
export function advise(run: RunDirectory, text: string = run.pipelineText): Advice[] {
  const calibration = calibrationOfRun(run);
  const { checks, runs } = checksBeside(run, calibration);
  const accuracy = accuracyOf(checks, runs);
  const list = ownScenarios(run.spec)
    .filter((s) => LOAD_OF[s.mode] === 'open')
    .flatMap((scenario) => {
      const found = calibration.scenarios.find((s) => s.name === scenario.name);
      if (!found) return [];
      const base = { cpus: calibration.cpus, scenario: found };
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
  const context = { now, cpus, tasks: situation.base.scenario.tasks };
  return {
    scenario: situation.scenario,
    holds: now.holds,
    safe: now.holds && outcomeOf(situation, [], factor).holds,
    requirements: now.prediction.requirements,
    headroom: headroomOf(situation, now, factor),
    asked: now.prediction.asked,
    cpus,
    bottleneck,
    changes: changesFor({ situation, now, context, margin: factor }),
    without: now.holds ? [] : withoutOne(situation, now.scenario),
    accuracy,
    situation,
  };
}

/** Tasks of which one elsewhere would let the others hold. */
const withoutOne = (situation: Situation, { tasks }: ScenarioSpec): string[] =>
  tasks.length < 2
    ? []
    : tasks
        .filter(({ name }) => !tasks.some((t) => t.release.kind === 'after' && t.release.tasks.includes(name)))
        .filter(({ name }) => outcomeOf(situation, [], 1, name).holds)
        .map((t) => t.name);
