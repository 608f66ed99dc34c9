/** The journal of a recording, and what happens where the disk has no room for it. */
import { statfsSync } from 'node:fs';
import { messageOf, type Problem } from '../../base/problem.js';
import { memoryFolder } from '../../machine/mapped-memory.js';
import { columnBytes } from '../../workload/columns.js';
import { rotationOf } from '../rotation.js';
import type { ExecutorListener } from './executor-process.js';
import { Journal } from './journal.js';
import type { ProfileRequest } from './profile-request.js';

const DISK_GONE: Problem = {
  code: 'disk',
  message: 'the recording ends here: it cannot go on without the disk, as it is longer than there is memory for',
  hint: 'free some space; infersight run --resume measures the rest',
};

/**
 * @param document what is known of the recording by now
 * @param halt ends the run
 * @returns what the executor's memory is told to
 */
export function startJournal(
  { journal: into, scenario, folder }: ProfileRequest,
  document: ConstructorParameters<typeof Journal>[1],
  halt: (problem: Problem) => void,
  warn: (text: string) => void,
): { readonly journal: Journal; readonly onMemory: ExecutorListener['onMemory'] } {
  /** Bytes that all stamps take. */
  let stamps = 0;
  const journal = new Journal(
    into,
    document,
    (error) => {
      warn(`what is recorded cannot be kept on disk meanwhile: ${messageOf(error)}`);
      if (stamps > freeBytes(memoryFolder())) halt(DISK_GONE);
    },
    rotationOf(scenario),
  );
  return {
    journal,
    onMemory: (files, controls) => {
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
