import { describe, expect, it } from 'vitest';
import { clockZero, monotonicClock } from './monotonic.js';

describe('monotonicClock', () => {
  it('is the clock of performance.now()', () => {
    const clock = monotonicClock(clockZero());
    const off: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const before = performance.now();
      const at = clock.now();
      off.push(Math.abs(at - (before + performance.now()) / 2));
    }
    // ms; a median, because a reading may be interrupted.
    expect(off.sort((a, b) => a - b)[1000]).toBeLessThan(0.002);
  });

  it('never goes back', () => {
    const clock = monotonicClock(clockZero());
    let last = clock.now();
    for (let i = 0; i < 100_000; i++) {
      const at = clock.now();
      if (at < last) throw new Error(`${at} after ${last}`);
      last = at;
    }
  });
});
