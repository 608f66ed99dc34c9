/**
 * What a control thread saw of its CPU: how late it woke, every time, as a histogram; and each time that it was late by
 * more than a little, what it was doing meanwhile. In a mapped file, which outlives the process.
 */

/** A time in which a CPU did not run its control thread although that was due. Instants in ns since the run origin. */
export interface StallEvent {
  readonly due: number;
  readonly late: number;
  /** ns that the thread waited in the queue of its CPU, behind others. */
  readonly waited: number;
  /** CPU time (ns) that all threads of the process had since the control thread ran last. */
  readonly own: number;
}

const COUNT = 0;
const LOST = 1;
const TICKS = 2;
const WORST = 3;
const HEAD = 8;
/** Bucket k holds values up to 1 us x 1.2^k. */
const BUCKETS = 128;
const FIRST_NS = 1000;
const STEP = Math.log(1.2);
const FIELDS = 4;

/** Bytes of a log of so many events. */
export const stallBytes = (capacity: number): number => 8 * (HEAD + BUCKETS + FIELDS * capacity);

/** Bytes before the first event. */
export const LOG_HEAD_BYTES = 8 * (HEAD + BUCKETS);

/** Where the head and the last event of a log end, bytes. @param head the first `LOG_HEAD_BYTES` of it */
export const logExtent = (head: Uint8Array<ArrayBuffer>): { readonly head: number; readonly end: number } => ({
  head: LOG_HEAD_BYTES,
  end: LOG_HEAD_BYTES + 8 * FIELDS * new Float64Array(head.buffer, 0, HEAD)[COUNT],
});

/** Both ends of a log: the control thread adds, the caller reads. */
export class StallLog {
  readonly #words: Float64Array;
  readonly #capacity: number;

  constructor(buffer: ArrayBuffer) {
    this.#words = new Float64Array(buffer);
    this.#capacity = Math.floor((this.#words.length - HEAD - BUCKETS) / FIELDS);
  }

  /** Counts one wake-up. @param late ns */
  tick(late: number): void {
    const words = this.#words;
    words[TICKS]++;
    if (late > words[WORST]) words[WORST] = late;
    const bucket = late <= FIRST_NS ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(late / FIRST_NS) / STEP));
    words[HEAD + bucket]++;
  }

  /** Keeps one that was late; what does not fit is counted. */
  add(due: number, late: number, waited: number, own: number): void {
    const words = this.#words;
    const at = words[COUNT];
    if (at >= this.#capacity) {
      words[LOST]++;
      return;
    }
    const place = HEAD + BUCKETS + FIELDS * at;
    words[place] = due;
    words[place + 1] = late;
    words[place + 2] = waited;
    words[place + 3] = own;
    words[COUNT] = at + 1;
  }

  get ticks(): number {
    return this.#words[TICKS];
  }
  get lost(): number {
    return this.#words[LOST];
  }
  /** ns */
  get worst(): number {
    return this.#words[WORST];
  }

  /** Upper end (ns) of the bucket that holds the quantile; at most 20 % above it. */
  quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.ticks));
    let seen = 0;
    for (let k = 0; k < BUCKETS; k++) {
      seen += this.#words[HEAD + k];
      if (seen >= rank) return Math.min(this.worst, FIRST_NS * Math.exp(k * STEP));
    }
    return this.worst;
  }

  events(): StallEvent[] {
    return Array.from({ length: this.#words[COUNT] }, (_, i) => {
      const place = HEAD + BUCKETS + FIELDS * i;
      const [due = 0, late = 0, waited = 0, own = 0] = this.#words.subarray(place, place + FIELDS);
      return { due, late, waited, own };
    });
  }
}
