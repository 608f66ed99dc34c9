/** Thread of one task (of all tasks in mode `sync`): loads the models, waits for the start, runs the driver. */
import { parentPort, workerData } from 'node:worker_threads';
import { CELL, CELLS } from '../../backends/backend.js';
import { messageOf, type Problem, problemsOf } from '../../base/problem.js';
import { codeOf } from '../../formats/recording/jobs.js';
import { mapFile } from '../../machine/mapped-memory.js';
import { growNativeStack } from '../../machine/native-stack.js';
import { nameThread, shrinkTimerSlack } from '../../machine/thread.js';
import { Bells } from '../../workload/bells.js';
import { columnBytes, ENDED, type TaskColumns, viewColumns } from '../../workload/columns.js';
import { DONE, type Driver, WAIT } from '../../workload/driver.js';
import { createDriver, dependentsOf } from '../../workload/task-driver.js';
import { TaskLog } from '../../workload/task-log.js';
import {
  ABORTED,
  type Arm,
  type FromWorker,
  STARTED,
  type ToWorker,
  threadName,
  type WorkerData,
} from '../messages.js';
import { Pacer, RunClock, warmClock } from './pacing.js';
import { type SharedMemory, TaskSession } from './task-session.js';

const data = workerData as WorkerData;
const port = parentPort as NonNullable<typeof parentPort>;
const say = (message: FromWorker): void => port.postMessage(message);
const FAILED = codeOf('failed');

/** Memory by name, as the main thread hands it out. */
const waiting = new Map<string, (buffer: SharedArrayBuffer) => void>();
const shared: SharedMemory = (name, bytes) =>
  new Promise((resolve) => {
    waiting.set(name, resolve);
    say({ kind: 'shared', name, bytes });
  });
const armed = new Promise<Arm>((resolve) => {
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'arm') resolve(message.arm);
    else waiting.get(message.name)?.(message.buffer);
  });
});

const asProblem = (thrown: unknown): Problem =>
  problemsOf(thrown)?.[0] ?? {
    code: 'task',
    message: `unexpected error: ${messageOf(thrown)}`,
    cause: thrown instanceof Error ? thrown.stack : undefined,
  };

async function load(): Promise<TaskSession[] | undefined> {
  const sessions: TaskSession[] = [];
  for (const task of data.own) {
    try {
      const opened = await TaskSession.open(data, task, shared);
      sessions.push(opened);
      say({ kind: 'loaded', task, loaded: opened.loaded });
    } catch (error) {
      for (const opened of sessions) opened.close();
      say({ kind: 'problem', task, problem: asProblem(error) });
      return undefined;
    }
  }
  return sessions;
}

class Loop {
  readonly #sessions: readonly TaskSession[];
  readonly #columns: readonly TaskColumns[];
  readonly #logs: readonly TaskLog[];
  readonly #driver: Driver;
  readonly #clock: RunClock;
  readonly #pacer: Pacer;
  readonly #control: Int32Array;
  readonly #bells: Bells;
  readonly #since: Float64Array;
  readonly #dependents: readonly (readonly number[])[];
  readonly #stamps = new Float64Array(CELLS);

  constructor(sessions: readonly TaskSession[], arm: Arm, columns: readonly TaskColumns[]) {
    const clock = new Float64Array(arm.clock);
    this.#sessions = sessions;
    this.#columns = data.own.map((task) => columns[task]);
    this.#logs = data.own.map((task) => new TaskLog(columns[task], data.scenario.tasks[task]));
    this.#driver = createDriver(data.scenario, data.worker, columns, arm.listed, arm.shared);
    this.#clock = new RunClock(clock[0], arm.zero);
    this.#bells = new Bells(arm.shared.bells);
    this.#pacer = new Pacer(this.#clock, this.#bells.words, data.worker, arm.margin);
    this.#control = new Int32Array(arm.control);
    this.#since = clock.subarray(1);
    this.#dependents = data.own.map((task) => dependentsOf(data.scenario, data.scenario.tasks[task]));
  }

  run(): void {
    const { words } = this.#bells;
    let now = this.#clock.now();
    while (Atomics.load(this.#control, ABORTED) === 0) {
      const heard = Atomics.load(words, data.worker);
      const row = this.#driver.next(now);
      if (row === DONE) return;
      if (row === WAIT) now = this.#pacer.wait(this.#driver.wakeAt, heard);
      else {
        if (!this.#runJob(this.#driver.seat, row)) return;
        now = this.#clock.now();
      }
    }
  }

  /** False when the task failed. */
  #runJob(seat: number, row: number): boolean {
    const columns = this.#columns[seat];
    const stamps = this.#stamps;
    const task = data.own[seat];
    stamps.fill(Number.NaN);
    const start = this.#clock.now();
    this.#since[task] = start;
    columns.start[row] = start;
    try {
      this.#sessions[seat].session.infer(stamps, row);
    } catch (error) {
      this.#since[task] = 0;
      this.#logs[seat].drop(row, this.#clock.now(), FAILED);
      say({ kind: 'problem', task, problem: asProblem(error) });
      return false;
    }
    const complete = this.#clock.now();
    this.#since[task] = 0;
    columns.enqueueEnd[row] = Number.isNaN(stamps[CELL.enqueueEnd])
      ? complete
      : between(start, this.#clock.fromMs(stamps[CELL.enqueueEnd]), complete);
    if (!Number.isNaN(stamps[CELL.deviceStart])) this.#stampDevice(columns, row, start, complete);
    this.#driver.completed(row, complete);
    const dependents = this.#dependents[seat];
    for (let i = 0; i < dependents.length; i++) this.#bells.ring(dependents[i]);
    return true;
  }

  /** A cell that the session left at NaN stays unknown. */
  #stampDevice(columns: TaskColumns, row: number, start: number, complete: number): void {
    const stamps = this.#stamps;
    const clock = this.#clock;
    columns.deviceStart[row] = between(start, clock.fromMs(stamps[CELL.deviceStart]), complete);
    columns.copyInEnd[row] = between(start, clock.fromMs(stamps[CELL.copyInEnd]), complete);
    columns.computeEnd[row] = between(start, clock.fromMs(stamps[CELL.computeEnd]), complete);
    columns.deviceEnd[row] = between(start, clock.fromMs(stamps[CELL.deviceEnd]), complete);
  }
}

/** Sessions read another clock than this thread, which may differ by some ns; what differs by more is left to be seen. */
const CLOCKS_DIFFER = 1000;
const between = (least: number, value: number, most: number): number =>
  value < least && value > least - CLOCKS_DIFFER ? least : value > most && value < most + CLOCKS_DIFFER ? most : value;

function leave(columns: readonly TaskColumns[], arm: Arm): void {
  const bells = new Bells(arm.shared.bells);
  for (const task of data.own) Atomics.store(columns[task].control, ENDED, 1);
  bells.ringAll();
}

/** What follows a run (checks, freeing of memory) takes CPU that others may still need for their last jobs. */
function waitForOthers(columns: readonly TaskColumns[], arm: Arm): void {
  const { words } = new Bells(arm.shared.bells);
  const control = new Int32Array(arm.control);
  while (Atomics.load(control, ABORTED) === 0) {
    const heard = Atomics.load(words, data.worker);
    if (columns.every((c) => Atomics.load(c.control, ENDED) === 1)) return;
    Atomics.wait(words, data.worker, heard);
  }
}

function checkLast(sessions: readonly TaskSession[]): void {
  for (const opened of sessions) {
    const problem = opened.checkResults();
    if (problem) say({ kind: 'problem', task: opened.task, problem });
    opened.close();
  }
}

async function main(): Promise<void> {
  growNativeStack();
  nameThread(threadName(data.worker));
  shrinkTimerSlack();
  const sessions = await load();
  if (!sessions) return;
  const arm = await armed;
  const columns = arm.memory.map(({ path, capacity }) => viewColumns(mapFile(path, columnBytes(capacity)), capacity));
  const clockMs = warmClock();
  say({ kind: 'armed', clockMs });
  const control = new Int32Array(arm.control);
  Atomics.wait(control, STARTED, 0);
  new Loop(sessions, arm, columns).run();
  leave(columns, arm);
  waitForOthers(columns, arm);
  checkLast(sessions);
  say({ kind: 'done' });
}

await main();
port.close();
