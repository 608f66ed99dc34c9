/** Was the generator itself on time? A run whose releases were late says nothing about deadlines. */
import { periodOf } from '../base/rational.js';
import { toMs } from '../base/units.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { releaseErrors, type TaskJobs } from './jobs.js';
import { licensedFrom, nearestRank } from './quantiles.js';

const P99 = 990_000;
const SHARE_OF_PERIOD = 0.05;

/** Invalid when p99 of the release error is over 5 % of the smallest period, or any is over its own period. */
export function validity(scenario: ScenarioSpec, parts: readonly TaskJobs[]): { valid: boolean; reason?: string } {
  const periods = scenario.tasks.map(({ release }) =>
    'rate' in release ? periodOf(release.rate) : Number.POSITIVE_INFINITY,
  );
  const smallest = Math.min(...periods);
  if (smallest === Number.POSITIVE_INFINITY) return { valid: true };
  const errors = parts.map(releaseErrors);
  for (let i = 0; i < parts.length; i++) {
    const worst = errors[i].reduce((a, b) => Math.max(a, b), 0);
    if (worst > periods[i]) {
      return {
        valid: false,
        reason: `generator_overloaded: a release of ${scenario.tasks[i].name} was made ${toMs(worst)} ms late, more than its period of ${toMs(periods[i])} ms`,
      };
    }
  }
  const timed = errors.filter((_, i) => periods[i] < Number.POSITIVE_INFINITY);
  const all = new Float64Array(timed.reduce((sum, e) => sum + e.length, 0));
  let at = 0;
  for (const e of timed) {
    all.set(e, at);
    at += e.length;
  }
  if (all.length < licensedFrom(P99)) return { valid: true };
  const p99 = all.sort()[nearestRank(all.length, P99) - 1];
  if (p99 <= SHARE_OF_PERIOD * smallest) return { valid: true };
  return {
    valid: false,
    reason: `generator_overloaded: p99 of the release error is ${toMs(p99)} ms, more than 5 % of the smallest period (${toMs(smallest)} ms)`,
  };
}
