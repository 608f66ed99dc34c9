/** How wide the margin of what is called safe is. */
import { expect, it } from 'vitest';
import { streamOf, uniform } from '../../base/random.js';
import { marginOf } from './advise.js';

const both = (values: readonly number[]) => values.map((v) => ({ load: v, tail: v }));

it('few measurements: the largest, and never less than a tenth; none: wider', () => {
  expect(marginOf(both([0.02]))).toEqual({ load: 0.1, tail: 0.1 });
  expect(marginOf(both([0.02, 0.27, -0.1]))).toEqual({ load: 0.27, tail: 0.27 });
  expect(marginOf([]).tail).toBeGreaterThan(0.1);
});

it('predictions that were always too high still leave a little', () => {
  expect(marginOf(both([-0.3, -0.31, -0.29, -0.3, -0.32]))).toEqual({ load: 0.03, tail: 0.03 });
});

it('of ten measurements, it covers 95 of 100 more in nine of ten cases', () => {
  // The sum of twelve uniform numbers, less six, is nearly normal; its 95 % quantile is 1.645.
  const normal = (set: number, i: number): number => {
    let sum = -6;
    for (let j = 0; j < 12; j++) sum += uniform(set, streamOf('margin'), 12 * i + j);
    return sum;
  };
  const sets = Array.from({ length: 500 }, (_, set) =>
    Array.from({ length: 10 }, (_, i) => 0.05 + 0.05 * normal(set, i)),
  );
  const wide = sets.filter((values) => marginOf(both(values)).load >= 0.05 + 0.05 * 1.645).length;
  expect(wide / sets.length).toBeGreaterThan(0.86);
  expect(wide / sets.length).toBeLessThan(0.95);
});
