import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../base/problem.js';
import { decodeJobs, decodeSeries, encodeJobs, encodeSeries } from './arrow.js';
import { type JobTable, rowsOf, STAMPS } from './jobs.js';

function table(counts: number[]): JobTable {
  const n = counts.reduce((a, b) => a + b, 0);
  const task = Uint16Array.from(counts.flatMap((c, i) => new Array<number>(c).fill(i)));
  const stamps = Object.fromEntries(
    STAMPS.map((s, k) => [s, Float64Array.from({ length: n }, (_, i) => (k > 5 ? Number.NaN : i * 1e9 + k))]),
  ) as Record<(typeof STAMPS)[number], Float64Array>;
  return {
    length: n,
    tasks: counts.map((_, i) => `t${i}`),
    task,
    seq: Uint32Array.from({ length: n }, (_, i) => i),
    outcome: new Uint8Array(n).fill(1),
    parent: new Int32Array(n).fill(-1),
    ...stamps,
  };
}

describe('Arrow files', () => {
  it('give back what was written', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }), (counts) => {
        const jobs = table(counts);
        const back = decodeJobs(encodeJobs(jobs), 'jobs.arrow');
        for (const key of ['length', 'tasks', 'task', 'seq', 'outcome', 'parent', ...STAMPS] as const)
          expect(back[key], key).toEqual(jobs[key]);
        counts.forEach((c, i) => {
          const { from, to } = rowsOf(jobs, i);
          if (c > 0) expect([from, to - from]).toEqual([counts.slice(0, i).reduce((a, b) => a + b, 0), c]);
          else expect(to - from).toBe(0);
        });
      }),
      { numRuns: 40 },
    );
    const series = [
      { name: 'cpu.0', unit: 'percent', source: 'linux', time: Float64Array.of(1, 2), value: Float64Array.of(3, 4) },
      { name: 'ram_used', unit: 'bytes', source: 'linux', time: Float64Array.of(1), value: Float64Array.of(5) },
    ];
    expect(decodeSeries(encodeSeries(series), 's')).toEqual(series);
    expect(decodeSeries(encodeSeries([]), 's')).toEqual([]);
  });
  it('say what is wrong with other files', () => {
    const whole = encodeJobs(table([3]));
    for (const bytes of [
      new Uint8Array(0),
      new TextEncoder().encode('hello'),
      whole.subarray(0, 40),
      encodeSeries([]),
    ]) {
      expect(() => decodeJobs(bytes, 'x.arrow')).toThrow(ProblemError);
    }
  });
});
