/** Where levels change. */
import { expect, it } from 'vitest';
import { normal3, streamOf } from '../base/random.js';
import { changePoints } from './change-points.js';

const noisy = (levels: readonly number[], length: number, noise: number, seed: number): Float64Array =>
  Float64Array.from({ length: levels.length * length }, (_, i) => {
    const level = levels[Math.floor(i / length)] ?? 0;
    return level * (1 + noise * normal3(seed, streamOf('noise'), i));
  });

it('a step is found where it is, with both levels', () => {
  const [change, ...more] = changePoints(noisy([10, 12], 60, 0.02, 1));
  expect(more).toEqual([]);
  expect(Math.abs((change?.index ?? 0) - 60)).toBeLessThanOrEqual(1);
  expect([change?.before, change?.after].map((v) => Math.round(v ?? 0))).toEqual([10, 12]);
});

it('up and down again are two', () => {
  expect(changePoints(noisy([10, 14, 10], 50, 0.03, 2)).map((c) => Math.round(c.index / 10) * 10)).toEqual([50, 100]);
});

it('noise alone has none, in 98 of 100 series', () => {
  const found = Array.from({ length: 100 }, (_, seed) => changePoints(noisy([10], 240, 0.05, seed + 10)).length > 0);
  expect(found.filter(Boolean).length).toBeLessThanOrEqual(2);
});

it('values that are all the same, few values, and a step of 1 % have none', () => {
  expect(changePoints(new Float64Array(100).fill(5))).toEqual([]);
  expect(changePoints(Float64Array.from([1, 9, 1]))).toEqual([]);
  expect(changePoints(noisy([10, 10.1], 100, 0.001, 3))).toEqual([]);
});
