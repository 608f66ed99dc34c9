/** What report.html carries: the report as JSON, and the jobs and samples of each recording as packed columns. */

import { COMPLETED, type JobTable, rowsOf } from '../recording/jobs.js';
import type { Series } from '../recording/series.js';
import type { ScenarioAdvice } from './advice.js';
import type { ProfileReport } from './report.js';

/** A task of a recording on the page. */
export interface PageTask {
  readonly name: string;
  /** us; absent for a task without a deadline. */
  readonly deadline?: number;
  /** The deadline counts from the grid point instead of the release. */
  readonly nominal: boolean;
  /** Rows of the task. */
  readonly rows: number;
  /** Those that are measured, counted within the task: [from, to). */
  readonly measured: readonly [from: number, to: number];
}

/** A series of a recording on the page. */
export interface PageSeries {
  readonly name: string;
  readonly unit: string;
  readonly source: string;
  readonly samples: number;
}

/** A recording without its columns. */
export interface PageRecording {
  readonly scenario: string;
  readonly repetition: number;
  /** Of a repetition that was interrupted and went on later. */
  readonly part?: number;
  readonly mode: string;
  readonly simulated: boolean;
  /** Measured window, us since the origin. */
  readonly measure: readonly [from: number, to: number];
  readonly tasks: readonly PageTask[];
  readonly series: readonly PageSeries[];
  /** Begins of the iterations in the barrier modes, us. */
  readonly iterations?: readonly number[];
  /** Wall time of the origin. */
  readonly utc: string;
  /** Jobs that were left out, because the recording is too long for a page. */
  readonly cut?: number;
}

/** An engine of the run, and the way to its page. */
export interface PageEngine {
  readonly model: string;
  readonly accelerator: string;
  readonly backend: string;
  readonly sha256: string;
  readonly modelSha256: string;
  /** Relative to the run directory; absent where the engine was not explored. */
  readonly page?: string;
  readonly layers?: number;
  readonly findings?: readonly { readonly severity: string; readonly message: string }[];
}

/** Service times of a task, ms at 0, 0.5 ... 100 %. */
export interface PageCurves {
  readonly scenario: string;
  readonly task: string;
  readonly alone: readonly number[];
  readonly together: readonly number[];
}

/** What the page of a report holds besides its columns. */
export interface ReportPage {
  readonly version: 1;
  readonly report: ProfileReport;
  /** Of the tasks that were recorded alone as well. */
  readonly curves: readonly PageCurves[];
  readonly recordings: readonly PageRecording[];
  /** What would fit, where the run was calibrated. */
  readonly advice?: readonly ScenarioAdvice[];
  /** The report in Markdown, to be pasted elsewhere. */
  readonly markdown: string;
  /** Files of the run directory beside the page. */
  readonly files: readonly string[];
  readonly engines: readonly PageEngine[];
  /** Of stages that failed. */
  readonly problems: readonly { readonly stage: string; readonly message: string; readonly hint?: string }[];
  readonly reproduce: {
    readonly command: string;
    readonly run: string;
    readonly pipeline: string;
    readonly pipelineSha256: string;
    readonly seeds: readonly { readonly scenario: string; readonly seed: number }[];
  };
}

/** Columns of jobs, one entry per row, times in us. Rows are grouped by task. */
export interface PageJobs {
  readonly length: number;
  readonly task: Uint16Array;
  readonly release: Float64Array;
  /** Release minus grid point. */
  readonly offset: Int32Array;
  /** Release to start, or to the drop; NONE while in flight. */
  readonly wait: Uint32Array;
  /** Start to completion; NONE where it never came. */
  readonly run: Uint32Array;
  /** Start to the end of the last submit; NONE where it is not known. */
  readonly enqueue: Uint32Array;
  /** Time on the device; NONE where it is not known. */
  readonly device: Uint32Array;
  /** Release to the observation of the release. */
  readonly seen: Uint32Array;
  readonly outcome: Uint8Array;
  /** 1 where the job was completed behind its deadline; told in ns, which the times here are not. */
  readonly late: Uint8Array;
  /** Of a miss, its place in the list of causes, from 1 on; 0 for a job in time. */
  readonly cause: Uint8Array;
}

/** An instant that never came, in a column of spans. */
export const NONE = 0xffffffff;
const LARGEST = NONE - 1;
const US = 1000;

/** Whole us, cut at 71 minutes; what is not known is NONE. */
const span = (ns: number): number => (Number.isNaN(ns) ? NONE : Math.max(0, Math.min(LARGEST, Math.round(ns / US))));

const SPAN = 2 ** 32;
const WIDE = ['delta', 'turns', 'offset', 'wait', 'run', 'enqueue', 'device', 'seen'] as const;

/** Beside the outcome, which takes three bits: the cause of a miss takes three more. */
const LATE_BIT = 0x80;
const [OUTCOME_BITS, CAUSE_BITS, CAUSE_SHIFT] = [0x0f, 0x70, 4];

/** What is said of jobs beside their stamps. */
export interface JobNotes {
  /** Of a completed row: whether it was completed behind its deadline. */
  readonly late: (row: number) => boolean;
  /** Of any row: the number of its cause, 1 to 7; 0 where it was not missed. */
  readonly cause?: (row: number) => number;
}

/** Column after column, little-endian; the releases as differences, which pack well. */
export function packJobs(jobs: JobTable, { late, cause = () => 0 }: JobNotes): Uint8Array {
  const n = jobs.length;
  const wide = Object.fromEntries(WIDE.map((c) => [c, new Uint32Array(n)])) as Record<
    (typeof WIDE)[number],
    Uint32Array
  >;
  for (let task = 0; task < jobs.tasks.length; task++) {
    const { from, to } = rowsOf(jobs, task);
    let before = 0;
    for (let row = from; row < to; row++) {
      const release = Math.round(jobs.release[row] / US);
      // Gaps beyond 71 minutes, and a first release before the origin, take a second column.
      wide.delta[row] = (((release - before) % SPAN) + SPAN) % SPAN;
      wide.turns[row] = Math.floor((release - before) / SPAN);
      before = release;
      wide.offset[row] = Math.round((jobs.release[row] - jobs.nominal[row]) / US) || 0;
      const completed = jobs.outcome[row] === COMPLETED;
      const taken = completed || Number.isNaN(jobs.dropped[row]) ? jobs.start[row] : jobs.dropped[row];
      wide.wait[row] = span(taken - jobs.release[row]);
      wide.run[row] = span(jobs.complete[row] - jobs.start[row]);
      wide.enqueue[row] = span(jobs.enqueueEnd[row] - jobs.start[row]);
      wide.device[row] = span(jobs.deviceEnd[row] - jobs.deviceStart[row]);
      wide.seen[row] = span(jobs.seen[row] - jobs.release[row]);
    }
  }
  const out = new Uint8Array(n * (4 * WIDE.length + 1));
  WIDE.forEach((c, i) => {
    out.set(new Uint8Array(wide[c].buffer), i * 4 * n);
  });
  const last = WIDE.length * 4 * n;
  for (let row = 0; row < n; row++)
    out[last + row] =
      jobs.outcome[row] |
      ((cause(row) << CAUSE_SHIFT) & CAUSE_BITS) |
      (jobs.outcome[row] === COMPLETED && late(row) ? LATE_BIT : 0);
  return out;
}

/** @param tasks with the number of rows of each, in the order of the table */
export function unpackJobs(bytes: Uint8Array, tasks: readonly PageTask[]): PageJobs {
  const n = tasks.reduce((sum, t) => sum + t.rows, 0);
  const column = (name: (typeof WIDE)[number]): Uint32Array =>
    new Uint32Array(bytes.slice(WIDE.indexOf(name) * 4 * n, (WIDE.indexOf(name) + 1) * 4 * n).buffer);
  const delta = column('delta');
  const turns = new Int32Array(column('turns').buffer);
  const fates = bytes.slice(WIDE.length * 4 * n);
  const task = new Uint16Array(n);
  const release = new Float64Array(n);
  let row = 0;
  tasks.forEach(({ rows }, index) => {
    let at = 0;
    for (let k = 0; k < rows; k++, row++) {
      at += turns[row] * SPAN + delta[row];
      release[row] = at;
      task[row] = index;
    }
  });
  return {
    length: n,
    task,
    release,
    offset: new Int32Array(column('offset').buffer),
    wait: column('wait'),
    run: column('run'),
    enqueue: column('enqueue'),
    device: column('device'),
    seen: column('seen'),
    outcome: fates.map((f) => f & OUTCOME_BITS),
    cause: fates.map((f) => (f & CAUSE_BITS) >> CAUSE_SHIFT),
    late: fates.map((f) => (f & LATE_BIT ? 1 : 0)),
  };
}

/** Times in us, values as they are; both as doubles. */
export function packSeries(series: readonly Series[]): Uint8Array {
  const total = series.reduce((sum, s) => sum + s.time.length, 0);
  const out = new Float64Array(2 * total);
  let at = 0;
  for (const { time, value } of series)
    for (let i = 0; i < time.length; i++) {
      out[at] = time[i] / US;
      out[total + at] = value[i];
      at++;
    }
  return new Uint8Array(out.buffer);
}

/** Samples of a series, times in us. */
export interface PageSamples extends PageSeries {
  /** us since the origin. */
  readonly time: Float64Array;
  readonly value: Float64Array;
}

/** Undoes `packSeries`. */
export function unpackSeries(bytes: Uint8Array, series: readonly PageSeries[]): PageSamples[] {
  const all = new Float64Array(bytes.slice().buffer);
  const total = all.length / 2;
  let at = 0;
  return series.map((s) => {
    const from = at;
    at += s.samples;
    return { ...s, time: all.subarray(from, at), value: all.subarray(total + from, total + at) };
  });
}
