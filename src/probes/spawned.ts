/** A program that prints lines until it is ended, and what it costs in CPU time. */
import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf } from '../base/problem.js';

/** Full path of a program on PATH. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** A program whose lines are read. */
export interface LineProgram {
  stop(): Promise<void>;
  /** CPU time so far, us, or undefined where it cannot be told. */
  cpuUs(): number | undefined;
}

const TICKS_PER_SECOND = 100;
const STOP_LIMIT_MS = 1000;

/** Starts it. @param onEnd called when it ends by itself */
export function runLines(
  path: string,
  parameters: readonly string[],
  onLine: (line: string, monotonic: bigint) => void,
  onEnd: (reason: string) => void,
): LineProgram {
  // A process group of its own, so that Ctrl-C does not reach it before us and nothing it starts is left behind.
  const child = spawn(path, parameters, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let stopping = false;
  let errors = '';
  let cpu: number | undefined;
  const closed = new Promise<void>((resolve) => {
    child.on('close', (code, signal) => {
      if (!stopping)
        onEnd(`${path} ended (${signal ?? `exit code ${code}`})${errors ? `: ${errors.trim().slice(0, 300)}` : ''}`);
      resolve();
    });
    child.on('error', (error) => {
      if (!stopping) onEnd(`${path} could not be started: ${messageOf(error)}`);
      resolve();
    });
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    if (errors.length < 1000) errors += chunk;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const monotonic = process.hrtime.bigint();
    cpu = child.pid === undefined ? cpu : (cpuOf(child.pid) ?? cpu);
    onLine(line, monotonic);
  });
  const kill = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended already.
    }
  };
  const onExit = () => kill('SIGKILL');
  process.once('exit', onExit);
  return {
    async stop() {
      stopping = true;
      process.off('exit', onExit);
      kill('SIGTERM');
      const timer = setTimeout(() => kill('SIGKILL'), STOP_LIMIT_MS);
      await closed;
      clearTimeout(timer);
    },
    cpuUs: () => cpu,
  };
}

function cpuOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6;
  } catch {
    return undefined;
  }
}
