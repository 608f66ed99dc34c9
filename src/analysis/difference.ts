/**
 * Whether two runs differ in a figure, by the 95 % intervals of each: the spread of a difference of independent estimates
 * is the root of the sum of the squares of theirs (MOVER; Donner and Zou 2012).
 */

/** A figure with its 95 % interval. Infinity is what was never done, null an end that the samples do not tell. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number | null;
}

/** b against a. */
export interface Difference {
  /** b - a; undefined where one of them has no end. */
  readonly value?: number;
  readonly low?: number;
  readonly high?: number;
  /** `none`: nothing that these samples show. `unknown`: too few of them. */
  readonly shown: 'more' | 'less' | 'none' | 'unknown';
}

/** @param least what is too small to matter */
export function differenceOf(a: Estimate | undefined, b: Estimate | undefined, least = 0): Difference {
  if (!a || !b) return { shown: 'unknown' };
  if (a.value === Number.POSITIVE_INFINITY || b.value === Number.POSITIVE_INFINITY) {
    if (a.value === b.value) return { shown: 'none' };
    // The one with an end may still reach as far as the other begins.
    const [never, ends] = a.value === Number.POSITIVE_INFINITY ? [a, b] : [b, a];
    if (ends.high === null || never.low < ends.high) return { shown: 'unknown' };
    return { shown: never === b ? 'more' : 'less' };
  }
  const value = b.value - a.value;
  if (a.high === null || b.high === null) {
    if (b.high === null && a.high !== null && b.low > a.high) return { value, shown: 'more' };
    if (a.high === null && b.high !== null && a.low > b.high) return { value, shown: 'less' };
    return { value, shown: 'unknown' };
  }
  const low = value - Math.hypot(b.value - b.low, a.high - a.value);
  const high = value + Math.hypot(b.high - b.value, a.value - a.low);
  const shown = low > least ? 'more' : high < -least ? 'less' : 'none';
  return { value, low, high, shown };
}
