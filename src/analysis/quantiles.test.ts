import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atLeast, atMost } from './binomial.js';
import { gate, intervalRanks, nearestRank, samplesNeeded } from './quantiles.js';

const vectors = JSON.parse(readFileSync('test/fixtures/scheduling-vectors.json', 'utf8'));
const ppm = (p: number) => Math.round(p * 1e6);

describe('quantiles', () => {
  it('nearest rank', () => {
    for (const { p, n, nearest } of vectors.percentile_rank_1based)
      expect(nearestRank(n, ppm(p)), `${p} ${n}`).toBe(nearest);
  });
  it('confidence intervals', () => {
    for (const { p, n, c, lower, upper } of vectors.ci_ranks)
      expect(intervalRanks(n, ppm(p), c), `${p} ${n} ${c}`).toEqual({ lower, upper });
  });
  it('smallest sample', () => {
    for (const { p, c, t, n } of vectors.min_n) expect(samplesNeeded(ppm(p), c, t), `${p} ${c} ${t}`).toBe(n);
  });
  it('gate', () => {
    for (const { p, c, n, t, verdict } of vectors.gate)
      expect(gate(n, t, ppm(p), c).toUpperCase(), `${n} ${t}`).toBe(verdict);
  });
  it('binomial tails agree with the plain sum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (n, t, p) => {
          let sum = 0;
          let choose = 1;
          for (let k = 0; k <= Math.min(t, n); k++) {
            sum += choose * p ** k * (1 - p) ** (n - k);
            choose = (choose * (n - k)) / (k + 1);
          }
          expect(atMost(t, n, p)).toBeCloseTo(sum, 9);
          expect(atMost(t, n, p) + atLeast(t + 1, n, p)).toBeCloseTo(1, 9);
        },
      ),
    );
  });
});
