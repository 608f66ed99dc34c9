/** Engines by key: equal keys share a build. An entry is a whole folder or absent. */
import { cp, link, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type EngineManifest, readEngineManifest } from '../formats/engine/engine.js';
import { diskProblem } from '../machine/files.js';

/** Folder of the engine cache where none is named. */
export const defaultCache = (): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'infersight', 'engines');

/** The manifest in the folder of an engine. @throws ProblemError `file` or `version` */
export async function readEngine(folder: string): Promise<EngineManifest> {
  const path = join(folder, 'engine.json');
  return readEngineManifest(await readFile(path, 'utf8'), path);
}

/** Undefined unless the entry is whole: every file is there with its size. */
export async function findCached(cache: string, key: string): Promise<string | undefined> {
  const folder = join(cache, key);
  try {
    const engine = await readEngine(folder);
    for (const file of engine.files) if ((await stat(join(folder, file.path))).size !== file.bytes) return undefined;
    return engine.key === key ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** Files of `from` appear in `to` at once; hard links where the file system allows them. @throws ProblemError `disk` */
export async function copyEngine(from: string, to: string): Promise<void> {
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    for (const name of await readdir(from)) {
      // Documents are rewritten in place of others later, so they are copied; blobs never change.
      const blob = !name.endsWith('.json') && !name.endsWith('.log');
      const linked =
        blob &&
        (await link(join(from, name), join(temporary, name)).then(
          () => true,
          () => false,
        ));
      if (!linked) await cp(join(from, name), join(temporary, name), { recursive: true });
    }
    await rm(to, { recursive: true, force: true });
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw diskProblem(to, error);
  }
}

/** Another run may have put the same key there meanwhile; that one serves as well. */
export async function putCached(cache: string, key: string, from: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  if (await findCached(cache, key)) return;
  await copyEngine(from, join(cache, key));
}
