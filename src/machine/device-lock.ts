/**
 * One measurement at a time on a device, whoever starts it: an flock on a file that everybody can open. The kernel frees it
 * when its process ends, however that ends.
 */
import { chmodSync, closeSync, constants, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { fail } from '../base/problem.js';

/** Who holds the device. */
export interface LockHolder {
  readonly pid: number;
  readonly user: string;
  readonly hostname: string;
  /** UTC. */
  readonly since: string;
  /** What it does there. */
  readonly what: string;
}

const LOCK_EX = 2;
const LOCK_NB = 4;
/** Names another file, such as one that containers of the device share. */
const VARIABLE = 'INFERSIGHT_LOCK';
const POLL_MS = 300;
const EVERYBODY = 0o666;

/** The file of the lock; the same for all users. */
export function lockFile(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment[VARIABLE]) return environment[VARIABLE];
  return join(existsSync('/run/lock') ? '/run/lock' : tmpdir(), 'infersight.lock');
}

function open(path: string): number | undefined {
  try {
    // A file of another user in a sticky folder can be opened, but not with O_CREAT.
    return openSync(path, constants.O_RDWR);
  } catch {
    try {
      const file = openSync(path, constants.O_RDWR | constants.O_CREAT, EVERYBODY);
      chmodSync(path, EVERYBODY);
      return file;
    } catch {
      return undefined;
    }
  }
}

let flock: ((file: number, operation: number) => number) | undefined;
function take(file: number): boolean {
  flock ??= koffi
    .load(process.platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6')
    .func('int flock(int, int)') as NonNullable<typeof flock>;
  return flock(file, LOCK_EX | LOCK_NB) === 0;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

function writeHolder(file: number, what: string): void {
  const holder: LockHolder = {
    pid: process.pid,
    user: userName(),
    hostname: hostname(),
    since: new Date().toISOString(),
    what,
  };
  ftruncateSync(file, 0);
  writeSync(file, `${JSON.stringify(holder)}\n`, 0);
}

/** What the file says; a holder that has just taken it may not have written yet. */
function readHolder(path: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}

/** Stages of one process share its lock. */
const held = new Map<string, { readonly file: number; users: number }>();

/** Lets the device go. */
export type Release = () => void;

function release(path: string): Release {
  let done = false;
  return () => {
    const lock = held.get(path);
    if (done || !lock) return;
    done = true;
    lock.users--;
    if (lock.users > 0) return;
    held.delete(path);
    closeSync(lock.file);
  };
}

/**
 * Waits until nobody else measures here.
 * @param what this process does, for those who wait for it
 * @param onWait called once when another holds the device
 * @returns lets it go; undefined where there is no file that could be locked
 * @throws ProblemError `interrupted`
 */
export async function lockDevice(
  what: string,
  onWait: (holder: LockHolder | undefined) => void,
  signal: AbortSignal,
  path: string = lockFile(),
): Promise<Release | undefined> {
  const mine = held.get(path);
  if (mine) {
    mine.users++;
    return release(path);
  }
  const file = open(path);
  if (file === undefined) return undefined;
  for (let told = false; !take(file); told = true) {
    if (!told) onWait(readHolder(path));
    if (signal.aborted) {
      closeSync(file);
      return fail('interrupted', 'it was interrupted while it waited for the device');
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  writeHolder(file, what);
  held.set(path, { file, users: 1 });
  return release(path);
}

/** Who measures on this device now; undefined when nobody does. */
export function deviceHolder(path: string = lockFile()): LockHolder | undefined {
  const file = open(path);
  if (file === undefined || held.has(path)) return undefined;
  try {
    return take(file)
      ? undefined
      : (readHolder(path) ?? { pid: 0, user: '', hostname: '', since: '', what: 'unknown' });
  } finally {
    closeSync(file);
  }
}

/** `detector on robot1 by ada (process 42), since 2026-11-28T12:00:00Z` */
export const holderText = ({ what, pid, user, hostname: host, since }: LockHolder): string =>
  `${what} by ${user || 'somebody'} (process ${pid} on ${host || 'this machine'})${since ? `, since ${since}` : ''}`;
