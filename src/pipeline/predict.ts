/** What a scenario would do on a device that was calibrated: the simulator with what tasks take alone and do to each other. */
import { effectiveQuantiles } from '../analysis/distribution.js';
import { type Counts, countJobs, measuredJobs, responses } from '../analysis/jobs.js';
import { judgeJobs } from '../analysis/scenario.js';
import { fail } from '../base/problem.js';
import { streamOf, uniform } from '../base/random.js';
import { periodOf } from '../base/rational.js';
import { lowerBound } from '../base/search.js';
import { meanOf } from '../base/sum.js';
import { type Ns, ns } from '../base/units.js';
import {
  type PipelineSpec,
  PRIORITIES,
  type Priority,
  type Requirement,
  type ScenarioSpec,
  type TaskSpec,
} from '../formats/pipeline/types.js';
import {
  type CalibratedScenario,
  type CalibratedTask,
  type DeviceParts,
  type InputShapes,
  inputShapesOf,
  sameShapes,
} from '../formats/recording/calibration.js';
import type { JobTable } from '../formats/recording/jobs.js';
import type { RequirementReport } from '../formats/report/report.js';
import { assembleJobs } from '../workload/assemble.js';
import { Sharing, type SharingTask, type Slowdown } from '../workload/sharing.js';
import { type SimulatedTask, simulate } from '../workload/simulate.js';

/** A device as far as it was calibrated. */
export interface PredictionBase {
  readonly cpus: number;
  readonly scenario: CalibratedScenario;
  /** The same tasks with other threads, precisions, input shapes or on other accelerators, calibrated in other runs. */
  readonly variants?: readonly CalibratedTask[];
  /** Other calibrations of the scenario, for pairs with other priorities of streams. */
  readonly others?: readonly CalibratedScenario[];
  /** Models, as the file asks for them; without, as they were calibrated. */
  readonly models?: ReadonlyMap<string, ModelVariant>;
  /** To see what holds if predictions are as wrong as they were. */
  readonly margin?: Margin;
  /** Only as many releases are simulated as show which of many scenarios are worth more. */
  readonly brief?: boolean;
}

/** What of a model its service time depends on. */
export type ModelVariant = Pick<CalibratedTask, 'precision' | 'inputs'>;

/** Models by name. */
export const modelsOf = ({ models }: Pick<PipelineSpec, 'models'>): ReadonlyMap<string, ModelVariant> =>
  new Map(models.map((m) => [m.name, { precision: m.precision, inputs: inputShapesOf(m) }]));

/** How wrong predictions may be. */
export interface Margin {
  /** All service times are longer by this share. */
  readonly load: number;
  /** Deadlines, and limits of response times, are shorter by this share when it is looked at what was kept. */
  readonly tail: number;
}

/** Predictions as they are. */
export const NO_MARGIN: Margin = { load: 0, tail: 0 };

/** What a task is predicted to do. */
export interface PredictedTask {
  readonly name: string;
  readonly engine: string;
  readonly counts: Counts;
  /** Of all releases, ms; "inf" where so many were never done. */
  readonly p50: number | 'inf' | undefined;
  readonly p99: number | 'inf' | undefined;
  /** Absent without a deadline. */
  readonly missRatio?: number;
  /** Of an engine, or of a CPU for each thread: time that its jobs take alone, by the time that there is. */
  readonly asked: number;
}

/** What a scenario is predicted to do. */
export interface Prediction {
  readonly tasks: readonly PredictedTask[];
  readonly requirements: readonly RequirementReport[];
  /** CPUs, and shares of each accelerator, that are asked for by service times alone. */
  readonly asked: Readonly<Record<string, number>>;
  readonly jobs: JobTable;
  readonly window: { readonly from: number; readonly to: number };
}

/** Releases of the slowest task that are simulated, where it is not said how long. */
const RELEASES = 1500;
const SHORTEST = 20e9;
const LONGEST = 600e9;
/** Jobs with the most similar pauses before them, of which one is taken. */
const SIMILAR = { share: 0.1, least: 10, most: 40 };

/** What is simulated of that for a first look. */
const BRIEF = 0.1;

/** Long enough for quantiles, ns, whatever the file says. */
function lengthOf(scenario: ScenarioSpec, brief = false): Ns {
  const periods = scenario.tasks.map(({ release }) =>
    release.kind === 'periodic' || release.kind === 'poisson' ? periodOf(release.rate) : 0,
  );
  const length = Math.max(SHORTEST, Math.min(LONGEST, RELEASES * Math.max(...periods)));
  return ns(brief ? BRIEF * length : length);
}

/** @throws ProblemError `usage` for a task that was not calibrated, or not where it would run */
function calibrated(base: PredictionBase, task: TaskSpec): CalibratedTask {
  const { accelerator, threads = 1 } = task.placement;
  const all = [...base.scenario.tasks, ...(base.variants ?? [])].filter(
    (t) => t.name === task.name && t.alone_ns.length > 0,
  );
  const [first] = all;
  if (!first)
    return fail(
      'usage',
      `task ${task.name} was not calibrated`,
      'infersight calibrate records it alone and in pairs; one that was interrupted goes on with --resume',
    );
  const wanted = base.models?.get(task.model) ?? first;
  const found = all.find(
    (t) =>
      t.accelerator === accelerator &&
      (t.engine !== 'cpu' || t.threads === threads) &&
      (t.precision === undefined || t.precision === wanted.precision) &&
      sameShapes(t.inputs, wanted.inputs),
  );
  if (found) return found;
  const asked = { ...first, engine: accelerator, threads, ...wanted };
  return fail(
    'usage',
    `task ${task.name} was calibrated on ${variantText(first, asked)}, not on ${variantText(asked, first)}`,
    `infersight calibrate --set '${settingOf(task, asked, first)}', in the same folder of runs`,
  );
}

/** Where a task runs, and its precision and inputs where they are not the other's. */
const variantText = (task: CalibratedTask, other: CalibratedTask): string =>
  `${placeText(task)}${task.precision === other.precision ? '' : ` with precision ${task.precision}`}${sameShapes(task.inputs, other.inputs) ? '' : ` with inputs of ${shapesText(task.inputs)}`}`;

const shapesText = (inputs: InputShapes = {}): string =>
  Object.values(inputs)
    .map((shape) => shape.join(' x '))
    .join(' and ');

function settingOf({ name, model, placement }: TaskSpec, asked: CalibratedTask, first: CalibratedTask): string {
  if (placement.accelerator !== first.accelerator) return `${name}.accelerator=${placement.accelerator}`;
  if (asked.precision !== first.precision) return `models.${model}.precision=${asked.precision}`;
  const [input] = Object.entries(asked.inputs ?? {}).filter(
    ([key, shape]) => !sameShapes({ [key]: shape }, { [key]: first.inputs?.[key] ?? shape }),
  );
  return input
    ? `models.${model}.inputs.${input[0]}.shape=[${input[1].join(', ')}]`
    : `${name}.threads=${asked.threads}`;
}

/** `cpu with 2 threads`, `dla:0` */
export const placeText = ({ engine, threads }: Pick<CalibratedTask, 'engine' | 'threads'>): string =>
  engine === 'cpu' ? `cpu with ${threads} thread${threads === 1 ? '' : 's'}` : engine;

/** Two whose work together was not measured, on one accelerator: each is half as fast. */
const HALVED: Slowdown = { factor: 2 };

type Pair<T> = readonly [T, T];

/**
 * A job takes as long as one of those that were recorded after a similar pause of its task: meanwhile caches are taken by others, clocks
 * fall and a virtual CPU is given away.
 */
function jobsOf(task: CalibratedTask, seed: number, margin: number): Pick<SimulatedTask, 'service' | 'stages'> {
  const { name, alone_ns: alone, idle_ns: pauses, parts_ns: parts } = task;
  const order = alone.map((_, i) => i).sort((a, b) => (pauses[a] ?? 0) - (pauses[b] ?? 0));
  const idles = Float64Array.from(order, (i) => pauses[i] ?? 0);
  const n = order.length;
  const width = Math.min(n, Math.max(SIMILAR.least, Math.min(SIMILAR.most, Math.round(SIMILAR.share * n))));
  const stream = streamOf(`predict/${name}`);
  const like = (k: number, idle: number): number => {
    const at = lowerBound(idles, idle, 0, n);
    const from = Math.max(0, Math.min(n - width, at - (width >> 1)));
    return order[from + Math.floor(uniform(seed, stream, k) * width)] ?? 0;
  };
  const stages = isStaged(task) ? parts?.map((p, i) => stagesOf(p, alone[i] ?? 0).map((t) => t * margin)) : undefined;
  return {
    service: (k, idle) => (alone[like(k, idle)] ?? 0) * margin,
    ...(stages ? { stages: (k, idle) => stages[like(k, idle)] ?? [] } : {}),
  };
}

const isStaged = ({ parts_ns: parts, alone_ns: alone, turns }: CalibratedTask): boolean =>
  parts?.length === alone.length && !turns;

/** As `STAGES` has them, ns. @param whole of the job */
function stagesOf([before, into, compute, out]: DeviceParts, whole: number): readonly number[] {
  return [before, into, compute, out, Math.max(0, whole - before - into - compute - out)];
}

/** A task does to the others what it did as it was calibrated; with another precision on the same accelerator about that. */
const sameBeside = (own: CalibratedTask, task: CalibratedTask): boolean =>
  own.name === task.name && own.engine === task.engine && own.threads === task.threads;

/** In another run only the same model as it was built counts. */
const sameVariant = (own: CalibratedTask, task: CalibratedTask): boolean =>
  sameBeside(own, task) &&
  own.model === task.model &&
  own.precision === task.precision &&
  sameShapes(own.inputs, task.inputs);

const onOneAccelerator = ([a, b]: Pair<CalibratedTask>): boolean => a.engine === b.engine && a.engine !== 'cpu';

/** Above 0 where the first has the higher priority. */
const lead = ([a = 'normal', b = 'normal']: Pair<Priority | undefined>): number =>
  Math.sign(PRIORITIES.indexOf(a) - PRIORITIES.indexOf(b));

/** As it was measured, with the same of the two streams leading where that was measured; undefined where they were not together. */
function slowdownOf(
  { scenario, others = [] }: PredictionBase,
  pair: Pair<CalibratedTask>,
  leads: number,
): Slowdown | undefined {
  const measured = [scenario, ...(onOneAccelerator(pair) ? others : [])].flatMap(({ tasks, pairs }, i) => {
    const same = i === 0 ? sameBeside : sameVariant;
    const own = pair.map((t) => tasks.find((o) => same(o, t)));
    const found = pairs.find((p) => p.task === pair[0].name && p.beside === pair[1].name);
    return found && own[0] && own[1] ? [{ found, leads: lead([own[0].stream, own[1].stream]) }] : [];
  });
  return (measured.find((m) => m.leads === leads) ?? measured[0])?.found;
}

/** As it used the device when it was calibrated. */
function userOf(task: CalibratedTask): SharingTask {
  const { engine, threads, priority, cpus, turns } = task;
  return {
    engine,
    threads,
    priority,
    ...(isStaged(task) ? { computes: computingShare(task) } : {}),
    ...(cpus === undefined ? {} : { cpus }),
    ...(turns ? { turns } : {}),
  };
}

const computingShare = ({ parts_ns: parts = [], alone_ns: alone }: CalibratedTask): number =>
  meanOf(parts.map(([, , compute]) => compute)) / Math.max(1, meanOf(alone));

/** The device's rules for the tasks of a scenario as it is now: with its priorities and CPUs, not those of the calibration. */
function sharingOf(base: PredictionBase, scenario: ScenarioSpec, tasks: readonly CalibratedTask[]): Sharing {
  return new Sharing({
    cpus: base.cpus,
    tasks: scenario.tasks.map((task, i) => {
      const { cpus: _, ...user } = userOf(tasks[i] as CalibratedTask);
      const { cpus } = task.placement;
      return { ...user, priority: task.priority, ...(cpus === undefined ? {} : { cpus }) };
    }),
    calibratedTasks: tasks.map(userOf),
    slowdown: (i, beside) => {
      const pair = [tasks[i], tasks[beside]] as Pair<CalibratedTask>;
      const leads = lead([scenario.tasks[i]?.priority, scenario.tasks[beside]?.priority]);
      return slowdownOf(base, pair, leads) ?? (onOneAccelerator(pair) ? HALVED : undefined);
    },
  });
}

/** @param duration ns, instead of as long as quantiles need @throws ProblemError `usage` for what was not calibrated */
export function predict(
  base: PredictionBase,
  scenario: ScenarioSpec,
  requirements: readonly Requirement[],
  duration?: Ns,
): Prediction {
  const tasks = scenario.tasks.map((task) => calibrated(base, task));
  const { margin = NO_MARGIN } = base;
  const programs = tasks.map((task) => ({
    ...jobsOf(task, scenario.seed, 1 + margin.load),
    engine: task.engine,
    contention: 0,
  }));
  const spec = {
    ...scenario,
    duration: duration ?? lengthOf(scenario, base.brief),
    warmup: ns(Math.min(scenario.warmup, 1e9)),
  };
  const result = simulate(spec, programs, sharingOf(base, spec, tasks));
  const jobs = assembleJobs(
    spec.tasks.map((t) => t.name),
    result.columns,
  );
  const window = { from: result.measureFrom, to: result.measureTo };
  const judged = { ...spec, tasks: spec.tasks.map((t) => withDeadline(t, 1 - margin.tail)) };
  const predicted = judged.tasks.map((task, i) =>
    predictedTask(task, tasks[i] as CalibratedTask, measuredJobs(jobs, task, i, window), window),
  );
  const asked: Record<string, number> = {};
  for (const [i, task] of predicted.entries()) {
    const { engine, threads } = tasks[i] as CalibratedTask;
    asked[engine] = (asked[engine] ?? 0) + task.asked * (engine === 'cpu' ? threads : 1);
  }
  return {
    tasks: predicted,
    requirements: judgeJobs(
      judged,
      jobs,
      window,
      requirements.map((r) => withLimit(r, 1 - margin.tail)),
    ).requirements,
    asked,
    jobs,
    window,
  };
}

const withDeadline = (task: TaskSpec, factor: number): TaskSpec =>
  task.deadline === undefined || factor === 1 ? task : { ...task, deadline: ns(task.deadline * factor) };

/** A limit of response times, or of the time along a chain. */
const withLimit = (requirement: Requirement, factor: number): Requirement =>
  factor !== 1 &&
  (requirement.kind === 'chain' || (requirement.kind === 'task' && requirement.metric.startsWith('response')))
    ? { ...requirement, max: ns(requirement.max * factor) }
    : requirement;

/** p99 by deadline of the task that uses the most of its own; Infinity where that is never done. @param p99 ms, of a task by its place */
export const fullestDeadline = (
  tasks: readonly TaskSpec[],
  p99: (index: number) => number | 'inf' | undefined,
): number =>
  tasks.reduce((most, { deadline }, i) => {
    const value = p99(i);
    if (deadline === undefined || value === undefined) return most;
    return Math.max(most, value === 'inf' ? Number.POSITIVE_INFINITY : (value * 1e6) / deadline);
  }, 0);

function predictedTask(
  task: TaskSpec,
  { engine, alone_ns: alone }: CalibratedTask,
  part: ReturnType<typeof measuredJobs>,
  { from, to }: Prediction['window'],
): PredictedTask {
  const counts = countJobs(part);
  const { p50, p99 } = effectiveQuantiles(responses(part).sort(), counts.released - counts.inFlight);
  return {
    name: task.name,
    engine,
    counts,
    p50,
    p99,
    ...(task.deadline === undefined ? {} : { missRatio: counts.released > 0 ? counts.missed / counts.released : 0 }),
    asked: (counts.released * meanOf(alone)) / Math.max(1, to - from),
  };
}
