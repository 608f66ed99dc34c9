// How often a verdict is wrong: p99 and p90 <= limit at 95 %, for misses that come alone, in bursts and in stalls. Seeded;
// the product's own judgement. A pass is wrong where 1.05 % (10.5 %) of the releases miss, a fail where 0.95 % (9.5 %) do.
import { lagOneCorrelation } from '../dist/analysis/distribution.js';
import { missesOf } from '../dist/analysis/episodes.js';
import { judgeMisses } from '../dist/analysis/verdict.js';
import { round } from './support.mjs';

const RUNS = Number(process.env.RUNS ?? 400);
const SIZES = [500, 1000, 5000];
const LIMITS = [
  { name: 'p99', allowed: 0.01, ppm: 990_000, confidence: 0.95 },
  { name: 'p90', allowed: 0.1, ppm: 900_000, confidence: 0.95 },
];

function generator(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const geometric = (random, p) => Math.max(1, Math.ceil(Math.log(1 - random()) / Math.log(1 - p)));

/** Smallest x with P(N(0, 1) <= x) >= p, by bisection on the error function of Abramowitz and Stegun 7.1.26. */
function normalQuantile(p) {
  const below = (x) => {
    const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
    const poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    const erf = 1 - poly * Math.exp((-x * x) / 2);
    return x >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
  };
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (below(middle) < p) low = middle;
    else high = middle;
  }
  return high;
}

/** Each gives the responses of completed jobs and, per release, whether it missed. */
const independent = (n, share, random) => {
  const x = Float64Array.from({ length: n }, () => -Math.log(1 - random()));
  return { responses: x, missed: Uint8Array.from(x, (v) => (v > -Math.log(share) ? 1 : 0)) };
};
const autoregressive = (phi) => (n, share, random) => {
  const limit = normalQuantile(1 - share);
  const x = new Float64Array(n);
  let last = normal(random);
  for (let i = 0; i < n; i++) x[i] = last = phi * last + Math.sqrt(1 - phi * phi) * normal(random);
  return { responses: x, missed: Uint8Array.from(x, (v) => (v > limit ? 1 : 0)) };
};
const bursts = (length, noisy) => (n, share, random) => {
  const responses = new Float64Array(n);
  const missed = new Uint8Array(n);
  const [leave, enter] = [1 / length, share / (1 - share) / length];
  let slow = random() < share;
  for (let k = 0; k < n; slow = !slow) {
    for (let left = geometric(random, slow ? leave : enter); left > 0 && k < n; left--, k++) {
      const quiet = noisy ? (random() < 0.5 ? 5 : 18) : 10;
      responses[k] = slow ? 21 : quiet + 0.3 * normal(random);
      missed[k] = slow ? 1 : 0;
    }
  }
  return { responses, missed };
};
const stalls = (drops) => (n, share, random) => {
  const p = share / (drops + 1) / (1 - share);
  const missed = new Uint8Array(n);
  const responses = [];
  for (let k = 0; k < n; k++) {
    if (random() >= p) {
      responses.push(5 + 0.5 * normal(random));
      continue;
    }
    responses.push(50);
    missed.fill(1, k, k + drops + 1);
    k += drops;
  }
  return { responses: Float64Array.from(responses), missed };
};
/** Name, process, and how many misses come together; a pass is held to what it says of bursts. */
const PROCESSES = [
  ['independent', independent, 1],
  ...[0.3, 0.6, 0.9, 0.97].map((phi) => [`AR(1) ${phi}`, autoregressive(phi), 1]),
  ['bursts of 5, quiet', bursts(5, false), 5],
  ['bursts of 30, quiet', bursts(30, false), 30],
  ['bursts of 5 under noise', bursts(5, true), 5],
  ['bursts of 30 under noise', bursts(30, true), 30],
  ['stall of 10 (9 dropped)', stalls(9), 10],
  ['stall of 50 (49 dropped)', stalls(49), 50],
];

export function coverage() {
  return LIMITS.flatMap((limit) =>
    PROCESSES.flatMap((process, index) => SIZES.map((n) => cell(limit, process, index, n))),
  );
}

function cell({ name: quantile, allowed, ...limit }, [name, draw, together], index, n) {
  const random = generator(index * 7919 + n);
  const part = (times, counts) => {
    let found = 0;
    for (let run = 0; run < RUNS; run++) {
      const { responses, missed } = draw(n, times * allowed, random);
      if (counts(judgeMisses(missesOf([missed]), lagOneCorrelation(responses), limit))) found++;
    }
    return found / RUNS;
  };
  const percent = (value) => `${round(value * 100, 1)} %`;
  const pass = part(1.05, (j) => j.verdict === 'pass' && j.bursts >= together);
  const fail = part(0.95, (j) => j.verdict === 'fail');
  const hopeless = part(5, (j) => j.verdict === 'fail');
  const good = part(0.1, (j) => j.verdict === 'pass');
  return {
    name: `wrong verdicts of ${quantile}, ${name}, n = ${n}`,
    measured: `pass ${percent(pass)}, fail ${percent(fail)}`,
    limit: 'at most 5 %',
    // What chance alone adds to 5 % in so many runs, one time in a thousand.
    holds: Math.max(pass, fail) <= 0.05 + 3.1 * Math.sqrt((0.05 * 0.95) / RUNS),
    note: `fails at five times the limit: ${percent(hopeless)}; passes at a tenth of it: ${percent(good)}`,
  };
}
