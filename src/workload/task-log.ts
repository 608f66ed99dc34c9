/** What happens to the jobs of one task, written into its columns in an order that other threads may read. */

import type { TaskSpec } from '../formats/pipeline/types.js';
import { absoluteDeadline, COMPLETED } from '../formats/recording/jobs.js';
import { DONE_COUNT, DROP_COUNT, LATE_COUNT, ROWS, type TaskColumns } from './columns.js';

/** Writes what happens to the jobs of one task. */
export class TaskLog {
  readonly columns: TaskColumns;
  readonly #task: Pick<TaskSpec, 'deadline' | 'deadlineAnchor'>;

  constructor(columns: TaskColumns, task: Pick<TaskSpec, 'deadline' | 'deadlineAnchor'>) {
    this.columns = columns;
    this.#task = task;
  }

  /** Absolute deadline in ns; Infinity without one. */
  deadlineOf = (row: number): number => absoluteDeadline(this.#task, this.columns, row);

  /** The release of `row` has passed. `seen` is when that was observed. */
  released(row: number, seen: number): void {
    this.columns.seen[row] = seen;
    this.columns.control[ROWS] = row + 1;
  }

  drop = (row: number, at: number, reason: number): void => {
    const { columns } = this;
    columns.dropped[row] = at;
    Atomics.store(columns.outcome, row, reason);
    columns.control[DROP_COUNT]++;
  };

  completed(row: number, at: number): void {
    const { columns } = this;
    columns.complete[row] = at;
    if (at > this.deadlineOf(row)) columns.control[LATE_COUNT]++;
    Atomics.store(columns.outcome, row, COMPLETED);
    columns.completions[columns.control[DONE_COUNT]] = row;
    Atomics.add(columns.control, DONE_COUNT, 1);
  }
}
