/** One repetition on the virtual clock; service times from the pipeline file or from an earlier run. */
import { fail } from '../../base/problem.js';
import { COMPLETED } from '../../formats/jobs.js';
import { serviceDraw } from '../../formats/pipeline/service-time.js';
import type { ScenarioSpec, TaskSpec } from '../../formats/pipeline/types.js';
import { type Recording, readRecording } from '../../profiler/recording.js';
import { recordSimulation } from '../../profiler/simulated.js';
import type { SimulatedTask } from '../../workload/simulate.js';
import { RunDirectory } from '../run-directory.js';

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

/** Service times (ns) of completed jobs by task and by model, in their order; the order keeps bursts together. */
async function measuredServices(folder: string): Promise<Map<string, number[]>> {
  const source = RunDirectory.open(folder);
  const services = new Map<string, number[]>();
  for (const { scenario, folder: recording } of source.recordings()) {
    const { jobs } = await readRecording(recording);
    const tasks = source.spec.scenarios.find((s) => s.name === scenario)?.tasks ?? [];
    for (let row = 0; row < jobs.length; row++) {
      if (jobs.outcome[row] !== COMPLETED) continue;
      const task = tasks[jobs.task[row]];
      const value = jobs.complete[row] - jobs.start[row];
      for (const key of [`task/${task.name}`, `model/${task.model}`]) {
        const list = services.get(key);
        if (list) list.push(value);
        else services.set(key, [value]);
      }
    }
  }
  if (services.size === 0) return fail('file', `${folder} has no completed jobs to take service times from`);
  return services;
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
  if (list) return { service: (k) => list[k % list.length], engine, contention: 0 };
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
