/**
 * What jobs that run at the same time do to each other: how fast each goes on, compared with alone.
 *
 *   CPUs          queues of threads that take turns, as `RunQueues` says; a job goes on while all its threads have theirs
 *   GPU           all that compute go on; what one costs another is measured, pair by pair (`gpu-pairs.ts`)
 *   copy engines  of a GPU, one for each direction: one copy after another
 *   DLA           one job after another, in the order in which they started; so does a GPU whose tasks take turns
 *   memory, caches, whatever else   the part of the measured slow-down of a pair that the above does not explain
 */
import { computingCost, type GpuTask, type Pair } from './gpu-pairs.js';
import { type CpuDemand, RunQueues } from './run-queues.js';

/** A task as a user of the device. */
export interface SharingTask extends CpuDemand, GpuTask {
  /** `cpu`, `gpu:0`, `dla:1`, or the engine of a synthetic model; threads elsewhere than on `cpu` are of the host, which waits. */
  readonly engine: string;
  /** On a GPU: one job after another, with all others that take turns. */
  readonly turns?: boolean;
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
  /** Place of a task among the stages of its job, and when (ns) that came to its engine. */
  readonly #stage: Uint8Array;
  readonly #since: Float64Array;
  /** Pairs of tasks that run side by side on one GPU. */
  readonly #oneGpu: readonly (readonly boolean[])[];
  /** Who goes on; undefined until somebody asks after a change. */
  #goes: readonly boolean[] | undefined;

  constructor({ cpus, tasks, calibratedTasks = tasks, slowdown }: SharingRequest) {
    this.#tasks = tasks;
    this.#queues = new RunQueues(cpus);
    this.#stage = new Uint8Array(tasks.length);
    this.#since = new Float64Array(tasks.length);
    this.#oneGpu = tasks.map((_, i) => tasks.map((_, j) => onOneGpu(pairOf(tasks, i, j))));
    this.#rest = tasks.map((_, i) =>
      tasks.map((_, j) => {
        const factor = i === j ? undefined : slowdown(i, j);
        if (factor === undefined) return 0;
        const pair = pairOf(calibratedTasks, i, j);
        if (!onOneGpu(pair)) return beyond(cpus, calibratedTasks, [i, j], factor);
        return computingCost(pair, [factor, slowdown(j, i) ?? factor])[0];
      }),
    );
  }

  /** Parts of a job of the task, one after the other, as shares of its time alone. */
  stages(task: number): readonly number[] {
    const { stages } = this.#tasks[task] as SharingTask;
    return stages ? [stages.in, stages.compute, stages.out] : WHOLE;
  }

  /**
   * A job of a task starts. @param chance 0 to 1: how much of its turn a thread that it finds running still has, and how long it
   * takes until the job comes to its engine
   */
  start(task: number, now: number, chance: number): void {
    this.#queues.start(task, this.#tasks[task] as SharingTask, now, chance);
    this.#running = [...this.#running, task];
    this.#stage[task] = 0;
    this.#since[task] = now + chance * ASKING;
    this.#goes = undefined;
  }

  /** The running job of a task begins its next stage. */
  next(task: number, now: number): void {
    this.#stage[task] = (this.#stage[task] ?? 0) + 1;
    this.#since[task] = now;
    this.#goes = undefined;
  }

  /** It is over. */
  end(task: number, now: number): void {
    this.#queues.end(task, now);
    this.#running = this.#running.filter((t) => t !== task);
    this.#goes = undefined;
  }

  /** Turns that are over end. */
  advance(now: number): void {
    this.#queues.advance(now);
    this.#goes = undefined;
  }

  /** When rates change by themselves, ns. */
  get nextTurn(): number {
    return this.#queues.nextTurn;
  }

  /** Rate of the running job of a task: 1 alone, 0 while it waits for a CPU or its engine. */
  rate(task: number): number {
    this.#goes ??= this.#tasks.map((_, t) => this.#goesOn(t));
    if (!this.#goes[task]) return 0;
    let rest = 1;
    for (const other of this.#running)
      if (other !== task && this.#goes[other] && this.#meet(task, other)) rest += this.#rest[task]?.[other] ?? 0;
    return Math.min(1, 1 / Math.max(rest, CLOSE));
  }

  #goesOn(task: number): boolean {
    const own = this.#tasks[task] as SharingTask;
    if (own.engine === 'cpu') return this.#queues.runs(task);
    if (this.#copies(task)) return this.#firstOf(task, (t) => this.#stage[t] === this.#stage[task]);
    return !isFifo(own) || this.#firstOf(task, (t) => isFifo(this.#tasks[t] as SharingTask));
  }

  /** Of those on its engine for which something holds, it came first. */
  #firstOf(task: number, holds: (other: number) => boolean): boolean {
    const { engine } = this.#tasks[task] as SharingTask;
    let [first, earliest] = [task, Number.POSITIVE_INFINITY];
    for (const other of this.#running) {
      const since = this.#since[other] ?? 0;
      if (since < earliest && this.#tasks[other]?.engine === engine && holds(other)) [first, earliest] = [other, since];
    }
    return first === task;
  }

  /** They are not on one GPU, or both compute. */
  #meet(a: number, b: number): boolean {
    return !this.#oneGpu[a]?.[b] || (!this.#copies(a) && !this.#copies(b));
  }

  #copies(task: number): boolean {
    return this.#tasks[task]?.stages !== undefined && this.#stage[task] !== COMPUTE;
  }
}

/** From the start of a job until its engine is asked (ns) it takes up to this long: of two that start at once either may be the first. */
const ASKING = 50e3;
const WHOLE = [1];
/** Place among the stages of a job that copies. */
const COMPUTE = 1;

const pairOf = (tasks: readonly SharingTask[], a: number, b: number): Pair<SharingTask> => [
  tasks[a] as SharingTask,
  tasks[b] as SharingTask,
];

/** One job after another. */
const isFifo = ({ engine, turns }: SharingTask): boolean => engine.startsWith('dla') || turns === true;

const onOneGpu = ([a, b]: Pair<SharingTask>): boolean =>
  a.engine === b.engine && a.engine !== 'cpu' && !isFifo(a) && !isFifo(b);

/** What of a measured slow-down remains when the CPUs and engines have explained their part. */
function beyond(cpus: number, tasks: readonly SharingTask[], pair: readonly [number, number], factor: number): number {
  const [a, b] = pair.map((i) => tasks[i] as SharingTask) as [SharingTask, SharingTask];
  // Two that take turns on one engine, back to back: what each waits for the other is explained.
  if (isFifo(a) && isFifo(b) && a.engine === b.engine) return 0;
  const queues = new RunQueues(cpus);
  pair.forEach((task) => {
    queues.start(task, tasks[task] as SharingTask, 0, 1);
  });
  const [own, other] = pair.map((task) => (tasks[task]?.engine === 'cpu' ? queues.share(task) : 1)) as [number, number];
  return own > 0 && other > 0 ? (factor * own - 1) / other : 0;
}
