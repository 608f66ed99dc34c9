/** File helpers of floor 3: hashes in constant memory, writes that are whole or absent. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, ProblemError } from '../base/problem.js';

export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

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

export function diskProblem(path: string, error: unknown): ProblemError {
  const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
  return new ProblemError({
    code: 'disk',
    message: `${path} could not be written: ${full ? 'the disk is full' : messageOf(error)}`,
    hint: full ? 'free some space; what was recorded before is kept, and infersight run --resume goes on' : undefined,
  });
}
