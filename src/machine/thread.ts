/** What the system grants a thread: CPU affinity, scheduler class, timer slack. Linux only; elsewhere nothing is honoured. */
import { cpus as allCpus } from 'node:os';
import koffi from 'koffi';
import { messageOf } from '../base/problem.js';
import type { Priority } from '../formats/pipeline/types.js';

/** What a thread asks the system for. */
export interface ThreadRequest {
  readonly cpus?: readonly number[] | undefined;
  readonly priority: Priority;
}

/** True where the system did it, false where it refused, absent where it was not asked. */
export interface ThreadGrant {
  readonly cpus?: boolean;
  readonly priority?: boolean;
  readonly notes: readonly string[];
}

const SCHED_OTHER = 0;
const SCHED_FIFO = 1;
const SCHED_BATCH = 3;
/** Threads and processes that are made meanwhile are as all others. */
const RESET_ON_FORK = 0x40000000;
const FIFO_PRIORITY = 50;
const PR_SET_TIMERSLACK = 29;
const NICE_LOW = 10;
/** Of an affinity mask: 4096 CPUs. */
const MASK_BYTES = 512;
const PR_SET_NAME = 15;
/** Bytes of a name of a thread, without the zero at its end. */
const NAME_BYTES = 15;
const SYS_GETTID: Record<string, number> = { x64: 186, arm64: 178 };
const PRIO_PROCESS = 0;

interface Libc {
  readonly setAffinity: (pid: number, size: number, mask: Uint8Array) => number;
  readonly getAffinity: (pid: number, size: number, mask: Uint8Array) => number;
  readonly setScheduler: (pid: number, policy: number, parameter: Int32Array) => number;
  readonly getScheduler: (pid: number) => number;
  readonly prctl: (option: number, value: number) => number;
  readonly prctlName: (option: number, name: string) => number;
  readonly setPriority: (which: number, who: number, nice: number) => number;
  readonly syscall: (number: number) => number;
}

let loaded: Libc | undefined;
function libc(): Libc {
  if (loaded) return loaded;
  const library = koffi.load('libc.so.6');
  loaded = {
    setAffinity: library.func('int sched_setaffinity(int, size_t, void *)') as Libc['setAffinity'],
    getAffinity: library.func('int sched_getaffinity(int, size_t, void *)') as Libc['getAffinity'],
    setScheduler: library.func('int sched_setscheduler(int, int, void *)') as Libc['setScheduler'],
    getScheduler: library.func('int sched_getscheduler(int)') as Libc['getScheduler'],
    prctl: library.func('int prctl(int, unsigned long)') as Libc['prctl'],
    prctlName: library.func('int prctl(int, str)') as Libc['prctlName'],
    setPriority: library.func('int setpriority(int, int, int)') as Libc['setPriority'],
    syscall: library.func('long syscall(long)') as Libc['syscall'],
  };
  return loaded;
}

const failure = (doing: string): string => {
  const name = Object.entries(koffi.os.errno).find(([, value]) => value === koffi.errno())?.[0];
  return `${doing} was refused (${name ?? koffi.errno()})`;
};

/** Number of the calling thread, or undefined where it cannot be told. */
export function threadId(): number | undefined {
  const number = process.platform === 'linux' ? SYS_GETTID[process.arch] : undefined;
  return number === undefined ? undefined : libc().syscall(number);
}

/** Lets the calling thread be woken without the default 50 us of timer slack. */
export function shrinkTimerSlack(): boolean {
  return process.platform === 'linux' && libc().prctl(PR_SET_TIMERSLACK, 1) === 0;
}

/** Names the calling thread; threads that it makes have the same name, so they can be told to be its own. */
export function nameThread(name: string): boolean {
  return process.platform === 'linux' && libc().prctlName(PR_SET_NAME, name.slice(0, NAME_BYTES)) === 0;
}

/** CPUs that the calling thread may run on; all of the machine where the system does not say. */
export function allowedCpus(): number[] {
  const all = allCpus().map((_, i) => i);
  if (process.platform !== 'linux') return all;
  const mask = new Uint8Array(new ArrayBuffer(MASK_BYTES));
  if (libc().getAffinity(0, MASK_BYTES, mask) < 0) return all;
  const allowed = Array.from({ length: 8 * MASK_BYTES }, (_, i) => i).filter((i) => (mask[i >> 3] >> (i & 7)) & 1);
  return allowed.length > 0 ? allowed : all;
}

/** Applies the request to the calling thread, reads back what came of it, and says so. */
export function placeThread(request: ThreadRequest): ThreadGrant {
  const notes: string[] = [];
  if (process.platform !== 'linux') {
    if (request.cpus || request.priority !== 'normal') notes.push(`${process.platform} offers no thread placement`);
    return {
      ...(request.cpus ? { cpus: false } : {}),
      ...(request.priority === 'normal' ? {} : { priority: false }),
      notes,
    };
  }
  try {
    return {
      ...(request.cpus ? { cpus: setCpus(request.cpus, notes) } : {}),
      ...(request.priority === 'normal' ? {} : { priority: setPriority(request.priority, notes) }),
      notes,
    };
  } catch (error) {
    notes.push(`the C library cannot be called: ${messageOf(error)}`);
    return {
      ...(request.cpus ? { cpus: false } : {}),
      ...(request.priority === 'normal' ? {} : { priority: false }),
      notes,
    };
  }
}

function setCpus(cpus: readonly number[], notes: string[]): boolean {
  const mask = new Uint8Array(new ArrayBuffer(MASK_BYTES));
  for (const cpu of cpus) mask[cpu >> 3] |= 1 << (cpu & 7);
  if (libc().setAffinity(0, MASK_BYTES, mask) !== 0) {
    const beyond = cpus.some((cpu) => cpu >= allCpus().length)
      ? `; this machine has CPU 0 to ${allCpus().length - 1}`
      : '';
    notes.push(`${failure(`affinity to CPU ${cpus.join(', ')}`)}${beyond}`);
    return false;
  }
  const now = new Uint8Array(new ArrayBuffer(MASK_BYTES));
  libc().getAffinity(0, MASK_BYTES, now);
  const honoured = mask.every((byte, i) => byte === now[i]);
  if (!honoured) notes.push(`affinity to CPU ${cpus.join(', ')} was granted in part only`);
  return honoured;
}

function setPriority(priority: Priority, notes: string[]): boolean {
  if (priority === 'low') {
    const id = threadId();
    if (id !== undefined && libc().setPriority(PRIO_PROCESS, id, NICE_LOW) === 0) return true;
    notes.push(failure(`nice ${NICE_LOW}`));
    return false;
  }
  const parameter = new Int32Array(new ArrayBuffer(8));
  parameter[0] = FIFO_PRIORITY;
  if (libc().setScheduler(0, SCHED_FIFO, parameter) === 0 && libc().getScheduler(0) === SCHED_FIFO) return true;
  notes.push(`${failure('real-time scheduling (SCHED_FIFO)')}; it needs root, CAP_SYS_NICE or an rtprio limit`);
  return false;
}

/** Whether the calling thread could be raised to real time: tried, and taken back at once. */
export function mayRaise(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const before = libc().getScheduler(0);
    const granted = setPriority('high', []);
    if (granted) libc().setScheduler(0, before, new Int32Array(new ArrayBuffer(8)));
    return granted;
  } catch {
    return false;
  }
}

/**
 * Lets the calling thread wait for those that are at work when it wakes up, instead of taking their CPU at once. Needs no
 * rights, and can be taken back. @returns takes it back
 */
export function standBack(): () => void {
  const set = (policy: number): void => {
    try {
      if (process.platform === 'linux') libc().setScheduler(0, policy, new Int32Array(new ArrayBuffer(8)));
    } catch {
      // Without a C library nothing changes.
    }
  };
  const before = process.platform === 'linux' ? schedulerNow() : SCHED_OTHER;
  if (before !== SCHED_OTHER) return () => {};
  set(SCHED_BATCH | RESET_ON_FORK);
  return () => set(SCHED_OTHER);
}

function schedulerNow(): number {
  try {
    return libc().getScheduler(0) & ~RESET_ON_FORK;
  } catch {
    return -1;
  }
}
