/** A recording in memory and on disk. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, messageOf } from '../base/problem.js';
import { decodeJobs, decodeSeries, encodeJobs, encodeSeries } from '../formats/recording/arrow.js';
import type { JobTable } from '../formats/recording/jobs.js';
import { type Recording, readRecordingDocument } from '../formats/recording/recording.js';
import { writeAtomic } from '../machine/files.js';

/** Writes all files of a recording; its document last. @throws ProblemError `disk` */
export async function writeRecording(folder: string, recording: Recording): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeAtomic(join(folder, 'jobs.arrow'), encodeJobs(recording.jobs));
  await writeAtomic(join(folder, 'series.arrow'), encodeSeries(recording.series));
  await writeAtomic(join(folder, 'system_profile.txt'), recording.lines.map((line) => `${line}\n`).join(''));
  await writeAtomic(join(folder, 'recording.json'), `${JSON.stringify(recording.document, null, 2)}\n`);
}

const bytesOf = async (path: string): Promise<Uint8Array> => {
  try {
    return await readFile(path);
  } catch (error) {
    return fail('file', `${path} cannot be read: ${messageOf(error)}`);
  }
};

/** @throws ProblemError `file` or `version` */
export const readJobsFile = async (path: string): Promise<JobTable> => decodeJobs(await bytesOf(path), path);

/** @throws ProblemError `file` or `version` */
export async function readRecording(folder: string): Promise<Recording> {
  const path = (name: string) => join(folder, name);
  const document = readRecordingDocument(
    new TextDecoder().decode(await bytesOf(path('recording.json'))),
    path('recording.json'),
  );
  const lines = new TextDecoder()
    .decode(await bytesOf(path('system_profile.txt')))
    .split('\n')
    .filter(Boolean);
  const jobs = await readJobsFile(path('jobs.arrow'));
  const names = document.tasks.map((t) => t.name);
  if (names.join('\n') !== jobs.tasks.join('\n'))
    fail(
      'file',
      `${path('jobs.arrow')}: has jobs of ${jobs.tasks.join(', ') || 'no task'}, and recording.json beside it was written for ${names.join(', ') || 'no task'}`,
      'the files come from different runs',
    );
  return {
    document,
    jobs,
    series: decodeSeries(await bytesOf(path('series.arrow')), path('series.arrow')),
    lines,
  };
}
