/** What robots fail by: runs of misses, blackouts, chains; on the virtual clock, judged from the jobs alone. */
import { describe, expect, it } from 'vitest';
import { MS, pipeline } from '../../test/jobs.js';
import { assembleJobs } from '../workload/assemble.js';
import { simulate } from '../workload/simulate.js';
import { missesOf } from './episodes.js';
import { missInterval, worstWindow } from './miss-pattern.js';
import { judgeJobs } from './scenario.js';

const judged = (body: string, requirements: string[], services: ((k: number) => number)[]) => {
  const spec = pipeline(body, `requirements: [ ${requirements.map((r) => `{ ${r} }`).join(', ')} ]\n`);
  const [scenario] = spec.scenarios;
  const run = simulate(
    scenario,
    services.map((service) => ({ service: (k) => service(k) * MS, engine: 'cpu', contention: 0 })),
  );
  const jobs = assembleJobs(
    scenario.tasks.map((t) => t.name),
    run.columns,
  );
  return judgeJobs(scenario, jobs, { from: run.measureFrom, to: run.measureTo }, spec.requirements);
};

describe('one task', () => {
  /** One job of 65 ms in fifty costs three misses in a row: itself and what it lets wait. */
  const body = 'warmup: 0 s, duration: 20 s, tasks: [ { model: a, period: 20 ms, overrun: skip } ]';
  const spike = (k: number): number => (k % 50 === 10 ? 65 : 3);
  it.each([
    ['task: a, metric: consecutive_misses, max: 4', 'pass', { in_a_row: 4 }],
    ['task: a, metric: consecutive_misses, max: 3', 'fail', { in_a_row: 4 }],
    ['task: a, metric: misses_in_window, window: 20, max: 4', 'pass', { worst_window: 4 }],
    ['task: a, metric: misses_in_window, window: 60, max: 7', 'fail', { worst_window: 8 }],
    ['task: a, metric: blackout, max: 90 ms', 'pass', { blackout_ms: 82 }],
    ['task: a, metric: blackout, max: 80 ms', 'fail', { blackout_ms: 82 }],
    ['task: a, metric: start_jitter, max: 1 ms', 'pass', { start_jitter_ms: 0 }],
    ['task: a, metric: age, quantile: max, max: 50 ms', 'fail', { max_ms: 85 }],
    ['task: a, metric: response, quantile: p80, max: 20 ms', 'pass', { slack_ms: 17 }],
    ['task: a, metric: response, quantile: p99, max: 20 ms', 'fail', { in_a_row: 4 }],
  ])('%s: %s', (requirement, verdict, measured) => {
    const { requirements } = judged(body, [requirement], [spike]);
    expect(requirements).toMatchObject([{ verdict, measured }]);
  });

  it('how misses follow each other stands in the report', () => {
    const [{ report }] = judged(body, [], [spike]).tasks;
    expect(report.miss_pattern).toMatchObject({ in_a_row: 4, episodes: 20, worst_of_10: 4, worst_of_100: 8 });
    expect(report.effective_response_ms).toMatchObject({ p50: 3, p95: 'inf' });
    expect(report).toMatchObject({ start_jitter_ms: 0, blackout_ms: 82, data_age_mean_ms: expect.any(Number) });
  });
});

describe('chains', () => {
  const join =
    'warmup: 0 s, duration: 20 s, chains: { left: [a, b, d] }, tasks: [ { model: a, period: 100 ms }, { model: b, after: a }, { model: c, after: a }, { model: d, after: [b, c] } ]';
  const services = [() => 2, () => 5, () => 40, () => 3];
  it('are followed through every parent of a join, with the age of the oldest input', () => {
    const { requirements } = judged(
      join,
      [
        'chain: left, metric: reaction, quantile: p50, max: 45 ms, confidence: 90 %',
        'chain: a > c > d, metric: age, quantile: max, max: 40 ms',
        'chain: "a>b>d", metric: miss_ratio, max: 10 %',
      ],
      services,
    );
    expect(requirements.map((r) => [r.text, r.verdict])).toEqual([
      ['s/left reaction p50 <= 45 ms @ 90 %', 'pass'],
      ['s/a > c > d age max <= 40 ms', 'fail'],
      ['s/a>b>d miss_ratio <= 10 % @ 95 %', 'pass'],
    ]);
    expect(requirements[0].measured).toMatchObject({ p50_ms: 45, n: 200 });
  });

  it('a join of two sensors: each path has its own reaction, the output the age of its oldest input', () => {
    const { requirements } = judged(
      'warmup: 0 s, duration: 10 s, tasks: [ { model: a, period: 100 ms }, { model: b, period: 30 ms }, { model: c, after: [a, b] } ]',
      ['chain: a > c, metric: reaction, quantile: max, max: 1 s', 'chain: b > c, metric: age, quantile: max, max: 1 s'],
      [() => 10, () => 5, () => 4],
    );
    // a is released every 100 ms and waits for the next result of b; what b gave meanwhile is not missed.
    const [a, b] = requirements.map((r) => Number(r.measured.max_ms));
    expect(requirements.map((r) => r.verdict)).toEqual(['pass', 'pass']);
    expect(a).toBeLessThanOrEqual(10 + 30 + 5 + 4);
    expect(b).toBeLessThanOrEqual(5 + 100 + 4);
  });
});

it('the worst window, and the exact interval of a ratio', () => {
  const run = (text: string) => Uint8Array.from(text, (c) => (c === 'x' ? 1 : 0));
  expect(worstWindow([run('xx..x...xxx')], 4)).toBe(3);
  expect(worstWindow([run('xx')], 10)).toBe(2);
  // Clopper and Pearson, 5 of 100: 1.643 % to 11.283 %.
  const alone = missesOf([run(`${'.'.repeat(18)}x.`.repeat(5))]);
  const [low, high] = missInterval(alone) ?? [0, 0];
  expect(low).toBeCloseTo(0.016432, 6);
  expect(high).toBeCloseTo(0.112835, 6);
  expect(missInterval(missesOf([run('.'.repeat(100))]))?.[0]).toBe(0);
  // Ten at once count as one.
  const [, wide] = missInterval(missesOf([run(`${'x'.repeat(10)}${'.'.repeat(90)}`)])) ?? [0, 0];
  expect(wide).toBeGreaterThan(0.4);
});
