/** Events around the parts of a run, and when they happened on the host's clock. */
import { CELL } from '../backend.js';
import type { Cuda } from './cuda.js';
import { DeviceClock } from './device-clock.js';
import type { Streams } from './streams.js';

/**
 * Places in a set of events. What follows the copies in is stamped where the computing begins: handing over from the copies to it
 * belongs to the copies.
 */
export const EVENT = { begin: 0, copiedIn: 1, computed: 2, end: 3 } as const;
const EVENTS = 4;

/** Two sets of events take turns: the end of one run is what the times of the next are counted from. */
export class EventStamps {
  readonly #cuda: Cuda;
  readonly #streams: Streams;
  readonly #sets: readonly (readonly number[])[];
  readonly #clock = new DeviceClock();
  readonly #elapsed = new Float32Array(new ArrayBuffer(8));
  #turn = 0;
  #runs = 0;
  /** End of the last run on the device's clock, ms. */
  #deviceTime = 0;

  /** @param blocking whether the end of a run is slept for */
  constructor(cuda: Cuda, streams: Streams, blocking: boolean) {
    this.#cuda = cuda;
    this.#streams = streams;
    this.#sets = [0, 1].map(() =>
      Array.from({ length: EVENTS }, (_, i) => cuda.event(blocking && i === EVENT.end ? 'sleep' : 'time')),
    );
  }

  /** Puts an event of this run on its stream. */
  record(which: number): void {
    const { copies, compute } = this.#streams;
    const stream = which === EVENT.begin || which === EVENT.end ? copies : compute;
    this.#cuda.check(this.#cuda.call.cuEventRecord(this.#of(this.#turn, which), stream), 'record an event');
  }

  /** The event at the end of this run's computing. */
  get computed(): number {
    return this.#of(this.#turn, EVENT.computed);
  }

  /** The event at the end of this run. */
  get end(): number {
    return this.#of(this.#turn, EVENT.end);
  }

  /**
   * Fills the cells of a run that is over. @param asked host time just before it was asked for, ms
   * @param seen host time just after its end was seen, ms
   */
  fill(stamps: Float64Array, asked: number, seen: number): void {
    const event = (which: number): number => this.#of(this.#turn, which);
    const began =
      this.#runs === 0 ? 0 : this.#deviceTime + this.#between(this.#of(1 - this.#turn, EVENT.end), event(EVENT.begin));
    const copiedIn = began + this.#between(event(EVENT.begin), event(EVENT.copiedIn));
    const computed = copiedIn + this.#between(event(EVENT.copiedIn), event(EVENT.computed));
    const ended = computed + this.#between(event(EVENT.computed), event(EVENT.end));
    this.#deviceTime = ended;
    this.#clock.bind(asked, seen, began, ended);
    stamps[CELL.deviceStart] = this.#clock.toHost(began);
    stamps[CELL.copyInEnd] = this.#clock.toHost(copiedIn);
    stamps[CELL.computeEnd] = this.#clock.toHost(computed);
    stamps[CELL.deviceEnd] = this.#clock.toHost(ended);
    this.#turn = 1 - this.#turn;
    this.#runs++;
  }

  /** What a stamp may be off by, ms. */
  get uncertainty(): number {
    return this.#clock.uncertainty;
  }

  free(): void {
    for (const set of this.#sets) for (const event of set) this.#cuda.call.cuEventDestroy_v2(event);
  }

  #of(turn: number, which: number): number {
    return this.#sets[turn]?.[which] ?? 0;
  }

  #between(from: number, to: number): number {
    this.#cuda.check(this.#cuda.call.cuEventElapsedTime(this.#elapsed, from, to), 'tell a time');
    return this.#elapsed[0] ?? 0;
  }
}
