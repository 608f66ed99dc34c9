/** Busy waiting on CLOCK_MONOTONIC without making garbage: a collection in the middle of a wait would be seen as lateness. */
import koffi from 'koffi';

const CLOCK_MONOTONIC = 1;
/** Of struct timespec on a 64-bit little-endian machine, in words of 32 bits: the low ones of seconds and nanoseconds. */
const SECONDS = 0;
const NANOSECONDS = 2;
const TIMESPEC_BYTES = 16;
const NS = 1e9;
/** Readings of both clocks, of which the closest pair counts; as many as the compiler wants to see. */
const READINGS = 20_000;

/** Returns when `performance.now()` of this thread is at least `until` (ms), up to a few ns. */
export type ClockWatch = (until: number) => void;

const byPerformance: ClockWatch = (until) => {
  while (performance.now() < until);
};

/** For the calling thread. Where the system's clock cannot be called, `performance.now()`, of which every reading is garbage. */
export function clockWatch(): ClockWatch {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return byPerformance;
  try {
    return byClock();
  } catch {
    return byPerformance;
  }
}

function byClock(): ClockWatch {
  const read = koffi.load('libc.so.6').func('int clock_gettime(int, void *)') as (
    id: number,
    time: Int32Array,
  ) => number;
  const time = new Int32Array(new ArrayBuffer(TIMESPEC_BYTES));
  if (read(CLOCK_MONOTONIC, time) !== 0) return byPerformance;
  const origin = time[SECONDS];
  // Nanoseconds of the clock since its second `origin`, where performance.now() is 0.
  let zero = 0;
  let closest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < READINGS; i++) {
    const before = performance.now();
    read(CLOCK_MONOTONIC, time);
    const after = performance.now();
    if (after - before >= closest) continue;
    closest = after - before;
    zero = (time[SECONDS] - origin) * NS + time[NANOSECONDS] - ((before + after) / 2) * 1e6;
  }
  const spin = (seconds: number, ns: number): void => {
    do read(CLOCK_MONOTONIC, time);
    while (time[SECONDS] < seconds || (time[SECONDS] === seconds && time[NANOSECONDS] < ns));
  };
  for (let i = 0; i < READINGS; i++) spin(origin, 0);
  return (until) => {
    const ns = zero + until * 1e6;
    const seconds = Math.floor(ns / NS);
    spin(origin + seconds, Math.ceil(ns - seconds * NS));
  };
}
