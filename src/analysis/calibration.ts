/** Recordings of tasks alone and in pairs -> what predictions rest on. */
import { cardById, programmedService } from '../formats/backends/index.js';
import type { ModelSpec, PipelineSpec, ScenarioSpec, TaskSpec } from '../formats/pipeline/types.js';
import { type CalibratedScenario, type CalibratedTask, inputShapesOf } from '../formats/recording/calibration.js';
import { COMPLETED } from '../formats/recording/jobs.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import { deviceParts, services, type TaskJobs } from './jobs.js';
import { measuredParts, type RecordedScenario } from './scenario.js';

type Recorded = Pick<RecordedScenario, 'document' | 'jobs'>;

/** Jobs that are kept of one task. */
const MOST_JOBS = 20_000;
/** Share of the shortest and of the longest service times that a mean leaves out. */
const TRIMMED = 0.05;
/** A mean of fewer tells nothing. */
const LEAST_JOBS = 3;

/** @param recorded all of the run */
export function calibrationOf(spec: PipelineSpec, recorded: readonly Recorded[]): CalibratedScenario[] {
  const names = new Set(spec.scenarios.flatMap((s) => s.calibrates ?? []));
  return [...names].flatMap((name) => {
    const own = spec.scenarios.find((s) => s.name === name);
    return own ? [scenarioOf(spec, own, recorded)] : [];
  });
}

function scenarioOf(
  { scenarios, models }: PipelineSpec,
  own: ScenarioSpec,
  recorded: readonly Recorded[],
): CalibratedScenario {
  const of = (scenario: ScenarioSpec): Recorded | undefined =>
    recorded.findLast((r) => r.document.scenario === scenario.name);
  const backToBack = scenarios.filter((s) => s.calibrates === own.name && s.mode === 'async');
  const alone = new Map<string, number>();
  for (const scenario of backToBack.filter((s) => s.tasks.length === 1)) {
    const mean = meanOf(of(scenario), scenario, 0);
    if (mean) alone.set(scenario.tasks[0]?.name ?? '', mean.mean);
  }
  const tasks = own.tasks.flatMap((task): CalibratedTask[] => {
    const pauses = scenarios.find(
      (s) => s.calibrates === own.name && s.mode === 'periodic' && s.tasks[0]?.name === task.name,
    );
    const found = pauses ? of(pauses) : undefined;
    return pauses && found ? [taskOf(task, pauses, found, models, alone.get(task.name))] : [];
  });
  const pairs = backToBack
    .filter((s) => s.tasks.length === 2)
    .flatMap((scenario) =>
      scenario.tasks.flatMap((task, i) => {
        const beside = scenario.tasks[1 - i]?.name ?? '';
        const before = alone.get(task.name);
        const together = meanOf(of(scenario), scenario, i);
        return before && together
          ? [{ task: task.name, beside, factor: Number((together.mean / before).toFixed(4)), jobs: together.jobs }]
          : [];
      }),
    );
  return { name: own.name, tasks, pairs };
}

function taskOf(
  task: TaskSpec,
  pauses: ScenarioSpec,
  { document, jobs }: Recorded,
  models: readonly ModelSpec[],
  backToBack: number | undefined,
): CalibratedTask {
  const [part] = measuredParts(pauses, { document, jobs });
  const told = document.tasks[0];
  const model = models.find((m) => m.name === task.model);
  const engine = programmedService(model)?.engine ?? told?.accelerator ?? task.placement.accelerator;
  const { cpus } = task.placement;
  return {
    name: task.name,
    model: task.model,
    backend: told?.backend ?? '',
    accelerator: task.placement.accelerator,
    engine,
    ...(model ? { precision: model.precision, inputs: inputShapesOf(model) } : {}),
    threads: threadsOf(task, engine, told),
    ...(cpus === undefined || told?.honoured.cpus === false ? {} : { cpus: [...cpus] }),
    priority: told?.honoured.priority === false ? 'normal' : task.priority,
    ...orderOf(task, told),
    ...(part ? copiesOf(part) : {}),
    ...(part ? occupied(part) : { alone_ns: [], idle_ns: [] }),
    ...(backToBack === undefined ? {} : { back_to_back_ns: Math.round(backToBack) }),
  };
}

/** On the CPU its threads; elsewhere the one that waits, where it does not sleep. */
function threadsOf(task: TaskSpec, engine: string, told: RecordingDocument['tasks'][number] | undefined): number {
  if (engine === 'cpu') return task.placement.threads ?? 1;
  return told?.complete_via === 'spin' || told?.complete_via === 'yield' ? 1 : 0;
}

function orderOf(
  { priority }: TaskSpec,
  told: RecordingDocument['tasks'][number] | undefined,
): Pick<CalibratedTask, 'turns' | 'stream'> {
  const order = told && cardById(told.backend)?.gpuOrder?.(told.provider ?? told.accelerator);
  return order === 'turns' ? { turns: true } : order === 'priority' ? { stream: priority } : {};
}

/** A copy that takes less (ns) is none: on a GPU that shares the memory of the host, its events are that far apart. */
const NO_COPY = 3000;

function copiesOf(part: TaskJobs): Pick<CalibratedTask, 'copies'> {
  const { copyIn, copyOut } = deviceParts(part);
  const [into, out] = [copyIn, copyOut].map((list) => {
    const median = list.toSorted()[list.length >> 1] ?? 0;
    return median < NO_COPY ? 0 : Math.round(median);
  }) as [number, number];
  return into + out > 0 ? { copies: { in_ns: into, out_ns: out } } : {};
}

/** From when a job could start, released and with the one before it done, until its end, and how long nothing ran before; ns. */
function occupied({ jobs, first, from, to }: TaskJobs): Pick<CalibratedTask, 'alone_ns' | 'idle_ns'> {
  const alone: number[] = [];
  const idle: number[] = [];
  let free: number | undefined;
  for (let row = first; row < to && alone.length < MOST_JOBS; row++) {
    if (jobs.outcome[row] !== COMPLETED) continue;
    const [release, complete] = [jobs.release[row] ?? 0, jobs.complete[row] ?? 0];
    if (row >= from && free !== undefined) {
      alone.push(complete - Math.max(release, free));
      idle.push(Math.max(0, release - free));
    }
    free = complete;
  }
  return { alone_ns: alone, idle_ns: idle };
}

function meanOf(
  recorded: Recorded | undefined,
  scenario: ScenarioSpec,
  index: number,
): { readonly mean: number; readonly jobs: number } | undefined {
  const part = recorded && measuredParts(scenario, recorded)[index];
  if (!part) return undefined;
  const sorted = services(part).toSorted();
  const cut = Math.floor(sorted.length * TRIMMED);
  const kept = sorted.subarray(cut, sorted.length - cut);
  if (kept.length < LEAST_JOBS) return undefined;
  return { mean: kept.reduce((a, b) => a + b, 0) / kept.length, jobs: sorted.length };
}
