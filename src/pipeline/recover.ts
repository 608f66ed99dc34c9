/** What a measurement had kept on disk when it was killed -> a recording that says so. */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { problemsOf } from '../base/problem.js';
import { readJournal } from '../profiler/caller/journal.js';
import { writeRecording } from '../store/recording.js';
import type { RunDirectory } from '../store/run-directory.js';
import { isStateAlive } from '../store/stage-states.js';

/** Folder of what is kept while a repetition is measured. */
export const journalFolder = (base: string, repetition: number): string => join(base, `.${repetition}.part`);

/** The folder of a recording appears when it is whole. */
export async function keepRecording(
  base: string,
  name: string,
  recording: Parameters<typeof writeRecording>[1],
): Promise<void> {
  const temporary = join(base, `.${name}.tmp`);
  await rm(temporary, { recursive: true, force: true });
  await writeRecording(temporary, recording);
  await rm(join(base, name), { recursive: true, force: true });
  await rename(temporary, join(base, name));
}

/** Recovers what is left of the repetitions of one scenario. @returns how many there were */
export async function recoverScenario(run: RunDirectory, scenario: string): Promise<number> {
  const base = run.path('recordings', scenario);
  const names: string[] = await readdir(base).catch(() => []);
  let recovered = 0;
  for (const name of names) {
    const repetition = /^\.(\d+)\.part$/.exec(name)?.[1];
    if (repetition === undefined) continue;
    const recording = await readJournal(join(base, name)).catch((error) => {
      // A journal that is damaged itself holds nothing that could be believed.
      if (problemsOf(error)) return undefined;
      throw error;
    });
    if (recording && recording.jobs.length > 0 && !names.includes(repetition)) {
      await keepRecording(base, repetition, recording);
      recovered++;
    }
    await rm(join(base, name), { recursive: true, force: true });
  }
  return recovered;
}

/** The same for every scenario whose measurement is not at work any more. */
export async function recoverAll(run: RunDirectory): Promise<number> {
  let recovered = 0;
  for (const { name } of run.spec.scenarios) {
    const state = run.states().get(`profile:${name}`);
    if (state?.state === 'running' && isStateAlive(run.folder, state)) continue;
    recovered += await recoverScenario(run, name);
  }
  return recovered;
}
