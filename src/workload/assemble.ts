/** Columns of the tasks -> one job table. */
import { type JobTable, STAMPS } from '../formats/recording/jobs.js';
import { ROWS, type TaskColumns } from './columns.js';

/** Rows of a task that were used. */
export const usedRows = ({ control, capacity }: Pick<TaskColumns, 'control' | 'capacity'>): number =>
  Math.min(control[ROWS], capacity);

/** One table of all tasks. @param tasks their names */
export const assembleJobs = (tasks: readonly string[], columns: readonly TaskColumns[]): JobTable =>
  assembleEach(tasks, columns.map(usedRows), (task) => columns[task]);

/** The same where columns are read as they are needed. @param lengths rows of each task */
export function assembleEach(
  tasks: readonly string[],
  lengths: readonly number[],
  columnsOf: (task: number) => TaskColumns,
): JobTable {
  const length = lengths.reduce((a, b) => a + b, 0);
  const table = {
    length,
    tasks,
    task: new Uint16Array(length),
    seq: new Uint32Array(length),
    outcome: new Uint8Array(length),
    parent: new Int32Array(length),
    ...(Object.fromEntries(STAMPS.map((stamp) => [stamp, new Float64Array(length)])) as Record<
      (typeof STAMPS)[number],
      Float64Array
    >),
  };
  let at = 0;
  lengths.forEach((rows, task) => {
    const column = columnsOf(task);
    table.task.fill(task, at, at + rows);
    for (let i = 0; i < rows; i++) table.seq[at + i] = i;
    table.outcome.set(column.outcome.subarray(0, rows), at);
    table.parent.set(column.parent.subarray(0, rows), at);
    for (const stamp of STAMPS) table[stamp].set(column[stamp].subarray(0, rows), at);
    at += rows;
  });
  return table;
}
