import { describe, expect, it } from 'vitest';
import { clockWatch } from './clock-watch.js';

describe('clockWatch', () => {
  it('returns when the clock has got there, and not before', () => {
    const watch = clockWatch();
    for (let i = 0; i < 200; i++) {
      const until = performance.now() + 0.2;
      watch(until);
      // Up to what the clocks cannot tell apart.
      expect(performance.now()).toBeGreaterThan(until - 0.002);
    }
  });

  it('returns at once where that was long ago', () => {
    const watch = clockWatch();
    const begun = performance.now();
    for (let i = 0; i < 1000; i++) watch(-5);
    expect(performance.now() - begun).toBeLessThan(500);
  });

  it.runIf(process.platform === 'linux' && global.gc === undefined)('makes no garbage worth a collection', () => {
    const watch = clockWatch();
    watch(performance.now() + 5);
    const before = process.memoryUsage().heapUsed;
    watch(performance.now() + 50);
    // performance.now() would leave some 20 MB behind.
    expect(Math.abs(process.memoryUsage().heapUsed - before)).toBeLessThan(4e6);
  });
});
