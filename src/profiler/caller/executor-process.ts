/** The executor process of one repetition: started, told to stop, and what it said, kept for the recording. */
import { type ChildProcess, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Problem } from '../../base/problem.js';
import { withoutColours } from '../../base/text.js';
import { readLogLine } from '../../formats/backends/index.js';
import type { JobTable } from '../../formats/recording/jobs.js';
import { readBegin, readWhole } from '../../machine/files.js';
import { assembleEach, usedRows } from '../../workload/assemble.js';
import { CONTROL_BYTES, columnBytes, type TaskColumns, viewColumns } from '../../workload/columns.js';
import { tasksOfWorkers } from '../../workload/task-driver.js';
import { StallLog } from '../control/stall-log.js';
import type {
  ControlFile,
  ExecutorRequest,
  ExecutorResult,
  FromExecutor,
  LoadedTask,
  ToExecutor,
} from '../messages.js';
import type { ControlLog } from './stalls.js';

/** MB of young space over all threads. */
const YOUNG_SPACE = 64;
const MOST_PER_THREAD = 8;

/**
 * Young garbage would be collected in the middle of a run with the small default. Every thread touches three times its young
 * space before it runs, so many threads get less each: 64 of 8 MB would fault in 1.5 GB.
 */
const flagsFor = (threads: number): string[] => [
  '--single-threaded-gc',
  `--min-semi-space-size=${Math.max(1, Math.min(MOST_PER_THREAD, Math.floor(YOUNG_SPACE / threads)))}`,
];
/** glibc gives freed outputs back to the system and faults them in again without these. */
/** A stream of CUDA beyond these waits for those of other tasks; the most that there can be. */
const CUDA = { CUDA_DEVICE_MAX_CONNECTIONS: '32' };
const MALLOC = { MALLOC_TRIM_THRESHOLD_: '268435456', MALLOC_TOP_PAD_: '67108864' };
/** Of a process that ended before it had memory. */
const NOWHERE = { path: '', capacity: 0 };
const STOP_LIMIT_MS = 1200;
const END_LIMIT_MS = 1000;
const LAST_LINES = 3;

const CRASH_HINT = 'this is a crash of native code, in a model, a provider or a driver';
/** Signals that say more. */
const CRASH_HINTS: Readonly<Record<string, string>> = {
  SIGKILL: 'somebody killed it: the kernel does when memory runs out (see dmesg), containers at their memory limit',
  SIGBUS: 'memory that it had mapped is gone: /dev/shm or the temporary folder is full',
  SIGXFSZ: 'it wrote more than files may hold here (ulimit -f)',
};

/** What happens in the process while it runs. */
export interface ExecutorListener {
  readonly onLoaded: (task: number, loaded: LoadedTask) => void;
  /** The mapped files are there. */
  readonly onMemory: (
    files: readonly { readonly path: string; readonly capacity: number }[],
    controls: readonly ControlFile[],
  ) => void;
  readonly onProgress: (progress: Extract<FromExecutor, { kind: 'progress' }>) => void;
  readonly onLog: (severity: 'info' | 'warning' | 'error', text: string) => void;
  /** Each problem once; without a task it is of the run as a whole. */
  readonly onProblem: (problem: Problem, task: number | undefined) => void;
}

/** The caller's end of an executor. */
export class ExecutorProcess {
  readonly #child: ChildProcess;
  readonly #request: ExecutorRequest;
  readonly #listener: ExecutorListener;
  readonly #signal: AbortSignal;
  readonly #lastWords: string[] = [];
  #crash: string | undefined;
  #memory: readonly { path: string; capacity: number }[] = [];
  #controls: readonly ControlFile[] = [];
  readonly flags: readonly string[];
  readonly loaded = new Map<number, LoadedTask>();
  readonly taskProblems = new Map<number, Problem>();
  readonly problems: Problem[] = [];
  origin: { readonly monotonic: string; readonly utc: string } | undefined;
  result: ExecutorResult | undefined;
  /** Begin of the measured window as far as the executor has said, ns. */
  announced = Number.POSITIVE_INFINITY;
  /** How far the run was when the executor last said so, ns. */
  now = 0;

  constructor(request: ExecutorRequest, listener: ExecutorListener, signal: AbortSignal) {
    this.#request = request;
    this.#listener = listener;
    this.#signal = signal;
    this.flags = flagsFor(tasksOfWorkers(request.scenario).length);
    this.#child = fork(fileURLToPath(new URL('../executor/executor.js', import.meta.url)), {
      execArgv: [...this.flags],
      env: { ...MALLOC, ...CUDA, ...process.env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  tell(message: ToExecutor): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Sends the request, and comes back when the process has ended. */
  async run(): Promise<void> {
    const stop = () => this.#stop();
    this.#signal.addEventListener('abort', stop, { once: true });
    try {
      const ended = this.#listen();
      this.tell({ kind: 'start', request: this.#request });
      if (this.#signal.aborted) this.#stop();
      const { code, signal } = await ended;
      if (!this.result && !this.#signal.aborted) this.#crash = signal ?? `exit code ${code}`;
    } finally {
      this.#signal.removeEventListener('abort', stop);
    }
  }

  /** Ends the run as if it were interrupted. */
  halt(): void {
    this.#stop();
  }

  /**
   * Jobs as far as they were written, also after a crash. Takes the files away.
   * @param look at the stamps of each task, in memory of their own, before they go into the table
   */
  takeJobs(look: (columns: TaskColumns, task: number) => void): JobTable {
    const names = this.#request.scenario.tasks.map((t) => t.name);
    const lengths = names.map((_, task) => this.#rowsOf(task));
    return assembleEach(names, lengths, (task) => {
      const { path, capacity } = this.#memory[task] ?? NOWHERE;
      const columns = viewColumns(path === '' ? new ArrayBuffer(columnBytes(0)) : readWhole(path), capacity);
      if (path !== '') rmSync(path, { force: true });
      look(columns, task);
      return columns;
    });
  }

  #rowsOf(task: number): number {
    const { path, capacity } = this.#memory[task] ?? NOWHERE;
    return path === '' ? 0 : usedRows({ control: new Int32Array(readBegin(path, CONTROL_BYTES)), capacity });
  }

  /** Logs of the control threads. Takes the files away. */
  takeControls(): ControlLog[] {
    return this.#controls.map(({ cpu, period, path }) => {
      const log = new StallLog(readWhole(path));
      rmSync(path, { force: true });
      return { cpu, period, log };
    });
  }

  #listen(): Promise<{ code: number | null; signal: string | null }> {
    const child = this.#child;
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => this.#hearLine(line));
    child.on('message', (message: FromExecutor) => this.#hear(message));
    return new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal }));
      child.on('error', (error) => {
        this.problems.push({ code: 'run', message: `the executor process could not be started: ${error.message}` });
        resolve({ code: 1, signal: null });
      });
    });
  }

  /**
   * Says how the process ended without a result.
   * @param running tasks that had a job open then, which may have been the cause
   */
  tellCrash(running: readonly string[]): void {
    if (this.#crash === undefined) return;
    const said = this.#lastWords.length > 0 ? `: ${this.#lastWords.join(' | ')}` : '';
    const open = running.length === 0 ? '' : `, while a job of ${running.join(' and of ')} ran`;
    this.#problem({
      code: 'run',
      message: `the executor process ended early (${this.#crash}${open})${said}`,
      hint: `${CRASH_HINTS[this.#crash] ?? CRASH_HINT}; what was recorded before it is kept`,
    });
  }

  #hear(message: FromExecutor): void {
    switch (message.kind) {
      case 'loaded':
        this.loaded.set(message.task, message.loaded);
        this.#listener.onLoaded(message.task, message.loaded);
        break;
      case 'memory':
        this.#memory = message.files;
        this.#controls = message.controls;
        this.#listener.onMemory(message.files, message.controls);
        break;
      case 'origin':
        this.origin = message;
        break;
      case 'progress':
        this.announced = message.measureFrom;
        this.now = message.now;
        this.#listener.onProgress(message);
        break;
      case 'problem':
        if (message.task === undefined) this.#problem(message.problem);
        else this.#taskProblem(message.task, message.problem);
        break;
      case 'end':
        this.result = message.result;
        // A hung thread keeps the process alive; everything it recorded is in the mapped files.
        setTimeout(() => this.#child.kill('SIGKILL'), END_LIMIT_MS).unref();
        break;
    }
  }

  #taskProblem(task: number, problem: Problem): void {
    if (this.taskProblems.has(task)) return;
    this.taskProblems.set(task, problem);
    this.#listener.onProblem(problem, task);
  }

  #problem(problem: Problem): void {
    this.problems.push(problem);
    this.#listener.onProblem(problem, undefined);
  }

  #hearLine(line: string): void {
    const { severity, text } = readLogLine(line) ?? { severity: 'info' as const, text: withoutColours(line) };
    this.#lastWords.push(text);
    if (this.#lastWords.length > LAST_LINES) this.#lastWords.shift();
    this.#listener.onLog(severity, text);
  }

  #stop(): void {
    this.tell({ kind: 'stop' });
    setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS).unref();
  }
}
