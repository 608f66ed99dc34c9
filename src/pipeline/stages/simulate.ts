/** One repetition on the virtual clock; service times from the pipeline file or from an earlier run. */
import { readFile } from 'node:fs/promises';
import { fail } from '../../base/problem.js';
import { programmedService } from '../../formats/backends/index.js';
import { serviceDraw } from '../../formats/backends/service-time.js';
import type { ModelSpec, ScenarioSpec, TaskSpec } from '../../formats/pipeline/types.js';
import type { Recording } from '../../formats/recording/recording.js';
import { readServiceTimes, type ServiceTimes } from '../../formats/recording/service-times.js';
import { STAGED_SERVICE_TIMES } from '../../formats/run/staged.js';
import { recordSimulation } from '../../profiler/caller/simulated.js';
import type { RunDirectory } from '../../store/run-directory.js';
import type { SimulatedTask } from '../../workload/simulate.js';

/** Records one repetition of a simulated scenario. */
export async function simulateScenario(
  run: RunDirectory,
  scenario: ScenarioSpec,
  repetition: number,
): Promise<Recording> {
  const measured = run.document.service_from === undefined ? undefined : await stagedTimes(run);
  const tasks = scenario.tasks.map((task) => simulatedTask(run.spec.models, scenario, task, measured));
  const backends = scenario.tasks.map((task) => run.spec.models.find((m) => m.name === task.model)?.backend ?? 'auto');
  return recordSimulation({ pipelineText: run.pipelineText, scenario, repetition, tasks, backends });
}

async function stagedTimes(run: RunDirectory): Promise<ServiceTimes> {
  const path = run.path(STAGED_SERVICE_TIMES);
  const text = await readFile(path, 'utf8').catch(() =>
    fail('run', `${path} is missing`, `run the stage before first: infersight stage prepare --run ${run.folder}`),
  );
  return readServiceTimes(text, path);
}

const GOLDEN = 0.618034;

/** Service times (ns) in their order, as measured beside the other tasks. */
const sequenceOf = (times: ServiceTimes | undefined, which: { task: string } | { model: string }): number[] =>
  (times?.entries ?? [])
    .filter((e) => !e.solo && ('task' in which ? e.task === which.task : e.model === which.model))
    .flatMap((e) => e.sequence_ns);

/** How long the jobs of a task take. @param measured in an earlier run; else the file says it @throws ProblemError `config` */
export function simulatedTask(
  models: readonly ModelSpec[],
  scenario: ScenarioSpec,
  task: TaskSpec,
  measured: ServiceTimes | undefined,
): SimulatedTask {
  const programmed = programmedService(models.find((m) => m.name === task.model));
  const engine = programmed?.engine ?? task.placement.accelerator;
  const own = sequenceOf(measured, { task: task.name });
  const list = own.length > 0 ? own : sequenceOf(measured, { model: task.model });
  // What was measured beside other tasks holds their interference already.
  if (list.length > 0) {
    // Tasks that share the times of their model do not all begin at the same one.
    const begin = own.length > 0 ? 0 : Math.floor(list.length * ((scenario.tasks.indexOf(task) * GOLDEN) % 1));
    return { service: (k) => list[(begin + k) % list.length] ?? 0, engine, contention: 0 };
  }
  if (!programmed) {
    return fail(
      'config',
      `task ${task.name}: model ${task.model} has no service time to simulate with`,
      'give --service-from RUN, or make it backend: synthetic with build: { service: 8 ms }',
    );
  }
  return {
    service: serviceDraw(programmed.service, scenario.seed, task.name),
    engine,
    contention: programmed.contention,
  };
}
