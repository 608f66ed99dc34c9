/** Recordings of tasks alone and in pairs -> what predictions rest on. */
import { meanOf } from '../base/sum.js';
import { round } from '../base/units.js';
import { cardById, programmedService } from '../formats/backends/index.js';
import type { ModelSpec, PipelineSpec, ScenarioSpec, TaskSpec } from '../formats/pipeline/types.js';
import {
  type CalibratedScenario,
  type CalibratedTask,
  type DeviceParts,
  inputShapesOf,
} from '../formats/recording/calibration.js';
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
/** Share of the computing that has to be beside that of the other: where it is less, the rest decides what is found. */
const LEAST_MET = 0.25;
/** Of one that stands still while the other computes; more would rest on a small difference of large numbers. */
const MOST_COST = 20;

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
  const alone = new Map<string, BackToBack>();
  for (const scenario of backToBack.filter((s) => s.tasks.length === 1)) {
    const [part] = partsIn(of(scenario), scenario);
    const mean = part && backToBackOf(part);
    if (mean) alone.set(scenario.tasks[0]?.name ?? '', mean);
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
    .flatMap((scenario) => {
      const parts = partsIn(of(scenario), scenario);
      return scenario.tasks.flatMap((task, i) => {
        const beside = scenario.tasks[1 - i]?.name ?? '';
        const before = alone.get(task.name);
        const [own, other] = [parts[i], parts[1 - i]];
        const together = own && backToBackOf(own);
        if (!before || !together || !other) return [];
        const computing = before.computing && computingCost(own, other, before.computing);
        return [
          {
            task: task.name,
            beside,
            factor: round(together.mean / before.mean, 4),
            ...(computing === undefined ? {} : { computing: round(computing, 4) }),
            jobs: together.jobs,
          },
        ];
      });
    });
  return { name: own.name, tasks, pairs };
}

function taskOf(
  task: TaskSpec,
  pauses: ScenarioSpec,
  { document, jobs }: Recorded,
  models: readonly ModelSpec[],
  backToBack: BackToBack | undefined,
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
    ...(part ? occupied(part) : { alone_ns: [], idle_ns: [] }),
    ...(backToBack === undefined ? {} : { back_to_back_ns: Math.round(backToBack.mean) }),
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

/**
 * From when a job could start, released and with the one before it done, until its end, its parts in that time, and how long nothing ran
 * before; ns.
 */
function occupied({ jobs, first, from, to }: TaskJobs): Pick<CalibratedTask, 'alone_ns' | 'parts_ns' | 'idle_ns'> {
  const alone: number[] = [];
  const parts: DeviceParts[] = [];
  const idle: number[] = [];
  let free: number | undefined;
  for (let row = first; row < to && alone.length < MOST_JOBS; row++) {
    if (jobs.outcome[row] !== COMPLETED) continue;
    const [release, complete] = [jobs.release[row] ?? 0, jobs.complete[row] ?? 0];
    if (row >= from && free !== undefined) {
      const could = Math.max(release, free);
      alone.push(complete - could);
      parts.push(partsOf(jobs, row, could));
      idle.push(Math.max(0, release - free));
    }
    free = complete;
  }
  return { alone_ns: alone, ...(isStamped(parts) ? { parts_ns: parts } : {}), idle_ns: idle };
}

/** @param since ns, the begin of the first part */
function partsOf(
  { deviceStart, copyInEnd, computeEnd, deviceEnd }: TaskJobs['jobs'],
  row: number,
  since: number,
): DeviceParts {
  const stamps = [since, deviceStart[row], copyInEnd[row], computeEnd[row], deviceEnd[row]].map((t) => t ?? Number.NaN);
  const part = (i: number): number => Math.max(0, Math.round((stamps[i + 1] ?? 0) - (stamps[i] ?? 0)));
  return [part(0), part(1), part(2), part(3)];
}

const isStamped = (parts: readonly DeviceParts[]): boolean =>
  parts.length > 0 && parts.every((values) => values.every((v) => !Number.isNaN(v)));

/** Service time of jobs back to back, ns. */
interface BackToBack {
  readonly mean: number;
  readonly jobs: number;
  /** Of all of them, the computing; absent where its backend stamps none. */
  readonly computing?: number;
}

const partsIn = (recorded: Recorded | undefined, scenario: ScenarioSpec): readonly TaskJobs[] =>
  recorded ? measuredParts(scenario, recorded) : [];

function backToBackOf(part: TaskJobs): BackToBack | undefined {
  const all = services(part);
  const mean = trimmedMean(all);
  if (mean === undefined) return undefined;
  const { compute } = deviceParts(part);
  // As met and apart are sums over all jobs of a pair, so is this.
  return { mean, jobs: all.length, ...(compute.length > 0 ? { computing: meanOf(compute) } : {}) };
}

/**
 * What the computing of another costs that of a task, from when both computed: time by time alone, less 1.
 * @param alone ns, of the computing of a job @returns undefined where they hardly met
 */
function computingCost(own: TaskJobs, other: TaskJobs, alone: number): number | undefined {
  const mine = computed(own, own.from, own.to);
  // One that ran already when it began to be measured counts too.
  const theirs = computed(other, other.first, other.end);
  let [met, all] = [0, 0];
  let next = 0;
  for (const [begin, end] of mine) {
    all += end - begin;
    while ((theirs[next]?.[1] ?? Number.POSITIVE_INFINITY) <= begin) next++;
    for (let k = next; (theirs[k]?.[0] ?? Number.POSITIVE_INFINITY) < end; k++) {
      const [from, to] = theirs[k] as Span;
      met += Math.min(end, to) - Math.max(begin, from);
    }
  }
  if (met < LEAST_MET * all) return undefined;
  const done = Math.max(met / (1 + MOST_COST), alone * mine.length - (all - met));
  return Math.max(0, met / done - 1);
}

/** Begin and end, ns. */
type Span = readonly [number, number];

function computed({ jobs }: TaskJobs, from: number, to: number): Span[] {
  const spans: Span[] = [];
  for (let row = from; row < to; row++) {
    const [begin, end] = [jobs.copyInEnd[row] ?? Number.NaN, jobs.computeEnd[row] ?? Number.NaN];
    if (jobs.outcome[row] === COMPLETED && end > begin) spans.push([begin, end]);
  }
  return spans;
}

function trimmedMean(list: Float64Array): number | undefined {
  const sorted = list.toSorted();
  const cut = Math.floor(sorted.length * TRIMMED);
  const kept = sorted.subarray(cut, sorted.length - cut);
  return kept.length < LEAST_JOBS ? undefined : meanOf(kept);
}
