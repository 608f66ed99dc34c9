/** Which runs may go, and what that frees. A file that several runs link to is freed with the last of them. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { problemsOf } from '../base/problem.js';
import { readRunDocument } from '../formats/run/run.js';
import type { RunStatus } from '../formats/run/run-state.js';
import { progressOf } from './run-directory.js';
import { FILES_FOLDER } from './staging.js';

/** A run goes when any rule that is given says so. */
export interface PruneRules {
  /** So many of the newest stay. */
  readonly keep?: number;
  readonly olderThanMs?: number;
  /** All runs together take at most so much; the oldest go first. */
  readonly mostBytes?: number;
}

/** A run and what it takes. */
export interface StoredRun {
  readonly id: string;
  readonly folder: string;
  readonly created: string;
  readonly status: RunStatus;
  /** Sizes by file on disk: equal keys are one file. */
  readonly files: ReadonlyMap<string, number>;
}

/** A run that goes, and why. */
export interface Pruned {
  readonly run: StoredRun;
  readonly reason: string;
}

/** Runs of a folder, newest first. What is no run, or cannot be read, is left alone. */
export function storedRuns(folder: string): StoredRun[] {
  return namesIn(folder)
    .flatMap((id) => storedRun(join(folder, id), id) ?? [])
    .sort((a, b) => (a.created < b.created ? 1 : -1));
}

function storedRun(folder: string, id: string): StoredRun | undefined {
  try {
    const path = join(folder, 'run.json');
    const document = readRunDocument(readFileSync(path, 'utf8'), path);
    const { status } = progressOf(folder, document);
    return { id, folder, created: document.created, status, files: filesBelow(folder) };
  } catch (error) {
    if (problemsOf(error) || (error as NodeJS.ErrnoException).code) return undefined;
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function filesBelow(folder: string): Map<string, number> {
  const files = new Map<string, number>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const stat = statSync(join(entry.parentPath ?? entry.path, entry.name), { throwIfNoEntry: false });
    if (stat) files.set(`${stat.dev}:${stat.ino}`, stat.blocks * 512);
  }
  return files;
}

/** Disk that these runs take together. */
export function bytesOf(runs: readonly StoredRun[]): number {
  const files = new Map(runs.flatMap((run) => [...run.files]));
  return [...files.values()].reduce((a, b) => a + b, 0);
}

/** Pure. @param runs newest first @returns oldest first; never a run in progress */
export function chooseRuns(runs: readonly StoredRun[], rules: PruneRules, now: number): Pruned[] {
  const { keep, olderThanMs, mostBytes } = rules;
  const over = runs.filter((r) => r.status !== 'running');
  const reasons = new Map<string, string>();
  over.forEach((run, i) => {
    if (olderThanMs !== undefined && now - Date.parse(run.created) > olderThanMs) reasons.set(run.id, 'too old');
    else if (keep !== undefined && i >= keep) reasons.set(run.id, `not among the newest ${keep}`);
  });
  if (mostBytes !== undefined) {
    for (const run of [...over].reverse()) {
      if (bytesOf(runs.filter((r) => !reasons.has(r.id))) <= mostBytes) break;
      if (!reasons.has(run.id)) reasons.set(run.id, 'too much disk');
    }
  }
  return [...over].reverse().flatMap((run) => {
    const reason = reasons.get(run.id);
    return reason === undefined ? [] : [{ run, reason }];
  });
}

/** A run that has begun to run again meanwhile stays. @returns whether it is gone */
export function deleteRun({ folder, id }: StoredRun): boolean {
  if (storedRun(folder, id)?.status === 'running') return false;
  rmSync(folder, { recursive: true, force: true });
  return true;
}

/** Staged files in the cache that no run links to any more. @returns bytes freed */
export function dropUnusedFiles(cache: string): number {
  let freed = 0;
  const folder = join(cache, FILES_FOLDER);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return 0;
  }
  for (const name of names) {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    if (!stat?.isFile() || stat.nlink > 1) continue;
    rmSync(join(folder, name), { force: true });
    freed += stat.blocks * 512;
  }
  return freed;
}
