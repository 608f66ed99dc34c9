/**
 * Trace Event format, for ui.perfetto.dev and chrome://tracing: a process per recording, a track per task with a slice
 * per job and marks for releases, deadlines and drops, and a counter per system series. Times in us.
 */

import type { TaskSpec } from '../formats/pipeline/types.js';
import { absoluteDeadline, COMPLETED, type JobTable, OUTCOMES } from '../formats/recording/jobs.js';
import type { Series } from '../formats/recording/series.js';

/** A recording as the writers of traces want it. */
export interface TracedRecording {
  readonly name: string;
  readonly tasks: readonly TaskSpec[];
  readonly jobs: JobTable;
  readonly series: readonly Series[];
  readonly measureFrom: number;
  readonly measureTo: number;
}

/** Above this many jobs only missed ones get marks. */
const MARKED_JOBS = 200_000;

/** Tracks of the releases are numbered from here, by task. */
const RELEASES = 10_000;

const us = (ns: number): number => Math.round(ns) / 1000;

/** Pieces of a file of trace events, to be joined. */
export function traceJson(recordings: readonly TracedRecording[]): string[] {
  const parts: string[] = ['{"displayTimeUnit":"ms","traceEvents":[\n'];
  let first = true;
  const put = (event: object): void => {
    parts.push(`${first ? '' : ',\n'}${JSON.stringify(event)}`);
    first = false;
  };
  recordings.forEach((recording, i) => {
    traceRecording(recording, i + 1, put);
  });
  parts.push('\n]}\n');
  return parts;
}

function traceRecording(
  { name, tasks, jobs, series, measureFrom, measureTo }: TracedRecording,
  pid: number,
  put: (event: object) => void,
): void {
  put({ ph: 'M', pid, name: 'process_name', args: { name } });
  put({ ph: 'X', pid, tid: 0, name: 'measured', ts: us(measureFrom), dur: us(measureTo - measureFrom), cat: 'phase' });
  put({ ph: 'M', pid, tid: 0, name: 'thread_name', args: { name: 'phases' } });
  tasks.forEach((task, i) => {
    put({ ph: 'M', pid, tid: i + 1, name: 'thread_name', args: { name: task.name } });
    put({ ph: 'M', pid, tid: i + 1, name: 'thread_sort_index', args: { sort_index: 2 * i + 1 } });
    put({ ph: 'M', pid, tid: RELEASES + i, name: 'thread_name', args: { name: `${task.name} releases` } });
    put({ ph: 'M', pid, tid: RELEASES + i, name: 'thread_sort_index', args: { sort_index: 2 * i + 2 } });
  });
  const marks = jobs.length <= MARKED_JOBS;
  for (let row = 0; row < jobs.length; row++) traceJob(tasks[jobs.task[row]], jobs, row, { pid, marks }, put);
  for (const s of series) {
    for (let i = 0; i < s.time.length; i++) {
      put({ ph: 'C', pid, name: `${s.name} (${s.unit})`, ts: us(s.time[i]), args: { value: s.value[i] } });
    }
  }
}

function traceJob(
  task: TaskSpec,
  jobs: JobTable,
  row: number,
  { pid, marks }: { pid: number; marks: boolean },
  put: (event: object) => void,
): void {
  const track = { pid, tid: jobs.task[row] + 1 };
  const seq = jobs.seq[row];
  const outcome = OUTCOMES[jobs.outcome[row]];
  const deadline = absoluteDeadline(task, jobs, row);
  const completed = jobs.outcome[row] === COMPLETED;
  const late = completed && jobs.complete[row] > deadline;
  if (completed) {
    put({
      ph: 'X',
      ...track,
      cat: late ? 'late' : 'job',
      name: late ? `${task.name} #${seq} late` : `${task.name} #${seq}`,
      ts: us(jobs.start[row]),
      dur: us(jobs.complete[row] - jobs.start[row]),
      ...(late ? { cname: 'terrible' } : {}),
      args: {
        seq,
        release_us: us(jobs.release[row]),
        queue_wait_us: us(jobs.start[row] - jobs.release[row]),
        response_us: us(jobs.complete[row] - jobs.release[row]),
      },
    });
  } else if (outcome !== 'in_flight') {
    put({ ph: 'i', s: 't', ...track, cat: 'drop', name: `#${seq} dropped: ${outcome}`, ts: us(jobs.dropped[row]) });
  }
  if (!marks && !late) return;
  const releases = { pid, tid: RELEASES + jobs.task[row] };
  put({ ph: 'X', ...releases, cat: 'release', name: `release #${seq}`, ts: us(jobs.release[row]), dur: 0 });
  if (completed) {
    const flow = { cat: 'flow', name: 'release', id: `${pid}.${jobs.task[row]}.${seq}` };
    put({ ph: 's', ...releases, ...flow, ts: us(jobs.release[row]) });
    // Inside the slice, as an arrow binds to the slice that is open at its end.
    put({ ph: 'f', bp: 'e', ...track, ...flow, ts: us(Math.max(jobs.start[row], jobs.complete[row] - 1)) });
  }
  if (Number.isFinite(deadline))
    put({ ph: 'i', s: 't', ...track, cat: 'deadline', name: `deadline #${seq}`, ts: us(deadline) });
}
