/**
 * Misses come in episodes: a stall or a slow phase costs many jobs at once, and promises nothing about how often that
 * happens. Counted over all releases in order, drops included.
 */

/** Misses with at most this many hits between them belong to one episode. */
export const SAME_EPISODE_HITS = 5;

/** Misses of one or more runs; episodes do not cross runs. */
export interface Misses {
  /** Releases. */
  readonly n: number;
  readonly misses: number;
  /** Misses of each episode. */
  readonly episodes: readonly number[];
  /** Most misses in a row. */
  readonly longest: number;
  /** Misses right behind a miss. */
  readonly together: number;
}

/** @param runs per run: 1 for a miss, 0 for a hit, in the order of the releases */
export function missesOf(runs: readonly Uint8Array[]): Misses {
  const episodes: number[] = [];
  let n = 0;
  let misses = 0;
  let longest = 0;
  let together = 0;
  for (const run of runs) {
    let last = Number.NEGATIVE_INFINITY;
    let row = 0;
    for (let i = 0; i < run.length; i++) {
      row = run[i] === 1 ? row + 1 : 0;
      if (row === 0) continue;
      misses++;
      if (row > 1) together++;
      longest = Math.max(longest, row);
      if (i - last > SAME_EPISODE_HITS + 1) episodes.push(1);
      else episodes[episodes.length - 1]++;
      last = i;
    }
    n += run.length;
  }
  return { n, misses, episodes, longest, together };
}

/** Mean size of the episode that a miss is in; 1 where misses come alone. */
export function meanEpisode({ misses, episodes }: Misses): number {
  return misses === 0 ? 1 : episodes.reduce((sum, s) => sum + s * s, 0) / misses;
}
