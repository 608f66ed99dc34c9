/**
 * CPUs with a queue of threads each, as Linux runs them: a thread that wakes goes to the CPU that it had last if that is idle, else to an
 * idle one, else it stays; threads of one CPU take turns, real time first; a CPU that gets idle takes a thread from the fullest.
 */
import type { Priority } from '../formats/pipeline/types.js';

/** Weights of nice 0 and nice 10; a thread of real time keeps the CPU. */
const WEIGHT: Readonly<Record<Priority, number>> = { low: 110, normal: 1024, high: 100_000 };
/** How long (ns) a thread runs on a CPU that others want too: a tick of 250 Hz, as Linux is built for most machines and for Jetson. */
const TURN = 4e6;

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

interface Queue {
  /** The first runs. */
  threads: readonly Thread[];
  /** When the turn of the first ends, ns; Infinity while it need not. */
  until: number;
}

const isRealTime = ({ demand }: Thread): boolean => demand.priority === 'high';
const turnOf = ({ demand }: Thread): number => Math.ceil((TURN * WEIGHT[demand.priority]) / WEIGHT.normal);

/** Who is on which CPU. */
export class RunQueues {
  readonly #queues: readonly Queue[];
  /** CPUs that a task had last. */
  readonly #last = new Map<number, readonly number[]>();

  constructor(cpus: number) {
    this.#queues = Array.from({ length: Math.max(1, cpus) }, () => ({ threads: [], until: Number.POSITIVE_INFINITY }));
  }

  /** A job of a task starts. @param chance 0 to 1: how much of its turn a thread that runs there alone still has */
  start(task: number, demand: CpuDemand, now: number, chance: number): void {
    const before = this.#last.get(task) ?? [];
    const taken: number[] = [];
    for (let i = 0; i < demand.threads; i++) {
      const cpu = this.#choose(demand, before[i]);
      this.#add(cpu, { task, demand }, now, chance);
      taken.push(cpu);
    }
    this.#last.set(task, taken);
  }

  /** Its job is over. */
  end(task: number, now: number): void {
    for (const queue of this.#queues) {
      if (!queue.threads.some((t) => t.task === task)) continue;
      const [first] = queue.threads;
      this.#set(
        queue,
        queue.threads.filter((t) => t.task !== task),
        first?.task === task ? now : undefined,
      );
    }
    this.#balance(now);
  }

  /** Turns that are over end. */
  advance(now: number): void {
    for (const queue of this.#queues) {
      const [first, ...others] = queue.threads;
      if (first && queue.until <= now) this.#set(queue, [...others, first], now);
    }
  }

  /** When the next turn ends, ns. */
  get nextTurn(): number {
    return this.#queues.reduce((next, q) => Math.min(next, q.until), Number.POSITIVE_INFINITY);
  }

  /** Whether all threads of a task have their turn; so does one without threads. */
  runs(task: number): boolean {
    return this.#queues.every(
      ({ threads: [first, ...others] }) => first?.task === task || !others.some((t) => t.task === task),
    );
  }

  /** Share of a CPU that the slowest thread of a task has over many turns. */
  share(task: number): number {
    let least = 1;
    for (const { threads } of this.#queues) {
      const own = threads.find((t) => t.task === task);
      if (!own) continue;
      const rivals = threads.some(isRealTime) ? threads.filter(isRealTime) : threads;
      const all = rivals.reduce((sum, t) => sum + WEIGHT[t.demand.priority], 0);
      least = Math.min(least, rivals.includes(own) ? WEIGHT[own.demand.priority] / all : 0);
    }
    return least;
  }

  /** @param now where another thread begins to run; undefined where the first goes on */
  #set(queue: Queue, threads: readonly Thread[], now: number | undefined): void {
    const [first, ...others] = threads;
    queue.threads = threads;
    if (!first || others.length === 0 || isRealTime(first)) queue.until = Number.POSITIVE_INFINITY;
    else if (now !== undefined) queue.until = now + turnOf(first);
  }

  #add(cpu: number, thread: Thread, now: number, chance: number): void {
    const queue = this.#queues[cpu] as Queue;
    const [first] = queue.threads;
    if (!first) this.#set(queue, [thread], now);
    else if (isRealTime(thread)) {
      const ahead = queue.threads.filter(isRealTime);
      const behind = queue.threads.filter((t) => !isRealTime(t));
      this.#set(queue, [...ahead, thread, ...behind], ahead.length === 0 ? now : undefined);
    } else {
      queue.threads = [...queue.threads, thread];
      if (queue.until === Number.POSITIVE_INFINITY && !isRealTime(first))
        queue.until = Math.ceil(now + chance * turnOf(first));
    }
  }

  #allowed({ cpus }: CpuDemand): number[] {
    const all = this.#queues.map((_, i) => i);
    const some = cpus?.filter((c) => c < this.#queues.length) ?? [];
    return some.length > 0 ? some : all;
  }

  #load(cpu: number): number {
    return (this.#queues[cpu]?.threads ?? []).reduce((sum, t) => sum + WEIGHT[t.demand.priority], 0);
  }

  #choose(demand: CpuDemand, before: number | undefined): number {
    const allowed = this.#allowed(demand);
    const last = before !== undefined && allowed.includes(before) ? before : undefined;
    if (last !== undefined && this.#load(last) === 0) return last;
    const idle = allowed.find((cpu) => this.#load(cpu) === 0);
    if (idle !== undefined) return idle;
    // Real time looks for a CPU without real time, whoever runs there.
    if (last !== undefined && demand.priority !== 'high') return last;
    return allowed.reduce((best, cpu) => (this.#load(cpu) < this.#load(best) ? cpu : best), allowed[0] ?? 0);
  }

  /** Threads that wait move to CPUs that have at least two fewer, the last that came first. */
  #balance(now: number): void {
    for (;;) {
      const move = this.#move();
      if (!move) return;
      const { thread, from, to } = move;
      const fuller = this.#queues[from] as Queue;
      this.#set(
        fuller,
        fuller.threads.filter((t) => t !== thread),
        undefined,
      );
      this.#add(to, thread, now, 1);
    }
  }

  #move(): { readonly thread: Thread; readonly from: number; readonly to: number } | undefined {
    const length = (cpu: number): number => this.#queues[cpu]?.threads.length ?? 0;
    const order = this.#queues.map((_, i) => i).sort((a, b) => length(b) - length(a));
    for (const from of order) {
      for (const thread of (this.#queues[from]?.threads ?? []).slice(1).reverse()) {
        const to = this.#allowed(thread.demand).find((cpu) => length(cpu) <= length(from) - 2);
        if (to !== undefined) return { thread, from, to };
      }
    }
    return undefined;
  }
}
