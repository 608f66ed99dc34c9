import { describe, expect, it } from 'vitest';
import { differenceOf, type Estimate } from './difference.js';

const of = (value: number, low: number, high: number | null): Estimate => ({ value, low, high });
const never = Number.POSITIVE_INFINITY;

describe('a difference of two runs', () => {
  it.each<[string, Estimate | undefined, Estimate | undefined, string]>([
    ['is none where the intervals say so', of(16, 14, 30), of(21, 15, 33), 'none'],
    ['is shown where they do not', of(16, 15, 17), of(21, 20, 22), 'more'],
    ['to the other side', of(21, 20, 22), of(16, 15, 17), 'less'],
    ['is unknown with too few jobs', of(16, 15, null), of(21, 20, 22), 'unknown'],
    ['but shown where even then', of(16, 15, 17), of(30, 20, null), 'more'],
    ['is none of two that are never done', of(never, 90, null), of(never, 80, null), 'none'],
    ['more of one that is never done', of(16, 15, 17), of(never, 90, null), 'more'],
    ['unknown where that one may be no worse', of(16, 15, 95), of(never, 90, null), 'unknown'],
    ['unknown of a run without the task', undefined, of(1, 1, 1), 'unknown'],
  ])('%s', (_, a, b, shown) => expect(differenceOf(a, b).shown).toBe(shown));

  it('has an interval no wider than both together, and holds what it is the difference of', () => {
    const { value = 0, low = 0, high = 0 } = differenceOf(of(10, 8, 12), of(13, 11, 15));
    expect([value, low, high].map((v) => Math.round(v * 100) / 100)).toEqual([3, 0.17, 5.83]);
  });

  it('is right about as often as it says: equal distributions are told apart in at most 5 %', () => {
    let seed = 7;
    const random = (): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed / 0x7fffffff;
    };
    const mean = (n: number): Estimate => {
      const values = Array.from({ length: n }, random);
      const value = values.reduce((a, b) => a + b, 0) / n;
      const half = (1.96 * Math.sqrt(1 / 12)) / Math.sqrt(n);
      return of(value, value - half, value + half);
    };
    const told = Array.from({ length: 2000 }, () => differenceOf(mean(200), mean(200)).shown).filter(
      (s) => s !== 'none',
    );
    expect(told.length / 2000).toBeLessThan(0.07);
    expect(told.length / 2000).toBeGreaterThan(0.02);
  });
});
