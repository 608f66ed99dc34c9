/**
 * Overrun policies: what becomes of a release that finds its task busy, and which waiting job is started next.
 * Nothing here allocates after construction.
 */

import type { Overrun } from '../formats/pipeline/types.js';
import { codeOf, type DropReason } from '../formats/recording/jobs.js';

/** Notes that a job was dropped. */
export type Drop = (row: number, at: number, reason: number) => void;

const code = (reason: DropReason): number => codeOf(reason);
const QUEUE_FULL = code('queue_full');
const BUSY = code('busy');
const SUPERSEDED = code('superseded');
const EXPIRED = code('expired');

/** Where released jobs wait for their task. */
export interface WaitingRoom {
  readonly waiting: number;
  /** Row `row` was released at `at` while its task was busy. */
  arrive(row: number, at: number): void;
  /** The row to start at `now`, or -1. */
  take(now: number): number;
  /** Whether a job whose release found the task idle may still start at `now`; drops it otherwise. */
  admit(row: number, now: number): boolean;
}

/** @param deadlineOf absolute deadline (ns) of a row, for `expire` */
export function waitingRoom(
  overrun: Overrun,
  capacity: number,
  deadlineOf: (row: number) => number,
  drop: Drop,
): WaitingRoom {
  switch (overrun.kind) {
    case 'queue':
      return new Fifo(Math.min(overrun.cap, capacity), drop);
    case 'expire':
      return new Fifo(capacity, drop, deadlineOf);
    case 'skip':
    case 'shift':
      return new Nobody(drop);
    case 'latest':
      return new Newest(drop);
  }
}

class Fifo implements WaitingRoom {
  readonly #ring: Int32Array;
  readonly #drop: Drop;
  readonly #deadlineOf: ((row: number) => number) | undefined;
  #first = 0;
  waiting = 0;

  constructor(capacity: number, drop: Drop, deadlineOf?: (row: number) => number) {
    this.#ring = new Int32Array(Math.max(1, capacity));
    this.#drop = drop;
    this.#deadlineOf = deadlineOf;
  }

  arrive(row: number, at: number): void {
    if (this.waiting >= this.#ring.length) {
      this.#drop(row, at, QUEUE_FULL);
      return;
    }
    this.#ring[(this.#first + this.waiting) % this.#ring.length] = row;
    this.waiting++;
  }

  take(now: number): number {
    while (this.waiting > 0) {
      const row = this.#ring[this.#first];
      this.#first = (this.#first + 1) % this.#ring.length;
      this.waiting--;
      if (this.admit(row, now)) return row;
    }
    return -1;
  }

  admit(row: number, now: number): boolean {
    if (this.#deadlineOf === undefined || now <= this.#deadlineOf(row)) return true;
    this.#drop(row, now, EXPIRED);
    return false;
  }
}

class Nobody implements WaitingRoom {
  readonly waiting = 0;
  readonly #drop: Drop;
  constructor(drop: Drop) {
    this.#drop = drop;
  }
  arrive(row: number, at: number): void {
    this.#drop(row, at, BUSY);
  }
  take(): number {
    return -1;
  }
  admit(): boolean {
    return true;
  }
}

class Newest implements WaitingRoom {
  readonly #drop: Drop;
  #slot = -1;
  constructor(drop: Drop) {
    this.#drop = drop;
  }
  get waiting(): number {
    return this.#slot < 0 ? 0 : 1;
  }
  arrive(row: number, at: number): void {
    if (this.#slot >= 0) this.#drop(this.#slot, at, SUPERSEDED);
    this.#slot = row;
  }
  take(): number {
    const row = this.#slot;
    this.#slot = -1;
    return row;
  }
  admit(): boolean {
    return true;
  }
}
