/**
 * Memory behind a file that several processes see. Stamps that are written there outlive the process that wrote them:
 * when native code crashes, what was recorded is still in the file.
 */
import { closeSync, existsSync, ftruncateSync, openSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { fail } from '../base/problem.js';
import { namesIn } from './tree.js';

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

/** A folder in memory where there is one, so that nothing is written to a disk while measuring. */
export const memoryFolder = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());

/** Maps `bytes` of the file, which is made and grown as needed. Unmapped when the process ends. */
export function mapFile(path: string, bytes: number): ArrayBuffer {
  const library = koffi.load(process.platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6');
  const mmap = library.func('void *mmap(void *, size_t, int, int, int, int64_t)');
  const file = openSync(path, 'a+', 0o600);
  try {
    ftruncateSync(file, bytes);
    const address = mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, file, 0) as bigint;
    if (!address || address === 0xffffffffffffffffn)
      return fail('run', `${bytes} bytes of memory for the recording could not be mapped`);
    return koffi.view(address, bytes);
  } finally {
    closeSync(file);
  }
}

const KEEP_SIZE = 1;
const PUNCH_HOLE = 2;

/** Gives the memory of whole pages of a file back; they read as zeros then. False where the file system cannot. */
export function punchHole(file: number, offset: number, bytes: number): boolean {
  if (process.platform !== 'linux') return false;
  const fallocate = koffi.load('libc.so.6').func('int fallocate(int, int, int64_t, int64_t)');
  return fallocate(file, KEEP_SIZE | PUNCH_HOLE, offset, bytes) === 0;
}

/** PIDs mean something within their namespace only. */
function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

/** What the names of the mapped files of a process begin with. */
export const memoryPrefixOf = (pid: number): string => `infersight-${namespace()}-${pid}-`;

/** Removes the mapped files of processes that are no longer there, in both folders where they can be. */
export function sweepMemory(): void {
  const mine = new RegExp(`^infersight-${namespace()}-(\\d+)-`);
  for (const folder of new Set([memoryFolder(), tmpdir()]))
    for (const name of namesIn(folder)) {
      const pid = Number(mine.exec(name)?.[1] ?? Number.NaN);
      if (Number.isNaN(pid) || isThere(pid)) continue;
      try {
        rmSync(join(folder, name), { force: true });
      } catch {
        // It is of another user.
      }
    }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
