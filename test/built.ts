/** The package as it is built, for tests of what starts threads: those are files of `dist`. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Library from '../src/index.js';

const built = (await import(pathToFileURL(resolve('dist/index.js')).href)) as typeof Library;

export const { loadEngine } = built;

/** Its problems are of a class of its own. */
export const problemsOf = (thrown: unknown): Library.ProblemError['problems'] | undefined =>
  thrown instanceof built.ProblemError ? thrown.problems : undefined;
