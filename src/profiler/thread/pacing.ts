/**
 * Waiting for an instant: sleep until shortly before it, then watch the clock.
 *
 *   now            due - margin        due
 *    |----- sleep -----|---- spin ------|
 *            ^ a ring of the bell ends the sleep early
 */
import { getHeapSpaceStatistics } from 'node:v8';
import { NS_PER_MS } from '../../base/units.js';
import { type ClockZero, type MonotonicClock, monotonicClock } from '../../machine/monotonic.js';

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
  readonly #clock: MonotonicClock;
  constructor(originMs: number, zero: ClockZero | undefined) {
    this.#originMs = originMs;
    this.#clock = monotonicClock(zero);
  }
  now(): number {
    return Math.round((this.#clock.now() - this.#originMs) * NS_PER_MS);
  }
  fromMs(ms: number): number {
    return Math.round((ms - this.#originMs) * NS_PER_MS);
  }
}

/** Of garbage, per reading of the clock. */
const READING_BYTES = 32;
/** Both halves of the young space, and some more. */
const TIMES_THROUGH = 1.5;

/**
 * The first calls of performance.now() in a thread cost up to a millisecond; they are made here. Their garbage goes through all
 * of the young space, so that no page of it is touched first while jobs run.
 */
export function warmClock(): number {
  const young = getHeapSpaceStatistics().find((s) => s.space_name === 'new_space')?.space_size ?? 0;
  const readings = Math.max(50_000, (TIMES_THROUGH * young) / READING_BYTES);
  let last = 0;
  for (let i = 0; i < readings; i++) last = performance.now();
  return last;
}

/** Waits for instants: asleep until shortly before, then watching the clock. */
export class Pacer {
  readonly #clock: RunClock;
  readonly #bell: Int32Array;
  readonly #place: number;
  readonly #margin: number;

  /** @param bell word `place` is rung when something other than the time may have to be looked at */
  constructor(clock: RunClock, bell: Int32Array, place: number, margin: number) {
    this.#clock = clock;
    this.#bell = bell;
    this.#place = place;
    this.#margin = margin;
  }

  /** @returns the time: of `due` (ns) or a little later, or of a ring of the bell since it read `heard` */
  wait(due: number, heard: number): number {
    let now = this.#clock.now();
    const sleep = due - this.#margin - now;
    if (sleep > 0 && Atomics.wait(this.#bell, this.#place, heard, sleep / NS_PER_MS) !== 'timed-out')
      return this.#clock.now();
    do now = this.#clock.now();
    while (now < due);
    return now;
  }
}
