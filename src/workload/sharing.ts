/**
 * What jobs that run at the same time do to each other: how fast each goes on, compared with alone.
 *
 *   CPUs          queues of threads that take turns, as `RunQueues` says; a job goes on while all its threads have theirs
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

  /** A job of a task starts. @param chance 0 to 1: how much of its turn a thread that it finds running still has */
  start(task: number, now: number, chance: number): void {
    this.#queues.start(task, this.#tasks[task] as SharingTask, now, chance);
    this.#running = [...this.#running, task];
  }

  /** It is over. */
  end(task: number, now: number): void {
    this.#queues.end(task, now);
    this.#running = this.#running.filter((t) => t !== task);
  }

  /** Turns that are over end. */
  advance(now: number): void {
    this.#queues.advance(now);
  }

  /** When rates change by themselves, ns. */
  get nextTurn(): number {
    return this.#queues.nextTurn;
  }

  /** Rate of the running job of a task: 1 alone, 0 while it waits for a CPU or its engine. */
  rate(task: number): number {
    if (!this.#goesOn(task)) return 0;
    let rest = 1;
    for (const other of this.#running)
      if (other !== task && this.#goesOn(other)) rest += this.#rest[task]?.[other] ?? 0;
    return Math.min(1, 1 / Math.max(rest, CLOSE));
  }

  #goesOn(task: number): boolean {
    const { engine } = this.#tasks[task] as SharingTask;
    if (engine === 'cpu') return this.#queues.runs(task);
    return !isFifo(engine) || this.#running.find((t) => this.#tasks[t]?.engine === engine) === task;
  }
}

const isFifo = (engine: string): boolean => engine.startsWith('dla');

/** What of a measured slow-down remains when the CPUs and engines have explained their part. */
function beyond(cpus: number, tasks: readonly SharingTask[], pair: readonly [number, number], factor: number): number {
  const [a, b] = pair.map((i) => tasks[i] as SharingTask) as [SharingTask, SharingTask];
  // Two that take turns on one engine, back to back: what each waits for the other is explained.
  if (isFifo(a.engine) && a.engine === b.engine) return 0;
  const queues = new RunQueues(cpus);
  pair.forEach((task) => {
    queues.start(task, tasks[task] as SharingTask, 0, 1);
  });
  const [own, other] = pair.map((task) => (tasks[task]?.engine === 'cpu' ? queues.share(task) : 1)) as [number, number];
  return own > 0 && other > 0 ? (factor * own - 1) / other : 0;
}
