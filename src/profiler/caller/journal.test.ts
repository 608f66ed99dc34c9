/** Memory of a long recording: given back once it is on disk, and whole again at the end. Files in memory are real, time is not. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { scenarioOf } from '../../../test/scenarios.js';
import { COMPLETED, codeOf, STAMPS } from '../../formats/recording/jobs.js';
import type { RecordingDocument } from '../../formats/recording/recording.js';
import { readWhole } from '../../machine/files.js';
import { mapFile, memoryFolder } from '../../machine/mapped-memory.js';
import { assembleJobs } from '../../workload/assemble.js';
import { closeReleases } from '../../workload/close.js';
import {
  clearColumns,
  columnBytes,
  DONE_COUNT,
  DROP_COUNT,
  ROWS,
  type TaskColumns,
  viewColumns,
} from '../../workload/columns.js';
import { rotationOf } from '../rotation.js';
import { Journal } from './journal.js';

const CAPACITY = 160_000;
const PER_COPY = 5_900;
const KEEP_MS = 20_000;
const BUSY = codeOf('busy');
const path = join(memoryFolder(), `infersight-test-${process.pid}`);
const problems: unknown[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(async () => {
  vi.useRealTimers();
  rmSync(path, { force: true });
  // What is written in the background.
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(problems).toEqual([]);
});

/** Every third job is dropped; the others complete in the order of their release. */
function use(columns: TaskColumns, row: number): void {
  columns.seen[row] = row + 0.25;
  columns.control[ROWS] = row + 1;
  if (row % 3 === 2) {
    columns.dropped[row] = row + 0.5;
    columns.outcome[row] = BUSY;
    columns.control[DROP_COUNT]++;
    return;
  }
  columns.start[row] = row + 0.5;
  columns.complete[row] = row + 0.75;
  columns.completions[columns.control[DONE_COUNT]] = row;
  columns.control[DONE_COUNT]++;
  columns.outcome[row] = COMPLETED;
}

function recorded(
  rows: number,
  rotates: boolean,
  copied: (columns: TaskColumns, used: number) => void = () => {},
): { mapped: TaskColumns; journal: Journal } {
  const mapped = viewColumns(mapFile(path, columnBytes(CAPACITY)), CAPACITY);
  clearColumns(mapped);
  for (let row = 0; row < CAPACITY; row++) mapped.release[row] = row;
  const rotation = { keepMs: KEEP_MS, lasting: ['completions'] as const };
  const folder = join(mkdtempSync(join(tmpdir(), 'infersight-journal-')), 'part');
  const note = (error: unknown): void => void problems.push(error);
  const journal = new Journal(folder, () => ({}) as RecordingDocument, note, rotates ? rotation : undefined);
  journal.begin([{ path, capacity: CAPACITY }], []);
  for (let row = 0; row < rows; row++) {
    use(mapped, row);
    if (row % PER_COPY !== PER_COPY - 1) continue;
    vi.advanceTimersByTime(5000);
    copied(mapped, row + 1);
  }
  return { mapped, journal };
}

const memory = (): number => statSync(path).blocks * 512;

describe.runIf(process.platform === 'linux')('memory of a long recording', () => {
  it('is given back for rows that have been on disk for a while, and they come back at the end', () => {
    const rows = 147_500;
    const { mapped, journal } = recorded(rows, true);
    // 4 copies wait for their time, and the last rows that are not whole pages.
    const kept = columnBytes(CAPACITY - rows + 6 * PER_COPY) + 4 * rows;
    expect(memory()).toBeLessThan(kept + 2 * STAMPS.length * 65_536);
    journal.end();
    const columns = viewColumns(readWhole(path), CAPACITY);
    expect(columns.release[50_000]).toBe(0);
    journal.restore(columns, 0);
    const jobs = assembleJobs(['a'], [columns]);
    expect(jobs.length).toBe(rows);
    for (let row = 0; row < rows; row++) {
      const dropped = row % 3 === 2;
      const found = STAMPS.map((stamp) => jobs[stamp][row]);
      const expected: Readonly<Record<string, number>> = {
        release: row,
        seen: row + 0.25,
        ...(dropped ? { dropped: row + 0.5 } : { start: row + 0.5, complete: row + 0.75 }),
      };
      expect(found).toEqual(STAMPS.map((stamp) => expected[stamp] ?? Number.NaN));
      expect([jobs.outcome[row], jobs.parent[row]]).toEqual([dropped ? BUSY : COMPLETED, -1]);
    }
    expect(mapped.control[ROWS]).toBe(rows);
  });

  it('does not make rows that are gone look as if they still waited', () => {
    const { mapped, journal } = recorded(147_500, true, ({ outcome, start }, used) => {
      for (let row = 0; row < used; row++)
        if (outcome[row] === 0 && Number.isNaN(start[row])) expect.fail(`row ${row} of ${used}`);
    });
    journal.end();
    const before = mapped.control[DROP_COUNT];
    const scenario = scenarioOf('duration: 1 s, tasks: [ { model: a, rate: 10 Hz, overrun: skip } ]');
    closeReleases(scenario.tasks[0], mapped, CAPACITY, 147_510);
    expect(mapped.control[DROP_COUNT] - before).toBe(10);
  });

  it('stays where jobs run back to back', () => {
    recorded(147_500, false).journal.end();
    expect(memory()).toBeGreaterThan(0.99 * columnBytes(CAPACITY));
    expect(rotationOf(scenarioOf('mode: async, duration: 1 s, tasks: [ { model: a } ]'))).toBe(undefined);
  });

  it('keeps what joins look up, and for as long as a job may hang', () => {
    const scenario = scenarioOf(
      'hang_limit: 90 s, duration: 1 s, tasks: [ { model: a, rate: 1 Hz }, { model: b, after: a } ]',
    );
    expect(rotationOf(scenario)).toEqual({ keepMs: 180_000, lasting: ['completions', 'complete', 'root'] });
  });
});
