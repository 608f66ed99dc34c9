/** The scheduling semantics through the public door: a pipeline file, `run --simulate`, and what the run leaves behind. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { OUTCOMES, readJobs, readReport } from '../src/index.js';
import { cli, MEASURED, makeFolder, onlyRun } from './run-cli.js';

const vectors = JSON.parse(readFileSync('test/fixtures/scheduling-vectors.json', 'utf8'));
const MS = 1e6;

const list = (values: number[]) => `[${values.map((v) => `${v} ms`).join(', ')}]`;

async function jobsOf(run: string, scenario: string, task: number) {
  const jobs = await readJobs(join(run, 'recordings', scenario, '1'));
  return [...jobs.task.keys()]
    .filter((i) => jobs.task[i] === task)
    .map((i) => ({
      k: jobs.seq[i],
      release: jobs.release[i] / MS,
      nominal: jobs.nominal[i] / MS,
      start: jobs.start[i] / MS,
      complete: jobs.complete[i] / MS,
      dropped: jobs.dropped[i] / MS,
      outcome: OUTCOMES[jobs.outcome[i]],
    }));
}

describe('vectors V1 and V2 through run --simulate', () => {
  for (const name of ['V1', 'V2'] as const) {
    it(name, async () => {
      const { period, deadline, service, cases } = vectors[name];
      const scenarios = cases.map(
        (c: { policy: string; queue_cap: number | null; jobs: { release: number }[] }, i: number) => {
          const overrun = c.policy === 'queue' ? `{ queue: ${c.queue_cap ?? 1000} }` : c.policy;
          const duration = c.policy === 'shift' ? (c.jobs.at(-1)?.release ?? 0) + 1 : c.jobs.length * period;
          return `  case${i}: { warmup: 0 s, duration: ${duration} ms, tasks: [ { model: m, period: ${period} ms, deadline: ${deadline} ms, overrun: ${overrun} } ] }`;
        },
      );
      const folder = makeFolder({
        'pipeline.yaml': `version: 1\nname: ${name}\nmodels:\n  m: { backend: synthetic, build: { service: ${list(service)} } }\nscenarios:\n${scenarios.join('\n')}\n`,
      });
      const result = await cli(folder, ['run', '--simulate', '--quiet']);
      expect(MEASURED).toContain(result.code);
      const run = onlyRun(folder);
      const report = await readReport(run);
      for (const [i, c] of cases.entries()) {
        const jobs = await jobsOf(run, `case${i}`, 0);
        expect(jobs.length, c.policy).toBe(c.released);
        for (const job of c.jobs) {
          const row = jobs[job.k];
          expect(row.release).toBe(job.release);
          if (job.drop) expect([row.outcome, row.dropped]).toEqual([job.drop, job.t_drop]);
          else expect([row.start, row.complete]).toEqual([job.start, job.complete]);
        }
        const [task] = report.scenarios[i].tasks;
        const dropped = Object.values(task.dropped).reduce((a, b) => a + b, 0);
        expect([task.released, task.completed, dropped, task.late]).toEqual([
          c.released,
          c.completed,
          c.dropped,
          c.late,
        ]);
        expect(Math.round((task.miss_ratio ?? 0) * task.released)).toBe(c.miss);
      }
    });
  }
});

describe('V3 and V3b through run --simulate', () => {
  it('five modes, windows and barriers', async () => {
    const tasks = (b: string, more = '') =>
      `[ { model: a, period: 10 ms }, { model: ${b}, name: b, period: 25 ms${more} } ]`;
    const scenario = (name: string, mode: string, rest: string) => `  ${name}: { mode: ${mode}, warmup: 0 s, ${rest} }`;
    const folder = makeFolder({
      'pipeline.yaml': `version: 1
name: v3
models:
  a: { backend: synthetic, build: { service: 4 ms, engine: one } }
  b: { backend: synthetic, build: { service: 6 ms, engine: two } }
  slow: { backend: synthetic, build: { service: 30 ms, engine: two } }
scenarios:
${[
  scenario('sync', 'sync', `iterations: 3, tasks: ${tasks('b')}`),
  scenario('async', 'async', `duration: 24 ms, tasks: ${tasks('b')}`),
  scenario('barrier', 'async-iteration', `iterations: 3, tasks: ${tasks('b')}`),
  scenario('single', 'periodic-iteration', `iterations: 2, tasks: ${tasks('b')}`),
  scenario('window', 'periodic-iteration', `iteration: window, iterations: 2, tasks: ${tasks('b')}`),
  scenario('open', 'periodic', `duration: 51 ms, tasks: ${tasks('b')}`),
  scenario('b-single', 'periodic-iteration', `iterations: 2, tasks: ${tasks('slow')}`),
  scenario('b-rebase', 'periodic-iteration', `iteration: window, iterations: 2, tasks: ${tasks('slow')}`),
  scenario('b-grid', 'periodic-iteration', `iteration: window, barrier: grid, iterations: 2, tasks: ${tasks('slow')}`),
  scenario(
    'b-skip',
    'periodic-iteration',
    `iteration: window, iterations: 2, tasks: ${tasks('slow', ', overrun: skip')}`,
  ),
].join('\n')}
`,
    });
    expect(await cli(folder, ['run', '--simulate', '--quiet'])).toMatchObject({ code: 5, stderr: '' });
    const run = onlyRun(folder);
    const report = await readReport(run);
    const of = (name: string) => report.scenarios.find((s) => s.name === name);
    const spans = async (name: string, task: number) =>
      (await jobsOf(run, name, task)).map((j) => [j.start, j.complete]);

    expect(await spans('sync', 1)).toEqual([
      [4, 10],
      [14, 20],
      [24, 30],
    ]);
    expect(of('sync')?.load).toBe('closed');
    expect(of('sync')?.tasks[1].queue_wait_ms).toMatchObject({ min: 4, max: 4 });
    expect((await spans('async', 0)).map(([, c]) => c)).toEqual([4, 8, 12, 16, 20, 24]);
    expect((await spans('async', 1)).map(([, c]) => c)).toEqual([6, 12, 18, 24]);
    expect(of('barrier')?.load).toBe('barrier');
    expect(of('barrier')?.iterations).toMatchObject({
      count: 3,
      time_ms: { min: 6, max: 6 },
      barrier_slack_ms: { a: { mean: 2 }, b: { mean: 0 } },
    });
    expect(of('single')?.iterations).toMatchObject({ count: 2, time_ms: { min: 25, max: 25 }, slip_ms: { max: 0 } });
    const [, second] = await jobsOf(run, 'single', 0);
    expect(second.complete - second.nominal).toBe(19);
    expect(await spans('window', 0)).toHaveLength(10);
    expect(of('window')?.iterations).toMatchObject({ count: 2, time_ms: { max: 50 }, slip_ms: { max: 0 } });
    expect((await jobsOf(run, 'open', 0)).map((j) => j.release)).toEqual([0, 10, 20, 30, 40, 50]);
    expect((await jobsOf(run, 'open', 1)).map((j) => j.release)).toEqual([0, 25, 50]);

    expect(of('b-single')?.iterations).toMatchObject({ time_ms: { max: 30 }, slip_ms: { max: 5 } });
    const rebase = await jobsOf(run, 'b-rebase', 1);
    expect(rebase.slice(0, 3).map((j) => [j.release, j.start, j.complete])).toEqual([
      [0, 0, 30],
      [25, 30, 60],
      [60, 60, 90],
    ]);
    expect(of('b-rebase')?.iterations).toMatchObject({ slip_ms: { max: 10 }, skipped_windows: 0 });
    expect((await jobsOf(run, 'b-grid', 1)).map((j) => [j.release, j.outcome])).toEqual([
      [0, 'completed'],
      [25, 'completed'],
      [50, 'barrier'],
      [75, 'barrier'],
      [100, 'completed'],
      [125, 'completed'],
    ]);
    expect(of('b-grid')?.iterations?.skipped_windows).toBe(1);
    expect((await jobsOf(run, 'b-skip', 1)).map((j) => [j.release, j.outcome])).toEqual([
      [0, 'completed'],
      [25, 'busy'],
      [50, 'completed'],
      [75, 'busy'],
    ]);
    expect(of('b-skip')?.iterations).toMatchObject({ time_ms: { min: 50, max: 50 } });
  });
});

describe('verdicts through run --simulate', () => {
  /** n jobs of which t are over the limit, spread out so that neighbours do not correlate. */
  const pipeline = (n: number, t: number) => {
    const service = Array.from({ length: n }, (_, k) =>
      t > 0 && k % Math.floor(n / t) === 0 && k / Math.floor(n / t) < t ? 9 : 1,
    );
    return `version: 1
name: gate
models:
  m: { backend: synthetic, build: { service: ${list(service)} } }
scenarios:
  s: { warmup: 0 s, duration: ${n * 10} ms, tasks: [ { model: m, period: 10 ms, deadline: 5 ms } ] }
requirements:
  - { task: m, metric: response, quantile: p99, max: 5 ms, confidence: 0.95 }
`;
  };
  const cases: [n: number, t: number, verdict: string, code: number][] = [
    [100, 3, 'inconclusive', 6],
    [100, 4, 'fail', 5],
    [300, 0, 'pass', 0],
    [300, 1, 'inconclusive', 6],
    [300, 7, 'fail', 5],
    [500, 1, 'pass', 0],
    [500, 10, 'fail', 5],
  ];
  for (const [n, t, verdict, code] of cases) {
    it(`${t} of ${n} over the limit: ${verdict}`, async () => {
      const folder = makeFolder({ 'pipeline.yaml': pipeline(n, t) });
      const result = await cli(folder, ['run', '--simulate', '--quiet']);
      const report = parse(readFileSync(join(onlyRun(folder), 'profile_report.yaml'), 'utf8'));
      expect(report.requirements[0]).toMatchObject({ verdict, measured: { n, over: t } });
      expect([report.verdict, result.code]).toEqual([verdict, code]);
    });
  }
});

it('simulates with the service times of an earlier run, and gives the same report twice', async () => {
  const text = (build: string) =>
    `version: 1\nname: again\nmodels:\n  m: ${build}\nscenarios:\n  s: { warmup: 0 s, duration: 1 s, tasks: [ { model: m, period: 10 ms } ] }\n`;
  const folder = makeFolder({
    'pipeline.yaml': text('{ backend: synthetic, build: { service: { normal: { mean: 4 ms, sigma: 1 ms } } } }'),
    'other.yaml': text('{ file: absent.onnx }'),
  });
  expect(MEASURED).toContain((await cli(folder, ['run', '--simulate', '--quiet', '--id', 'first'])).code);
  expect((await cli(folder, ['run', 'other.yaml', '--simulate', '--quiet', '--id', 'none'])).stderr).toContain(
    '--service-from RUN',
  );
  expect(
    (
      await cli(folder, [
        'run',
        'other.yaml',
        '--simulate',
        '--quiet',
        '--id',
        'second',
        '--service-from',
        'runs/first',
      ])
    ).code,
  ).toBe(6);
  const [first, second] = await Promise.all(['first', 'second'].map((id) => jobsOf(join(folder, 'runs', id), 's', 0)));
  expect(second).toEqual(first);
  const before = readFileSync(join(folder, 'runs/first/profile_report.yaml'));
  expect((await cli(folder, ['report', 'runs/first', '--quiet'])).code).toBe(6);
  expect(readFileSync(join(folder, 'runs/first/profile_report.yaml')).equals(before)).toBe(true);
});

it('says what it cannot simulate, and where there is nothing to take times from', async () => {
  const folder = makeFolder({
    'pipeline.yaml':
      'version: 1\nname: t\nmodels:\n  m: { backend: synthetic, build: { service: 1 ms, fault: { kind: throw, at: 3 } } }\nscenarios:\n  s: { warmup: 0 s, duration: 1 s, tasks: [ { model: m, rate: 10 Hz } ] }\n',
  });
  expect(await cli(folder, ['run', '--simulate', '--id', 'a'])).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('build.fault of m is not simulated'),
  });
  expect(await cli(folder, ['run', '--simulate', '--service-from', 'nowhere', '--id', 'b'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nowhere is not a run directory'),
  });
  expect(existsSync(join(folder, 'runs/b'))).toBe(false);
  for (const [parameters, message] of [
    [['report', 'runs'], 'holds runs, and is none itself'],
    [['report', 'runs/a', '--json', '--format', 'csv'], '--json cannot go with --format csv'],
    [['view', 'pipeline.yaml'], 'is not a folder'],
  ] as const)
    expect(await cli(folder, [...parameters])).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  expect(await cli(folder, ['export', 'perfetto', 'runs/a', '--out', 'no/where.pb'])).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/its folder does not exist\n {2}make the folder/),
  });
});

it('decides on numbers that are not rounded, at the ends of the window too', async () => {
  const folder = makeFolder({
    'pipeline.yaml': `version: 1
name: t
models:
  slow: { backend: synthetic, build: { service: 1 ms } }
  tiny: { backend: synthetic, build: { service: 1500 ns } }
  even: { backend: synthetic, build: { service: 100 ms } }
scenarios:
  seldom: { warmup: 0 s, duration: 600 s, tasks: [ { model: slow, trace: [1 s, 2 s, 3 s] } ] }
  often: { warmup: 0 s, duration: 1 s, tasks: [ { model: tiny, rate: 10 kHz } ] }
  edge: { mode: sync, warmup: 1 s, duration: 1 s, tasks: [ { model: even } ] }
  drops: { warmup: 0 s, duration: 10 s, tasks: [ { model: even, rate: 40 Hz, deadline: 200 ms, overrun: skip } ] }
requirements:
  - { scenario: seldom, task: slow, metric: throughput, min: 0.006 Hz }
  - { scenario: drops, task: even, metric: response, quantile: mean, max: 120 ms }
  - { scenario: drops, task: even, metric: response, quantile: max, max: 120 ms }
`,
  });
  expect((await cli(folder, ['run', '--simulate', '--quiet'])).code).toBe(5);
  const report = await readReport(onlyRun(folder));
  const task = (scenario: string) => report.scenarios.find((s) => s.name === scenario)?.tasks[0];
  expect(task('seldom')?.throughput_hz).toBe(0.005);
  expect(task('often')?.utilisation).toBe(0.015);
  expect(task('edge')?.throughput_hz).toBe(10);
  // A response that never came is longer than any limit.
  expect(report.requirements.map((r) => r.verdict)).toEqual(['fail', 'fail', 'fail']);
  expect(report.requirements[1].reason).toContain('jobs never completed');
});
