/** Who is to blame: stalls by what the control threads saw, misses by the stamps of the jobs and by the stalls. */
import { describe, expect, it } from 'vitest';
import { MS, type Row, scenarioWith, table } from '../../test/jobs.js';
import { type Series, stallSeries } from '../formats/recording/series.js';
import { causesOf, countCauses, type MissCause } from './causes.js';
import { measuredJobs } from './jobs.js';
import type { Machine, TaskCpu } from './machine.js';
import { blame, type Halt, haltsOf, stallsOf } from './stalls.js';
import { validity } from './validity.js';

/** Stalls of a CPU: from, to, waited, own, in ms. */
const stallsOn = (cpu: number, list: readonly (readonly [number, number, number, number])[]): Series[] =>
  (['late', 'waited', 'own'] as const).map((what, i) => ({
    name: stallSeries(cpu, what),
    unit: 'ms',
    source: 'control',
    time: Float64Array.from(list, ([, to]) => to * MS),
    value: Float64Array.from(list, ([from, to, waited, own]) => [to - from, waited, own][i] ?? 0),
  }));

describe('stalls', () => {
  it.each([
    ['the process had no CPU and waited for none: stopped', [0, 300, 0, 1], 'stopped'],
    ['it waited in the queue: other programs', [0, 300, 290, 10], 'foreign'],
    ['the process had the CPUs itself: its own tasks', [0, 300, 290, 580], 'own'],
  ] as const)('%s', (_, stall, expected) => {
    expect(stallsOf(stallsOn(0, [stall])).map((s) => blame(s, 2))).toEqual([expected]);
  });

  it('everything stood still only while every CPU did', () => {
    const stalls = stallsOf([
      ...stallsOn(0, [
        [0, 100, 0, 0],
        [200, 300, 90, 0],
      ]),
      ...stallsOn(1, [[50, 250, 0, 0]]),
    ]);
    expect(haltsOf(stalls, [0, 1]).map((h) => [h.from / MS, h.to / MS, h.cause])).toEqual([
      [50, 100, 'stopped'],
      [200, 250, 'foreign'],
    ]);
    expect(haltsOf(stalls, [1]).length).toBe(1);
    expect(haltsOf(stalls, [])).toEqual([]);
  });
});

const cpu = (more: Partial<TaskCpu> = {}): TaskCpu => ({
  engine: 'cpu',
  used: undefined,
  waited: undefined,
  holds: 1,
  cpus: [0, 1],
  halts: [],
  keptWaiting: () => undefined,
  ...more,
});
const machine = (tasks: readonly TaskCpu[], more: Partial<Machine> = {}): Machine => ({
  tasks,
  stalls: [],
  watched: [0, 1],
  halts: [],
  foreign: undefined,
  cpus: 2,
  controlPeriod: 5 * MS,
  ...more,
});
const halt = (from: number, to: number, cause: Halt['cause'] = 'stopped'): Halt => ({
  from: from * MS,
  to: to * MS,
  cause,
});
const ordinary = (from: number, to: number, period = 20): Row[] =>
  Array.from({ length: to - from }, (_, k): Row => {
    const at = (from + k) * period;
    return { at: [at, at, at, at + 3] };
  });

describe('misses', () => {
  const two = scenarioWith('{ model: a, period: 20 ms, overrun: latest }, { model: b, period: 100 ms }');
  const causes = (rows: readonly Row[], own: Machine): Partial<Record<MissCause, number>> => {
    const jobs = table(rows);
    const parts = two.tasks.map((task, i) => measuredJobs(jobs, task, i, { from: 0, to: 1e12 }));
    return countCauses(parts[0], causesOf(two, parts, own)[0]);
  };
  const late = (k: number, start: number, complete: number): Row => ({ at: [k * 20, start, start, complete] });
  const dropped = (k: number): Row => ({ at: [k * 20], outcome: 'superseded' });
  const other = (from: number, to: number): Row => ({ task: 1, at: [from, from, from, to] });
  const cases: [what: string, rows: Row[], machine: Machine, expected: object][] = [
    [
      'a halt, and what it dropped',
      [...ordinary(0, 10), late(10, 300, 303), dropped(11), dropped(12), ...ordinary(15, 20)],
      machine([cpu({ halts: [halt(201, 300)] }), cpu()]),
      { stopped: 3 },
    ],
    [
      'a halt in the middle of a job',
      [...ordinary(0, 10), late(10, 200, 303), ...ordinary(16, 20)],
      machine([cpu({ halts: [halt(201, 300, 'foreign')] }), cpu()]),
      { foreign: 1 },
    ],
    [
      'a long job beside another that held the second CPU',
      [...ordinary(0, 10), late(10, 200, 240), ...ordinary(13, 20), other(200, 240)],
      machine([cpu({ holds: 2 }), cpu()]),
      { contention: 1 },
    ],
    [
      'a job that is long by itself',
      [...ordinary(0, 10), late(10, 200, 240), dropped(11), ...ordinary(13, 20)],
      machine([cpu(), cpu()]),
      { slow_job: 2 },
    ],
    [
      'a job that waited for its CPU while other programs ran',
      [...ordinary(0, 10), late(10, 200, 240), ...ordinary(13, 20)],
      machine([cpu({ keptWaiting: () => 'foreign' }), cpu()]),
      { foreign: 1 },
    ],
    [
      'jobs that never fit',
      Array.from({ length: 10 }, (_, k): Row => ({ at: [k * 40, k * 40, k * 40, k * 40 + 25] })),
      machine([cpu(), cpu()]),
      { slow_model: 10 },
    ],
  ];
  it.each(cases)('%s', (_, rows, own, expected) => {
    expect(causes(rows, own)).toEqual(expected);
  });
});

describe('validity', () => {
  const check = (tasks: string, rows: readonly Row[], own: Machine) => {
    const scenario = scenarioWith(tasks);
    const jobs = table(rows);
    return validity(
      scenario,
      scenario.tasks.map((task, i) => measuredJobs(jobs, task, i, { from: 0, to: 1e12 })),
      own,
    );
  };
  const stalled: Row[] = [...ordinary(0, 5), { at: [100, 397, 397, 400] }, ...ordinary(20, 30)];

  it('time in which all stood still is no contention, whoever had a job open', () => {
    const tasks = '{ model: a, period: 20 ms }, { model: b, period: 250 ms }';
    const beside: Row[] = [...stalled, { task: 1, at: [50, 50, 50, 420] }];
    expect(check(tasks, beside, machine([cpu({ cpus: [0] }), cpu({ cpus: [0] })], { cpus: 1 }))).toMatchObject({
      valid: true,
      contended: [{ task: 'a', count: 1 }],
    });
    const halted = machine([cpu({ cpus: [0], halts: [halt(100, 397)] }), cpu({ cpus: [0] })], { cpus: 1 });
    expect(check(tasks, beside, halted)).toMatchObject({ valid: false, cause: 'stopped', contended: [] });
  });

  it('nothing is excused while a CPU was free', () => {
    const beside: Row[] = [...stalled, { task: 1, at: [50, 50, 50, 420] }];
    expect(
      check('{ model: a, period: 20 ms }, { model: b, period: 250 ms }', beside, machine([cpu(), cpu()])),
    ).toMatchObject({
      valid: false,
      cause: 'late',
    });
  });

  it('below 100 releases the largest error decides', () => {
    const rows: Row[] = [0, 1, 2].map(
      (k): Row => ({ at: [k * 500, k * 500 + (k === 1 ? 30 : 0), k * 500 + 30, k * 500 + 33] }),
    );
    expect(check('{ model: a, rate: 2 Hz }', rows, machine([cpu()])).reason).toContain(
      'jobs of a were released late, the latest by 30 ms or more',
    );
  });

  it('a list of times is judged by its shortest gap', () => {
    const trace = '{ model: a, trace: [0 ms, 20 ms, 60 ms, 100 ms] }';
    const rows: Row[] = [0, 20, 60, 100].map((at): Row => ({ at: [at, at + (at === 60 ? 25 : 0), at + 25, at + 26] }));
    expect(check(trace, rows, machine([cpu()])).reason).toContain('25 ms late, more than its period of 20 ms');
  });

  it('closed modes are judged by the machine', () => {
    const rows = ordinary(0, 100, 10);
    const scenario = { ...scenarioWith('{ model: a, period: 10 ms }'), mode: 'async' as const };
    const parts = scenario.tasks.map((task, i) => measuredJobs(table(rows), task, i, { from: 0, to: 1e12 }));
    expect(validity(scenario, parts, machine([cpu()])).valid).toBe(true);
    expect(validity(scenario, parts, machine([cpu()], { halts: [halt(300, 305)] }))).toMatchObject({
      valid: false,
      reason: expect.stringContaining('longer than an iteration (3 ms)'),
    });
  });
});
