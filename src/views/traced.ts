/** Recordings of a run as the writers of traces want them. */
import type { Recording } from '../formats/recording/recording.js';
import type { TracedRecording } from '../report/trace.js';
import type { RunDirectory } from '../store/run-directory.js';

/** Recordings with the names that a trace shows. */
export const tracedRecordings = (run: RunDirectory, recordings: readonly Recording[]): TracedRecording[] =>
  recordings.map(({ document, jobs, series }) => ({
    name: `${document.scenario}${document.repetition > 1 ? ` #${document.repetition}` : ''}${document.part === undefined ? '' : `, part ${document.part}`}`,
    tasks: run.scenario(document.scenario)?.tasks ?? [],
    jobs,
    series,
    measureFrom: document.measure.from_ns,
    measureTo: document.measure.to_ns,
  }));
