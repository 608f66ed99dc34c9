/** An engine of a run as the processes that open it want it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../base/problem.js';
import { cardById } from '../formats/backends/index.js';
import type { TaskSpec } from '../formats/pipeline/types.js';
import { type EngineSlot, slotOfTask } from '../formats/run/plan.js';
import type { TaskRequest } from '../profiler/messages.js';
import { readEngine } from '../store/engine-cache.js';
import type { RunDirectory } from '../store/run-directory.js';

/** @throws ProblemError `run` when it was not built */
export async function engineRequest(run: RunDirectory, slot: EngineSlot): Promise<TaskRequest> {
  const folder = run.engineFolder(slot);
  const model = run.model(slot.model);
  if (!existsSync(join(folder, 'engine.json')))
    return fail(
      'run',
      `engine ${folder} is missing`,
      `build it first: infersight stage build:${slot.id} --run ${run.folder}`,
    );
  const engine = await readEngine(folder);
  return {
    backend: cardById(engine.build.backend) ? engine.build.backend : model.backend,
    engine,
    engineFolder: folder,
    inputs: model.inputs,
    shapes: engine.build.shapes,
  };
}

/** @throws ProblemError `run` when its engine was not built */
export function taskRequest(run: RunDirectory, task: TaskSpec): Promise<TaskRequest> {
  const slot = slotOfTask(run.slots, task) ?? fail('run', `the pipeline has no model "${task.model}"`);
  return engineRequest(run, slot);
}
