/** What the report page shows now. */
import { computed, signal } from '@preact/signals';
import {
  type PageJobs,
  type PageRecording,
  type PageSamples,
  type ReportPage,
  unpackJobs,
  unpackSeries,
} from '../../formats/report/report-page.js';
import { readBytes } from '../payload.js';
import { indexTask, type TaskIndex } from './timeline-index.js';

/** A recording with its columns unpacked. */
export interface Loaded {
  readonly recording: PageRecording;
  readonly jobs: PageJobs;
  readonly indexes: readonly TaskIndex[];
  readonly samples: readonly PageSamples[];
}

/** What the page holds. */
export const page = signal<ReportPage | undefined>(undefined);
/** Position in `recordings`. */
export const chosenRecording = signal(0);
/** The recording in sight. */
export const loaded = signal<ReadonlyMap<number, Loaded>>(new Map());
/** Row of the chosen job. */
export const chosenJob = signal<number | undefined>(undefined);

/** Its number. */
export const current = computed<Loaded | undefined>(() => loaded.value.get(chosenRecording.value));

/** Unpacked when it is looked at, so that the first recording is there at once. */
export async function load(index: number): Promise<void> {
  const recording = page.value?.recordings[index];
  if (!recording || loaded.value.has(index)) return;
  const jobs = unpackJobs(await readBytes(`jobs${index}`), recording.tasks);
  const samples = unpackSeries(await readBytes(`series${index}`), recording.series);
  const indexes = recording.tasks.map((_, task) => indexTask(jobs, recording, task));
  loaded.value = new Map([...loaded.value, [index, { recording, jobs, indexes, samples }]]);
}

/** Brings another recording into sight. */
export function chooseRecording(index: number): void {
  chosenJob.value = undefined;
  chosenRecording.value = index;
  void load(index);
}
