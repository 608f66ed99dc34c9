import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JobTable, STAMPS } from '../recording/jobs.js';
import { NONE, type PageTask, packJobs, packSeries, unpackJobs, unpackSeries } from './report-page.js';

interface Job {
  gap: number;
  wait: number;
  run: number;
  outcome: number;
}

function tableOf(tasks: Job[][]): JobTable {
  const length = tasks.flat().length;
  const columns = Object.fromEntries(STAMPS.map((s) => [s, new Float64Array(length).fill(Number.NaN)]));
  const jobs = {
    length,
    tasks: tasks.map((_, i) => `t${i}`),
    task: new Uint16Array(length),
    seq: new Uint32Array(length),
    outcome: new Uint8Array(length),
    parent: new Int32Array(length).fill(-1),
    ...columns,
  } as unknown as JobTable;
  let row = 0;
  tasks.forEach((list, task) => {
    let release = -3_000_000;
    list.forEach((job, seq) => {
      release += job.gap;
      jobs.task[row] = task;
      jobs.seq[row] = seq;
      jobs.outcome[row] = job.outcome;
      jobs.nominal[row] = release - 250_000;
      jobs.release[row] = release;
      jobs.seen[row] = release + 2000;
      if (job.outcome === 1) {
        jobs.start[row] = release + job.wait;
        jobs.enqueueEnd[row] = release + job.wait + 1000;
        jobs.complete[row] = release + job.wait + job.run;
      } else if (job.outcome > 1) jobs.dropped[row] = release + job.wait;
      row++;
    });
  });
  return jobs;
}
const pageTasks = (tasks: Job[][]): PageTask[] =>
  tasks.map((list, i) => ({ name: `t${i}`, nominal: false, rows: list.length, measured: [0, list.length] }));
const job = fc.record({
  gap: fc.integer({ min: 0, max: 20_000_000_000_000 }),
  wait: fc.integer({ min: 0, max: 3_000_000_000 }),
  run: fc.integer({ min: 0, max: 3_000_000_000 }),
  outcome: fc.constantFrom(0, 1, 1, 1, 4, 7),
});

describe('jobs packed for a page', () => {
  it('come back, to the microsecond and without drift', () => {
    fc.assert(
      fc.property(fc.array(fc.array(job, { maxLength: 40 }), { minLength: 1, maxLength: 4 }), (tasks) => {
        const table = tableOf(tasks);
        const page = unpackJobs(
          packJobs(table, { late: (row) => row % 3 === 0, cause: (row) => row % 7 }),
          pageTasks(tasks),
        );
        expect(page.length).toBe(table.length);
        for (let row = 0; row < table.length; row++) {
          expect(page.task[row]).toBe(table.task[row]);
          expect(page.outcome[row]).toBe(table.outcome[row]);
          expect(page.late[row]).toBe(table.outcome[row] === 1 && row % 3 === 0 ? 1 : 0);
          expect(Math.abs(page.release[row] * 1000 - table.release[row])).toBeLessThanOrEqual(500);
          expect(page.offset[row]).toBe(250);
          expect(page.seen[row]).toBe(2);
          const completed = table.outcome[row] === 1;
          const wait = completed ? table.start[row] - table.release[row] : table.dropped[row] - table.release[row];
          expect(page.wait[row]).toBe(Number.isNaN(wait) ? NONE : Math.round(wait / 1000));
          expect(page.run[row]).toBe(completed ? Math.round((table.complete[row] - table.start[row]) / 1000) : NONE);
          expect(page.device[row]).toBe(NONE);
        }
      }),
    );
  });
});

describe('samples packed for a page', () => {
  it('come back as they were', () => {
    const series = [
      {
        name: 'cpu.mean',
        unit: 'percent',
        source: 'linux',
        time: Float64Array.of(-1e6, 5e6),
        value: Float64Array.of(1.5, 99),
      },
      { name: 'none', unit: 'C', source: 'x', time: new Float64Array(0), value: new Float64Array(0) },
      { name: 'ram_used', unit: 'bytes', source: 'linux', time: Float64Array.of(7e6), value: Float64Array.of(2 ** 40) },
    ];
    const back = unpackSeries(
      packSeries(series),
      series.map((s) => ({ ...s, samples: s.time.length })),
    );
    expect(back.map((s) => [s.name, [...s.time], [...s.value]])).toEqual([
      ['cpu.mean', [-1000, 5000], [1.5, 99]],
      ['none', [], []],
      ['ram_used', [7000], [2 ** 40]],
    ]);
  });
});
