/** Thread of one task (of all tasks in mode `sync`): loads the models, waits for the start, runs the driver. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, type Problem, problemsOf } from '../../base/problem.js';
import { codeOf } from '../../formats/recording/jobs.js';
import { mapFile } from '../../machine/mapped-memory.js';
import { shrinkTimerSlack } from '../../machine/thread.js';
import { Bells } from '../../workload/bells.js';
import { columnBytes, ENDED, type TaskColumns, viewColumns } from '../../workload/columns.js';
import { DONE, type Driver, WAIT } from '../../workload/driver.js';
import { createDriver, dependentsOf } from '../../workload/task-driver.js';
import { TaskLog } from '../../workload/task-log.js';
import { ABORTED, type Arm, type FromWorker, STARTED, type WorkerData } from '../messages.js';
import { Lane } from './lane.js';
import { Pacer, RunClock, warmClock } from './pacing.js';

const data = workerData as WorkerData;
const port = parentPort as NonNullable<typeof parentPort>;
const say = (message: FromWorker): void => port.postMessage(message);
const FAILED = codeOf('failed');

const asProblem = (thrown: unknown): Problem =>
  problemsOf(thrown)?.[0] ?? {
    code: 'task',
    message: `unexpected error: ${messageOf(thrown)}`,
    cause: thrown instanceof Error ? thrown.stack : undefined,
  };

async function load(): Promise<Lane[] | undefined> {
  const lanes: Lane[] = [];
  for (const task of data.lane) {
    try {
      const lane = await Lane.open(data, task);
      lanes.push(lane);
      say({ kind: 'loaded', task, loaded: lane.loaded });
    } catch (error) {
      for (const lane of lanes) lane.close();
      say({ kind: 'problem', task, problem: asProblem(error) });
      return undefined;
    }
  }
  return lanes;
}

class Loop {
  readonly #lanes: readonly Lane[];
  readonly #columns: readonly TaskColumns[];
  readonly #logs: readonly TaskLog[];
  readonly #driver: Driver;
  readonly #clock: RunClock;
  readonly #pacer: Pacer;
  readonly #control: Int32Array;
  readonly #bells: Bells;
  readonly #since: Float64Array;
  readonly #dependents: readonly (readonly number[])[];
  readonly #stamps = new Float64Array(3);

  constructor(lanes: readonly Lane[], arm: Arm, columns: readonly TaskColumns[]) {
    const clock = new Float64Array(arm.clock);
    this.#lanes = lanes;
    this.#columns = data.lane.map((task) => columns[task]);
    this.#logs = data.lane.map((task) => new TaskLog(columns[task], data.scenario.tasks[task]));
    this.#driver = createDriver(data.scenario, data.worker, columns, arm.listed, arm.shared);
    this.#clock = new RunClock(clock[0]);
    this.#bells = new Bells(arm.shared.bells);
    this.#pacer = new Pacer(this.#clock, this.#bells.words, data.worker, arm.margin);
    this.#control = new Int32Array(arm.control);
    this.#since = clock.subarray(1);
    this.#dependents = data.lane.map((task) => dependentsOf(data.scenario, data.scenario.tasks[task]));
  }

  run(): void {
    const { words } = this.#bells;
    while (Atomics.load(this.#control, ABORTED) === 0) {
      const heard = Atomics.load(words, data.worker);
      const row = this.#driver.next(this.#clock.now());
      if (row === DONE) return;
      if (row === WAIT) this.#pacer.wait(this.#driver.wakeAt, heard);
      else if (!this.#runJob(this.#driver.lane, row)) return;
    }
  }

  /** False when the task failed. */
  #runJob(lane: number, row: number): boolean {
    const columns = this.#columns[lane];
    const stamps = this.#stamps;
    const task = data.lane[lane];
    stamps.fill(Number.NaN);
    const start = this.#clock.now();
    this.#since[task] = start;
    columns.start[row] = start;
    try {
      this.#lanes[lane].session.infer(stamps, row);
    } catch (error) {
      this.#since[task] = 0;
      this.#logs[lane].drop(row, this.#clock.now(), FAILED);
      say({ kind: 'problem', task, problem: asProblem(error) });
      return false;
    }
    const complete = this.#clock.now();
    this.#since[task] = 0;
    columns.enqueueEnd[row] = Number.isNaN(stamps[0]) ? complete : this.#clock.fromMs(stamps[0]);
    if (!Number.isNaN(stamps[1])) {
      columns.deviceStart[row] = this.#clock.fromMs(stamps[1]);
      columns.deviceEnd[row] = this.#clock.fromMs(stamps[2]);
    }
    this.#driver.completed(row, complete);
    const dependents = this.#dependents[lane];
    for (let i = 0; i < dependents.length; i++) this.#bells.ring(dependents[i]);
    return true;
  }
}

function leave(columns: readonly TaskColumns[], arm: Arm): void {
  const bells = new Bells(arm.shared.bells);
  for (const task of data.lane) Atomics.store(columns[task].control, ENDED, 1);
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

function checkLast(lanes: readonly Lane[]): void {
  for (const lane of lanes) {
    const problem = lane.checkResults();
    if (problem) say({ kind: 'problem', task: lane.task, problem });
    lane.close();
  }
}

async function main(): Promise<void> {
  shrinkTimerSlack();
  const lanes = await load();
  if (!lanes) return;
  const arm = await new Promise<Arm>((resolve) => port.once('message', resolve));
  const columns = arm.memory.map(({ path, capacity }) => viewColumns(mapFile(path, columnBytes(capacity)), capacity));
  const clockMs = warmClock();
  say({ kind: 'armed', clockMs });
  const control = new Int32Array(arm.control);
  Atomics.wait(control, STARTED, 0);
  new Loop(lanes, arm, columns).run();
  leave(columns, arm);
  waitForOthers(columns, arm);
  checkLast(lanes);
  say({ kind: 'done' });
}

await main();
port.close();
