/** The tasks of a report as rows of plain values, for tables that people and spreadsheets read. */
import type { Distribution, ProfileReport, ScenarioReport, TaskReport } from '../formats/report/report.js';

/** A value in a table of text. */
export type Cell = string | number | undefined;

/** A task and its scenario. */
export interface TaskRow {
  readonly scenario: string;
  readonly task: TaskReport;
}

/** `street`, or `street #2` where a scenario was repeated, with its part where that was interrupted. */
export const scenarioName = (s: Pick<ScenarioReport, 'name' | 'repetition' | 'part'>): string =>
  `${s.name}${s.repetition === undefined ? '' : ` #${s.repetition}`}${s.part === undefined ? '' : `, part ${s.part}`}`;

/** All tasks of all scenarios. */
export const taskRows = (report: ProfileReport): TaskRow[] =>
  report.scenarios.flatMap((s) => s.tasks.map((task) => ({ scenario: scenarioName(s), task })));

/** Jobs that were dropped, for whatever reason. */
export const droppedOf = (task: TaskReport): number => Object.values(task.dropped).reduce((a, b) => a + b, 0);

const QUANTILES = ['min', 'mean', 'sd', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'] as const;
const DISTRIBUTIONS = [
  'response_ms',
  'service_ms',
  'queue_wait_ms',
  'release_error_ms',
  'enqueue_ms',
  'device_ms',
  'device_begin_ms',
  'copy_in_ms',
  'compute_ms',
  'copy_out_ms',
] as const;

/** Column name -> value, in the order of the columns; the same columns for every task. */
export function flatTask({ scenario, task }: TaskRow): Record<string, Cell> {
  const row: Record<string, Cell> = {
    scenario,
    task: task.name,
    model: task.model,
    rate_hz: task.rate_hz,
    deadline_ms: task.deadline_ms,
    released: task.released,
    completed: task.completed,
    late: task.late,
    dropped: droppedOf(task),
    in_flight: task.in_flight,
    miss_ratio: task.miss_ratio,
    throughput_hz: task.throughput_hz,
    utilisation: task.utilisation,
  };
  for (const name of DISTRIBUTIONS) {
    const found: Distribution | undefined = task[name];
    row[`${name}.n`] = found?.n;
    for (const q of QUANTILES) row[`${name}.${q}`] = found?.[q];
  }
  for (const q of ['p50', 'p90', 'p95', 'p99'] as const) {
    row[`effective_response_ms.${q}`] = task.effective_response_ms?.[q];
  }
  row.problem = task.problem?.message;
  return row;
}
