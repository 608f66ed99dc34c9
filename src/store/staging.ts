/**
 * Files that a run is made from -> its own copies, without taking the space twice: a clone where the file system has
 * them, else a hard link to one copy in the cache that all runs share. The original may be changed or deleted afterwards.
 */
import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskProblem, sha256File } from '../machine/files.js';

/** Copies of staged files in the cache, by SHA-256. */
export const FILES_FOLDER = 'files';

/** Puts a copy of `from` at `to`. @returns SHA-256 of what was copied @throws ProblemError `disk` */
export async function stageFile(from: string, to: string, cache: string): Promise<string> {
  try {
    await mkdir(dirname(to), { recursive: true });
    await rm(to, { force: true });
    const cloned = await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE).then(
      () => true,
      () => false,
    );
    if (cloned) return await sha256File(to);
    const shared = await sharedCopy(from, cache).catch(() => undefined);
    if (shared) {
      const linked = await link(shared.path, to).then(
        () => true,
        () => false,
      );
      if (linked) return shared.sha256;
    }
    await copyFile(from, to);
    return await sha256File(to);
  } catch (error) {
    throw diskProblem(to, error);
  }
}

/** The one copy in the cache. Nobody may write to it, as every run that links to it would change. */
async function sharedCopy(from: string, cache: string): Promise<{ path: string; sha256: string }> {
  const folder = join(cache, FILES_FOLDER);
  const known = await sha256File(from);
  if (existsSync(join(folder, known))) return { path: join(folder, known), sha256: known };
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${known}.${process.pid}.tmp`);
  try {
    await copyFile(from, temporary);
    // The original may have changed since it was read.
    const sha256 = await sha256File(temporary);
    await chmod(temporary, 0o444);
    await rename(temporary, join(folder, sha256));
    return { path: join(folder, sha256), sha256 };
  } finally {
    await rm(temporary, { force: true });
  }
}
