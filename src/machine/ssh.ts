/** Another machine, by the OpenSSH client of whoever runs this, with its configuration: hosts, users, keys, jumps. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fail } from '../base/problem.js';

/** What a command there ended with. */
export interface SshAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command there is given, and who hears it. */
export interface SshCall {
  /** Sent to its standard input. */
  readonly input?: Readable | string;
  /** Called for each line of its standard output, which is not kept then. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** ssh itself ends with this, whatever the command does. */
const CONNECTION = 255;
/** Names another client, or the same with options: `ssh -F robots.config`. */
const VARIABLE = 'INFERSIGHT_SSH';
const MOST_KEPT = 1_000_000;

/** The connection is gone, or never was: the command may go on there. */
export class ConnectionLost extends Error {}

/** Text as one word of a POSIX shell. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** @throws ProblemError `usage` for what ssh would take for an option or a command */
export function checkHostName(name: string): void {
  if (!/^[A-Za-z0-9_][\w.@:%[\]-]*$/.test(name)) fail('usage', `"${name}" is no name of a host`);
}

/** A host as `ssh` knows it. One connection carries all commands, so that a password is asked for once. */
export class SshHost {
  readonly name: string;
  readonly #command: readonly string[];
  readonly #sockets = mkdtempSync(join(tmpdir(), 'infersight-ssh-'));

  /** @param name `robot`, `nvidia@10.0.0.7`, an alias of the client's configuration @throws ProblemError `usage` */
  constructor(name: string, environment: NodeJS.ProcessEnv = process.env) {
    checkHostName(name);
    this.name = name;
    this.#command = [
      ...(environment[VARIABLE] ?? 'ssh').split(/\s+/).filter(Boolean),
      '-o',
      'ControlMaster=auto',
      '-o',
      `ControlPath=${join(this.#sockets, '%C')}`,
      '-o',
      'ControlPersist=20',
      '-o',
      'ServerAliveInterval=5',
      '-o',
      'ServerAliveCountMax=3',
      '-o',
      'ConnectTimeout=15',
      // Without a terminal nobody can be asked.
      ...(process.stdin.isTTY ? [] : ['-o', 'BatchMode=yes']),
    ];
  }

  /** Makes the connection that all commands go over; here a password can be asked for. @throws ConnectionLost */
  async connect(): Promise<void> {
    const [program = 'ssh', ...options] = this.#command;
    const child = spawn(program, [...options, this.name, 'true'], { stdio: ['inherit', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    // The connection itself stays in the background, and holds on to this.
    child.once('exit', () => child.stderr.destroy());
    if ((await ended(child)) === CONNECTION)
      throw new ConnectionLost(lastLine(stderr) || `no connection to ${this.name}`);
  }

  /** Whatever the command ends with. @throws ConnectionLost */
  async run(command: string, { input, onLine, signal }: SshCall = {}): Promise<SshAnswer> {
    const child = this.#spawn(command, input, signal);
    const kept = { stdout: '', stderr: '' };
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      kept.stderr = (kept.stderr + text).slice(-MOST_KEPT);
    });
    if (child.stdout && onLine) createInterface({ input: child.stdout }).on('line', onLine);
    else
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        kept.stdout = (kept.stdout + text).slice(-MOST_KEPT);
      });
    const code = await ended(child);
    if (code === CONNECTION) throw new ConnectionLost(lastLine(kept.stderr) || `no connection to ${this.name}`);
    return { code, ...kept };
  }

  /** What it prints. @throws ProblemError `run` where it fails @throws ConnectionLost */
  async read(command: string, call: SshCall = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, call);
    if (code !== 0) fail('run', `on ${this.name}: ${lastLine(stderr) || `a command ended with ${code}`}`);
    return stdout;
  }

  /** Its standard output as it comes. The caller waits for `done`. @throws ConnectionLost, from `done` */
  stream(command: string): { readonly output: Readable; readonly done: Promise<number> } {
    const child = this.#spawn(command, undefined, undefined);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-MOST_KEPT);
    });
    const done = ended(child).then((code) => {
      if (code === CONNECTION) throw new ConnectionLost(lastLine(stderr) || `no connection to ${this.name}`);
      if (code !== 0) fail('run', `on ${this.name}: ${lastLine(stderr) || `a command ended with ${code}`}`);
      return code;
    });
    return { output: child.stdout as Readable, done };
  }

  /** A command at the terminal of this process. */
  async attach(command: string): Promise<number> {
    const [program = 'ssh', ...options] = this.#command;
    return ended(spawn(program, [...options, this.name, command], { stdio: 'inherit' }));
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    const [program = 'ssh', ...options] = this.#command;
    await ended(spawn(program, [...options, '-O', 'exit', this.name], { stdio: 'ignore' })).catch(() => undefined);
    rmSync(this.#sockets, { recursive: true, force: true });
  }

  #spawn(command: string, input: SshCall['input'], signal: AbortSignal | undefined): ChildProcess {
    const [program = 'ssh', ...options] = this.#command;
    const child = spawn(program, [...options, this.name, command], {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // Ctrl-C is for us to answer; it would end the client too.
      detached: true,
      ...(signal ? { signal } : {}),
    });
    if (child.stdin) {
      // A command that ends early closes its input; its exit code says why.
      child.stdin.on('error', () => undefined);
      if (typeof input === 'string') child.stdin.end(input);
      else input?.pipe(child.stdin);
    }
    return child;
  }
}

const ended = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT'
        ? reject(missing(child.spawnfile))
        : error.name === 'AbortError'
          ? resolve(CONNECTION)
          : reject(error),
    );
    child.once('close', (code) => resolve(code ?? CONNECTION));
  });

function missing(program: string): unknown {
  try {
    return fail('usage', `${program} is not here`, 'install the OpenSSH client');
  } catch (error) {
    return error;
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';
