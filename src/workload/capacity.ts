/** How many rows a scenario can need, and the columns for them with all releases that are known beforehand. */
import { fail } from '../base/problem.js';
import type { ScenarioSpec, TaskSpec } from '../formats/pipeline/types.js';
import { allocateColumns, type TaskColumns, viewColumns } from './columns.js';
import { horizonOf } from './conductor.js';
import { planIterations } from './iteration-driver.js';
import { fillReleases, releaseBound } from './releases.js';

/** Rows of one task at most: 8 million are 660 MB of stamps. */
const MAX_ROWS = 8_000_000;
const SPARE = 64;

/** Rows of a task that runs back to back with this service time (ns), doubled. */
function closedRows(scenario: ScenarioSpec, service: number): number {
  const horizon = horizonOf(scenario);
  const byTime = Math.ceil((2 * horizon) / Math.max(service, 200)) + SPARE;
  const limit = scenario.iterations;
  if (limit === undefined) return byTime;
  const warmup = scenario.warmup === 0 ? 0 : Math.ceil((2 * (horizon - scenario.duration)) / Math.max(service, 200));
  return limit + warmup + SPARE;
}

function rowsOf(scenario: ScenarioSpec, task: TaskSpec, index: number, services: readonly number[], known: readonly number[]): number {
  const horizon = horizonOf(scenario);
  switch (scenario.mode) {
    case 'sync':
      return closedRows(scenario, services.reduce((a, b) => a + b, 0));
    case 'async':
      return closedRows(scenario, services[index]);
    case 'async-iteration':
      return closedRows(scenario, Math.max(...services));
    case 'periodic-iteration': {
      const plan = planIterations(scenario);
      const iterations = Math.ceil(horizon / Math.max(plan.target, 1)) + (scenario.iterations ?? 0) + 2;
      return plan.offsets[index].length * iterations;
    }
    case 'periodic': {
      if (task.release.kind !== 'after') return releaseBound(task.release, horizon);
      const parents = task.release.tasks.map((name) => known[scenario.tasks.findIndex((t) => t.name === name)]);
      return Math.max(...parents) * task.release.fanOut;
    }
  }
}

/**
 * @param services expected service time (ns) of each task, for the modes whose number of jobs depends on it
 * @throws ProblemError `run` when a task would need more rows than can be kept
 */
export function prepareColumns(
  scenario: ScenarioSpec,
  services: readonly number[],
): { buffers: SharedArrayBuffer[]; columns: TaskColumns[]; listed: number[]; capacities: number[] } {
  const capacities: number[] = [];
  for (const index of inChainOrder(scenario)) {
    const rows = rowsOf(scenario, scenario.tasks[index], index, services, capacities);
    if (rows > MAX_ROWS && scenario.mode === 'periodic') {
      fail('run', `task ${scenario.tasks[index].name} could release ${rows} jobs, more than the ${MAX_ROWS} that are kept`, 'shorten duration');
    }
    capacities[index] = Math.min(rows, MAX_ROWS);
  }
  const buffers = capacities.map(allocateColumns);
  const columns = buffers.map((buffer, i) => viewColumns(buffer, capacities[i]));
  const listed = scenario.tasks.map((task, i) =>
    scenario.mode === 'periodic' && task.overrun.kind !== 'shift'
      ? fillReleases(task.release, task.name, scenario.seed, horizonOf(scenario), columns[i])
      : 0,
  );
  return { buffers, columns, listed, capacities };
}

/** Indices of the tasks, every task behind those it waits for. */
export function inChainOrder(scenario: ScenarioSpec): number[] {
  const order: number[] = [];
  const visit = (index: number): void => {
    if (order.includes(index)) return;
    const { release } = scenario.tasks[index];
    if (release.kind === 'after') {
      for (const name of release.tasks) visit(scenario.tasks.findIndex((t) => t.name === name));
    }
    order.push(index);
  };
  scenario.tasks.forEach((_, i) => {
    visit(i);
  });
  return order;
}
