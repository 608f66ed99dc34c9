/**
 * Waiting for an instant: sleep until shortly before it, then watch the clock.
 *
 *   now            due - margin        due
 *    |----- sleep -----|---- spin ------|
 *            ^ a ring of the bell ends the sleep early
 */
import { NS_PER_MS } from '../../base/units.js';
import { clockWatch } from '../../machine/clock-watch.js';

const MAX_MARGIN = 500_000;
/** Tasks per CPU above which watching the clock takes more from the other tasks than it gives. */
const MOST_SPINNERS = 4;
const SHARE_OF_PERIOD = 0.05;
/** Part of all CPUs that busy waiting may take in sum. */
const SHARE_OF_CPUS = 0.1;

/** ns of busy waiting before a release: 0.5 ms, less for fast tasks and for many tasks on few CPUs. */
export function spinMargin(periods: readonly number[], cpus: number): number {
  if (periods.length === 0 || periods.length > MOST_SPINNERS * cpus) return 0;
  const releasesPerNs = periods.reduce((sum, period) => sum + 1 / period, 0);
  return Math.floor(
    Math.min(MAX_MARGIN, SHARE_OF_PERIOD * Math.min(...periods), (SHARE_OF_CPUS * cpus) / releasesPerNs),
  );
}

/** The run clock of one thread: integer ns since the run origin, without allocation. */
export class RunClock {
  readonly #originMs: number;
  constructor(originMs: number) {
    this.#originMs = originMs;
  }
  now(): number {
    return Math.round((performance.now() - this.#originMs) * NS_PER_MS);
  }
  /** `performance.now()` at that instant. */
  toMs(ns: number): number {
    return ns / NS_PER_MS + this.#originMs;
  }
  fromMs(ms: number): number {
    return Math.round((ms - this.#originMs) * NS_PER_MS);
  }
}

/** The first calls of performance.now() in a thread cost up to a millisecond; they are made here. */
export function warmClock(): number {
  let last = 0;
  for (let i = 0; i < 50_000; i++) last = performance.now();
  return last;
}

/** Waits for instants: asleep until shortly before, then watching the clock. */
export class Pacer {
  readonly #clock: RunClock;
  readonly #bell: Int32Array;
  readonly #place: number;
  readonly #margin: number;
  readonly #watch = clockWatch();

  /** @param bell word `place` is rung when something other than the time may have to be looked at */
  constructor(clock: RunClock, bell: Int32Array, place: number, margin: number) {
    this.#clock = clock;
    this.#bell = bell;
    this.#place = place;
    this.#margin = margin;
  }

  /** Returns at `due` (ns), or when the bell has been rung since it read `heard`. */
  wait(due: number, heard: number): void {
    const sleep = due - this.#margin - this.#clock.now();
    if (sleep > 0 && Atomics.wait(this.#bell, this.#place, heard, sleep / NS_PER_MS) !== 'timed-out') return;
    this.#watch(this.#clock.toMs(due));
    // The two clocks may differ by some ns.
    while (this.#clock.now() < due);
  }
}
