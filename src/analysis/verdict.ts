/**
 * "At most this share of the releases misses" -> pass, fail or inconclusive. Misses that come together count as fewer:
 * by the size of their episodes, and by the correlation of neighbouring responses for what no miss has shown yet.
 */
import { round } from '../base/units.js';
import { type Misses, meanEpisode } from './episodes.js';
import { type GateVerdict, gate, samplesNeeded } from './quantiles.js';

const MILLION = 1_000_000;
/** Below this, the correlation of neighbours is not told from none. */
const CORRELATED = 0.2;
/** From this mean size on, misses come in episodes. */
const CLUSTERED = 1.5;
/** With fewer episodes nothing is promised of how often they come. */
const FEW_EPISODES = 5;
/** From so many on, their number adds no doubt of its own. */
const MANY_EPISODES = 30;
/** Share of misses that refutes any limit. */
const NEARLY_ALL = 0.9;
/** From so many times the limit on, episodes that run into each other are told apart by the correlation of misses. */
const CLEARLY_ABOVE = 2;
/** By which the effect of that correlation is taken for larger than it was seen. */
const CAUTION = 2;
/** So far above the limit, even few episodes refute it. */
const FAR_ABOVE = 3;

/** What a number of misses says, and for which bursts. */
export interface Judgement {
  readonly verdict: GateVerdict;
  readonly reason?: string;
  /** A pass holds as long as misses come in bursts of at most so many jobs: no run can show what did not occur in it. */
  readonly bursts?: number;
}

/** What is required. */
export interface Limit {
  /** Share that must not miss, parts per million. */
  readonly ppm: number;
  readonly confidence: number;
  /** Longest burst for which a pass must hold. */
  readonly burst?: number;
}

/** How many neighbouring jobs count as one. @param correlation of responses with those one job later */
export const correlationEffect = (correlation: number): number =>
  correlation > CORRELATED && correlation < 1 ? (1 + correlation) / (1 - correlation) : 1;

/** @param correlation of the completed responses, lag one */
export function judgeMisses(found: Misses, correlation: number, limit: Limit): Judgement {
  const { n, misses, episodes } = found;
  if (n === 0) return { verdict: 'inconclusive', reason: 'no job was released in the measured window' };
  if (limit.ppm >= MILLION)
    return misses > 0
      ? { verdict: 'fail' }
      : { verdict: 'inconclusive', reason: 'no number of samples can show that a miss never happens' };
  if (misses / n >= hopeless(limit) || isFarAbove(found, limit)) return { verdict: 'fail' };
  const size = meanEpisode(found);
  const few = misses > 0 && size > CLUSTERED && episodes.length < FEW_EPISODES;
  if (few) return judgeFew(found, correlation, limit);
  const byEpisodes = size > 1 && episodes.length < MANY_EPISODES ? size * (1 + 1 / episodes.length) : size;
  const byResponses = correlationEffect(correlation);
  const effect = Math.max(byEpisodes, byResponses);
  const { ppm, confidence } = limit;
  const counted = Math.floor(n / effect);
  const over = Math.ceil(misses / effect);
  const note = noteOf(
    n,
    counted,
    byEpisodes >= byResponses
      ? `misses come ${round(size, 1)} at a time`
      : `neighbours correlate (${round(correlation, 2)})`,
  );
  if (gate(counted, over, ppm, confidence) === 'pass') return passed(found, limit, note);
  if (misses > 0 && gate(Math.floor(n / byEpisodes), Math.floor(misses / byEpisodes), ppm, confidence) === 'fail')
    return { verdict: 'fail', ...(effect > 1 && note ? { reason: note } : {}) };
  const needed = Math.ceil(samplesNeeded(ppm, confidence, over) * effect);
  return {
    verdict: 'inconclusive',
    reason:
      misses === 0
        ? `no miss in ${note ?? `${n} jobs`} is too little to show it; ${needed} jobs would`
        : `${note ?? `${n} jobs`}; with ${over} over the limit that neither shows nor refutes it, ${needed} jobs would show it`,
  };
}

/**
 * However misses depend on each other, at most mean / s of all runs have a share of s or more (Markov), so a share of
 * (1 - p) / (1 - c) refutes the limit. A run that misses nearly all of its jobs refutes any.
 */
const hopeless = ({ ppm, confidence }: Limit): number =>
  Math.min(NEARLY_ALL, (1 - ppm / MILLION) / Math.max(1 - confidence, 1e-9));

const noteOf = (n: number, counted: number, why: string): string | undefined =>
  counted === n ? undefined : `${n} jobs count as ${counted}, because ${why}`;

function passed(found: Misses, limit: Limit, note: string | undefined): Judgement {
  const bursts = largestBurst(found, limit);
  if (limit.burst !== undefined && bursts < limit.burst)
    return {
      verdict: 'inconclusive',
      bursts,
      reason: `this holds for bursts of up to ${bursts} missed jobs, and bursts of ${limit.burst} are asked for; more jobs would show it`,
    };
  return { verdict: 'pass', bursts, ...(note ? { reason: note } : {}) };
}

/** Too few episodes to tell how often they come: only what no chance explains is a fail, or a pass. */
function judgeFew(found: Misses, correlation: number, limit: Limit): Judgement {
  const { n, misses, episodes } = found;
  const { ppm, confidence } = limit;
  const count = episodes.length;
  // However many more of them chance had left out, each as large as the largest: still within the limit.
  const most = (poissonUpper(count, 1 - confidence) * Math.max(...episodes)) / n;
  const dependent = correlationEffect(correlation);
  const shown = gate(Math.floor(n / dependent), Math.ceil(misses / dependent), ppm, confidence) === 'pass';
  if (shown && most <= 1 - ppm / MILLION) return passed(found, limit, undefined);

  const least = (poissonLower(count, (1 - confidence) / 2) * (misses / count)) / n;
  const came = `${misses} misses came in ${count} episode${count === 1 ? '' : 's'}`;
  if (least > FAR_ABOVE * (1 - ppm / MILLION)) return { verdict: 'fail', reason: came };
  return { verdict: 'inconclusive', reason: `${came}, too few to promise how often that happens; measure longer` };
}

/** Largest B for which the limit is shown when every B jobs count as one. */
function largestBurst({ n, misses }: Misses, { ppm, confidence }: Limit): number {
  for (let b = Math.floor(n / samplesNeeded(ppm, confidence, 0)); b > 1; b--)
    if (gate(Math.floor(n / b), Math.ceil(misses / b), ppm, confidence) === 'pass') return b;
  return 1;
}

/** Misses so many that their episodes run into each other: how each depends on the next tells how many count. */
function isFarAbove({ n, misses, together }: Misses, { ppm, confidence }: Limit): boolean {
  const share = misses / n;
  if (share < CLEARLY_ABOVE * (1 - ppm / MILLION) || share >= 1) return false;
  const correlation = (together / misses - share) / (1 - share);
  const effect = Math.max(1, (CAUTION * (1 + correlation)) / Math.max(1e-6, 1 - correlation));
  return gate(Math.floor(n / effect), Math.floor(misses / effect), ppm, confidence) === 'fail';
}

/** Largest mean of a Poisson variable for which `count` or fewer has at least this probability. */
function poissonUpper(count: number, probability: number): number {
  let low = count;
  let high = 4 * count + 20;
  for (let i = 0; i < 60; i++) {
    const mean = (low + high) / 2;
    let term = Math.exp(-mean);
    let up = 0;
    for (let k = 0; k <= count; k++) {
      up += term;
      term *= mean / (k + 1);
    }
    if (up > probability) low = mean;
    else high = mean;
  }
  return high;
}

/** Smallest mean of a Poisson variable for which `count` or more has at least this probability. */
function poissonLower(count: number, probability: number): number {
  let low = 0;
  let high = count;
  for (let i = 0; i < 60; i++) {
    const mean = (low + high) / 2;
    let term = Math.exp(-mean);
    let below = 0;
    for (let k = 0; k < count; k++) {
      below += term;
      term *= mean / (k + 1);
    }
    if (1 - below < probability) low = mean;
    else high = mean;
  }
  return low;
}
