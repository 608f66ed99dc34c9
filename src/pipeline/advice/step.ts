/** What changes of a pipeline are made of. */
import type { CalibratedScenario, CalibratedTask } from '../../formats/recording/calibration.js';
import type { Outcome, Values } from './outcome.js';

/** One step of a change. */
export interface Step {
  /** `overrun:detector`: two steps of one kind are not combined. */
  readonly kind: string;
  /** What is done, in words. */
  readonly text: string;
  /** What it costs, in words. */
  readonly price: string;
  /** To compare with others: 1 is a word in the file. */
  readonly cost: number;
  readonly values: Values;
  /** The prediction rests on more than was calibrated. */
  readonly assumed?: string;
}

/** What steps are made from. */
export interface StepContext {
  readonly now: Outcome;
  readonly cpus: number;
  /** As they were calibrated. */
  readonly tasks: readonly CalibratedTask[];
  /** With other threads, precisions or on other accelerators, in other runs. */
  readonly variants: readonly CalibratedTask[];
  /** Other calibrations of the scenario. */
  readonly others: readonly CalibratedScenario[];
}
