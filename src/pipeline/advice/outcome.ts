/** A pipeline file with some values changed, as it is predicted to do: does everything hold, and how far from it is it. */
import { deadlineRequirements, isOfTasks } from '../../analysis/requirements.js';
import { meanOf } from '../../base/sum.js';
import { parsePipeline } from '../../formats/pipeline/parse.js';
import type { PipelineSpec, Requirement, ScenarioSpec } from '../../formats/pipeline/types.js';
import { withValues } from '../../formats/pipeline/with-values.js';
import type { CalibratedTask } from '../../formats/recording/calibration.js';
import { rateText } from '../../formats/report/advice.js';
import type { RequirementReport } from '../../formats/report/report.js';
import { modelsOf, NO_MARGIN, type Prediction, type PredictionBase, predict } from '../predict.js';

/** Values of the pipeline file that are set. */
export type Values = readonly (readonly [path: string, value: string])[];

/** A file of one scenario on a device that was calibrated. */
export interface Situation {
  readonly text: string;
  readonly file: string;
  readonly scenario: string;
  readonly base: PredictionBase;
}

/** What a change comes to. */
export interface Outcome {
  readonly values: Values;
  readonly spec: PipelineSpec;
  readonly scenario: ScenarioSpec;
  readonly prediction: Prediction;
  /** Every requirement passes; without any on tasks, every task keeps its deadlines. */
  readonly holds: boolean;
  /** 0 when it holds; grows with each requirement that does not, and with how far it is from it. */
  readonly distance: number;
}

const FAR = 10;

/**
 * @param without a task that runs elsewhere
 * @throws ProblemError for values that cannot be, or were not calibrated
 */
export function outcomeOf(
  { text, file, scenario: name, base }: Situation,
  values: Values,
  margin = NO_MARGIN,
  without?: string,
): Outcome {
  const spec = parsePipeline(values.length > 0 ? withValues(text, values) : text, file);
  const whole = spec.scenarios.find((s) => s.name === name) as ScenarioSpec;
  const { chains: _, ...rest } = whole;
  const scenario = without === undefined ? whole : { ...rest, tasks: whole.tasks.filter((t) => t.name !== without) };
  const models = modelsOf(spec);
  const prediction = predict({ ...base, margin, models }, scenario, requirementsOf(spec, scenario));
  const distance = prediction.requirements.reduce((sum, r) => sum + distanceOf(r), 0);
  return { values, spec, scenario, prediction, holds: distance === 0, distance };
}

function requirementsOf({ requirements }: PipelineSpec, scenario: ScenarioSpec): Requirement[] {
  const own = requirements.filter(
    (r) => isOfTasks(r) && (!('scenario' in r) || r.scenario === undefined || r.scenario === scenario.name),
  );
  return own.length > 0 ? own : deadlineRequirements([scenario]);
}

function distanceOf({ verdict, terms }: RequirementReport): number {
  if (verdict === 'pass') return 0;
  const { value, at_most: most, at_least: least } = terms ?? {};
  if (value === 'inf') return 1 + FAR;
  if (value === undefined) return 1;
  if (most !== undefined && most > 0) return 1 + Math.min(FAR, Math.max(0, value / most - 1));
  if (least !== undefined && value > 0) return 1 + Math.min(FAR, Math.max(0, least / value - 1));
  return 1;
}

/** Path of a value of a task, or of the task itself; in short where the file has one scenario. */
export const pathOf = (spec: PipelineSpec, scenario: string, task: string, key?: string): string =>
  [...(spec.scenarios.length === 1 ? [task] : ['scenarios', scenario, 'tasks', task]), ...(key ? [key] : [])].join('.');

/** Of its jobs alone, ns. */
export const aloneOf = ({ alone_ns: list }: CalibratedTask): number => meanOf(list);

/** Releases per second; undefined for a task that others release, or that has no rate. */
export function rateOf(scenario: ScenarioSpec, task: string): number | undefined {
  const release = scenario.tasks.find((t) => t.name === task)?.release;
  return release?.kind === 'periodic' || release?.kind === 'poisson' ? release.rate.num / release.rate.den : undefined;
}

/** Another rate of a task. */
export function rateValue({ spec, scenario }: Outcome, task: string, rate: number): Values {
  const release = scenario.tasks.find((t) => t.name === task)?.release;
  const key = release?.kind === 'poisson' ? 'poisson' : 'rate';
  return [[pathOf(spec, scenario.name, task, key), rateText(rate)]];
}

/**
 * The highest value in (low, high) at which something holds, by halving; `low` must hold.
 * @param closeness where it stops, as a share
 */
export function highest(low: number, high: number, holds: (value: number) => boolean, closeness = 0.02): number {
  let [good, bad] = [low, high];
  while (bad / good > 1 + closeness) {
    const middle = Math.sqrt(good * bad);
    if (holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
