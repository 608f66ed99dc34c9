/** Time per layer of one engine and the memory it takes, taken when nothing is measured, because taking it slows a model down. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type EngineMemory, MEMORY_FILE, MEMORY_VERSION } from '../../formats/engine/memory.js';
import type { Placement, ScenarioSpec } from '../../formats/pipeline/types.js';
import { type EngineSlot, slotOfTask } from '../../formats/run/plan.js';
import { writeAtomic } from '../../machine/files.js';
import { timeLayers } from '../../profiler/caller/layers.js';
import type { StageBody } from '../stage-context.js';
import { engineRequest } from '../task-request.js';

/** Times the layers of one engine. */
export const layers: StageBody = async ({ run, stage, onEvent, signal }) => {
  const slot = run.slot(stage.subject);
  const engine = await engineRequest(run, slot);
  const { placement, seed } = placementOf(run.spec.scenarios, run.slots, slot);
  const result = await timeLayers(engine, { task: slot.id, placement, seed, folder: run.folder, signal });
  if ('problem' in result) {
    // What an engine is made of is no condition for what it does: the run goes on without it.
    const text = `no layer times of ${engine.engine.model.name}: ${result.problem.message}`;
    if (!signal.aborted) onEvent({ kind: 'note', stage: stage.id, severity: 'warning', text });
  } else {
    const memory: EngineMemory = { version: MEMORY_VERSION, rss_bytes: result.memoryBytes };
    await writeAtomic(join(engine.engineFolder, MEMORY_FILE), `${JSON.stringify(memory)}\n`);
    if (result.layers)
      await writeAtomic(join(engine.engineFolder, 'layers.json'), `${JSON.stringify(result.layers, null, 2)}\n`);
  }
  return { cached: !('problem' in result) && !result.layers && existsSync(join(engine.engineFolder, 'layers.json')) };
};

/** As the first task that uses the engine runs it. */
function placementOf(
  scenarios: readonly ScenarioSpec[],
  slots: readonly EngineSlot[],
  slot: EngineSlot,
): { placement: Placement; seed: number } {
  for (const { tasks, seed } of scenarios) {
    const task = tasks.find((t) => slotOfTask(slots, t)?.id === slot.id);
    if (task) return { placement: task.placement, seed };
  }
  return { placement: { accelerator: slot.accelerator }, seed: 0 };
}
