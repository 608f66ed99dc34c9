import { expect, it } from 'vitest';
import { OUTCOMES } from '../../formats/recording/jobs.js';
import { NONE, type PageJobs, type PageRecording } from '../../formats/report/report-page.js';
import { indexTask, LATE, missAfter, missBefore, neighbour, sameTime } from './timeline-index.js';

/** Three tasks of equal grids, 10 ms; a job that runs 12 ms is late. */
const RUNS = [
  [4, 12, 4, 12, 4],
  [12, 12, 4, 4, 4],
  [4, 12, 4, 4, 12],
];
const n = 5;
const flat = RUNS.flat();
const jobs = {
  length: flat.length,
  task: Uint16Array.from(flat, (_, i) => Math.floor(i / n)),
  release: Float64Array.from(flat, (_, i) => (i % n) * 10_000),
  offset: new Int32Array(flat.length),
  wait: new Uint32Array(flat.length),
  run: Uint32Array.from(flat, (ms) => ms * 1000),
  enqueue: new Uint32Array(flat.length).fill(NONE),
  device: new Uint32Array(flat.length).fill(NONE),
  seen: new Uint32Array(flat.length),
  late: Uint8Array.from(flat, (ms) => (ms > 10 ? 1 : 0)),
  outcome: new Uint8Array(flat.length).fill(OUTCOMES.indexOf('completed')),
} as unknown as PageJobs;
const recording = {
  tasks: ['a', 'b', 'c'].map((name) => ({ name, deadline: 10_000, nominal: false, rows: n, measured: [0, n] })),
} as unknown as PageRecording;
const indexes = [0, 1, 2].map((task) => indexTask(jobs, recording, task));
const late = flat.flatMap((_, row) => (indexes[Math.floor(row / n)].fate[row % n] === LATE ? [row] : []));
const inOrder = [...late].sort((a, b) => jobs.release[a] - jobs.release[b] || a - b);

it('next miss goes through all of them, also through those of the same instant', () => {
  const seen: number[] = [];
  let row = missAfter(indexes, jobs, { time: 0, row: -1 });
  while (row !== undefined && seen.length < 99) {
    seen.push(row);
    row = missAfter(indexes, jobs, { time: jobs.release[row], row });
  }
  expect(seen).toEqual(inOrder);
  expect(seen.length).toBe(6);
});
it('previous miss is the same way back', () => {
  const seen: number[] = [];
  let row = missBefore(indexes, jobs, { time: 1e9, row: 1e9 });
  while (row !== undefined && seen.length < 99) {
    seen.push(row);
    row = missBefore(indexes, jobs, { time: jobs.release[row], row });
  }
  expect(seen).toEqual(inOrder.toReversed());
});
it('keys lead from job to job, and from task to task', () => {
  expect(neighbour(indexes, jobs, 6, 1, 0)).toBe(7);
  expect([neighbour(indexes, jobs, 4, 1, 0), neighbour(indexes, jobs, 5, -1, 0)]).toEqual([undefined, undefined]);
  expect([sameTime(indexes, jobs, 7, 1, 0), sameTime(indexes, jobs, 7, -1, 0)]).toEqual([12, 2]);
  expect(sameTime(indexes, jobs, 12, 1, 0)).toBeUndefined();
  expect(neighbour(indexes, jobs, undefined, 1, 25_000)).toBe(2);
});
