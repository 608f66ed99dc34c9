/** What jobs that run at the same time do to each other. */
import { describe, expect, it } from 'vitest';
import { parsePipeline } from '../formats/pipeline/parse.js';
import { ROWS } from './columns.js';
import { Sharing, type SharingTask } from './sharing.js';
import { simulate } from './simulate.js';

const MS = 1e6;
const cpu: SharingTask = { engine: 'cpu', threads: 1, priority: 'normal' };
const gpu: SharingTask = { engine: 'gpu:0', threads: 0, priority: 'normal' };
const dla: SharingTask = { engine: 'dla:0', threads: 0, priority: 'normal' };
const none = () => undefined;
const factors = (of: (i: number, j: number) => number | undefined) => (i: number, j: number) => {
  const factor = of(i, j);
  return factor === undefined ? undefined : { factor };
};

function rates(
  cpus: number,
  tasks: readonly SharingTask[],
  slowdown: (i: number, j: number) => number | undefined = none,
) {
  const sharing = new Sharing({ cpus, tasks, slowdown: factors(slowdown) });
  for (const task of tasks.keys()) sharing.start(task, 0, 1);
  return tasks.map((_, i) => Number(sharing.rate(i).toFixed(4)));
}

describe('rates of jobs', () => {
  it('a pair goes on as it was measured', () => {
    const factor = (i: number) => [1.4, 2.5][i];
    for (const [cpus, task] of [
      [2, cpu],
      [1, gpu],
    ] as const)
      expect(rates(cpus, [task, task], factor)).toEqual([Number((1 / 1.4).toFixed(4)), Number((1 / 2.5).toFixed(4))]);
  });

  it('of three on a GPU, what each costs the others adds up', () => {
    expect(rates(1, [gpu, gpu, gpu], () => 1.8)).toEqual([0.3846, 0.3846, 0.3846]);
  });

  it('on a GPU copies of one direction take turns, and only those that both compute slow each other down', () => {
    const staged = { ...gpu, computes: 0.5 };
    const slowdown = () => ({ factor: 1.2, computing: 1 });
    const sharing = new Sharing({ cpus: 1, tasks: [staged, staged, gpu], slowdown });
    const rates = (...tasks: number[]) => tasks.map((t) => Number(sharing.rate(t).toFixed(4)));
    for (const task of [0, 1]) sharing.start(task, 0, 1);
    expect(rates(0, 1)).toEqual([1, 1]);
    sharing.next(0, 1);
    sharing.next(1, 2);
    expect(rates(0, 1)).toEqual([1, 0]);
    sharing.next(0, 3);
    expect(rates(0, 1)).toEqual([1, 1]);
    sharing.next(1, 4);
    expect(rates(0, 1)).toEqual([0.5, 0.5]);
    sharing.start(2, 4, 1);
    // The third tells no parts: the computing of the others bears all that it costs them.
    expect(rates(0, 1, 2)).toEqual([0.4167, 0.4167, 0.7143]);
    sharing.next(0, 5);
    expect(rates(0, 1, 2)).toEqual([1, 0.7143, 0.8333]);
  });

  it('of tasks that take turns on a GPU the second waits', () => {
    const turns = { ...gpu, turns: true };
    expect(rates(1, [turns, turns, gpu], () => 1.5)).toEqual([0.6667, 0, 0.6667]);
  });

  it('who still copies keeps nobody from a DLA', () => {
    const staged = { ...dla, computes: 0.5 };
    const sharing = new Sharing({ cpus: 1, tasks: [staged, dla], slowdown: none });
    sharing.start(0, 0, 1);
    sharing.next(0, 1);
    sharing.start(1, 2, 1);
    expect([sharing.rate(0), sharing.rate(1)]).toEqual([1, 1]);
    sharing.next(0, 60e3);
    expect([sharing.rate(0), sharing.rate(1)]).toEqual([0, 1]);
  });

  it('of two that start at once on an engine that serves one after the other, either may be the first', () => {
    const turns = { ...gpu, turns: true };
    const first = (...chances: number[]) => {
      const sharing = new Sharing({ cpus: 1, tasks: [turns, turns], slowdown: none });
      for (const [task, chance] of chances.entries()) sharing.start(task, 0, chance);
      return chances.map((_, task) => sharing.rate(task));
    };
    expect([first(0.2, 0.7), first(0.7, 0.2)]).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('beside one whose parts are not known, the computing bears all of the slow-down', () => {
    const half = { ...gpu, computes: 0.5 };
    const sharing = new Sharing({ cpus: 1, tasks: [half, gpu], slowdown: () => ({ factor: 1.5, computing: 9 }) });
    for (const task of [0, 1]) sharing.start(task, 0, 1);
    for (let stage = 0; stage < 2; stage++) sharing.next(0, 1);
    // Half of a job at half the rate, half at its own: 1.5 times as long.
    expect([sharing.rate(0), sharing.rate(1)].map((r) => Number(r.toFixed(3)))).toEqual([0.5, 0.667]);
  });

  it('a DLA serves one after the other, however slow a pair was', () => {
    expect(rates(1, [dla, dla], () => 2)).toEqual([1, 0]);
  });

  it('who waits for a CPU slows nobody down', () => {
    // Beside each other on two CPUs each takes 1.5 times as long; the third waits for its turn.
    expect(rates(2, [cpu, cpu, cpu], () => 1.5)).toEqual([0.6667, 0.6667, 0]);
    expect(rates(3, [cpu, cpu, cpu], () => 1.5)).toEqual([0.5, 0.5, 0.5]);
  });

  it('nobody is faster than alone', () => {
    expect(rates(2, [cpu, cpu], () => 0.7)).toEqual([1, 1]);
  });

  it('with other CPUs than when it was measured, only the rest of the slow-down stays', () => {
    const held = { ...cpu, cpus: [0] };
    const sharing = new Sharing({
      cpus: 2,
      tasks: [cpu, cpu],
      calibratedTasks: [held, held],
      slowdown: () => ({ factor: 2.2 }),
    });
    sharing.start(0, 0, 1);
    sharing.start(1, 0, 1);
    // 2 of the 2.2 were turns on CPU 0; 0.1 for half of a CPU of the other is 0.2 for all of it.
    expect(sharing.rate(0)).toBeCloseTo(1 / 1.2, 6);
  });
});

describe('a simulation with shared engines', () => {
  const text = (tasks: string) =>
    `version: 1\nname: t\nmodels:\n  a: { backend: synthetic, build: { service: 1 ms } }\n  b: { backend: synthetic, build: { service: 1 ms } }\nscenarios:\n  s:\n    warmup: 0 s\n    duration: 100 ms\n    tasks:\n${tasks}`;
  const run = (tasks: string, sharing: Sharing, services: readonly number[], engine: string) => {
    const [spec] = parsePipeline(text(tasks), 't.yaml').scenarios;
    return simulate(
      spec,
      services.map((ms) => ({ service: () => ms * MS, engine, contention: 0 })),
      sharing,
    );
  };
  const completions = (result: ReturnType<typeof simulate>, task: number) =>
    Array.from({ length: result.columns[task].control[ROWS] }, (_, k) => result.columns[task].complete[k] / MS);

  it('a job is slowed down for as long as the other runs', () => {
    const sharing = new Sharing({ cpus: 1, tasks: [gpu, gpu], slowdown: () => ({ factor: 2 }) });
    const result = run(
      '      - { model: a, period: 100 ms }\n      - { model: b, period: 100 ms, phase: 4 ms }\n',
      sharing,
      [10, 10],
      'gpu:0',
    );
    // a: 4 ms alone, 12 ms for the other 6; b then has done 6, and needs 4 more alone.
    expect([completions(result, 0)[0], completions(result, 1)[0]]).toEqual([16, 20]);
  });

  it('on a DLA the second waits, and keeps its own time', () => {
    const sharing = new Sharing({ cpus: 1, tasks: [dla, dla], slowdown: none });
    const result = run(
      '      - { model: a, period: 100 ms }\n      - { model: b, period: 100 ms, phase: 4 ms }\n',
      sharing,
      [10, 5],
      'dla:0',
    );
    expect([completions(result, 0)[0], completions(result, 1)[0]]).toEqual([10, 15]);
  });

  it('on one CPU jobs take turns: a short one is done in its own', () => {
    const sharing = new Sharing({ cpus: 1, tasks: [cpu, cpu], slowdown: none });
    const result = run(
      '      - { model: a, period: 100 ms }\n      - { model: b, period: 100 ms, phase: 5 ms }\n',
      sharing,
      [20, 3],
      'cpu',
    );
    const [[long], [short]] = [completions(result, 0), completions(result, 1)];
    // It waits for at most a turn of 4 ms, and the long one for its 3.
    expect(short).toBeGreaterThanOrEqual(8);
    expect(short).toBeLessThanOrEqual(12);
    expect(long).toBe(23);
  });

  it('a job hears how long its task was idle', () => {
    const heard: number[] = [];
    const sharing = new Sharing({ cpus: 1, tasks: [gpu, gpu], slowdown: none });
    const [spec] = parsePipeline(
      text('      - { model: a, period: 50 ms }\n      - { model: b, period: 100 ms, phase: 4 ms }\n'),
      't.yaml',
    ).scenarios;
    simulate(
      spec,
      [0, 1].map((task) => ({
        service: (_: number, idle: number) => {
          if (task === 0) heard.push(idle / MS);
          return 10 * MS;
        },
        engine: 'gpu:0',
        contention: 0,
      })),
      sharing,
    );
    expect(heard.slice(-2)).toEqual([0, 40]);
  });
});
