/** The commit that a folder is at, read from git's own files: git itself need not be there. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const HASH = /^[0-9a-f]{40}([0-9a-f]{24})?$/;
/** Digits that tell commits apart. */
const SHORT = 12;

/** What CI says it builds, else HEAD of the repository around a folder; undefined outside of one. */
export function commitOf(folder: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const told = environment.GITHUB_SHA ?? environment.CI_COMMIT_SHA;
  if (told !== undefined && HASH.test(told)) return told.slice(0, SHORT);
  for (let at = resolve(folder); ; at = dirname(at)) {
    const git = join(at, '.git');
    if (existsSync(git)) return headOf(git);
    if (dirname(at) === at) return undefined;
  }
}

function headOf(git: string): string | undefined {
  try {
    const folder = folderOf(git);
    const head = readFileSync(join(folder, 'HEAD'), 'utf8').trim();
    const [, name] = /^ref: (refs\/[^\0]+)$/.exec(head) ?? [];
    const hash = name === undefined ? head : refOf(folder, name);
    return hash !== undefined && HASH.test(hash) ? hash.slice(0, SHORT) : undefined;
  } catch {
    // A repository that cannot be read tells nothing.
    return undefined;
  }
}

/** Of a work tree, `.git` is a file that names its folder. */
function folderOf(git: string): string {
  try {
    const [, path] = /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8')) ?? [];
    return path === undefined ? git : resolve(dirname(git), path.trim());
  } catch {
    return git;
  }
}

/** Branches of a work tree are kept with the repository that it belongs to. */
function refOf(folder: string, name: string): string | undefined {
  const common = join(folder, 'commondir');
  const places = [folder, ...(existsSync(common) ? [resolve(folder, readFileSync(common, 'utf8').trim())] : [])];
  for (const place of places) {
    const loose = join(place, name);
    if (existsSync(loose)) return readFileSync(loose, 'utf8').trim();
    const packed = join(place, 'packed-refs');
    if (!existsSync(packed)) continue;
    const line = readFileSync(packed, 'utf8')
      .split('\n')
      .find((l) => l.endsWith(` ${name}`));
    if (line) return line.split(' ')[0];
  }
  return undefined;
}
