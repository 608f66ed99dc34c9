/**
 * CLOCK_MONOTONIC without garbage. `performance.now()` makes some at every reading, whose collection in the middle of a wait
 * would be seen as lateness; and called after a while, it takes ten to some hundred microseconds.
 */
import koffi from 'koffi';

const CLOCK_MONOTONIC = 1;
/** Of struct timespec on a 64-bit little-endian machine, in words of 32 bits: the low ones of seconds and nanoseconds. */
const SECONDS = 0;
const NANOSECONDS = 2;
const TIMESPEC_BYTES = 16;
/** Readings of both clocks, of which the closest pair counts. */
const READINGS = 20_000;

/** What the clock showed when `performance.now()` was 0. The threads of a process share one, so that their stamps compare. */
export interface ClockZero {
  /** A whole second near it. */
  readonly second: number;
  /** Behind that, ms. */
  readonly ms: number;
}

/** The clock of `performance.now()`, read another way. */
export interface MonotonicClock {
  /** ms; from `performance.now()` it differs by some ns. */
  now(): number;
}

type Read = (id: number, time: Int32Array) => number;

/** Undefined where the system's clock cannot be called. */
function reader(): Read | undefined {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return undefined;
  try {
    return koffi.load('libc.so.6').func('int clock_gettime(int, void *)') as Read;
  } catch {
    return undefined;
  }
}

/** @param zero without one, the clock is `performance` itself */
export function monotonicClock(zero: ClockZero | undefined): MonotonicClock {
  const read = zero && reader();
  if (!read) return performance;
  const { second, ms } = zero;
  const time = new Int32Array(new ArrayBuffer(TIMESPEC_BYTES));
  return {
    now: () => {
      read(CLOCK_MONOTONIC, time);
      return (time[SECONDS] - second) * 1e3 + time[NANOSECONDS] / 1e6 - ms;
    },
  };
}

/** Measured between the two clocks; undefined where there is but one. */
export function clockZero(): ClockZero | undefined {
  const read = reader();
  if (!read) return undefined;
  const time = new Int32Array(new ArrayBuffer(TIMESPEC_BYTES));
  if (read(CLOCK_MONOTONIC, time) !== 0) return undefined;
  const second = time[SECONDS];
  let ms = 0;
  let closest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < READINGS; i++) {
    const before = performance.now();
    read(CLOCK_MONOTONIC, time);
    const after = performance.now();
    if (after - before >= closest) continue;
    closest = after - before;
    ms = (time[SECONDS] - second) * 1e3 + time[NANOSECONDS] / 1e6 - (before + after) / 2;
  }
  return { second, ms };
}
