/** Who runs a stage: this process, another machine, a pod. */
import type { OnEvent } from '../formats/run/events.js';
import type { PlannedStage } from '../formats/run/plan.js';
import { fingerprintOf, hasOutputs } from '../pipeline/fingerprint.js';
import { runStage, type StageOptions, type StageOutcome } from '../pipeline/stage.js';
import type { RunDirectory } from '../store/run-directory.js';

/** Runs stages of one run at one place. */
export interface StageRunner {
  /** Whether the stage was done there before, and nothing that it depends on has changed since. */
  isDone(stage: PlannedStage): Promise<boolean>;
  /** Never throws for a Problem of the stage. */
  run(stage: PlannedStage, onEvent: OnEvent, signal: AbortSignal): Promise<StageOutcome>;
}

/** In this process. */
export class LocalRunner implements StageRunner {
  readonly #run: RunDirectory;
  readonly #options: StageOptions;

  constructor(run: RunDirectory, options: StageOptions = {}) {
    this.#run = run;
    this.#options = options;
  }

  async isDone(stage: PlannedStage): Promise<boolean> {
    const state = this.#run.states().get(stage.id);
    if (state?.state !== 'done' || !hasOutputs(this.#run, stage)) return false;
    // A run of version 1 tells no fingerprint.
    return this.#run.document.ended !== undefined || state.fingerprint === (await fingerprintOf(this.#run, stage));
  }

  run(stage: PlannedStage, onEvent: OnEvent, signal: AbortSignal): Promise<StageOutcome> {
    return runStage(this.#run, stage.id, onEvent, signal, this.#options);
  }
}
