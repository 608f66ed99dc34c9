/** Phases of a run, on a clock of its own. */
import { describe, expect, it } from 'vitest';
import { columnsOf, scenarioOf } from '../../test/scenarios.js';
import { DONE_COUNT } from './columns.js';
import { Conductor, drainLimit, horizonOf } from './conductor.js';
import { SharedMarks } from './driver.js';
import { NO_CONDITIONS, settled } from './settle.js';

const S = 1e9;
const none = NO_CONDITIONS;
const jobs = (n: number, service = 5): [number, number][] =>
  Array.from({ length: n }, (_, i) => [i * 10, i * 10 + service]);

function conduct(body: string, completions: readonly number[], settles = false) {
  const scenario = scenarioOf(body);
  const columns = completions.map((n) => columnsOf(jobs(n), 4000));
  const marks = new SharedMarks(SharedMarks.allocate());
  const conductor = new Conductor(scenario, columns, marks, { lead: 0.1 * S, settles });
  return { scenario, columns, marks, conductor };
}
const two = 'tasks: [ { model: a, rate: 100 Hz }, { model: b, rate: 100 Hz } ]';

describe('the warm-up', () => {
  it.each([
    // completions of a and b, now, phase
    [[20, 20], 2.9, 'warmup'],
    [[20, 20], 3, 'measure'],
    [[20, 19], 3, 'warmup'],
    [[20, 19], 59.9, 'warmup'],
    [[20, 19], 60, 'measure'],
  ] as const)('with %j completions is at %d s in phase %s', (completions, seconds, phase) => {
    const { conductor, marks } = conduct(`steady: "off", duration: 10 s, warmup: 3 s, ${two}`, completions);
    expect(conductor.tick(seconds * S, none)).toBe(phase);
    if (phase !== 'measure') return;
    expect(marks.measureFrom).toBe((seconds + 0.1) * S);
    expect(marks.stopAt).toBe((seconds + 10.1) * S);
    expect(conductor.notes.coldTasks).toEqual(completions[1] < 20 ? ['b'] : []);
  });

  it('does not wait for a task that failed, nor for one that others release', () => {
    const failed = conduct(`steady: "off", warmup: 3 s, ${two}`, [20, 0]);
    failed.conductor.taskFailed(1);
    expect(failed.conductor.tick(3 * S, none)).toBe('measure');
    const chained = conduct(
      'steady: "off", warmup: 3 s, tasks: [ { model: a, rate: 10 Hz }, { model: b, after: a } ]',
      [20, 0],
    );
    expect(chained.conductor.tick(3 * S, none)).toBe('measure');
  });

  it('of 0 s begins to measure at once', () => {
    const { conductor, marks } = conduct(`warmup: 0 s, duration: 1 s, ${two}`, [0, 0]);
    expect([conductor.phase, marks.measureFrom, marks.stopAt]).toEqual(['measure', 0, S]);
  });
});

describe('the end', () => {
  it('drains when the window is over, and at once when it is stopped', () => {
    const { conductor, marks } = conduct(`warmup: 0 s, duration: 1 s, ${two}`, [0, 0]);
    expect(conductor.tick(0.999 * S, none)).toBe('measure');
    expect(conductor.tick(S, none)).toBe('drain');
    const other = conduct(`warmup: 0 s, duration: 9 s, ${two}`, [0, 0]);
    other.conductor.stop(2 * S);
    expect([other.conductor.phase, other.marks.stopAt]).toEqual(['drain', 2 * S]);
    expect(marks.stopAt).toBe(S);
  });

  it('waits for 10 s or for 100 deadlines', () => {
    expect(drainLimit(scenarioOf(two))).toBe(10 * S);
    expect(drainLimit(scenarioOf('tasks: [ { model: a, rate: 10 Hz, deadline: 2 s } ]'))).toBe(200 * S);
    expect(horizonOf(scenarioOf(`warmup: 3 s, steady: "off", duration: 10 s, ${two}`))).toBe(71 * S);
  });
});

describe('settling', () => {
  it('measures when three windows are alike, and at the limit all the same', () => {
    const { conductor, columns } = conduct(
      `warmup: 1 s, settle_limit: 20 s, duration: 5 s, ${two}`,
      [2000, 2000],
      true,
    );
    expect(conductor.tick(S, none)).toBe('settle');
    expect(conductor.tick(15.9 * S, none)).toBe('settle');
    expect(conductor.tick(16 * S, none)).toBe('measure');
    expect(conductor.notes.settle).toMatchObject({ steady: true });
    expect(columns[0].control[DONE_COUNT]).toBe(2000);
    const long = conduct('warmup: 1 s, settle_limit: 5 s, tasks: [ { model: a, rate: 1 Hz } ]', [30], true);
    expect(long.conductor.tick(S, none)).toBe('measure');
    expect(long.conductor.notes.settle).toMatchObject({
      steady: false,
      reason: 'three windows of 30 s are longer than settle_limit',
    });
  });

  const span = { from: 0, window: 5 * S, windows: 3 };
  const one = scenarioOf('tasks: [ { model: a, rate: 100 Hz } ]');
  const services = (...ms: number[]) =>
    columnsOf(
      ms.flatMap((m, w) =>
        Array.from({ length: 100 }, (_, i): [number, number] => [w * 5000 + i * 50, w * 5000 + i * 50 + m]),
      ),
    );
  it.each([
    ['equal medians', services(10, 10, 10), none, undefined],
    ['5 % apart', services(10, 10.5, 10), none, undefined],
    [
      'more than 5 % apart',
      services(10, 10.6, 10),
      none,
      'median service time of a varies by a factor of 1.06 between windows',
    ],
    [
      'a clock within 2 %',
      services(10, 10, 10),
      {
        ...none,
        gpuClock: [
          [0, 1000],
          [S, 1020],
        ],
      },
      undefined,
    ],
    [
      'a clock that moves',
      services(10, 10, 10),
      {
        ...none,
        gpuClock: [
          [0, 1000],
          [S, 1100],
        ],
      },
      'the GPU clock varies by 10 %',
    ],
    [
      'a clock that moved before',
      services(10, 10, 10),
      {
        ...none,
        gpuClock: [
          [-1, 500],
          [S, 1000],
          [2 * S, 1000],
        ],
      },
      undefined,
    ],
    [
      'it gets warmer',
      services(10, 10, 10),
      {
        ...none,
        temperature: [
          [0, 50],
          [30 * S, 51],
          [60 * S, 52],
        ],
      },
      'the hottest zone rises by 2.0 C per minute',
    ],
    [
      'it gets colder',
      services(10, 10, 10),
      {
        ...none,
        temperature: [
          [0, 52],
          [30 * S, 51],
          [60 * S, 50],
        ],
      },
      undefined,
    ],
  ] as const)('%s', (_, columns, conditions, reason) => {
    expect(settled(one, [columns], span, conditions).reason).toBe(reason);
  });
});
