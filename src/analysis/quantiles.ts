/** Nearest-rank quantiles, their confidence intervals by order statistics, and how many samples they need. */
import { atLeast, atMost } from './binomial.js';

const MILLION = 1_000_000;

/** 1-based rank of the p-quantile of n values, p in parts per million: max(1, ceil(n p)). No interpolation. */
export const nearestRank = (n: number, ppm: number): number =>
  Math.max(1, Math.floor((n * ppm + MILLION - 1) / MILLION));

/** A quantile is printed from this many samples on: ceil(1 / (1 - p)). */
export const licensedFrom = (ppm: number): number => Math.ceil(MILLION / (MILLION - ppm));

/**
 * Two-sided confidence interval of the p-quantile as 1-based ranks: largest l with P(Bin(n,p) <= l-1) <= alpha/2,
 * smallest u with P(Bin(n,p) >= u) <= alpha/2; null is unbounded.
 */
export function intervalRanks(
  n: number,
  ppm: number,
  confidence: number,
): { lower: number | null; upper: number | null } {
  const p = ppm / MILLION;
  const half = (1 - confidence) / 2;
  // P(X <= l-1) grows with l; P(X >= u) falls with u.
  const lower = lastTrue(1, n, (l) => atMost(l - 1, n, p) <= half);
  const upper = lastTrue(1, n + 1, (u) => atLeast(u, n, p) > half) + 1;
  return { lower: lower < 1 ? null : lower, upper: upper > n ? null : upper };
}

/** Largest value in [low, high] for which a condition holds that is true up to a point; low - 1 when it never is. */
function lastTrue(low: number, high: number, condition: (value: number) => boolean): number {
  let yes = low - 1;
  let no = high + 1;
  while (no - yes > 1) {
    const middle = Math.floor((yes + no) / 2);
    if (condition(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** Smallest n for which "p-quantile <= limit" is shown with this confidence when t jobs were late. */
export function samplesNeeded(ppm: number, confidence: number, t: number): number {
  const q = 1 - ppm / MILLION;
  let low = t;
  let high = t + 1;
  const shown = (n: number): boolean => atMost(t, n, q) <= 1 - confidence;
  while (!shown(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (shown(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** What samples say of a limit: it holds, it does not, or there are too few of them. */
export type GateVerdict = 'pass' | 'fail' | 'inconclusive';

/** "p-quantile <= limit" when t of n were over it: shown, refuted, or neither, at this confidence. */
export function gate(n: number, t: number, ppm: number, confidence: number): GateVerdict {
  const q = 1 - ppm / MILLION;
  if (n <= 0) return 'inconclusive';
  const tie = (): number => tieOf(t, n, ppm, confidence);
  if (isAtMost(atMost(t, n, q), 1 - confidence, tie)) return 'pass';
  const refuting = (): number => -tieOf(t - 1, n, ppm, 1 - confidence);
  if (isAtMost(atLeast(t, n, q), 1 - confidence, refuting)) return 'fail';
  return 'inconclusive';
}

/** Closer than this, floating point does not tell two probabilities apart. */
const CLOSE = 1e-9;
/** Ties of probabilities occur in small numbers only. */
const MOST_EXACT = 2000;

const isAtMost = (value: number, limit: number, exact: () => number): boolean =>
  Math.abs(value - limit) > CLOSE ? value < limit : exact() <= 0;

/** Sign of P(Bin(n, 1 - p) <= t) - (1 - confidence), in integers. */
function tieOf(t: number, n: number, ppm: number, confidence: number): number {
  if (n > MOST_EXACT) return atMost(t, n, 1 - ppm / MILLION) - (1 - confidence);
  const scale = 1_000_000_000;
  const miss = BigInt(MILLION - ppm);
  const hit = BigInt(ppm);
  let term = hit ** BigInt(n);
  let sum = 0n;
  for (let k = 0; k <= t && k <= n; k++) {
    sum += term;
    term = hit === 0n ? 0n : (term * BigInt(n - k) * miss) / (BigInt(k + 1) * hit);
  }
  const difference = sum * BigInt(scale) - BigInt(Math.round((1 - confidence) * scale)) * BigInt(MILLION) ** BigInt(n);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
