/** Closed loops: `async`, one task back to back; `sync`, all tasks one after another by one worker. */
import { ROWS } from './columns.js';
import { DONE, type Driver, type Marks, WAIT } from './driver.js';
import type { TaskLog } from './task-log.js';

/** Tells closed loops that stop by a number of jobs when every task has reached it. */
export class Quota {
  readonly #reached: Int32Array;
  readonly #limit: number;
  constructor(buffer: SharedArrayBuffer, limit: number | undefined) {
    this.#reached = new Int32Array(buffer);
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
  }
  static allocate(tasks: number): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * tasks);
  }
  /** Counts one measured job of `task`. */
  count(task: number): void {
    // A task that has given up stays above every limit, also when its job returns after all.
    if (this.limited && Atomics.load(this.#reached, task) < this.#limit) Atomics.add(this.#reached, task, 1);
  }
  /** A task that failed holds nobody up. */
  giveUp(task: number): void {
    Atomics.store(this.#reached, task, 2 ** 31 - 1);
  }
  get limited(): boolean {
    return Number.isFinite(this.#limit);
  }
  get all(): boolean {
    for (let i = 0; i < this.#reached.length; i++) if (Atomics.load(this.#reached, i) < this.#limit) return false;
    return true;
  }
}

/** Release of a job = completion of the one before; k = 0 at the origin. */
export class AsyncDriver implements Driver {
  readonly seat = 0;
  wakeAt = 0;
  readonly #log: TaskLog;
  readonly #marks: Marks;
  readonly #quota: Quota;
  readonly #task: number;
  #free = 0;

  constructor(log: TaskLog, marks: Marks, quota: Quota, task: number) {
    this.#log = log;
    this.#marks = marks;
    this.#quota = quota;
    this.#task = task;
  }

  next(now: number): number {
    if (now < this.#free) {
      this.wakeAt = this.#free;
      return WAIT;
    }
    if (this.#free >= this.#marks.stopAt || this.#quota.all) return DONE;
    const { columns } = this.#log;
    const row = columns.control[ROWS];
    if (row >= columns.capacity) {
      if (!this.#quota.limited) return DONE;
      // Ballast: contention stays as it was until every task has its jobs, but nothing is recorded any more.
      columns.release[columns.capacity] = this.#free;
      return columns.capacity;
    }
    columns.nominal[row] = this.#free;
    columns.release[row] = this.#free;
    this.#log.released(row, now);
    return row;
  }

  completed(row: number, at: number): void {
    const { columns } = this.#log;
    if (row < columns.capacity) this.#log.completed(row, at);
    if (columns.release[row] >= this.#marks.measureFrom) this.#quota.count(this.#task);
    this.#free = at;
  }
}

/** Iteration j: all jobs are released at s_j and run in the order of the file; s_{j+1} = the last completion. */
export class SyncDriver implements Driver {
  seat = 0;
  wakeAt = 0;
  readonly #logs: readonly TaskLog[];
  readonly #marks: Marks;
  readonly #quota: Quota;
  #iteration = 0;
  #turn = 0;
  #begin = 0;
  #free = 0;

  constructor(logs: readonly TaskLog[], marks: Marks, quota: Quota) {
    this.#logs = logs;
    this.#marks = marks;
    this.#quota = quota;
  }

  next(now: number): number {
    if (now < this.#free) {
      this.wakeAt = this.#free;
      return WAIT;
    }
    if (this.#turn === 0) {
      const full = this.#iteration >= this.#logs[0].columns.capacity;
      if (this.#begin >= this.#marks.stopAt || this.#quota.all || full) return DONE;
      for (const log of this.#logs) {
        log.columns.nominal[this.#iteration] = this.#begin;
        log.columns.release[this.#iteration] = this.#begin;
        log.released(this.#iteration, now);
      }
    }
    this.seat = this.#turn;
    return this.#iteration;
  }

  completed(row: number, at: number): void {
    this.#logs[this.#turn].completed(row, at);
    if (this.#begin >= this.#marks.measureFrom) this.#quota.count(this.#turn);
    this.#free = at;
    this.#turn++;
    if (this.#turn < this.#logs.length) return;
    this.#turn = 0;
    this.#iteration++;
    this.#begin = at;
  }
}
