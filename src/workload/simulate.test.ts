import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePipeline } from '../formats/pipeline/parse.js';
import type { Overrun, ScenarioSpec } from '../formats/pipeline/types.js';
import { OUTCOMES } from '../formats/recording/jobs.js';
import { ROWS } from './columns.js';
import { simulate } from './simulate.js';

const MS = 1e6;
const vectors = JSON.parse(readFileSync('test/fixtures/scheduling-vectors.json', 'utf8'));

interface TaskText {
  name: string;
  period: number;
  overrun?: string;
  more?: string;
}

function scenario(mode: string, tasks: TaskText[], more: string): ScenarioSpec {
  const models = tasks.map((t) => `  ${t.name}: { backend: synthetic, build: { service: 1 ms } }`).join('\n');
  const list = tasks
    .map(
      (t) =>
        `      - { model: ${t.name}, period: ${t.period} ms, overrun: ${t.overrun ?? 'queue'}${t.more ? `, ${t.more}` : ''} }`,
    )
    .join('\n');
  const text = `version: 1\nname: t\nmodels:\n${models}\nscenarios:\n  s:\n    mode: ${mode}\n    warmup: 0 s\n    ${more}\n    tasks:\n${list}\n`;
  return parsePipeline(text, 'pipeline.yaml').scenarios[0];
}

const run = (spec: ScenarioSpec, services: number[][]) =>
  simulate(
    spec,
    services.map((list) => ({ service: (k: number) => list[k % list.length] * MS, engine: 'cpu', contention: 0 })),
  );

function rows(result: ReturnType<typeof simulate>, task: number) {
  const c = result.columns[task];
  return Array.from({ length: c.control[ROWS] }, (_, k) => ({
    k,
    release: c.release[k] / MS,
    start: c.start[k] / MS,
    complete: c.complete[k] / MS,
    dropped: c.dropped[k] / MS,
    outcome: OUTCOMES[c.outcome[k]],
    response: (c.complete[k] - c.release[k]) / MS,
  }));
}

const policyText = (policy: string, cap: number | null) => (policy === 'queue' ? `{ queue: ${cap ?? 1000} }` : policy);

it('releases at one instant come by priority, whoever has just completed', () => {
  const spec = scenario(
    'periodic',
    [
      { name: 'a', period: 20, more: 'priority: high' },
      { name: 'b', period: 20 },
    ],
    'duration: 21 ms',
  );
  // b runs twice as long beside a, so it ends at 20 ms, when both are released again: a goes first and finds nobody.
  const result = simulate(
    spec,
    [5, 10].map((ms) => ({ service: () => ms * MS, engine: 'gpu', contention: 1 })),
  );
  const lengths = [0, 1].map((task) => rows(result, task).map((r) => r.complete - r.start));
  expect(lengths).toEqual([
    [5, 5],
    [20, 20],
  ]);
});

describe('scheduling vectors', () => {
  for (const name of ['V1', 'V2'] as const) {
    const { period, service, cases } = vectors[name];
    for (const { policy, queue_cap: cap, jobs, released, completed, dropped } of cases) {
      it(`${name} ${policy}${cap === null ? '' : ` cap ${cap}`}`, () => {
        const last = policy === 'shift' ? jobs.at(-1).release + 1 : jobs.length * period;
        const spec = scenario(
          'periodic',
          [{ name: 'a', period, overrun: policyText(policy, cap) }],
          `duration: ${last} ms`,
        );
        const result = rows(run(spec, [service]), 0);
        expect(result.length).toBe(released);
        expect(result.filter((r) => r.outcome === 'completed').length).toBe(completed);
        expect(result.filter((r) => !['completed', 'in_flight'].includes(r.outcome)).length).toBe(dropped);
        for (const job of jobs) {
          const row = result[job.k];
          expect(row.release).toBe(job.release);
          if (job.drop)
            expect({ outcome: row.outcome, at: row.dropped }).toEqual({ outcome: job.drop, at: job.t_drop });
          else expect([row.start, row.complete, row.response]).toEqual([job.start, job.complete, job.response]);
        }
      });
    }
  }
});

describe('V3: modes', () => {
  const A = { name: 'a', period: 10 };
  const B = { name: 'b', period: 25 };
  const starts = (r: ReturnType<typeof rows>) => r.map((x) => [x.start, x.complete]);

  it('sync', () => {
    const result = run(scenario('sync', [A, B], 'iterations: 3'), [[4], [6]]);
    expect(starts(rows(result, 0))).toEqual([
      [0, 4],
      [10, 14],
      [20, 24],
    ]);
    expect(starts(rows(result, 1))).toEqual([
      [4, 10],
      [14, 20],
      [24, 30],
    ]);
    expect(rows(result, 1)[0].response).toBe(10);
  });
  it('async', () => {
    const result = run(scenario('async', [A, B], 'duration: 24 ms'), [[4], [6]]);
    expect(rows(result, 0).map((r) => r.complete)).toEqual([4, 8, 12, 16, 20, 24]);
    expect(rows(result, 1).map((r) => r.complete)).toEqual([6, 12, 18, 24]);
  });
  it('async with a number of jobs keeps the faster task running until the slower has them', () => {
    const result = run(scenario('async', [A, B], 'iterations: 4'), [[4], [6]]);
    expect(rows(result, 1).length).toBeGreaterThanOrEqual(4);
    expect(rows(result, 0).at(-1)?.complete).toBeGreaterThanOrEqual(24);
  });
  it('async-iteration', () => {
    const result = run(scenario('async-iteration', [A, B], 'iterations: 3'), [[4], [6]]);
    expect(starts(rows(result, 0))).toEqual([
      [0, 4],
      [6, 10],
      [12, 16],
    ]);
    expect(starts(rows(result, 1))).toEqual([
      [0, 6],
      [6, 12],
      [12, 18],
    ]);
  });
  it('periodic-iteration', () => {
    const result = run(scenario('periodic-iteration', [A, B], 'iterations: 2'), [[4], [6]]);
    expect(starts(rows(result, 0))).toEqual([
      [0, 4],
      [25, 29],
    ]);
    expect(starts(rows(result, 1))).toEqual([
      [0, 6],
      [25, 31],
    ]);
    expect(result.columns[0].complete[1] - result.columns[0].nominal[1]).toBe(19 * MS);
  });
  it('periodic-iteration with a window', () => {
    const result = run(scenario('periodic-iteration', [A, B], 'iteration: window\n    iterations: 2'), [[4], [6]]);
    expect(rows(result, 0).map((r) => r.release)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(rows(result, 1).map((r) => r.release)).toEqual([0, 25, 50, 75]);
  });
  it('the length of a window is never rounded and added up', () => {
    const text = `version: 1
name: t
models: { a: { backend: synthetic, build: { service: 1 ms } } }
scenarios:
  s: { mode: periodic-iteration, iteration: window, warmup: 0 s, iterations: 3001, tasks: [ { model: a, rate: 30000/1001 Hz } ] }
`;
    const result = run(parsePipeline(text, 'p.yaml').scenarios[0], [[1]]);
    const { release } = result.columns[0];
    expect([release[1], release[2], release[3], release[3000]]).toEqual([
      33_366_667, 66_733_333, 100_100_000, 100_100_000_000,
    ]);
  });
  it('V3b: a job longer than the iteration', () => {
    const one = run(scenario('periodic-iteration', [A, B], 'iterations: 2'), [[4], [30]]);
    expect(rows(one, 1).map((r) => r.start)).toEqual([0, 30]);
    const rebase = run(scenario('periodic-iteration', [A, B], 'iteration: window\n    iterations: 2'), [[4], [30]]);
    expect(starts(rows(rebase, 1)).slice(0, 2)).toEqual([
      [0, 30],
      [30, 60],
    ]);
    expect(rows(rebase, 1)[1].response).toBe(35);
    expect(rows(rebase, 1)[2].release).toBe(60);
    const grid = run(
      scenario('periodic-iteration', [A, B], 'iteration: window\n    barrier: grid\n    iterations: 2'),
      [[4], [30]],
    );
    expect(rows(grid, 1).map((r) => [r.release, r.outcome])).toEqual([
      [0, 'completed'],
      [25, 'completed'],
      [50, 'barrier'],
      [75, 'barrier'],
      [100, 'completed'],
      [125, 'completed'],
    ]);
    const skip = run(
      scenario('periodic-iteration', [A, { ...B, overrun: 'skip' }], 'iteration: window\n    iterations: 2'),
      [[4], [30]],
    );
    expect(rows(skip, 1).map((r) => [r.release, r.outcome])).toEqual([
      [0, 'completed'],
      [25, 'busy'],
      [50, 'completed'],
      [75, 'busy'],
    ]);
  });
  it('periodic', () => {
    const result = run(scenario('periodic', [A, B], 'duration: 51 ms'), [[4], [6]]);
    expect(rows(result, 0).map((r) => r.release)).toEqual([0, 10, 20, 30, 40, 50]);
    expect(rows(result, 1).map((r) => r.release)).toEqual([0, 25, 50]);
  });
});

describe('ends and barriers', () => {
  it('counts releases that a job which never ends has kept waiting', () => {
    const spec = scenario(
      'periodic',
      [{ name: 'a', period: 1000, overrun: '{ queue: 5 }', more: 'deadline: 100 ms' }],
      'duration: 10 s',
    );
    const outcomes = rows(run(spec, [[25_000]]), 0).map((r) => r.outcome);
    expect(outcomes.length).toBe(10);
    expect(outcomes.filter((o) => o === 'in_flight').length).toBe(6);
    expect(outcomes.filter((o) => o === 'queue_full').length).toBe(4);
  });
  it('wakes every worker when two finish an iteration at the same instant', () => {
    const spec = scenario(
      'periodic-iteration',
      [
        { name: 'a', period: 10 },
        { name: 'b', period: 10, more: 'phase: 5 ms' },
      ],
      'iterations: 4',
    );
    const result = run(spec, [[7], [2]]);
    expect(rows(result, 0).map((r) => r.start - r.release)).toEqual([0, 0, 0, 0]);
  });
  it('ends when the warm-up of a slow task has filled the recording of a fast one', () => {
    const spec = scenario(
      'async',
      [
        { name: 'a', period: 10 },
        { name: 'b', period: 10 },
      ],
      'iterations: 30',
    );
    const result = run({ ...spec, warmup: 3e9 as never, steady: 'off' }, [[1000], [1]]);
    expect(rows(result, 0).length).toBeGreaterThanOrEqual(50);
  });
  it('measures all jobs of a task that becomes faster than its first job', () => {
    const spec = scenario('async', [{ name: 'a', period: 10 }], 'duration: 10 s');
    const result = rows(run(spec, [[100, 10, 10, 10, 10, 10, 10, 10, 10, 10]]), 0);
    expect(result.at(-1)?.complete).toBeGreaterThanOrEqual(9990);
  });
});

describe('chains', () => {
  it('releases at the completion of the task before, every m-th time', () => {
    const spec = scenario('periodic', [{ name: 'a', period: 10 }], 'duration: 60 ms');
    const down = {
      ...spec.tasks[0],
      name: 'b',
      release: { kind: 'after' as const, tasks: ['a'], every: 2, probability: 1, fanOut: 2, match: 'latest' as const },
    };
    const result = run({ ...spec, tasks: [down, spec.tasks[0]] }, [[3], [4]]);
    expect(rows(result, 0).map((r) => [r.release, r.start])).toEqual([
      [14, 14],
      [14, 17],
      [34, 34],
      [34, 37],
      [54, 54],
      [54, 57],
    ]);
    expect([...result.columns[0].parent.slice(0, 6)]).toEqual([1, 1, 3, 3, 5, 5]);
  });
  it('joins two tasks', () => {
    const spec = scenario(
      'periodic',
      [
        { name: 'a', period: 10 },
        { name: 'b', period: 10 },
      ],
      'duration: 30 ms',
    );
    const join = (match: 'latest' | 'exact-index') => ({
      ...spec.tasks[0],
      name: 'c',
      release: { kind: 'after' as const, tasks: ['a', 'b'], every: 1, probability: 1, fanOut: 1, match },
    });
    for (const match of ['latest', 'exact-index'] as const) {
      const result = run({ ...spec, tasks: [...spec.tasks, join(match)] }, [[3], [5], [1]]);
      expect(rows(result, 2).map((r) => r.release)).toEqual([5, 15, 25]);
    }
  });
});

const overrun: fc.Arbitrary<Overrun> = fc.oneof(
  fc.record({ kind: fc.constant('queue' as const), cap: fc.integer({ min: 1, max: 5 }) }),
  fc.constantFrom(
    { kind: 'skip' as const },
    { kind: 'latest' as const },
    { kind: 'expire' as const },
    { kind: 'shift' as const },
  ),
);

describe('properties of every schedule', () => {
  it('conserves jobs, keeps order and never runs two jobs of a task at once', () => {
    fc.assert(
      fc.property(
        overrun,
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 20 }),
        (policy, services, period) => {
          const base = scenario(
            'periodic',
            [{ name: 'a', period, more: 'jitter: { uniform: 400 us }' }],
            'duration: 400 ms',
          );
          const spec = { ...base, tasks: [{ ...base.tasks[0], overrun: policy }] };
          const jobs = rows(run(spec, [services]), 0);
          const done = jobs.filter((j) => j.outcome === 'completed');
          const dropped = jobs.filter((j) => !['completed', 'in_flight'].includes(j.outcome));
          expect(done.length + dropped.length).toBe(jobs.length);
          for (const j of done) {
            expect(j.release).toBeLessThanOrEqual(j.start);
            expect(j.start).toBeLessThanOrEqual(j.complete);
          }
          for (const j of dropped) expect(j.dropped).toBeGreaterThanOrEqual(j.release);
          const byStart = [...done].sort((a, b) => a.start - b.start || a.complete - b.complete || a.k - b.k);
          for (let i = 1; i < byStart.length; i++)
            expect(byStart[i].start).toBeGreaterThanOrEqual(byStart[i - 1].complete);
        },
      ),
      { numRuns: 200 },
    );
  });
});
