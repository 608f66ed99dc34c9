/** How misses follow each other: what a controller feels, as it fails by ten misses in a row and not by one per cent. */

import { atLeast, atMost } from './binomial.js';
import type { Misses } from './episodes.js';
import { meanEpisode } from './episodes.js';

/** Most misses in any `length` consecutive releases (weakly hard: at most m of any k); of all of them where there are fewer. */
export function worstWindow(runs: readonly Uint8Array[], length: number): number {
  let worst = 0;
  for (const run of runs) {
    let inside = 0;
    for (let i = 0; i < run.length; i++) {
      inside += run[i] - (i >= length ? run[i - length] : 0);
      if (inside > worst) worst = inside;
    }
  }
  return worst;
}

/**
 * Exact two-sided interval of the miss ratio (Clopper and Pearson, 1934) among as many releases as count: misses that come
 * together count as one.
 */
export function missInterval(found: Misses, confidence = 0.95): [low: number, high: number] | undefined {
  const effect = Math.max(1, meanEpisode(found));
  const n = Math.floor(found.n / effect);
  const misses = Math.round(found.misses / effect);
  if (n < 1) return undefined;
  const half = (1 - confidence) / 2;
  return [
    misses === 0 ? 0 : bisect((p) => atLeast(misses, n, p) < half),
    misses >= n ? 1 : bisect((p) => atMost(misses, n, p) > half),
  ];
}

/** Where a condition that holds at 0 ceases to hold. */
function bisect(holds: (p: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
