/** The worst of a mission from the peaks of a run. */
import { describe, expect, it } from 'vitest';
import { exponential, normal3, streamOf, uniform } from '../base/random.js';
import { returnLevel } from './return-level.js';

const values = (n: number, of: (i: number) => number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => of(i));
const stream = streamOf('values');

describe('the level that a mission exceeds once', () => {
  it('of independent exponential tails is their logarithm, and lies in its interval nine times of ten', () => {
    let inside = 0;
    const errors: number[] = [];
    for (let seed = 0; seed < 60; seed++) {
      const found = returnLevel(
        values(8000, (i) => 10 + exponential(seed, stream, i)),
        1,
        10,
      );
      if (!('level' in found)) continue;
      // Of 80,000 values, one is above log(80,000).
      const truth = 10 + Math.log(80_000);
      errors.push(found.level / truth - 1);
      if (found.interval[0] <= truth && truth <= found.interval[1]) inside++;
    }
    expect(errors.length).toBeGreaterThan(45);
    expect(Math.abs(errors.reduce((a, b) => a + b, 0) / errors.length)).toBeLessThan(0.03);
    expect(inside / errors.length).toBeGreaterThan(0.8);
  });

  it('of values with an end stays near it', () => {
    const levels = Array.from({ length: 10 }, (_, seed) =>
      returnLevel(
        values(10_000, (i) => uniform(seed, stream, i)),
        1,
        20,
      ),
    ).flatMap((found) => ('level' in found ? [found.level] : []));
    expect(levels.length).toBeGreaterThanOrEqual(6);
    for (const level of levels) expect(Math.abs(level - 1)).toBeLessThan(0.01);
  });

  it('is not told where the run is short, peaks are few, the tail is heavy, or two things are mixed', () => {
    const reason = (found: ReturnType<typeof returnLevel>): string => ('reason' in found ? found.reason : '');
    const plain = values(8000, (i) => 10 + exponential(1, stream, i));
    expect(reason(returnLevel(plain, 1, 100))).toMatch(/shorter than/);
    expect(reason(returnLevel(plain.subarray(0, 500), 1, 2))).toMatch(/peaks are too few/);
    expect(
      reason(
        returnLevel(
          values(8000, (i) => uniform(4, stream, i) ** -1.2),
          1,
          10,
        ),
      ),
    ).not.toBe('');
    const mixed = values(8000, (i) => 10 + 0.1 * normal3(5, stream, i) + (i % 97 === 0 ? 30 : 0));
    expect(reason(returnLevel(mixed, 1, 10))).not.toBe('');
  });
});
