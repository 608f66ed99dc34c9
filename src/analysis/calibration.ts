/** Recordings of tasks alone and in pairs -> what predictions rest on. */

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
/** Share of the computing that has to be beside that of the other. */
const LEAST_MET = 0.05;
/** Place of the computing among the parts of a job. */
const COMPUTING = 2;

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
    const mean = meanOf(of(scenario), scenario, 0);
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
    .flatMap((scenario) =>
      scenario.tasks.flatMap((task, i) => {
        const beside = scenario.tasks[1 - i]?.name ?? '';
        const before = alone.get(task.name);
        const recording = of(scenario);
        const together = meanOf(recording, scenario, i);
        if (!before || !recording || !together) return [];
        const [own, other] = [i, 1 - i].map((k) => measuredParts(scenario, recording)[k]);
        const computing = before.parts && own && other && computingCost(own, other, before.parts[COMPUTING]);
        return [
          {
            task: task.name,
            beside,
            factor: round(together.mean / before.mean, 4),
            ...(computing === undefined ? {} : { computing: round(computing, 4) }),
            jobs: together.jobs,
          },
        ];
      }),
    );
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
  /** Absent where its backend stamps none. */
  readonly parts?: DeviceParts;
}

function meanOf(recorded: Recorded | undefined, scenario: ScenarioSpec, index: number): BackToBack | undefined {
  const part = recorded && measuredParts(scenario, recorded)[index];
  if (!part) return undefined;
  const all = services(part);
  const mean = trimmedMean(all);
  if (mean === undefined) return undefined;
  const { begin, copyIn, compute, copyOut } = deviceParts(part);
  const of = (list: Float64Array): number => Math.round(trimmedMean(list) ?? Number.NaN);
  const parts: DeviceParts = [of(begin), of(copyIn), of(compute), of(copyOut)];
  return { mean, jobs: all.length, ...(isStamped([parts]) ? { parts } : {}) };
}

/**
 * What the computing of another costs that of a task, from when both computed: time by time alone, less 1.
 * @param alone ns, of the computing of a job @returns undefined where they hardly met
 */
function computingCost(own: TaskJobs, other: TaskJobs, alone: number): number | undefined {
  const [mine, theirs] = [own, other].map(computed) as [Span[], Span[]];
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
  const done = alone * mine.length - (all - met);
  return met < LEAST_MET * all || done <= 0 ? undefined : Math.max(0, met / done - 1);
}

/** Begin and end, ns. */
type Span = readonly [number, number];

function computed({ jobs, from, to }: TaskJobs): Span[] {
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
  return kept.length < LEAST_JOBS ? undefined : kept.reduce((a, b) => a + b, 0) / kept.length;
}
