import { describe, expect, it } from 'vitest';
import { lagOneCorrelation } from './distribution.js';
import { missesOf } from './episodes.js';
import { gate } from './quantiles.js';
import { judgeMisses } from './verdict.js';

/** `....x` : a miss every fifth release. */
const run = (text: string): Uint8Array => Uint8Array.from(text, (c) => (c === 'x' ? 1 : 0));
const hits = (n: number): string => '.'.repeat(n);
const P99 = { ppm: 990_000, confidence: 0.95 };

describe('episodes of misses', () => {
  it.each([
    ['.....', [], 0],
    ['xx...x', [3], 2],
    [`x${hits(5)}x`, [2], 1],
    [`x${hits(6)}x`, [1, 1], 1],
    [`xxx${hits(10)}xx`, [3, 2], 3],
  ])('%s', (text, episodes, longest) => {
    expect(missesOf([run(text)])).toMatchObject({ n: text.length, episodes, longest });
  });

  it('do not cross runs', () => {
    expect(missesOf([run('..x'), run('x..')])).toEqual({ n: 6, misses: 2, episodes: [1, 1], longest: 1, together: 0 });
  });
});

describe('what misses say', () => {
  const spread = (misses: number, every: number) => run(`${hits(every - 1)}x`.repeat(misses));
  const table: [what: string, missed: Uint8Array, correlation: number, expected: object][] = [
    ['nothing released', run(''), 0, { verdict: 'inconclusive' }],
    ['none of 299', run(hits(299)), 0, { verdict: 'pass', bursts: 1 }],
    ['none of 298', run(hits(298)), 0, { verdict: 'inconclusive' }],
    ['none of 1000: three at once would not show', run(hits(1000)), 0, { verdict: 'pass', bursts: 3 }],
    ['none of 5000', run(hits(5000)), 0, { verdict: 'pass', bursts: 16 }],
    ['none of 1000, where neighbours correlate', run(hits(1000)), 0.8, { verdict: 'inconclusive' }],
    ['all, with a backlog that correlates', run('x'.repeat(1000)), 1, { verdict: 'fail' }],
    ['all but the first three: a backlog', run(`...${'x'.repeat(997)}`), 1, { verdict: 'fail' }],
    ['one stall of ten in a thousand', run(hits(990) + 'x'.repeat(10)), 0, { verdict: 'inconclusive' }],
    ['one stall of 300 in a thousand', run(hits(700) + 'x'.repeat(300)), 0, { verdict: 'fail' }],
    ['alone, 20 of 500', spread(20, 25), 0, { verdict: 'fail' }],
    ['every second of 500, so that their episodes run into each other', spread(250, 2), 0, { verdict: 'fail' }],
    ['alone, 1 of 1000', spread(1, 1000), 0, { verdict: 'pass' }],
  ];
  it.each(table)('%s', (_, missed, correlation, expected) => {
    expect(judgeMisses(missesOf([missed]), correlation, P99)).toMatchObject(expected);
  });

  it('a few misses in one episode pass a limit that even many such episodes would keep', () => {
    const missed = missesOf([run(`${hits(200)}xxx${hits(37)}`)]);
    expect(judgeMisses(missed, 0, { ppm: 900_000, confidence: 0.95 }).verdict).toBe('pass');
    expect(judgeMisses(missed, 0.97, { ppm: 900_000, confidence: 0.95 }).verdict).toBe('inconclusive');
    expect(judgeMisses(missed, 0, P99).verdict).toBe('inconclusive');
  });

  it('repetitions count together', () => {
    const runs = Array.from({ length: 3 }, () => run(hits(100)));
    expect(judgeMisses(missesOf(runs), 0, P99).verdict).toBe('pass');
    expect(judgeMisses(missesOf(runs.slice(1)), 0, P99).verdict).toBe('inconclusive');
  });

  it('a pass holds for the bursts that are asked for, or there is none', () => {
    const none = missesOf([run(hits(1000))]);
    expect(judgeMisses(none, 0, { ...P99, burst: 3 }).verdict).toBe('pass');
    expect(judgeMisses(none, 0, { ...P99, burst: 4 })).toMatchObject({ verdict: 'inconclusive', bursts: 3 });
  });

  it('few episodes promise nothing, and say so', () => {
    const { reason } = judgeMisses(missesOf([run(hits(990) + 'x'.repeat(10))]), 0, P99);
    expect(reason).toContain('10 misses came in 1 episode, too few to promise');
  });
});

it.each([
  [1, 1, 950_000, 0.95, 'fail'],
  [1, 1, 900_000, 0.9, 'fail'],
  [1, 1, 990_000, 0.99, 'fail'],
  [2, 2, 900_000, 0.99, 'fail'],
  [1, 0, 50_000, 0.95, 'pass'],
] as const)('decides the tie of %i jobs, %i over p%i at %f', (n, t, ppm, confidence, verdict) => {
  expect(gate(n, t, ppm, confidence)).toBe(verdict);
});

it('correlates each run around its own mean', () => {
  const low = Float64Array.from({ length: 50 }, (_, i) => i % 2);
  const high = low.map((v) => v + 100);
  expect(lagOneCorrelation(low, high)).toBeCloseTo(lagOneCorrelation(low), 6);
  expect(lagOneCorrelation(new Float64Array(10).fill(1))).toBe(0);
});
