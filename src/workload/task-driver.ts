/** Puts together the driver of each worker of a scenario, over memory that all threads share. */
import type { ScenarioSpec, TaskSpec } from '../formats/pipeline/types.js';
import { Bells } from './bells.js';
import { AsyncDriver, Quota, SyncDriver } from './closed-drivers.js';
import type { TaskColumns } from './columns.js';
import { type Driver, SharedMarks } from './driver.js';
import { IterationBarrier, IterationDriver, planIterations } from './iteration-driver.js';
import { OpenDriver } from './open-driver.js';
import { AfterSource, ListSource, ShiftSource } from './sources.js';
import { TaskLog } from './task-log.js';

/** Shared memory of a scenario besides the columns. Plain data, so that it can be handed to threads. */
export interface SharedScenario {
  readonly marks: SharedArrayBuffer;
  readonly bells: SharedArrayBuffer;
  readonly quota: SharedArrayBuffer;
  readonly barrier: SharedArrayBuffer;
}

/** Indices of the tasks that each worker runs: one worker per task, one in all in mode `sync`. */
export const tasksOfWorkers = (scenario: ScenarioSpec): number[][] =>
  scenario.mode === 'sync' ? [scenario.tasks.map((_, i) => i)] : scenario.tasks.map((_, i) => [i]);

/** Shared memory for all drivers of a scenario. */
export const allocateShared = (scenario: ScenarioSpec): SharedScenario => ({
  marks: SharedMarks.allocate(),
  bells: Bells.allocate(tasksOfWorkers(scenario).length),
  quota: Quota.allocate(scenario.tasks.length),
  barrier: IterationBarrier.allocate(scenario.tasks.length),
});

/** Workers whose tasks wait for completions of `task`. */
export const dependentsOf = (scenario: ScenarioSpec, task: TaskSpec): number[] =>
  scenario.tasks.flatMap((t, i) => (t.release.kind === 'after' && t.release.tasks.includes(task.name) ? [i] : []));

/** @param listed how many rows of each task were filled with releases beforehand */
export function createDriver(
  scenario: ScenarioSpec,
  worker: number,
  columns: readonly TaskColumns[],
  listed: readonly number[],
  shared: SharedScenario,
): Driver {
  const marks = new SharedMarks(shared.marks);
  const quota = new Quota(shared.quota, scenario.iterations);
  const logs = scenario.tasks.map((task, i) => new TaskLog(columns[i], task));
  const task = scenario.tasks[worker];
  switch (scenario.mode) {
    case 'sync':
      return new SyncDriver(logs, marks, quota);
    case 'async':
      return new AsyncDriver(logs[worker], marks, quota, worker);
    case 'async-iteration':
    case 'periodic-iteration': {
      const barrier = new IterationBarrier(shared.barrier, scenario.tasks.length, new Bells(shared.bells));
      const plan = planIterations(scenario);
      return new IterationDriver(task, logs[worker], { plan, barrier, marks, iterations: scenario.iterations }, worker);
    }
    case 'periodic':
      return new OpenDriver(task, logs[worker], sourceOf(scenario, worker, columns, listed, marks));
  }
}

/** The task that the chain of a task begins with; that of its first parent where it has several. */
function rootTaskOf(scenario: ScenarioSpec, task: number): number {
  const { release } = scenario.tasks[task];
  if (release.kind !== 'after') return task;
  return rootTaskOf(
    scenario,
    scenario.tasks.findIndex((t) => t.name === release.tasks[0]),
  );
}

function sourceOf(
  scenario: ScenarioSpec,
  worker: number,
  columns: readonly TaskColumns[],
  listed: readonly number[],
  marks: SharedMarks,
) {
  const { release, overrun } = scenario.tasks[worker];
  if (release.kind === 'after') {
    const parents = release.tasks.map((name) => scenario.tasks.findIndex((t) => t.name === name));
    const roots = parents.map((parent) => rootTaskOf(scenario, parent));
    const waitedFor = parents.map((parent) => columns[parent]);
    return new AfterSource(columns[worker], release, waitedFor, roots, scenario.seed);
  }
  if (overrun.kind === 'shift' && release.kind === 'periodic') return new ShiftSource(columns[worker], release, marks);
  return new ListSource(columns[worker], listed[worker], marks);
}
