/** Exact rates and periods: a rate is never rounded to a period and added up. */
import { NS_PER_S, type Ns, ns } from './units.js';

/** num / den in lowest terms, den > 0, both exact integers below 2^53. */
export interface Rational {
  readonly num: number;
  readonly den: number;
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

/** Undefined when the reduced fraction does not fit exact doubles. */
export function rational(num: bigint, den: bigint): Rational | undefined {
  if (den === 0n) return undefined;
  const divisor = gcd(num < 0n ? -num : num, den < 0n ? -den : den) || 1n;
  const sign = den < 0n ? -1n : 1n;
  const n = Number((sign * num) / divisor);
  const d = Number((sign * den) / divisor);
  return Number.isSafeInteger(n) && Number.isSafeInteger(d) ? { num: n, den: d } : undefined;
}

/** Reads `12`, `0.1`, `30000/1001` or `1.5e3` exactly. */
export function parseRational(text: string): Rational | undefined {
  const parts = text.split('/');
  if (parts.length > 2) return undefined;
  const fractions = parts.map(parseDecimal);
  const [a, b = { num: 1n, den: 1n }] = fractions;
  if (!a || fractions.some((f) => f === undefined)) return undefined;
  return rational(a.num * b.den, a.den * b.num);
}

function parseDecimal(text: string): { num: bigint; den: bigint } | undefined {
  const match = /^([+-]?\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, whole = '0', fraction = '', exponent = '0'] = match;
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return power >= 0 ? { num: digits * 10n ** BigInt(power), den: 1n } : { num: digits, den: 10n ** BigInt(-power) };
}

/** Exact product; undefined when it does not fit. */
export const multiply = (a: Rational, b: Rational): Rational | undefined =>
  rational(BigInt(a.num) * BigInt(b.num), BigInt(a.den) * BigInt(b.den));

/** One by it. */
export const invert = (a: Rational): Rational => ({ num: a.den, den: a.num });

/** The nearest double. */
export const toNumber = (a: Rational): number => a.num / a.den;

/** The period of a rate in Hz, as ns; exact only where the division is. */
export const periodOf = (rate: Rational): Ns => ns((NS_PER_S * rate.den) / rate.num);

/**
 * Grid point k of a rate in Hz: round_half_up(k * 10^9 * den / num) ns. Exact for every k, never accumulated.
 * Splits N/D into quotient and remainder so that doubles stay exact; falls back to BigInt where they would not.
 */
export function gridTime(rate: Rational, k: number): Ns {
  const numerator = NS_PER_S * rate.den;
  const divisor = rate.num;
  if (Number.isSafeInteger(numerator)) {
    const quotient = Math.floor(numerator / divisor);
    const remainder = numerator - quotient * divisor;
    const scaled = 2 * k * remainder + divisor;
    if (scaled < Number.MAX_SAFE_INTEGER) return ns(k * quotient + Math.floor(scaled / (2 * divisor)));
  }
  const n = BigInt(rate.den) * 1_000_000_000n;
  const d = BigInt(divisor);
  return ns(Number((2n * BigInt(k) * n + d) / (2n * d)));
}

/**
 * Rate (Hz) at which the grids of several rates begin together again, exactly.
 * @param limit longest time (ns) between two such instants @returns undefined when it takes longer
 */
export function hyperRate(rates: readonly Rational[], limit: number): Rational | undefined {
  // The lcm of fractions a_i/b_i in lowest terms is lcm(a_i)/gcd(b_i); a period is den/num seconds.
  let num = 1n;
  let den = 0n;
  for (const rate of rates) {
    const a = BigInt(rate.den);
    num = (num * a) / gcd(num, a);
    den = gcd(BigInt(rate.num), den);
  }
  if (den === 0n || Number(num * 1_000_000_000n) / Number(den) > limit) return undefined;
  return rational(den, num);
}

/** The rate (Hz) whose period is a phase (ns) and one period of another rate. */
export const slowedBy = (rate: Rational, phase: number): Rational | undefined => {
  const [num, den] = [BigInt(rate.num), BigInt(rate.den)];
  return rational(1_000_000_000n * num, BigInt(Math.round(phase)) * num + 1_000_000_000n * den);
};
