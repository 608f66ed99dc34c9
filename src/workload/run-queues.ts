/**
 * CPUs with a queue of threads each, as Linux runs them: a thread that wakes goes to the CPU that it had last if that is idle, else to an
 * idle one, else it stays; threads of one CPU take turns, real time first, the others by their weight; a CPU that gets idle takes a
 * thread from the fullest.
 * Turns are so short that they are told as shares of a CPU.
 */
import type { Priority } from '../formats/pipeline/types.js';

/** Weights of nice 0 and nice 10; real time goes before all of them. */
const WEIGHT: Readonly<Record<Priority, number>> = { low: 110, normal: 1024, high: 100_000 };

/** What a job asks of the CPUs. */
export interface CpuDemand {
  readonly threads: number;
  /** CPUs that it may use; all without. */
  readonly cpus?: readonly number[] | undefined;
  readonly priority: Priority;
}

interface Thread {
  readonly task: number;
  readonly demand: CpuDemand;
}

/** Who is on which CPU. */
export class RunQueues {
  readonly #queues: Thread[][];
  /** CPUs that a task had last. */
  readonly #last = new Map<number, readonly number[]>();

  constructor(cpus: number) {
    this.#queues = Array.from({ length: Math.max(1, cpus) }, () => []);
  }

  /** A job of a task starts. */
  start(task: number, demand: CpuDemand): void {
    const before = this.#last.get(task) ?? [];
    const taken: number[] = [];
    for (let i = 0; i < demand.threads; i++) {
      const cpu = this.#choose(demand, before[i]);
      this.#queues[cpu]?.push({ task, demand });
      taken.push(cpu);
    }
    this.#last.set(task, taken);
  }

  /** Its job is over. */
  end(task: number): void {
    this.#queues.forEach((queue, cpu) => {
      this.#queues[cpu] = queue.filter((t) => t.task !== task);
    });
    this.#balance();
  }

  /** Share of a CPU that the slowest thread of a task has; 1 for one without threads. */
  share(task: number): number {
    let least = 1;
    for (const queue of this.#queues) {
      const own = queue.find((t) => t.task === task);
      if (!own) continue;
      const rivals = realTime(queue) ? queue.filter((t) => t.demand.priority === 'high') : queue;
      const all = rivals.reduce((sum, t) => sum + WEIGHT[t.demand.priority], 0);
      least = Math.min(least, rivals.includes(own) ? WEIGHT[own.demand.priority] / all : 0);
    }
    return least;
  }

  #allowed({ cpus }: CpuDemand): number[] {
    const all = this.#queues.map((_, i) => i);
    const some = cpus?.filter((c) => c < this.#queues.length) ?? [];
    return some.length > 0 ? some : all;
  }

  #load(cpu: number): number {
    return (this.#queues[cpu] ?? []).reduce((sum, t) => sum + WEIGHT[t.demand.priority], 0);
  }

  #choose(demand: CpuDemand, before: number | undefined): number {
    const allowed = this.#allowed(demand);
    const last = before !== undefined && allowed.includes(before) ? before : undefined;
    if (last !== undefined && this.#load(last) === 0) return last;
    const idle = allowed.find((cpu) => this.#load(cpu) === 0);
    // Real time looks for a CPU without real time, whoever runs there.
    if (idle === undefined && last !== undefined && demand.priority !== 'high') return last;
    if (idle !== undefined) return idle;
    return allowed.reduce((best, cpu) => (this.#load(cpu) < this.#load(best) ? cpu : best), allowed[0] ?? 0);
  }

  /** Threads move to CPUs that have at least two fewer, the last that came first. */
  #balance(): void {
    for (;;) {
      const move = this.#move();
      if (!move) return;
      const { thread, from, to } = move;
      this.#queues[from] = (this.#queues[from] ?? []).filter((t) => t !== thread);
      this.#queues[to]?.push(thread);
    }
  }

  #move(): { readonly thread: Thread; readonly from: number; readonly to: number } | undefined {
    const order = this.#queues.map((_, i) => i).sort((a, b) => this.#length(b) - this.#length(a));
    for (const from of order) {
      for (const thread of (this.#queues[from] ?? []).toReversed()) {
        const to = this.#allowed(thread.demand).find((cpu) => this.#length(cpu) <= this.#length(from) - 2);
        if (to !== undefined) return { thread, from, to };
      }
    }
    return undefined;
  }

  #length(cpu: number): number {
    return this.#queues[cpu]?.length ?? 0;
  }
}

const realTime = (queue: readonly Thread[]): boolean => queue.some((t) => t.demand.priority === 'high');
