/** A JavaScript module and the files that it imports by a relative path. */
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fail, messageOf } from '../base/problem.js';

const IMPORTED = /(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\(|new\s+URL\s*\()\s*['"]([^'"\n]+)['"]/g;
const MOST_FILES = 1000;

/** The files of a module, all below one folder. */
export interface ModuleFiles {
  readonly root: string;
  /** Relative to the root; the module itself is the first. */
  readonly files: readonly string[];
  /** `type` of the package.json that holds for the module. */
  readonly type: 'module' | 'commonjs';
  /** Where packages that it imports by name are installed; absent where it imports none. */
  readonly packages?: string;
}

/** @throws ProblemError `config` when a file is missing or there are too many */
export function moduleFiles(entry: string): ModuleFiles {
  const found = new Set<string>();
  const open = [resolve(entry)];
  let named = false;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    if (found.size > MOST_FILES) fail('config', `${entry} imports more than ${MOST_FILES} files`);
    if (!/\.[cm]?js$/.test(path)) continue;
    for (const [, wanted = ''] of readModule(path, entry).matchAll(IMPORTED)) {
      named ||= isPackage(wanted);
      const file = resolve(dirname(path), wanted);
      if (/^\.{1,2}\//.test(wanted) && existsSync(file)) open.push(file);
    }
  }
  const files = [...found];
  const root = files.map(dirname).reduce(commonFolder);
  const packages = named ? nearest(entry, 'node_modules') : undefined;
  return {
    root,
    files: files.map((f) => relative(root, f)),
    type: packageType(entry),
    ...(packages ? { packages } : {}),
  };
}

const isPackage = (wanted: string): boolean => /^(@[\w.-]+\/)?[\w-]/.test(wanted) && !isBuiltin(wanted);

function readModule(path: string, entry: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return fail('config', `backend ${entry}: ${path} cannot be read: ${messageOf(error)}`);
  }
}

function commonFolder(a: string, b: string): string {
  let folder = a;
  while (!`${b}${sep}`.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)) folder = dirname(folder);
  return folder;
}

/** As Node finds it: the nearest package.json decides. */
function packageType(entry: string): 'module' | 'commonjs' {
  const path = nearest(entry, 'package.json');
  try {
    const { type } = JSON.parse(path ? readFileSync(path, 'utf8') : '{}') as { type?: string };
    return type === 'module' ? 'module' : 'commonjs';
  } catch {
    return 'commonjs';
  }
}

/** Path of what is called `name` in the folder of the module, or in the nearest folder above. */
function nearest(entry: string, name: string): string | undefined {
  for (let folder = dirname(resolve(entry)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return join(folder, name);
    if (folder === dirname(folder)) return undefined;
  }
}
