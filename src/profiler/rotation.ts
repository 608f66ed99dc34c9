/**
 * Memory of a recording with rates of its own, however long it is: rows are made ready a while before they are used, and given back a
 * while after the journal has brought them to disk.
 *
 *   on disk, given back | on disk and in memory | in use | ready | not touched yet
 *                       ^ settled `keepMs` ago           ^ +AHEAD_ROWS
 */
import { LOAD_OF, type ScenarioSpec } from '../formats/pipeline/types.js';
import { columnBytes, type TaskColumns } from '../workload/columns.js';
import { horizonOf } from '../workload/conductor.js';

/** Rows of a task that are ready before they are used. */
export const AHEAD_ROWS = 16_384;
/** Rows are kept in memory at least this long (ms): the display looks back. */
const KEEP_MS = 60_000;
/** The journal copies every few seconds; rows wait for it. */
const COPIED_MS = 10_000;

/** A column of a task. */
export type Column = Exclude<keyof TaskColumns, 'capacity' | 'control'>;

/** What is rotated of a scenario. */
export interface Rotation {
  /** How long rows are kept after they have settled, ms. */
  readonly keepMs: number;
  /** Columns that stay in memory: they are looked up by completions, however long ago. */
  readonly lasting: readonly Column[];
}

/** Undefined where jobs run back to back, as many as there is time for. */
export function rotationOf(scenario: ScenarioSpec): Rotation | undefined {
  const { mode, tasks, hangLimit, duration } = scenario;
  if (LOAD_OF[mode] !== 'open') return undefined;
  const joined = tasks.some((t) => t.release.kind === 'after');
  return {
    // Joins wait for jobs that hang; whether it is steady is told from all that came before the measured window.
    keepMs: Math.max(KEEP_MS, 2 * (hangLimit / 1e6), (horizonOf(scenario) - duration) / 1e6),
    lasting: joined ? ['completions', 'complete', 'root'] : ['completions'],
  };
}

/** Bytes of nominal and release, which are known beforehand, and of lasting columns; of a row. */
const staying = ({ lasting }: Rotation): number => 16 + (lasting.length > 1 ? 16 : 4);
const rowBytes = columnBytes(1000) / 1000;

/** Bytes of memory that a row takes in the long run. */
export const residentRowBytes = (scenario: ScenarioSpec): number => {
  const rotation = rotationOf(scenario);
  return rotation ? staying(rotation) : rowBytes;
};

/** Bytes of memory that columns of so many bytes take at most. */
export function residentBytes(scenario: ScenarioSpec, bytes: number): number {
  const rotation = rotationOf(scenario);
  if (!rotation) return bytes;
  const share = staying(rotation) / rowBytes + ((rotation.keepMs + COPIED_MS) * 1e6) / horizonOf(scenario);
  return Math.min(bytes, bytes * share + AHEAD_ROWS * rowBytes);
}
