/** Files: hashes in constant memory, writes that are whole or absent. */
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, fstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, ProblemError } from '../base/problem.js';

/** Hex digest of a file, in constant memory. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The whole file in memory of its own. */
export const readWhole = (path: string): ArrayBuffer => readBegin(path, Number.POSITIVE_INFINITY);

/** So many bytes of its begin, or as many as there are. */
export function readBegin(path: string, most: number): ArrayBuffer {
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(new ArrayBuffer(Math.min(most, fstatSync(file).size)));
    for (let done = 0; done < bytes.length; ) {
      const n = readSync(file, bytes, done, bytes.length - done, done);
      if (n === 0) break;
      done += n;
    }
    return bytes.buffer;
  } finally {
    closeSync(file);
  }
}

/** Hex digest of a text. */
export const sha256Text = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Temporary name, fsync, rename. @param data whole, or pieces that are written as they come @throws ProblemError `disk` */
export async function writeAtomic(path: string, data: string | Uint8Array | Iterable<Uint8Array>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = await open(temporary, 'w');
    try {
      const parts = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw diskProblem(path, error);
  }
}

/**
 * Makes a folder and those above it. Node's own `recursive` calls a read-only file system "no such folder", and goes round
 * for ever where a folder can be named but not made (/proc).
 * @throws the system's error
 */
export function makeFolders(path: string): void {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) throw Object.assign(new Error(`${path} is a file`), { code: 'ENOTDIR', path });
    return;
  }
  const above = dirname(path);
  if (above !== path) makeFolders(above);
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    // The folder above is there, so it is not what is missing.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw Object.assign(new Error(`no folder can be made in ${above}`), { code: 'EPERM', path });
    throw error;
  }
}

const WRITE_ERRORS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: [
    'the disk is full',
    'free some space; what was recorded before is kept, and infersight run --resume goes on',
  ],
  ENOENT: ['its folder does not exist', 'make the folder, or name another file'],
  ENOTDIR: ['what should be its folder is a file', 'name another file'],
  EISDIR: ['it is a folder', 'name a file'],
  EACCES: ['permission denied', 'name a place that you may write to'],
  EPERM: ['the file system does not allow it', 'name a place that you may write to'],
  EDQUOT: ['the quota of the disk is used up', 'free some space; what was recorded before is kept'],
  EFBIG: ['it is larger than files may be here (ulimit -f)', 'raise the limit: ulimit -f unlimited'],
  EMFILE: ['too many files are open (ulimit -n)', 'raise the limit: ulimit -n 1024'],
  EROFS: ['the file system is read-only', 'name a place that you may write to'],
};

/** What a refused write means. @param path as messages name it */
export function diskProblem(path: string, error: unknown): ProblemError {
  const { code } = error as NodeJS.ErrnoException;
  const [what, hint] = WRITE_ERRORS[code ?? ''] ?? [messageOf(error)];
  return new ProblemError({ code: 'disk', message: `${path} could not be written: ${what}`, hint });
}
