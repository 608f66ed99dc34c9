/**
 * What jobs that run at the same time do to each other: how fast each goes on, compared with alone.
 *
 *   CPUs          queues of threads that take turns, as `RunQueues` says; a job goes on while all its threads have theirs
 *   GPU           all that compute go on; what one costs another is measured, pair by pair, and adds up
 *   copy engines  of a GPU, one for each direction: one copy after another
 *   DLA           one job after another, in the order in which they started; so does a GPU whose tasks take turns
 *   memory, caches, whatever else   the part of the measured slow-down of a pair that the above does not explain
 */
import { type CpuDemand, RunQueues } from './run-queues.js';

/** A task as a user of the device. */
export interface SharingTask extends CpuDemand {
  /** `cpu`, `gpu:0`, `dla:1`, or the engine of a synthetic model; threads elsewhere than on `cpu` are of the host, which waits. */
  readonly engine: string;
  /** On a GPU: one job after another, with all others that take turns. */
  readonly turns?: boolean;
  /** Its jobs have the parts of `STAGES`, of which computing takes this share of their time alone; all of it is computing without. */
  readonly computes?: number;
}

/** Parts of a job, one after another: the host prepares it, copies to the device, computing, copies from it, the host takes it. */
export const STAGES = ['host', 'in', 'compute', 'out', 'host'] as const;

/** What another that always runs beside a task makes of it. */
export interface Slowdown {
  /** Its service time by that alone; 1 changes nothing. */
  readonly factor: number;
  /** Where both compute on one GPU: by how much of its time its computing takes longer meanwhile; without, the factor tells. */
  readonly computing?: number | undefined;
}

/** A device with tasks on it. */
export interface SharingRequest {
  readonly cpus: number;
  readonly tasks: readonly SharingTask[];
  /** The same tasks as they were when the slow-downs were measured; as they are now without. */
  readonly calibratedTasks?: readonly SharingTask[];
  /** Undefined where it is not known. */
  slowdown(task: number, beside: number): Slowdown | undefined;
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
  /** Place of a task among the stages of its job, and when (ns) that began. */
  readonly #stage: Uint8Array;
  readonly #since: Float64Array;
  /** Pairs of tasks that run side by side on one GPU. */
  readonly #oneGpu: readonly (readonly boolean[])[];
  /** What the running job of a task does, and whether it goes on; the latter as of the last change that somebody asked after. */
  readonly #does: (typeof STAGES)[number][];
  readonly #goes: Uint8Array;
  #changed = true;
  #nextTurn: number | undefined;

  constructor({ cpus, tasks, calibratedTasks = tasks, slowdown }: SharingRequest) {
    this.#tasks = tasks;
    this.#queues = new RunQueues(cpus);
    this.#stage = new Uint8Array(tasks.length);
    this.#since = new Float64Array(tasks.length);
    this.#does = tasks.map(() => 'compute');
    this.#goes = new Uint8Array(tasks.length);
    this.#oneGpu = tasks.map((a) => tasks.map((b) => onOneGpu(a, b)));
    this.#rest = tasks.map((_, i) =>
      tasks.map((_, j) => {
        const measured = i === j ? undefined : slowdown(i, j);
        if (measured === undefined) return 0;
        const [own, other] = [i, j].map((k) => calibratedTasks[k]) as [SharingTask, SharingTask];
        return onOneGpu(own, other)
          ? computingCost(own, other, measured)
          : beyond(cpus, calibratedTasks, [i, j], measured.factor);
      }),
    );
  }

  /**
   * A job of a task starts. @param chance 0 to 1: how much of its turn a thread that it finds running still has, and how long it
   * takes to ask its engine
   */
  start(task: number, now: number, chance: number): void {
    const own = this.#tasks[task] as SharingTask;
    if (own.threads > 0) {
      this.#queues.start(task, own, now, chance);
      this.#nextTurn = undefined;
    }
    this.#running = [...this.#running, task];
    this.#enter(task, 0, now);
    if (own.computes === undefined) this.#since[task] = now + chance * ASKING;
  }

  /** The running job of a task begins its next stage. */
  next(task: number, now: number): void {
    this.#enter(task, (this.#stage[task] ?? 0) + 1, now);
  }

  /** It is over. */
  end(task: number, now: number): void {
    if ((this.#tasks[task] as SharingTask).threads > 0) {
      this.#queues.end(task, now);
      this.#nextTurn = undefined;
    }
    this.#running = this.#running.filter((t) => t !== task);
    this.#changed = true;
  }

  /** Turns that are over end. */
  advance(now: number): void {
    this.#queues.advance(now);
    this.#nextTurn = undefined;
    this.#changed = true;
  }

  /** When rates change by themselves, ns. */
  get nextTurn(): number {
    this.#nextTurn ??= this.#queues.nextTurn;
    return this.#nextTurn;
  }

  /** Rate of the running job of a task: 1 alone, 0 while it waits for a CPU or its engine. */
  rate(task: number): number {
    if (this.#changed) for (const t of this.#running) this.#goes[t] = this.#goesOn(t) ? 1 : 0;
    this.#changed = false;
    if (!this.#goes[task]) return 0;
    const [costs, oneGpu] = [this.#rest[task] ?? [], this.#oneGpu[task] ?? []];
    const computes = this.#does[task] === 'compute';
    let rest = 1;
    for (const other of this.#running)
      if (other !== task && this.#goes[other] && (!oneGpu[other] || (computes && this.#does[other] === 'compute')))
        rest += costs[other] ?? 0;
    return Math.min(1, 1 / Math.max(rest, CLOSE));
  }

  #enter(task: number, stage: number, now: number): void {
    this.#stage[task] = stage;
    this.#does[task] = this.#tasks[task]?.computes === undefined ? 'compute' : (STAGES[stage] ?? 'host');
    this.#since[task] = now;
    this.#changed = true;
  }

  #goesOn(task: number): boolean {
    const own = this.#tasks[task] as SharingTask;
    if (own.engine === 'cpu') return this.#queues.runs(task);
    const does = this.#does[task];
    if (does === 'host' || (does === 'compute' && !isFifo(own))) return true;
    return this.#firstOf(
      task,
      (t) => this.#does[t] === does && (does !== 'compute' || isFifo(this.#tasks[t] as SharingTask)),
    );
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
}

/**
 * From the start of a job until its engine is asked (ns) it takes up to this long, where its parts are not known: of two that start at
 * once either may be the first.
 */
const ASKING = 50e3;

/** What each part of computing takes longer, as a share, while the other computes. */
function computingCost(own: SharingTask, other: SharingTask, { factor, computing }: Slowdown): number {
  const whole = Math.max(0, factor - 1);
  if (own.computes === undefined) return whole;
  return other.computes === undefined ? whole / Math.max(own.computes, CLOSE) : (computing ?? whole);
}

/** One job after another. */
const isFifo = ({ engine, turns }: SharingTask): boolean => engine.startsWith('dla') || turns === true;

const onOneGpu = (a: SharingTask, b: SharingTask): boolean =>
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
