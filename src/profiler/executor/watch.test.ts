/** The executor's view of a running scenario, on a clock that is moved by hand. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { columnsOf, scenarioOf } from '../../../test/scenarios.js';
import { clearRows, columnBytes, ENDED, ROWS, type TaskColumns, viewColumns } from '../../workload/columns.js';
import { allocateShared } from '../../workload/task-driver.js';
import { ABORTED, type Arm } from '../messages.js';
import { AHEAD_ROWS } from '../rotation.js';
import { Watch } from './watch.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'hrtime'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function watchOf(body: string, columns: TaskColumns[]) {
  const scenario = scenarioOf(body);
  const arm: Arm = {
    memory: [],
    listed: columns.map(() => 0),
    shared: allocateShared(scenario),
    control: new SharedArrayBuffer(8),
    clock: new SharedArrayBuffer(8 * (1 + columns.length)),
    zero: undefined,
    margin: 0,
  };
  const hung: string[] = [];
  const watch = new Watch(scenario, columns, arm, (task, { message }) => hung.push(`${task} ${message}`));
  const progress: { phase: string; now: number }[] = [];
  watch.begin(performance.now(), ({ phase, now }) => progress.push({ phase, now: now / 1e9 }));
  const aborted = () => new Int32Array(arm.control)[ABORTED] === 1;
  const at = (seconds: number) => {
    vi.advanceTimersByTime(seconds * 1000 - performance.now());
    watch.tick();
  };
  const since = new Float64Array(arm.clock).subarray(1);
  return { watch, progress, hung, aborted, at, since };
}

describe('the watch of a scenario', () => {
  it('says twice a second how far it is', () => {
    const { progress, at } = watchOf('warmup: 0 s, duration: 2 s, tasks: [ { model: a, rate: 10 Hz } ]', [
      columnsOf([], 9),
    ]);
    for (let t = 0; t <= 2.5; t += 0.05) at(t);
    expect(progress.map((p) => p.phase)).toEqual(['measure', 'measure', 'measure', 'measure', 'drain']);
    for (let i = 1; i < progress.length; i++) expect(progress[i].now - progress[i - 1].now).toBeGreaterThan(0.499);
  });

  it('gives up what has not ended long after the window', () => {
    const { at, aborted } = watchOf('warmup: 0 s, duration: 1 s, tasks: [ { model: a, rate: 10 Hz } ]', [
      columnsOf([], 9),
    ]);
    at(1);
    at(10.9);
    expect(aborted()).toBe(false);
    at(11.1);
    expect(aborted()).toBe(true);
  });

  it('finds a job that hangs, once, and waits no longer for threads that are stuck', () => {
    const columns = [columnsOf([], 9), columnsOf([], 9)];
    const { watch, at, hung, since } = watchOf(
      'warmup: 0 s, duration: 9 s, hang_limit: 2 s, tasks: [ { model: a, rate: 10 Hz }, { model: b, rate: 10 Hz } ]',
      columns,
    );
    since[1] = 1e9;
    at(2.9);
    expect(hung).toEqual([]);
    at(3.1);
    at(4);
    expect(hung).toEqual(['1 a job of b has been running for 2.1 s, longer than hang_limit (2 s)']);
    expect([watch.abandoned([[0], [1]]), watch.abandoned([[1]]), watch.abandoned([])]).toEqual([false, true, false]);
    watch.taskFailed(1);
    expect(columns[1].control[ENDED]).toBe(1);
  });

  it('ends a measurement that is stopped, and tells which recordings were full', () => {
    const full = columnsOf([
      [0, 1],
      [1, 2],
    ]);
    const { watch, at, aborted } = watchOf('mode: async, warmup: 0 s, duration: 9 s, tasks: [ { model: a } ]', [full]);
    expect(full.control[ROWS]).toBe(2);
    at(1);
    expect(watch.full()).toEqual([0]);
    watch.stop();
    expect(aborted()).toBe(true);
    expect(watch.result()).toMatchObject({ measureFrom: 0, measureTo: 2e6 });
  });

  it('makes rows ready before they are used, and says where it came too late', () => {
    const columns = viewColumns(new SharedArrayBuffer(columnBytes(50_000)), 50_000);
    clearRows(columns, 0, AHEAD_ROWS);
    const { at, watch } = watchOf('warmup: 0 s, duration: 100 s, tasks: [ { model: a, rate: 10 Hz } ]', [columns]);
    for (let t = 0; t < 10; t += 0.05) {
      columns.control[ROWS] += 100;
      at(t);
      expect(columns.start[columns.control[ROWS] + AHEAD_ROWS / 2]).toBeNaN();
    }
    expect(columns.parent[columns.control[ROWS] + AHEAD_ROWS - 1]).toBe(-1);
    expect(columns.start[columns.control[ROWS] + AHEAD_ROWS + 2000]).toBe(0);
    expect(watch.overtaken).toEqual([]);
    columns.control[ROWS] = 45_000;
    columns.complete[44_999] = 5;
    at(10);
    expect(watch.overtaken).toEqual([0]);
    expect(columns.complete[44_999]).toBe(5);
    expect(columns.start[50_000]).toBeNaN();
  });
});
