/** The journal of a recording, and what happens where disk or memory have no room for it. */
import { statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname } from 'node:path';
import { messageOf } from '../../base/problem.js';
import { columnBytes } from '../../workload/columns.js';
import { rotationOf } from '../rotation.js';
import type { ExecutorListener } from './executor-process.js';
import { Journal } from './journal.js';
import type { ProfileRequest } from './profile-request.js';

/**
 * @param document what is known of the recording by now
 * @param halt ends the run, as memory would not last
 * @returns what the executor's memory is told to
 */
export function startJournal(
  { journal: into, scenario, folder }: ProfileRequest,
  document: ConstructorParameters<typeof Journal>[1],
  halt: () => void,
  warn: (text: string) => void,
): { readonly journal: Journal; readonly onMemory: ExecutorListener['onMemory'] } {
  let home = folder;
  /** Bytes that all stamps take. */
  let stamps = 0;
  const keepAll = (why: string): void => {
    warn(why);
    if (stamps <= Math.min(freeBytes(home), freemem())) return;
    warn('the recording ends here: it is longer than there is memory for');
    halt();
  };
  const journal = new Journal(
    into,
    document,
    (error) => keepAll(`what is recorded cannot be kept on disk meanwhile: ${messageOf(error)}`),
    rotationOf(scenario),
    () => keepAll(`memory of what is on disk cannot be given back in ${home}`),
  );
  return {
    journal,
    onMemory: (files, controls) => {
      home = dirname(files[0]?.path ?? folder);
      stamps = files.reduce((sum, { capacity }) => sum + columnBytes(capacity), 0);
      const free = freeBytes(folder);
      // They are on disk twice for a while: as they came, and as the recording.
      if (2 * stamps > free)
        warn(`the recording may need ${gib(2 * stamps)} in ${folder}, which has ${gib(free)} left`);
      journal.begin(files, controls);
    },
  };
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
