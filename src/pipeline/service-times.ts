/** Service times of an earlier run: what its report wrote, or what its recordings say. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { serviceTimesOf } from '../analysis/service-times.js';
import { fail } from '../base/problem.js';
import { readServiceTimes, type ServiceTimes } from '../formats/recording/service-times.js';
import { readRecording } from '../store/recording.js';
import type { RunDirectory } from '../store/run-directory.js';

/** Its file in a run directory. */
export const SERVICE_TIMES = 'service_times.json';

/** @throws ProblemError `file` when no job of it was completed */
export async function serviceTimesOfRun(run: RunDirectory): Promise<ServiceTimes> {
  const path = run.path(SERVICE_TIMES);
  const times = existsSync(path) ? readServiceTimes(await readFile(path, 'utf8'), path) : await measured(run);
  if (times.entries.every((e) => e.jobs === 0))
    return fail('file', `${run.folder} has no completed jobs to take service times from`);
  return times;
}

/** A run whose report is of an earlier version, or was never made. */
async function measured(run: RunDirectory): Promise<ServiceTimes> {
  const recorded = await Promise.all(run.recordings().map(({ folder }) => readRecording(folder)));
  return serviceTimesOf(run.document.id, run.spec, recorded);
}
