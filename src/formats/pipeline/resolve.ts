/** Checked data of pipeline.yaml -> PipelineSpec: quantities in base units, defaults filled in. */
import { exactQuantity, exactTime } from '../../base/quantity.js';
import { invert, periodOf, type Rational, rational } from '../../base/rational.js';
import { type Ns, ns } from '../../base/units.js';
import { backendFor, PLAN_BACKEND, resolveBuild } from '../backends/index.js';
import { resolveRequirement } from './resolve-requirement.js';
import type { ModelInput, PipelineInput, ScenarioInput, TaskInput } from './schema.js';
import {
  type InputSpec,
  isPlan,
  type Jitter,
  type Mode,
  type ModelSpec,
  type Overrun,
  type PipelineSpec,
  PRECISIONS,
  type Precision,
  type Release,
  type ScenarioSpec,
  type TaskSpec,
} from './types.js';

const DEFAULT_QUEUE = 64;
const SECOND = 1e9;
/** Jobs that license a p99 at 99 % confidence with one late job: MLPerf's minimum. */
const DEFAULT_JOBS = 662;

/** The whole file in base units, with defaults. */
export function resolvePipeline(data: PipelineInput): PipelineSpec {
  return {
    version: 1,
    name: data.name,
    models: Object.entries(data.models).map(([name, model]) => resolveModel(name, model)),
    scenarios: Object.entries(data.scenarios).map(([name, scenario]) => resolveScenario(name, scenario, data)),
    probes: {
      interval: data.probes?.interval ? exactTime(data.probes.interval) : ns(SECOND),
      use: data.probes?.use ?? 'auto',
    },
    requirements: (data.requirements ?? []).map(resolveRequirement),
    targets: Object.entries(data.targets ?? {}).map(([name, { ssh }]) => ({ name, ssh })),
  };
}

function resolveModel(name: string, model: ModelInput): ModelSpec {
  const { accelerator = 'auto', build = {} } = model;
  const backend = isPlan(model.engine) ? PLAN_BACKEND : backendFor(model.backend ?? 'auto', build, accelerator);
  const precision = asPrecision(build.precision) ?? model.precision ?? 'as_is';
  return {
    name,
    ...(model.file === undefined ? {} : { file: model.file }),
    ...(model.engine === undefined ? {} : { engine: model.engine }),
    inputs: Object.fromEntries(Object.entries(model.inputs ?? {}).map(([key, input]) => [key, resolveInput(input)])),
    backend,
    accelerator,
    precision,
    build: resolveBuild(backend, build, accelerator),
  };
}

/** TensorRT takes it among its own options too, where it was checked. */
const asPrecision = (value: unknown): Precision | undefined => PRECISIONS.find((p) => p === value);

function resolveInput(input: NonNullable<ModelInput['inputs']>[string]): InputSpec {
  const { data, shape, range, dtype, feedback } = input;
  return {
    ...(shape ? { shape } : {}),
    data:
      data === undefined || data === 'random'
        ? { kind: 'random' }
        : data === 'zeros'
          ? { kind: 'zeros' }
          : typeof data === 'object'
            ? { kind: 'file', path: data.file }
            : { kind: 'scalar', value: data },
    ...(range ? { range } : {}),
    ...(dtype ? { dtype } : {}),
    ...(feedback ? { feedback } : {}),
  };
}

function resolveScenario(name: string, scenario: ScenarioInput, data: PipelineInput): ScenarioSpec {
  const mode = scenario.mode ?? 'periodic';
  const tasks = scenario.tasks.map((task) => resolveTask(task, mode, data.models[task.model] ?? {}));
  const maybe = <K extends string>(key: K, text: string | undefined) =>
    text === undefined ? {} : { [key]: exactTime(text) };
  return {
    name,
    mode,
    tasks,
    warmup: exactTime(scenario.warmup ?? '3 s'),
    duration: scenario.duration ? exactTime(scenario.duration) : defaultDuration(tasks),
    ...(scenario.iterations === undefined ? {} : { iterations: scenario.iterations }),
    repetitions: scenario.repetitions ?? 1,
    seed: scenario.seed ?? 1,
    steady: scenario.steady ?? 'report',
    settleLimit: exactTime(scenario.settle_limit ?? '60 s'),
    hangLimit: exactTime(scenario.hang_limit ?? '30 s'),
    iteration: scenario.iteration ?? 'single',
    ...maybe('iterationWindow', scenario.iteration_window),
    barrier: scenario.barrier ?? 'rebase',
    ...(scenario.chains
      ? { chains: Object.entries(scenario.chains).map(([chain, links]) => ({ name: chain, tasks: links })) }
      : {}),
  };
}

/** max(60 s, time for 662 jobs of the slowest task), at most 600 s. */
function defaultDuration(tasks: readonly TaskSpec[]): Ns {
  const slowest = Math.max(0, ...tasks.map((t) => ('rate' in t.release ? periodOf(t.release.rate) : 0)));
  return ns(Math.min(600 * SECOND, Math.max(60 * SECOND, Math.ceil((DEFAULT_JOBS * slowest) / SECOND) * SECOND)));
}

function resolveTask(task: TaskInput, mode: Mode, model: ModelInput): TaskSpec {
  const rate = task.rate ? exactQuantity(task.rate) : task.period ? rateOfPeriod(task.period) : undefined;
  const release = resolveRelease(task, mode, rate);
  const deadline = task.deadline
    ? exactTime(task.deadline)
    : release.kind === 'periodic'
      ? ns(Math.round(periodOf(release.rate)))
      : undefined;
  return {
    name: task.name ?? task.model,
    model: task.model,
    release,
    ...(deadline === undefined ? {} : { deadline }),
    deadlineAnchor: task.deadline_anchor ?? 'release',
    overrun: resolveOverrun(task.overrun),
    placement: {
      accelerator: task.accelerator ?? model.accelerator ?? 'auto',
      ...(task.threads === undefined ? {} : { threads: task.threads }),
      ...(task.cpus === undefined ? {} : { cpus: task.cpus }),
      ...(task.complete_via === undefined ? {} : { completeVia: task.complete_via }),
    },
    priority: task.priority ?? 'normal',
  };
}

/** A period of p ns is the exact rate 10^9 / p. */
const rateOfPeriod = (text: string): Rational => {
  const period = exactQuantity(text);
  return invert(rational(BigInt(period.num), BigInt(period.den) * 1_000_000_000n) ?? { num: 1, den: 1 });
};

function resolveRelease(task: TaskInput, mode: Mode, rate: Rational | undefined): Release {
  const phase = task.phase ? exactTime(task.phase) : ns(0);
  if (mode === 'sync' || mode === 'async' || mode === 'async-iteration') return { kind: 'back-to-back' };
  if (task.poisson) return { kind: 'poisson', rate: exactQuantity(task.poisson), phase };
  if (task.trace) return { kind: 'trace', at: task.trace.map(exactTime).sort((a, b) => a - b) };
  if (task.after !== undefined) {
    return {
      kind: 'after',
      tasks: typeof task.after === 'string' ? [task.after] : task.after,
      every: task.every ?? 1,
      probability: task.probability ?? 1,
      fanOut: task.fan_out ?? 1,
      match: task.match ?? 'latest',
    };
  }
  const jitter = task.jitter && resolveJitter(task.jitter);
  return { kind: 'periodic', rate: rate as Rational, phase, ...(jitter ? { jitter } : {}) };
}

const resolveJitter = (jitter: NonNullable<TaskInput['jitter']>): Jitter =>
  jitter.uniform !== undefined
    ? { kind: 'uniform', half: exactTime(jitter.uniform) }
    : jitter.normal !== undefined
      ? { kind: 'normal', sigma: exactTime(jitter.normal) }
      : { kind: 'empirical', values: (jitter.empirical ?? []).map(exactTime) };

const resolveOverrun = (overrun: TaskInput['overrun']): Overrun => {
  if (overrun === undefined || overrun === 'queue') return { kind: 'queue', cap: DEFAULT_QUEUE };
  return typeof overrun === 'object' ? { kind: 'queue', cap: overrun.queue } : { kind: overrun };
};
