/** Which process this is, and whether one that said so is still there. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProcessIdentity } from '../formats/run/stage-state.js';

const attempt = (read: () => string): string | undefined => {
  try {
    return read().trim() || undefined;
  } catch {
    return undefined;
  }
};

const bootId = (): string | undefined => attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
const pidNamespace = (): string | undefined => attempt(() => readlinkSync('/proc/self/ns/pid'));

/** Field 22 of /proc/PID/stat; the name before it may hold anything. */
const startOf = (pid: number | 'self'): string | undefined =>
  attempt(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  });

/** This process. */
export function thisProcess(): ProcessIdentity {
  const facts = { boot_id: bootId(), pid_namespace: pidNamespace(), started: startOf('self') };
  const known = Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { hostname: hostname(), pid: process.pid, ...Object.fromEntries(known) };
}

/**
 * Whether it is there: undefined where that cannot be asked, which is so for another machine and for another container
 * on this one.
 */
export function isAlive(asked: ProcessIdentity): boolean | undefined {
  const here = bootId();
  if (asked.boot_id !== undefined && here !== undefined && asked.boot_id !== here)
    return asked.hostname === hostname() ? false : undefined;
  if (asked.boot_id === undefined && asked.hostname !== hostname()) return undefined;
  if (asked.pid_namespace !== pidNamespace()) return undefined;
  try {
    process.kill(asked.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return asked.started === undefined || startOf(asked.pid) === asked.started;
}
