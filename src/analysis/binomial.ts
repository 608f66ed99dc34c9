/**
 * The binomial distribution, exact to about 1e-10 for any n: P(X <= t) is a regularised incomplete beta function,
 * evaluated by Lentz's continued fraction (Numerical Recipes, 6.4).
 */

/** Lanczos approximation of ln Gamma(x), x > 0. */
function lnGamma(x: number): number {
  const C = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  let sum = C[0];
  for (let i = 1; i < 9; i++) sum += C[i] / (x + i - 1);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

const TINY = 1e-300;
const guard = (value: number): number => (Math.abs(value) < TINY ? TINY : value);

function continuedFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return h;
}

/** I_x(a, b) */
function betaRegularised(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * continuedFraction(a, b, x)) / a
    : 1 - (front * continuedFraction(b, a, 1 - x)) / b;
}

/** P(Bin(n, p) <= t) */
export function atMost(t: number, n: number, p: number): number {
  if (t < 0) return 0;
  if (t >= n) return 1;
  return betaRegularised(n - t, t + 1, 1 - p);
}

/** P(Bin(n, p) >= t) */
export function atLeast(t: number, n: number, p: number): number {
  if (t <= 0) return 1;
  if (t > n) return 0;
  return betaRegularised(t, n - t + 1, p);
}
