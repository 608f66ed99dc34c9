/**
 * Releases that fell while the last job of a task ran and that nobody has taken up, because that job never ended: they go
 * through the overrun policy like all others and count as misses.
 */
import type { TaskSpec } from '../formats/pipeline/types.js';
import { ROWS, type TaskColumns } from './columns.js';
import { waitingRoom } from './overrun.js';
import { TaskLog } from './task-log.js';

/** @param listed rows that were filled with releases beforehand @param until end of the releases, ns */
export function closeReleases(task: TaskSpec, columns: TaskColumns, listed: number, until: number): void {
  const log = new TaskLog(columns, task);
  const room = waitingRoom(task.overrun, columns.capacity, log.deadlineOf, log.drop);
  const taken = columns.control[ROWS];
  if (taken >= listed || !(columns.release[taken] < until)) return;
  for (let row = 0; row < taken; row++) {
    if (columns.outcome[row] === 0 && Number.isNaN(columns.start[row])) room.arrive(row, columns.release[row]);
  }
  for (let row = taken; row < listed && columns.release[row] < until; row++) {
    log.released(row, columns.release[row]);
    room.arrive(row, columns.release[row]);
  }
}
