/**
 * Barrier modes. Every task has its own worker; an iteration ends when all of them have finished theirs, and, with
 * input periods, when those have passed too.
 *
 *   s_j                     target            e_j = s_{j+1}
 *    |--A--|                  |                 |
 *    |----------B---------------------------|   |     slip = e_j - target
 */
import { gridTime, hyperRate, periodOf, type Rational, rational, slowedBy } from '../base/rational.js';
import type { ScenarioSpec, TaskSpec } from '../formats/pipeline/types.js';
import { codeOf } from '../formats/recording/jobs.js';
import type { Bells } from './bells.js';
import { DONE, type Driver, type Marks, WAIT } from './driver.js';
import { OpenDriver } from './open-driver.js';
import type { Source } from './sources.js';
import type { TaskLog } from './task-log.js';

/** The shape of an iteration, equal for all tasks: times in ns after its begin. */
export interface IterationPlan {
  /** The iteration lasts at least this long, rounded. */
  readonly target: number;
  /** The same exactly, as a rate in Hz, so that nothing adds up over many iterations; undefined where target is 0. */
  readonly cycle: Rational | undefined;
  /** `grid`: the next one begins on a multiple of `target` after the first. */
  readonly grid: boolean;
  /** Releases of each task, after the begin. */
  readonly offsets: readonly (readonly number[])[];
  /** The hyperperiod was too long, so the window is the longest period. */
  readonly truncated: boolean;
}

/** Lengths and jobs of the iterations of a scenario. */
export function planIterations(scenario: ScenarioSpec): IterationPlan {
  const { tasks, mode } = scenario;
  if (mode === 'async-iteration')
    return { target: 0, cycle: undefined, grid: false, offsets: tasks.map(() => [0]), truncated: false };
  const releases = tasks.map((task) => task.release as { rate: Rational; phase: number });
  const longest = releases.reduce((a, b) => (periodOf(b.rate) > periodOf(a.rate) ? b : a));
  if (scenario.iteration === 'single') {
    const last = releases.reduce((a, b) => (b.phase + periodOf(b.rate) > a.phase + periodOf(a.rate) ? b : a));
    const target = last.phase + gridTime(last.rate, 1);
    const cycle = slowedBy(last.rate, last.phase) ?? { num: 1_000_000_000, den: target };
    return { target, cycle, grid: false, offsets: releases.map((r) => [r.phase]), truncated: false };
  }
  const given = scenario.iterationWindow;
  const hyper = hyperRate(
    releases.map((r) => r.rate),
    10 * Math.round(periodOf(longest.rate)),
  );
  const cycle =
    given === undefined ? (hyper ?? longest.rate) : (rational(1_000_000_000n, BigInt(given)) ?? longest.rate);
  const target = given ?? gridTime(cycle, 1);
  const offsets = releases.map((r) => {
    const list: number[] = [];
    for (let k = 0; r.phase + gridTime(r.rate, k) < target; k++) list.push(r.phase + gridTime(r.rate, k));
    return list;
  });
  return {
    target,
    cycle,
    grid: scenario.barrier === 'grid',
    offsets,
    truncated: given === undefined && hyper === undefined,
  };
}

/** Begin of cycle k of a plan, ns. */
const cycleTime = ({ cycle }: IterationPlan, k: number): number => (cycle ? gridTime(cycle, k) : 0);

const LEFT = 2 ** 31 - 1;

/** Last completions of the iteration under way, in shared memory; every participant computes the same next begin. */
export class IterationBarrier {
  readonly #arrived: Int32Array;
  readonly #last: Float64Array;
  readonly #bells: Bells;
  readonly #size: number;

  constructor(buffer: SharedArrayBuffer, participants: number, bells: Bells) {
    this.#last = new Float64Array(buffer, 0, 2 * participants);
    this.#arrived = new Int32Array(buffer, 16 * participants, participants);
    this.#bells = bells;
    this.#size = participants;
  }

  static allocate(participants: number): SharedArrayBuffer {
    return new SharedArrayBuffer(20 * participants);
  }

  /** @param last last completion in iteration j, or -Infinity when the participant completed nothing in it */
  arrive(participant: number, j: number, last: number): void {
    if (Atomics.load(this.#arrived, participant) === LEFT) return;
    this.#last[(j & 1) * this.#size + participant] = last;
    Atomics.store(this.#arrived, participant, j + 1);
    this.#bells.ringAll();
  }

  /** A participant that has ended or failed holds nobody up. */
  leave(participant: number): void {
    this.#last[participant] = Number.NEGATIVE_INFINITY;
    this.#last[this.#size + participant] = Number.NEGATIVE_INFINITY;
    Atomics.store(this.#arrived, participant, LEFT);
    this.#bells.ringAll();
  }

  /** The last completion of iteration j over all participants, or undefined while one is missing. */
  lastOf(j: number): number | undefined {
    let last = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.#size; i++) {
      if (Atomics.load(this.#arrived, i) < j + 1) return undefined;
      last = Math.max(last, this.#last[(j & 1) * this.#size + i]);
    }
    return last;
  }
}

const BARRIER = codeOf('barrier');

/** Releases of one task in the iteration that is under way. */
class IterationSource implements Source {
  readonly #log: TaskLog;
  readonly #offsets: readonly number[];
  readonly #period: number;
  readonly #phase: number;
  readonly #rate: Rational | undefined;
  #begin = 0;
  #next = 0;
  #row = 0;

  constructor(task: TaskSpec, log: TaskLog, plan: IterationPlan, participant: number) {
    this.#log = log;
    this.#offsets = plan.offsets[participant];
    this.#period = plan.target;
    this.#phase = task.release.kind === 'periodic' ? task.release.phase : 0;
    this.#rate = task.release.kind === 'periodic' ? task.release.rate : undefined;
  }

  open(begin: number): void {
    this.#begin = begin;
    this.#next = 0;
  }

  /** Rows of windows that were jumped over: released and dropped at the instants they would have had. */
  skipWindow(begin: number): void {
    for (const offset of this.#offsets) {
      if (this.#row >= this.#log.columns.capacity) return;
      const row = this.#write(begin + offset);
      this.#log.released(row, begin + offset);
      this.#log.drop(row, begin + offset, BARRIER);
    }
  }

  get full(): boolean {
    return this.#row + this.#offsets.length > this.#log.columns.capacity;
  }
  get exhausted(): boolean {
    return this.#next >= this.#offsets.length;
  }
  peek(): number {
    return this.exhausted ? Number.POSITIVE_INFINITY : this.#begin + this.#offsets[this.#next];
  }
  take(): number {
    return this.#write(this.#begin + this.#offsets[this.#next++]);
  }
  ended(): boolean {
    return false;
  }
  completed(): void {}

  /** The grid that the task would have without the barrier is kept, so that what the barrier hides can be seen. */
  #write(release: number): number {
    const row = this.#row++;
    this.#log.columns.nominal[row] = this.#rate && this.#period > 0 ? this.#phase + gridTime(this.#rate, row) : release;
    this.#log.columns.release[row] = release;
    return row;
  }
}

/** Releases the jobs of one task, iteration by iteration. */
export class IterationDriver implements Driver {
  readonly seat = 0;
  wakeAt = Number.POSITIVE_INFINITY;
  readonly #open: OpenDriver;
  readonly #source: IterationSource;
  readonly #barrier: IterationBarrier;
  readonly #plan: IterationPlan;
  readonly #marks: Marks;
  readonly #participant: number;
  readonly #limit: number;
  #iteration = 0;
  #begin = 0;
  /** Where the cycles are counted from: the last begin that a late job had shifted, and the cycles since. */
  #anchor = 0;
  #cycles = 0;
  #last = Number.NEGATIVE_INFINITY;
  #arrived = false;
  #measured = 0;

  constructor(
    task: TaskSpec,
    log: TaskLog,
    shared: { plan: IterationPlan; barrier: IterationBarrier; marks: Marks; iterations: number | undefined },
    participant: number,
  ) {
    this.#plan = shared.plan;
    this.#barrier = shared.barrier;
    this.#marks = shared.marks;
    this.#limit = shared.iterations ?? Number.POSITIVE_INFINITY;
    this.#participant = participant;
    this.#source = new IterationSource(task, log, shared.plan, participant);
    this.#open = new OpenDriver(task, log, this.#source);
    this.#source.open(0);
  }

  dequeue(now: number): number {
    return this.#arrived ? WAIT : this.#open.dequeue(now);
  }

  next(now: number): number {
    for (;;) {
      if (!this.#arrived) {
        const row = this.#open.next(now);
        if (row >= 0) return row;
        if (!this.#source.exhausted) {
          this.wakeAt = this.#open.wakeAt;
          return WAIT;
        }
        this.#arrived = true;
        this.#barrier.arrive(this.#participant, this.#iteration, this.#last);
      }
      const last = this.#barrier.lastOf(this.#iteration);
      if (last === undefined) {
        this.wakeAt = Number.POSITIVE_INFINITY;
        return WAIT;
      }
      const { begin, anchor, cycles } = this.#next(last);
      if (this.#begin >= this.#marks.measureFrom) this.#measured++;
      if (this.#measured >= this.#limit) return DONE;
      if (begin >= this.#marks.stopAt || this.#source.full) {
        this.#skipUntil(Math.min(begin, this.#marks.stopAt));
        return DONE;
      }
      this.#enter(begin);
      this.#anchor = anchor;
      this.#cycles = cycles;
    }
  }

  completed(row: number, at: number): void {
    this.#open.completed(row, at);
    this.#last = at;
  }

  /** Begin of the next iteration, counted from an anchor so that rounding does not add up. */
  #next(last: number): { begin: number; anchor: number; cycles: number } {
    const target = this.#anchor + cycleTime(this.#plan, this.#cycles + 1);
    if (last <= target) return { begin: target, anchor: this.#anchor, cycles: this.#cycles + 1 };
    if (!this.#plan.grid) return { begin: last, anchor: last, cycles: 0 };
    let cycles = this.#cycles + Math.max(1, Math.floor((last - target) / this.#plan.target));
    while (this.#anchor + cycleTime(this.#plan, cycles) < last) cycles++;
    return { begin: this.#anchor + cycleTime(this.#plan, cycles), anchor: this.#anchor, cycles };
  }

  /** The windows after this one that no iteration takes. */
  #skipUntil(end: number): void {
    if (!this.#plan.grid) return;
    for (let k = this.#cycles + 1; ; k++) {
      const at = this.#anchor + cycleTime(this.#plan, k);
      if (at >= end) return;
      this.#source.skipWindow(at);
    }
  }

  #enter(begin: number): void {
    this.#skipUntil(begin);
    this.#begin = begin;
    this.#iteration++;
    this.#last = Number.NEGATIVE_INFINITY;
    this.#arrived = false;
    this.#source.open(begin);
  }
}
