/** The folder `stages/` of a run: one file per stage, written by that stage alone. */
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { problemsOf } from '../base/problem.js';
import { readStageState, STAGE_STATE_VERSION, type StageState } from '../formats/run/stage-state.js';
import { diskProblem, writeAtomic } from '../machine/files.js';
import { isAlive } from '../machine/process.js';

/** Its name in a run directory. */
export const STATES_FOLDER = 'stages';
const BEAT_MS = 10_000;
/** A process that cannot be asked counts as gone when its file has not been touched for so long. */
const SILENT_MS = 120_000;

/** A colon cannot be part of a name on every file system; the kind of a stage holds no dot. */
const pathOf = (folder: string, id: string): string => join(folder, STATES_FOLDER, `${id.replace(':', '.')}.json`);

/** States by stage. A file that is damaged counts as none: its stage can be run again. */
export function readStates(folder: string): Map<string, StageState> {
  const states = new Map<string, StageState>();
  for (const name of namesIn(join(folder, STATES_FOLDER))) {
    const path = join(folder, STATES_FOLDER, name);
    try {
      const state = readStageState(readFileSync(path, 'utf8'), path);
      states.set(state.id, state);
    } catch (error) {
      if (!problemsOf(error) && !(error as NodeJS.ErrnoException).code) throw error;
    }
  }
  return states;
}

/** Names of whole files; what is being written has a leading dot. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  } catch {
    return [];
  }
}

/** @throws ProblemError `disk` */
export async function writeState(folder: string, state: Omit<StageState, 'version'>): Promise<void> {
  try {
    mkdirSync(join(folder, STATES_FOLDER), { recursive: true });
  } catch (error) {
    throw diskProblem(join(folder, STATES_FOLDER), error);
  }
  await writeAtomic(
    pathOf(folder, state.id),
    `${JSON.stringify({ version: STAGE_STATE_VERSION, ...state }, null, 2)}\n`,
  );
}

/** Touches the state of a running stage now and then, for those who cannot ask its process. @returns ends it */
export function keepAlive(folder: string, id: string): () => void {
  const timer = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(pathOf(folder, id), now, now);
    } catch {
      // A folder that is gone needs no sign of life.
    }
  }, BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Whether the process of a running stage is still there, as far as that can be told from here. */
export function isStateAlive(folder: string, { id, process }: StageState): boolean {
  const known = process === undefined ? undefined : isAlive(process);
  if (known !== undefined) return known;
  const touched = statSync(pathOf(folder, id), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - touched < SILENT_MS;
}
