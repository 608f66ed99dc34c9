/**
 * What jobs that run at the same time do to each other: how fast each goes on, compared with alone.
 *
 *   CPUs          queues of threads, as `RunQueues` says; a job goes on as fast as the slowest of its threads
 *   GPU           all running jobs go on; what one costs another is measured, pair by pair
 *   DLA           one job after another, in the order in which they started
 *   memory, caches, whatever else   the part of the measured slow-down of a pair that the above does not explain
 */
import { type CpuDemand, RunQueues } from './run-queues.js';

/** A task as a user of the device. */
export interface SharingTask extends CpuDemand {
  /** `cpu`, `gpu:0`, `dla:1`, or the engine of a synthetic model; threads elsewhere than on `cpu` are of the host, which waits. */
  readonly engine: string;
}

/** A device with tasks on it. */
export interface SharingRequest {
  readonly cpus: number;
  readonly tasks: readonly SharingTask[];
  /** The same tasks as they were when the slow-downs were measured; as they are now without. */
  readonly calibratedTasks?: readonly SharingTask[];
  /** Service time of task i while j always runs beside it, by its service time alone; 1 changes nothing, absent: unknown. */
  slowdown(task: number, beside: number): number | undefined;
}

const CLOSE = 1e-9;
/** How long (ns) a thread runs on a CPU that others want too: a tick of 250 Hz, as Linux is built for most machines and for Jetson. */
const TURN = 4e6;

/** The jobs that run now, and their rates. */
export class Sharing {
  readonly #tasks: readonly SharingTask[];
  readonly #queues: RunQueues;
  /** Slow-down of i by j beyond what CPUs and engines explain, for all of j's share. */
  readonly #rest: readonly (readonly number[])[];
  /** In the order in which they started. */
  #running: readonly number[] = [];

  constructor({ cpus, tasks, calibratedTasks = tasks, slowdown }: SharingRequest) {
    this.#tasks = tasks;
    this.#queues = new RunQueues(cpus);
    this.#rest = tasks.map((_, i) =>
      tasks.map((_, j) => {
        const factor = i === j ? undefined : slowdown(i, j);
        return factor === undefined ? 0 : beyond(cpus, calibratedTasks, [i, j], factor);
      }),
    );
  }

  /**
   * A job of a task starts.
   * @param chance 0 to 1: how much of its turn the thread that runs there now still has
   * @returns what waiting for that adds to its work, ns
   */
  start(task: number, chance: number): number {
    const own = this.#tasks[task] as SharingTask;
    this.#queues.start(task, own);
    this.#running = [...this.#running, task];
    if (own.engine !== 'cpu' || own.priority === 'high') return 0;
    const share = this.#queues.share(task);
    return share < 1 ? chance * TURN * share : 0;
  }

  /** It is over. */
  end(task: number): void {
    this.#queues.end(task);
    this.#running = this.#running.filter((t) => t !== task);
  }

  /** Rate of the running job of a task: 1 alone, 0 while it waits for its engine. */
  rate(task: number): number {
    const own = this.#share(task);
    if (own <= 0) return 0;
    let rest = 1;
    for (const other of this.#running)
      if (other !== task) rest += (this.#rest[task]?.[other] ?? 0) * this.#share(other);
    return Math.min(1, own / Math.max(rest, CLOSE));
  }

  #share(task: number): number {
    return shareOf(this.#tasks, this.#queues, this.#running, task);
  }
}

/** Of a CPU for each thread, or of an engine: 1 is all that it can use. */
function shareOf(tasks: readonly SharingTask[], queues: RunQueues, running: readonly number[], task: number): number {
  const { engine } = tasks[task] as SharingTask;
  if (engine === 'cpu') return queues.share(task);
  if (!engine.startsWith('dla')) return 1;
  return running.find((t) => tasks[t]?.engine === engine) === task ? 1 : 0;
}

/** What of a measured slow-down remains when the CPUs and engines have explained their part. */
function beyond(cpus: number, tasks: readonly SharingTask[], pair: readonly [number, number], factor: number): number {
  const [a, b] = pair.map((i) => tasks[i] as SharingTask) as [SharingTask, SharingTask];
  // Two that take turns on one engine, back to back: what each waits for the other is explained.
  if (a.engine.startsWith('dla') && a.engine === b.engine) return 0;
  const queues = new RunQueues(cpus);
  pair.forEach((task) => {
    queues.start(task, tasks[task] as SharingTask);
  });
  const [own, other] = pair.map((task) => shareOf(tasks, queues, pair, task)) as [number, number];
  return own > 0 && other > 0 ? (factor * own - 1) / other : 0;
}
