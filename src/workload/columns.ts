/** Preallocated stamp columns of one task: written by its worker, read by the display and the recording. */
import { STAMPS, type Stamp } from '../formats/recording/jobs.js';

/** Words of `control`. */
export const ROWS = 0;
/** Word: completed jobs. */
export const DONE_COUNT = 1;
/** Word: dropped jobs. */
export const DROP_COUNT = 2;
/** Word: late jobs. */
export const LATE_COUNT = 3;
/** Word: 1 when the thread has left its loop. */
export const ENDED = 4;
const CONTROL_WORDS = 8;

/** Stamps of one task, by row. */
export interface TaskColumns extends Record<Stamp, Float64Array> {
  readonly capacity: number;
  readonly control: Int32Array;
  readonly outcome: Uint8Array;
  readonly parent: Int32Array;
  /** Row of the job that the chain of a caused job began with; -1 for jobs that nothing caused. */
  readonly root: Int32Array;
  /** Rows in the order of their completion, for tasks that wait for this one. */
  readonly completions: Int32Array;
}

/** One row beyond the capacity takes what is run but no longer recorded. */
const padded = (capacity: number): number => Math.ceil((capacity + 1) / 8) * 8;

/** Bytes of the columns of a task. */
export const columnBytes = (capacity: number): number =>
  CONTROL_WORDS * 4 + padded(capacity) * (STAMPS.length * 8 + 4 + 4 + 4 + 1);

/** Memory that every thread of the run sees, of `columnBytes(capacity)` zero bytes. */
export type Memory = SharedArrayBuffer | ArrayBuffer;

/** Stamps that are written before a release, and may be there already when its row is made ready. */
const GIVEN: readonly Stamp[] = ['nominal', 'release'];
const OTHERS = STAMPS.filter((stamp) => !GIVEN.includes(stamp));

/** Makes all rows ready, and touches every page, so that none is touched first while measuring. */
export function clearColumns(columns: TaskColumns): void {
  for (const stamp of GIVEN) columns[stamp].fill(Number.NaN);
  clearRows(columns, 0, columns.outcome.length);
}

/** Makes rows ready that nobody has used; what is known of their releases stays. */
export function clearRows(columns: TaskColumns, from: number, to: number): void {
  for (const stamp of OTHERS) columns[stamp].fill(Number.NaN, from, to);
  columns.parent.fill(-1, from, to);
  columns.root.fill(-1, from, to);
  columns.completions.fill(0, from, to);
  columns.outcome.fill(0, from, to);
}

/** Where a column lies: bytes from the begin of the memory, and bytes of a row. */
export interface ColumnPlace {
  readonly offset: number;
  readonly width: number;
}

/** Places of the columns of a task; its control words come first. */
export function columnPlaces(
  capacity: number,
): Readonly<Record<Stamp | 'parent' | 'completions' | 'root' | 'outcome', ColumnPlace>> {
  const length = padded(capacity);
  const begin = CONTROL_WORDS * 4;
  const stamps = STAMPS.map((stamp, i) => [stamp, { offset: begin + i * length * 8, width: 8 }] as const);
  const after = begin + STAMPS.length * length * 8;
  const places = Object.fromEntries(stamps) as Record<Stamp, ColumnPlace>;
  return {
    ...places,
    parent: { offset: after, width: 4 },
    completions: { offset: after + length * 4, width: 4 },
    root: { offset: after + length * 8, width: 4 },
    outcome: { offset: after + length * 12, width: 1 },
  };
}

/** Bytes of the control words. */
export const CONTROL_BYTES = CONTROL_WORDS * 4;

/** Columns over memory that is there. @param buffer of at least `columnBytes(capacity)` bytes */
export function viewColumns(buffer: Memory, capacity: number): TaskColumns {
  const length = padded(capacity);
  const places = columnPlaces(capacity);
  const stamps = Object.fromEntries(
    STAMPS.map((stamp) => [stamp, new Float64Array(buffer, places[stamp].offset, length)]),
  ) as Record<Stamp, Float64Array>;
  return {
    ...stamps,
    capacity,
    control: new Int32Array(buffer, 0, CONTROL_WORDS),
    parent: new Int32Array(buffer, places.parent.offset, length),
    completions: new Int32Array(buffer, places.completions.offset, length),
    root: new Int32Array(buffer, places.root.offset, length),
    outcome: new Uint8Array(buffer, places.outcome.offset, length),
  };
}

/** Instant of the last completion, ns; 0 before the first. */
export const lastCompletion = ({ complete, completions, control }: TaskColumns): number =>
  control[DONE_COUNT] > 0 ? complete[completions[control[DONE_COUNT] - 1]] : 0;

/** Whether a job was started and neither completed nor failed. */
export function hasOpenJob({ start, outcome, control, capacity }: TaskColumns): boolean {
  for (let row = Math.min(control[ROWS], capacity) - 1; row >= 0; row--)
    if (!Number.isNaN(start[row])) return outcome[row] === 0;
  return false;
}
