/** One repetition on the virtual clock; service times from the pipeline file or from an earlier run. */
import { services } from '../../analysis/jobs.js';
import { measuredParts } from '../../analysis/report.js';
import { fail } from '../../base/problem.js';
import { serviceDraw } from '../../formats/pipeline/service-time.js';
import type { ScenarioSpec, TaskSpec } from '../../formats/pipeline/types.js';
import type { Recording } from '../../formats/recording/recording.js';
import { recordSimulation } from '../../profiler/caller/simulated.js';
import { readRecording } from '../../store/recording.js';
import { RunDirectory } from '../../store/run-directory.js';
import type { SimulatedTask } from '../../workload/simulate.js';

export async function simulateScenario(
  run: RunDirectory,
  scenario: ScenarioSpec,
  repetition: number,
): Promise<Recording> {
  const measured = run.document.service_from
    ? await measuredServices(run.document.service_from)
    : new Map<string, number[]>();
  const tasks = scenario.tasks.map((task) => simulatedTask(run, scenario, task, measured));
  const backends = scenario.tasks.map((task) => run.spec.models.find((m) => m.name === task.model)?.backend ?? 'auto');
  return recordSimulation({ spec: run.spec, pipelineText: run.pipelineText, scenario, repetition, tasks, backends });
}

const GOLDEN = 0.618034;

/** Service times (ns) of measured jobs by task and by model, in their order; the order keeps bursts together. */
async function measuredServices(folder: string): Promise<Map<string, number[]>> {
  const source = RunDirectory.open(folder);
  const found = new Map<string, number[]>();
  for (const { scenario, folder: recording } of source.recordings()) {
    const spec = source.scenario(scenario);
    if (!spec) continue;
    for (const part of measuredParts(spec, await readRecording(recording)))
      for (const key of [`task/${part.task.name}`, `model/${part.task.model}`]) {
        const list = found.get(key) ?? [];
        for (const value of services(part)) list.push(value);
        found.set(key, list);
      }
  }
  if ([...found.values()].every((list) => list.length === 0))
    return fail('file', `${folder} has no completed jobs to take service times from`);
  return found;
}

function simulatedTask(
  run: RunDirectory,
  scenario: ScenarioSpec,
  task: TaskSpec,
  measured: ReadonlyMap<string, number[]>,
): SimulatedTask {
  const model = run.spec.models.find((m) => m.name === task.model);
  const synthetic = model?.build.kind === 'synthetic' ? model.build.options : undefined;
  const engine = synthetic?.engine ?? task.placement.accelerator;
  const list = measured.get(`task/${task.name}`) ?? measured.get(`model/${task.model}`);
  // What was measured beside other tasks holds their interference already.
  if (list && list.length > 0) {
    // Tasks that share the times of their model do not all begin at the same one.
    const own = measured.has(`task/${task.name}`);
    const begin = own ? 0 : Math.floor(list.length * ((scenario.tasks.indexOf(task) * GOLDEN) % 1));
    return { service: (k) => list[(begin + k) % list.length], engine, contention: 0 };
  }
  if (!synthetic) {
    return fail(
      'config',
      `task ${task.name}: model ${task.model} has no service time to simulate with`,
      'give --service-from RUN, or make it backend: synthetic with build: { service: 8 ms }',
    );
  }
  return {
    service: serviceDraw(synthetic.service, scenario.seed, task.name),
    engine,
    contention: synthetic.contention,
  };
}
