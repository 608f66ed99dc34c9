/** Release times of a task: exact grid plus jitter, Poisson, or a trace. Functions of (seed, task, k) alone. */
import { exponential, normal3, streamOf, uniform } from '../base/random.js';
import { gridTime, periodOf } from '../base/rational.js';
import { NS_PER_S } from '../base/units.js';
import type { Jitter, Release } from '../formats/pipeline/types.js';

/** Offset (ns) of release k from its grid point; |offset| < period / 2, so that the order of releases is kept. */
export function jitterAt(jitter: Jitter | undefined, period: number, seed: number, stream: number, k: number): number {
  if (!jitter) return 0;
  const limit = Math.max(0, Math.ceil(period / 2) - 1);
  return Math.max(-limit, Math.min(limit, Math.round(draw(jitter, seed, stream, k))));
}

function draw(jitter: Jitter, seed: number, stream: number, k: number): number {
  switch (jitter.kind) {
    case 'uniform':
      return (2 * uniform(seed, stream, k) - 1) * jitter.half;
    case 'normal':
      return jitter.sigma * normal3(seed, stream, k);
    case 'empirical':
      return jitter.values[Math.floor(uniform(seed, stream, k) * jitter.values.length)];
  }
}

/** Most releases that can fall into [0, horizon) ns. */
export function releaseBound(release: Release, horizon: number): number {
  switch (release.kind) {
    case 'periodic':
      return Math.ceil((horizon * release.rate.num) / (NS_PER_S * release.rate.den)) + 2;
    case 'poisson': {
      const mean = (horizon * release.rate.num) / (NS_PER_S * release.rate.den);
      return Math.ceil(mean + 6 * Math.sqrt(mean) + 16);
    }
    case 'trace':
      return release.at.length;
    case 'after':
    case 'back-to-back':
      return 0;
  }
}

/**
 * Fills nominal and release (ns since the run origin) for every release before `horizon` and says how many there are.
 * No release lies before the origin.
 */
export function fillReleases(
  release: Release,
  task: string,
  seed: number,
  horizon: number,
  into: { nominal: Float64Array; release: Float64Array },
): number {
  const stream = streamOf(`release/${task}`);
  const capacity = into.release.length;
  let count = 0;
  const put = (nominal: number, at: number): boolean => {
    if (count >= capacity) return false;
    into.nominal[count] = nominal;
    into.release[count] = Math.max(0, at);
    count++;
    return true;
  };
  if (release.kind === 'periodic') {
    const period = periodOf(release.rate);
    for (let k = 0; ; k++) {
      const nominal = release.phase + gridTime(release.rate, k);
      if (nominal >= horizon || !put(nominal, nominal + jitterAt(release.jitter, period, seed, stream, k))) break;
    }
  } else if (release.kind === 'poisson') {
    const mean = periodOf(release.rate);
    let at: number = release.phase;
    for (let k = 0; ; k++) {
      at += Math.round(mean * exponential(seed, stream, k));
      if (at >= horizon || !put(at, at)) break;
    }
  } else if (release.kind === 'trace') {
    for (const at of release.at) if (at >= horizon || !put(at, at)) break;
  }
  return count;
}
