/**
 * A driver tells one worker what to do next. The same drivers run on the real clock in the profiler's threads and on the
 * virtual clock of the simulator; they know no clock of their own.
 *
 *     next(now) ----> row >= 0   run that job (of the task in `seat`), then completed(row, at)
 *         ^      \--> WAIT       until `wakeAt`, or until the bell rings when that is Infinity
 *         |       \-> DONE       nothing will come any more
 *         +---- completed(row, at)
 */
export const WAIT = -1;
/** Nothing will come any more. */
export const DONE = -2;

/** Tells a worker what to do next. */
export interface Driver {
  /** Index, within this worker's tasks, of the task that the last returned row belongs to. */
  readonly seat: number;
  /** ns since the run origin; meaningful after WAIT. */
  readonly wakeAt: number;
  /** Handles every event up to `now` (ns since the run origin). Called while nothing runs. */
  next(now: number): number;
  /** A job that waits and may start at `now`, or -1; releases at `now` are not looked at. Absent where none ever waits. */
  dequeue?(now: number): number;
  /** The job ended at `at`; releases that fell before that found the task busy. */
  completed(row: number, at: number): void;
}

/** Times that the conductor of a run decides while it is under way; shared by all threads. */
export interface Marks {
  /** Begin of the measured window; Infinity while warming up. */
  readonly measureFrom: number;
  /** No release at or after this instant; Infinity while not known. */
  readonly stopAt: number;
}

/** Words of the shared Float64Array behind `Marks`. */
const MEASURE_FROM = 0;
const STOP_AT = 1;

/** Marks in memory that all threads see. */
export class SharedMarks implements Marks {
  readonly #words: Float64Array;
  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Float64Array(buffer);
  }
  static allocate(): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(2 * 8);
    new Float64Array(buffer).fill(Number.POSITIVE_INFINITY);
    return buffer;
  }
  get measureFrom(): number {
    return this.#words[MEASURE_FROM];
  }
  set measureFrom(at: number) {
    this.#words[MEASURE_FROM] = at;
  }
  get stopAt(): number {
    return this.#words[STOP_AT];
  }
  set stopAt(at: number) {
    this.#words[STOP_AT] = at;
  }
}
