/** One task inside its thread: its session, fed and checked, and what the system granted it. */

import { availableParallelism } from 'node:os';
import { CELLS, type OpenContext, type Session } from '../../backends/backend.js';
import { type Problem, ProblemError } from '../../base/problem.js';
import { periodOf } from '../../base/rational.js';
import { NS_PER_MS } from '../../base/units.js';
import type { Completion, ScenarioSpec } from '../../formats/pipeline/types.js';
import { type Tensor, type TensorSpec, tensorText } from '../../formats/tensor/tensor.js';
import { placeThread } from '../../machine/thread.js';
import type { LoadedTask, WorkerData } from '../messages.js';
import { openFed } from './fed-session.js';

const TRIAL_RUNS = 3;
/** Trial runs end early when they take longer than this, ms. */
const TRIAL_LIMIT = 500;
/** Elements of an output that are looked at for NaN. */
const CHECKED_ELEMENTS = 4_000_000;

/** A period above which waiting by sleeping costs less than a CPU that watches, ns. */
const SPIN_BELOW = 20e6;

/** Watching for the end of a job takes a CPU: only for short periods, and where every task and its watcher has one. */
export function completionOf({ tasks }: ScenarioSpec, task: number, cpus: number): Completion {
  const { release } = tasks[task] ?? {};
  const period = release && 'rate' in release ? periodOf(release.rate) : 0;
  return period < SPIN_BELOW && tasks.length < cpus ? 'spin' : 'blocking';
}

/** Memory that the sessions of a run share, by name. */
export type SharedMemory = OpenContext['shared'];

/** A model that is loaded, fed and has run a few times. */
export class TaskSession {
  readonly task: number;
  readonly session: Session;
  readonly loaded: LoadedTask;

  private constructor(task: number, session: Session, loaded: LoadedTask) {
    this.task = task;
    this.session = session;
    this.loaded = loaded;
  }

  /** Loads the model and runs it a few times. @throws ProblemError */
  static async open(data: WorkerData, task: number, shared: SharedMemory): Promise<TaskSession> {
    const spec = data.scenario.tasks[task];
    const { folder, scenario } = data;
    const grant = placeThread({ cpus: spec.placement.cpus, priority: spec.priority === 'low' ? 'low' : 'normal' });
    const context: OpenContext = {
      task: spec.name,
      seed: scenario.seed,
      priority: spec.priority,
      completeVia: spec.placement.completeVia ?? completionOf(scenario, task, availableParallelism()),
      shared,
    };
    const { session, loadMs } = await openFed(data.tasks[task], spec.placement, context, folder);
    const { firstMs, service } = trial(session);
    // Threads that a session makes for itself inherit the scheduler class, so it is raised behind that.
    const high = spec.priority === 'high' ? placeThread({ priority: 'high' }) : undefined;
    const priority = high?.priority ?? grant.priority;
    const honoured = {
      ...(grant.cpus === undefined ? {} : { cpus: grant.cpus }),
      ...(priority === undefined ? {} : { priority }),
    };
    const loaded = {
      provider: session.provider,
      loadMs,
      firstMs,
      service,
      honoured,
      notes: [...grant.notes, ...(high?.notes ?? []), ...(session.notes ?? [])],
      completeVia: session.completeVia ?? ('blocking' as const),
    };
    const opened = new TaskSession(task, session, loaded);
    const problem = opened.checkResults();
    if (problem) {
      session.close();
      throw new ProblemError(problem);
    }
    return opened;
  }

  /** What is wrong with the outputs of the last run: not a number, or a shape the model does not declare. */
  checkResults(): Problem | undefined {
    const results = this.session.results();
    for (const spec of this.session.outputs) {
      const result = results[spec.name];
      if (!result) continue;
      const message = shapeFault(spec, result) ?? nanFault(result);
      if (message)
        return {
          code: 'task',
          message: `output ${spec.name}: ${message}`,
          hint: 'give the inputs realistic data: data: { file: x.npy }, or a range',
        };
    }
    return undefined;
  }

  close(): void {
    this.session.close();
  }
}

function trial(session: Session): { firstMs: number; service: number } {
  const stamps = new Float64Array(CELLS);
  const times: number[] = [];
  const begin = performance.now();
  do {
    const start = performance.now();
    session.infer(stamps, -1);
    times.push(performance.now() - start);
  } while (times.length <= TRIAL_RUNS && performance.now() - begin < TRIAL_LIMIT);
  const [firstMs] = times;
  const rest = times.length > 1 ? times.slice(1) : times;
  return { firstMs, service: Math.min(...rest) * NS_PER_MS };
}

const shapeFault = (spec: TensorSpec, result: Tensor): string | undefined => {
  const { shape } = spec;
  if (!shape) return undefined;
  const fits =
    shape.length === result.shape.length && shape.every((d, i) => typeof d === 'string' || d === result.shape[i]);
  return fits ? undefined : `the model declares ${tensorText(spec)}, found ${tensorText(result)}`;
};

function nanFault(result: Tensor): string | undefined {
  const isNaNAt = nanTest(result);
  if (!isNaNAt) return undefined;
  const count = Math.min(result.data.length, CHECKED_ELEMENTS);
  for (let i = 0; i < count; i++) if (isNaNAt(i)) return `element ${i} is not a number (NaN)`;
  return undefined;
}

function nanTest({ dtype, data }: Tensor): ((i: number) => boolean) | undefined {
  const numbers = data as Float32Array;
  switch (dtype) {
    case 'float32':
    case 'float64':
      return (i) => Number.isNaN(numbers[i]);
    case 'float16':
      return (i) => (numbers[i] & 0x7fff) > 0x7c00;
    case 'bfloat16':
      return (i) => (numbers[i] & 0x7fff) > 0x7f80;
    default:
      return undefined;
  }
}
