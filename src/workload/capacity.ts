/** How many rows a scenario can need, and the columns for them with all releases that are known beforehand. */
import { topologicalOrder } from '../base/order.js';
import { fail } from '../base/problem.js';
import type { ScenarioSpec, TaskSpec } from '../formats/pipeline/types.js';
import { clearColumns, clearRows, columnBytes, type Memory, type TaskColumns, viewColumns } from './columns.js';
import { horizonOf, WARMUP_COMPLETIONS } from './conductor.js';
import { planIterations } from './iteration-driver.js';
import { fillReleases, releaseBound } from './releases.js';

/** Rows of one task at most: 8 million are 710 MB of stamps. */
export const MAX_ROWS = 8_000_000;
const SPARE = 64;

/** Times faster than in its trial that a model may become before its recording is full. */
const SPEED_UP = 4;

/** Rows of a task that runs back to back with this service time (ns). The warm-up lasts as long as the slowest task needs. */
function closedRows(scenario: ScenarioSpec, service: number, slowest: number): number {
  const { warmup, steady, settleLimit, iterations, duration } = scenario;
  const before = warmup === 0 ? 0 : warmup + WARMUP_COMPLETIONS * slowest + (steady === 'off' ? 0 : settleLimit);
  const rows = (time: number): number => Math.ceil((SPEED_UP * time) / Math.max(service, 200)) + SPARE;
  return iterations === undefined ? rows(before + duration) : rows(before) + iterations;
}

function rowsOf(
  scenario: ScenarioSpec,
  task: TaskSpec,
  index: number,
  services: readonly number[],
  known: readonly number[],
): number {
  const horizon = horizonOf(scenario);
  const slowest = Math.max(...services);
  const sum = services.reduce((a, b) => a + b, 0);
  switch (scenario.mode) {
    case 'sync':
      return closedRows(scenario, sum, sum);
    case 'async':
      return closedRows(scenario, services[index], slowest);
    case 'async-iteration':
      return closedRows(scenario, slowest, slowest);
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

const shared = (bytes: number): Memory => new SharedArrayBuffer(bytes);

/**
 * @param services expected service time (ns) of each task, for the modes whose number of jobs depends on it
 * @param limits rows of one task at most, and how many of each are made ready
 * @throws ProblemError `run` when a task would need more rows than can be kept
 */
export function prepareColumns(
  scenario: ScenarioSpec,
  services: readonly number[],
  allocate: (bytes: number, task: number) => Memory = shared,
  { maxRows = MAX_ROWS, ready = Number.POSITIVE_INFINITY }: { readonly maxRows?: number; readonly ready?: number } = {},
): { columns: TaskColumns[]; listed: number[]; capacities: number[] } {
  const capacities: number[] = [];
  for (const index of inChainOrder(scenario)) {
    const rows = rowsOf(scenario, scenario.tasks[index], index, services, capacities);
    if (rows > maxRows && scenario.mode === 'periodic') {
      fail(
        'run',
        `task ${scenario.tasks[index].name} could release ${rows} jobs, more than the ${maxRows} that there is memory for`,
        'shorten duration',
      );
    }
    capacities[index] = Math.min(rows, maxRows);
  }
  const columns = capacities.map((capacity, i) => viewColumns(allocate(columnBytes(capacity), i), capacity));
  for (const column of columns) {
    if (ready < column.capacity) clearRows(column, 0, ready);
    else clearColumns(column);
  }
  const listed = scenario.tasks.map((task, i) =>
    scenario.mode === 'periodic' && task.overrun.kind !== 'shift'
      ? fillReleases(task.release, task.name, scenario.seed, horizonOf(scenario), columns[i])
      : 0,
  );
  return { columns, listed, capacities };
}

/** Indices of the tasks, every task behind those it waits for. */
export function inChainOrder({ tasks }: ScenarioSpec): number[] {
  const next: number[][] = tasks.map(() => []);
  tasks.forEach(({ release }, i) => {
    if (release.kind !== 'after') return;
    for (const name of release.tasks) next[tasks.findIndex((t) => t.name === name)].push(i);
  });
  return topologicalOrder(next).order;
}
