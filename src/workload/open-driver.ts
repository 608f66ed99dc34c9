/** Open loop: releases come from a source, whatever the task is doing; the overrun policy handles what piles up. */
import type { TaskSpec } from '../formats/pipeline/types.js';
import { DONE, type Driver, WAIT } from './driver.js';
import { type WaitingRoom, waitingRoom } from './overrun.js';
import type { Source } from './sources.js';
import type { TaskLog } from './task-log.js';

/** Releases the jobs of one task on a grid, whatever the others do. */
export class OpenDriver implements Driver {
  readonly seat = 0;
  wakeAt = Number.POSITIVE_INFINITY;
  readonly #source: Source;
  readonly #log: TaskLog;
  readonly #room: WaitingRoom;

  constructor(task: TaskSpec, log: TaskLog, source: Source) {
    this.#source = source;
    this.#log = log;
    this.#room = waitingRoom(task.overrun, log.columns.capacity, log.deadlineOf, log.drop);
  }

  /** Whether nothing is waiting and nothing is released before the next call of `next`. */
  get idle(): boolean {
    return this.#room.waiting === 0;
  }

  dequeue(now: number): number {
    return this.#room.take(now);
  }

  next(now: number): number {
    const waiting = this.dequeue(now);
    if (waiting >= 0) return waiting;
    for (;;) {
      const at = this.#source.peek();
      if (at > now) break;
      const row = this.#source.take();
      this.#log.released(row, now);
      if (this.#room.admit(row, now)) return row;
    }
    this.wakeAt = this.#source.peek();
    return this.wakeAt === Number.POSITIVE_INFINITY && this.#source.ended() ? DONE : WAIT;
  }

  completed(row: number, at: number): void {
    for (;;) {
      const release = this.#source.peek();
      if (release >= at) break;
      const arrival = this.#source.take();
      this.#log.released(arrival, release);
      this.#room.arrive(arrival, release);
    }
    this.#log.completed(row, at);
    this.#source.completed(at);
  }
}
