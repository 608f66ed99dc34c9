/** Numbers of one task that the page draws, from its packed jobs. Only measured jobs count, as in the report. */
import { upperBound } from '../../base/search.js';
import { COMPLETED } from '../../formats/recording/jobs.js';
import { NONE, type PageJobs, type PageRecording } from '../../formats/report/report-page.js';

/** Jobs by response. */
export interface Histogram {
  /** Counts of equal bins from `low` to `high`, ms. */
  readonly bins: Uint32Array;
  readonly low: number;
  readonly high: number;
  /** Jobs behind `high`. */
  readonly beyond: number;
  readonly total: number;
}

/** Least, median and most over stretches of time. */
export interface Envelope {
  /** Middle of each part of the window, s since the run origin. */
  readonly time: Float64Array;
  readonly least: Float64Array;
  readonly median: Float64Array;
  readonly most: Float64Array;
}

/** Figures of a task for its charts. */
export interface TaskStats {
  /** Response times in rising order, ms. */
  readonly sorted: Float64Array;
  readonly histogram: Histogram;
  readonly envelope: Envelope;
}

const BINS = 64;
const PARTS = 160;

/** Rows [from, to) of a task on the page. */
export function rowsOfTask({ tasks }: PageRecording, task: number): { from: number; to: number } {
  let from = 0;
  for (let i = 0; i < task; i++) from += tasks[i].rows;
  return { from, to: from + tasks[task].rows };
}

/** Undefined without a completed job. */
export function taskStats(jobs: PageJobs, recording: PageRecording, task: number): TaskStats | undefined {
  const { from: first } = rowsOfTask(recording, task);
  const [from, to] = recording.tasks[task].measured.map((row) => first + row);
  const [begin, end] = recording.measure;
  const values = new Float64Array(to - from);
  const at = new Float64Array(to - from);
  let n = 0;
  for (let row = from; row < to; row++) {
    if (jobs.outcome[row] !== COMPLETED || jobs.run[row] === NONE) continue;
    values[n] = (jobs.wait[row] + jobs.run[row]) / 1000;
    at[n++] = jobs.release[row];
  }
  if (n === 0) return undefined;
  const found = values.subarray(0, n);
  const sorted = found.slice().sort();
  return {
    sorted,
    histogram: histogramOf(sorted, recording.tasks[task].deadline),
    envelope: envelopeOf(found, at, begin, end),
  };
}

/** A few stragglers must not press everything else into one bin: they are counted behind the end. */
function histogramOf(sorted: Float64Array, deadlineUs: number | undefined): Histogram {
  const n = sorted.length;
  const most = sorted[n - 1];
  const usual = sorted[Math.min(n - 1, Math.floor(n * 0.995))];
  const deadline = (deadlineUs ?? 0) / 1000;
  // Equal times stand in the middle, not at an edge of nothing.
  const low = Math.max(0, sorted[0] - Math.max((usual - sorted[0]) * 0.05, usual * 0.01));
  // The deadline is shown where that leaves the jobs room to be seen.
  const wished = deadline > usual && deadline < usual * 4 ? deadline * 1.03 : usual * 1.05;
  const high = Math.max(low + 1e-6, most <= wished * 1.2 ? Math.max(most * 1.0001, usual * 1.01) : wished);
  const bins = new Uint32Array(BINS);
  let beyond = 0;
  for (const v of sorted) {
    if (v > high) beyond++;
    else bins[Math.min(BINS - 1, Math.floor(((v - low) / (high - low)) * BINS))]++;
  }
  return { bins, low, high, beyond, total: n };
}

function envelopeOf(values: Float64Array, at: Float64Array, begin: number, end: number): Envelope {
  const parts: number[][] = Array.from({ length: PARTS }, () => []);
  const width = Math.max(1, end - begin);
  for (let i = 0; i < values.length; i++)
    parts[Math.min(PARTS - 1, Math.floor(((at[i] - begin) / width) * PARTS))].push(values[i]);
  const filled = parts.map((list, i) => ({ list: list.sort((a, b) => a - b), i })).filter((p) => p.list.length > 0);
  const pick = (f: (list: number[]) => number) => Float64Array.from(filled, (p) => f(p.list));
  return {
    time: Float64Array.from(filled, (p) => (begin + ((p.i + 0.5) * width) / PARTS) / 1e6),
    least: pick((l) => l[0]),
    median: pick((l) => l[l.length >> 1]),
    most: pick((l) => l[l.length - 1]),
  };
}

/** Part of the jobs at or below a value. */
export function below(sorted: Float64Array, value: number): number {
  return upperBound(sorted, value) / sorted.length;
}
