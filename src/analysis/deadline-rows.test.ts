import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TaskSpec } from '../formats/pipeline/types.js';
import type { JobTable } from '../formats/recording/jobs.js';
import { DEADLINE_BINS } from '../formats/report/deadline-rows.js';
import { deadlineBins } from './deadline-bins.js';
import type { TaskJobs } from './jobs.js';

const DEADLINE = 20_000_000;

/** Jobs released every 100 ms, by their response in ns; NaN is one that was dropped. */
function partOf(responses: readonly number[]): TaskJobs {
  const release = Float64Array.from(responses, (_, i) => i * 1e8);
  const jobs = {
    length: responses.length,
    release,
    nominal: release,
    complete: Float64Array.from(responses, (r, i) => i * 1e8 + r),
    outcome: Uint8Array.from(responses, (r) => (Number.isNaN(r) ? 3 : 1)),
  } as unknown as JobTable;
  const task = { name: 'a', deadline: DEADLINE, deadlineAnchor: 'release' } as unknown as TaskSpec;
  return { jobs, task, first: 0, from: 0, to: responses.length, end: responses.length };
}

it('a job at its deadline is left of the line, one behind it is right', () => {
  const { deadline_bins: bins = [] } = deadlineBins(partOf([DEADLINE, DEADLINE + 1, 1, Number.NaN, 1e12]));
  expect(bins[19]).toBe(1);
  expect(bins[20]).toBe(1);
  expect(bins[0]).toBe(1);
  expect(bins[DEADLINE_BINS - 1]).toBe(1);
  expect(bins.reduce((a, b) => a + b, 0)).toBe(4);
});

it('counts every completed job once, and as many behind the line as are late', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer({ min: 1, max: 6 * DEADLINE }), fc.constant(Number.NaN))), (list) => {
      const bins = deadlineBins(partOf(list)).deadline_bins ?? [];
      const done = list.filter((r) => !Number.isNaN(r));
      expect(bins.reduce((a, b) => a + b, 0)).toBe(done.length);
      expect(bins.slice(20).reduce((a, b) => a + b, 0)).toBe(done.filter((r) => r > DEADLINE).length);
    }),
  );
});
