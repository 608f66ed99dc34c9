/**
 * Executor process: one thread per task, and here the conductor that decides the phases, watches for hung jobs and says
 * how far the run is, twice a second. Writes nothing and computes nothing while jobs run.
 */
import { rmSync, statfsSync } from 'node:fs';
import { availableParallelism, freemem, tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fail, messageOf, type Problem, problemsOf } from '../../base/problem.js';
import { periodOf } from '../../base/rational.js';
import { mapFile, memoryFolder } from '../../machine/mapped-memory.js';
import { clockZero } from '../../machine/monotonic.js';
import { placeThread, standBack } from '../../machine/thread.js';
import { MAX_ROWS, prepareColumns } from '../../workload/capacity.js';
import { allocateShared, tasksOfWorkers } from '../../workload/task-driver.js';
import {
  type Arm,
  type ExecutorRequest,
  type FromExecutor,
  type FromWorker,
  type LoadedTask,
  STARTED,
  type ToExecutor,
  type ToWorker,
  type WorkerData,
} from '../messages.js';
import { AHEAD_ROWS, residentBytes, residentRowBytes, rotationOf } from '../rotation.js';
import { spinMargin, warmClock } from '../thread/pacing.js';
import { Controls } from './controls.js';
import { Watch } from './watch.js';

/** Between the start of the clock and the first release, ms. */
const LEAD_MS = 10;
const MAX_CLOCK_ERROR_MS = 0.05;
/** Part of the free memory that stamps may take. */
const MEMORY_SHARE = 0.4;
/** The same of the table of all jobs and its file, which are made when the models are gone; bytes of a job. */
const END_SHARE = 0.8;
const END_ROW_BYTES = 200;

const say = (message: FromExecutor, sent?: () => void): void => {
  if (process.connected) process.send?.(message, undefined, undefined, sent);
};

const send = (worker: Worker, message: ToWorker): void => worker.postMessage(message);

interface TaskThread {
  readonly worker: Worker;
  readonly own: readonly number[];
  armed: boolean;
  over: boolean;
}

class Executor {
  readonly #request: ExecutorRequest;
  readonly #threads: TaskThread[];
  readonly #loaded = new Map<number, LoadedTask>();
  readonly #failed = new Set<number>();
  /** What sessions share, by the names that they gave it. */
  readonly #shared = new Map<string, SharedArrayBuffer>();
  readonly #files: string[] = [];
  readonly #controls: Controls;
  #watch: Watch | undefined;
  #stopped = false;
  #clockErrorMs = 0;
  #armedAt = 0;
  #changed: () => void = () => {};

  constructor(request: ExecutorRequest) {
    this.#request = request;
    this.#threads = tasksOfWorkers(request.scenario).map((own, worker) => this.#startThread(worker, own));
    this.#controls = new Controls(request.scenario);
    // A task that wakes up while this thread reports must not wait for its time slice. The threads above keep theirs.
    placeThread({ priority: 'low' });
    standBack();
  }

  async run(): Promise<void> {
    const live = () => this.#threads.filter((t) => !t.over);
    await this.#until(() => live().every((t) => t.own.every((task) => this.#loaded.has(task))));
    if (live().length === 0 || this.#stopped) {
      this.end();
      return;
    }
    const { arm, columns } = prepareMemory(this.#request, this.#loaded, this.#files);
    const home = dirname(arm.memory[0]?.path ?? '');
    const pathOf = (cpu: number): string => `${home}/${this.#request.memoryPrefix}.cpu${cpu}`;
    const controls = await this.#controls.arm(arm, pathOf, this.#files);
    say({ kind: 'memory', files: arm.memory, controls });
    this.#armedAt = performance.now();
    for (const { worker } of live()) send(worker, { kind: 'arm', arm });
    await this.#until(() => live().every((t) => t.armed));
    this.#watch = new Watch(this.#request.scenario, columns, arm, (task, problem) => this.#taskFailed(task, problem));
    for (const task of this.#failed) this.#watch.taskFailed(task);
    const originMs = warmClock() + LEAD_MS;
    new Float64Array(arm.clock)[0] = originMs;
    say({ kind: 'origin', ...originPair(originMs) });
    this.#watch.begin(originMs, (progress) => say(progress));
    if (this.#stopped) this.#watch.stop();
    const control = new Int32Array(arm.control);
    Atomics.store(control, STARTED, 1);
    Atomics.notify(control, STARTED);
    await this.#until(() => live().length === 0 || (this.#watch?.abandoned(live().map((t) => t.own)) ?? false));
    this.end();
  }

  /** Removes the files of the stamps. */
  forget(): void {
    for (const path of this.#files) rmSync(path, { force: true });
  }

  stop(): void {
    this.#stopped = true;
    this.#watch?.stop();
    this.#changed();
  }

  sample(message: Extract<ToExecutor, { kind: 'sample' }>): void {
    this.#watch?.addSample(message);
  }

  #startThread(worker: number, own: readonly number[]): TaskThread {
    const { scenario, tasks, folder } = this.#request;
    const data: WorkerData = { scenario, worker, own, tasks, folder };
    const thread: TaskThread = {
      worker: new Worker(new URL('../thread/task-thread.js', import.meta.url), { workerData: data }),
      own,
      armed: false,
      over: false,
    };
    thread.worker.on('message', (message: FromWorker) => this.#hear(thread, message));
    thread.worker.on('error', (error) => {
      this.#taskFailed(own[0], { code: 'task', message: `the thread of the task ended: ${messageOf(error)}` });
    });
    thread.worker.on('exit', () => {
      thread.over = true;
      this.#changed();
    });
    return thread;
  }

  #hear(thread: TaskThread, message: FromWorker): void {
    switch (message.kind) {
      case 'loaded':
        this.#loaded.set(message.task, message.loaded);
        say({ kind: 'loaded', task: message.task, loaded: message.loaded });
        break;
      case 'armed': {
        thread.armed = true;
        // The thread read its clock between our sending and our hearing; a reading outside of that is off by the rest.
        const ahead = message.clockMs - performance.now();
        const behind = this.#armedAt - message.clockMs;
        this.#clockErrorMs = Math.max(this.#clockErrorMs, ahead, behind);
        if (this.#clockErrorMs > MAX_CLOCK_ERROR_MS) {
          this.#taskFailed(thread.own[0], {
            code: 'run',
            message: `the clocks of two threads disagree by ${this.#clockErrorMs} ms`,
          });
        }
        break;
      }
      case 'shared':
        send(thread.worker, { kind: 'shared', name: message.name, buffer: this.#memoryOf(message) });
        break;
      case 'problem':
        this.#taskFailed(message.task, message.problem);
        break;
      case 'done':
        thread.over = true;
        break;
    }
    this.#changed();
  }

  /** The first that asks decides the size. */
  #memoryOf({ name, bytes }: Extract<FromWorker, { kind: 'shared' }>): SharedArrayBuffer {
    const buffer = this.#shared.get(name) ?? new SharedArrayBuffer(bytes);
    this.#shared.set(name, buffer);
    return buffer;
  }

  #taskFailed(task: number, problem: Problem): void {
    say({ kind: 'problem', task, problem });
    for (const thread of this.#threads.filter((t) => t.own.includes(task))) {
      for (const other of thread.own) {
        this.#failed.add(other);
        this.#watch?.taskFailed(other);
      }
    }
  }

  end(): void {
    for (const task of this.#watch?.full() ?? []) {
      const { name } = this.#request.scenario.tasks[task];
      say({
        kind: 'problem',
        task,
        problem: {
          code: 'task',
          message: `the recording of ${name} was full before the end of the measured window`,
          hint: 'shorten duration, or say iterations instead',
        },
      });
    }
    for (const task of this.#watch?.overtaken ?? [])
      say({
        kind: 'problem',
        task,
        problem: {
          code: 'task',
          message: `memory for the jobs of ${this.#request.scenario.tasks[task].name} was not ready in time: instants that some of them do not have may read 0`,
          hint: 'the machine had no time at all for the thread that prepares it',
        },
      });
    const found = this.#watch?.result() ?? { measureFrom: 0, measureTo: 0, notes: { coldTasks: [] } };
    const message: FromExecutor = {
      kind: 'end',
      result: {
        ...found,
        interrupted: this.#stopped,
        endMonotonic: String(process.hrtime.bigint()),
        threadErrorUs: this.#clockErrorMs * 1000,
        spinUs: marginOf(this.#request) / 1000,
        rss: process.memoryUsage().rss,
      },
    };
    // Threads that hang inside native code would keep the process alive; the caller kills it then.
    say(message, () => process.exit(0));
  }

  /** Waits until the condition holds; looked at whenever a thread says something, and every 50 ms for hung jobs. */
  async #until(condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = () => {
        this.#watch?.tick();
        if (!condition() && !(this.#stopped && !this.#watch)) return;
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(look, 50);
      this.#changed = look;
      look();
    });
  }
}

/** Columns in mapped files. @param made receives the paths of the files, also when a later one cannot be made */
function prepareMemory(request: ExecutorRequest, loaded: ReadonlyMap<number, LoadedTask>, made: string[]) {
  const { scenario, memoryPrefix } = request;
  const services = scenario.tasks.map((_, i) => loaded.get(i)?.service ?? 1e6);
  const paths: string[] = [];
  const maxRows = Math.min(
    MAX_ROWS,
    Math.floor((MEMORY_SHARE * freemem()) / scenario.tasks.length / residentRowBytes(scenario)),
    Math.floor((END_SHARE * freemem()) / scenario.tasks.length / END_ROW_BYTES),
  );
  const allocate = (bytes: number, task: number): ArrayBuffer => {
    const path = `${memoryHome(residentBytes(scenario, bytes) * scenario.tasks.length)}/${memoryPrefix}.${task}`;
    paths[task] = path;
    made.push(path);
    return mapFile(path, bytes);
  };
  const ready = rotationOf(scenario) ? AHEAD_ROWS : Number.POSITIVE_INFINITY;
  const prepared = prepareColumns(scenario, services, allocate, { maxRows, ready });
  const arm: Arm = {
    memory: paths.map((path, i) => ({ path, capacity: prepared.capacities[i] })),
    listed: prepared.listed,
    shared: allocateShared(scenario),
    control: new SharedArrayBuffer(8),
    clock: new SharedArrayBuffer(8 * (1 + scenario.tasks.length)),
    zero: clockZero(),
    margin: marginOf(request),
  };
  return { arm, columns: prepared.columns };
}

const marginOf = ({ scenario }: ExecutorRequest): number =>
  spinMargin(
    scenario.tasks.flatMap((t) => ('rate' in t.release ? [periodOf(t.release.rate)] : [])),
    availableParallelism(),
  );

/** In memory when there is room for it: a write beyond the end of a full /dev/shm would kill the process. */
function memoryHome(bytes: number): string {
  const fits = (folder: string): boolean => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > 1.2 * bytes;
  };
  const home = [memoryFolder(), tmpdir()].find(fits);
  return (
    home ??
    fail(
      'disk',
      `the recording needs ${Math.ceil(bytes / 2 ** 20)} MiB, more than ${memoryFolder()} and ${tmpdir()} have left`,
      'free some space, point TMPDIR at another file system, or shorten duration',
    )
  );
}

/** CLOCK_MONOTONIC and UTC at `originMs` of performance.now(), from the narrowest of many bracketed readings. */
function originPair(originMs: number): { monotonic: string; utc: string } {
  let narrowest = Number.POSITIVE_INFINITY;
  let offset = 0n;
  for (let i = 0; i < 2000; i++) {
    const before = process.hrtime.bigint();
    const now = performance.now();
    const after = process.hrtime.bigint();
    const width = Number(after - before);
    if (width >= narrowest) continue;
    narrowest = width;
    offset = (before + after) / 2n - BigInt(Math.round(now * 1e6));
  }
  const utc = new Date(Date.now() + (originMs - performance.now())).toISOString();
  return { monotonic: String(offset + BigInt(Math.round(originMs * 1e6))), utc };
}

// Ctrl-C reaches the whole process group; the caller decides what it means.
process.on('SIGINT', () => {});
let executor: Executor | undefined;

// The caller is gone, so nobody will read the stamps.
process.on('disconnect', () => {
  executor?.forget();
  process.exit(1);
});
process.on('message', (message: ToExecutor) => {
  if (message.kind === 'start') {
    executor = new Executor(message.request);
    executor.run().catch((error: unknown) => {
      const problems = problemsOf(error) ?? [
        { code: 'run' as const, message: `unexpected error: ${messageOf(error)}` },
      ];
      for (const problem of problems) say({ kind: 'problem', problem: { ...problem, cause: undefined } });
      executor?.end();
    });
  } else if (message.kind === 'stop') executor?.stop();
  else executor?.sample(message);
});
