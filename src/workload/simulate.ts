/**
 * A scenario on a virtual clock: a discrete-event simulation over the drivers that also run on the real clock.
 * Order at one instant: completions, then the starts they cause, then releases by priority and order of the file.
 */
import { PRIORITIES, type ScenarioSpec } from '../formats/pipeline/types.js';
import { Bells } from './bells.js';
import { prepareColumns } from './capacity.js';
import { closeReleases } from './close.js';
import { ENDED, type TaskColumns } from './columns.js';
import { Conductor, drainLimit, type PhaseNotes } from './conductor.js';
import type { SharedMarks } from './driver.js';
import { DONE, type Driver, SharedMarks as Marks, WAIT } from './driver.js';
import { NO_CONDITIONS } from './settle.js';
import { allocateShared, createDriver, tasksOfWorkers } from './task-driver.js';

/** How long (ns) job k of a task runs, alone, and which engine it shares with which slow-down. */
export interface SimulatedTask {
  readonly service: (k: number) => number;
  readonly engine: string;
  readonly contention: number;
}

/** What a scenario did on the virtual clock. */
export interface Simulation {
  readonly columns: readonly TaskColumns[];
  readonly measureFrom: number;
  readonly measureTo: number;
  readonly end: number;
  readonly notes: PhaseNotes;
}

interface Worker {
  readonly driver: Driver;
  readonly tasks: readonly number[];
  /** Completion time of the running job; Infinity while idle. */
  until: number;
  row: number;
  task: number;
  over: boolean;
}

const DRAWS = 256;

/** The shortest of the first service times, so that a recording is not full too early. */
const shortest = (task: SimulatedTask): number => {
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < DRAWS; k++) least = Math.min(least, task.service(k));
  return Math.max(1, least);
};

/** Steps after which a simulation that makes no progress in time is a bug rather than a long scenario. */
const MAX_STEPS_AT_ONE_INSTANT = 1_000_000;

/** Runs a scenario on the virtual clock. */
export function simulate(scenario: ScenarioSpec, tasks: readonly SimulatedTask[]): Simulation {
  const { columns, listed } = prepareColumns({ ...scenario, steady: 'off' }, tasks.map(shortest));
  const shared = allocateShared(scenario);
  const marks = new Marks(shared.marks);
  const conductor = new Conductor(scenario, columns, marks, { lead: 0, settles: false });
  const workers = tasksOfWorkers(scenario).map(
    (tasks, i): Worker => ({
      driver: createDriver(scenario, i, columns, listed, shared),
      tasks,
      until: Number.POSITIVE_INFINITY,
      row: -1,
      task: -1,
      over: false,
    }),
  );
  const end = new Engine(scenario, workers, columns, tasks, marks, conductor, new Bells(shared.bells)).run();
  scenario.tasks.forEach((task, i) => {
    closeReleases(task, columns[i], listed[i], Math.min(marks.stopAt, end));
  });
  const measureTo = marks.stopAt < Number.POSITIVE_INFINITY ? marks.stopAt : end;
  return { columns, measureFrom: Math.min(marks.measureFrom, end), measureTo, end, notes: conductor.notes };
}

class Engine {
  readonly #workers: readonly Worker[];
  readonly #columns: readonly TaskColumns[];
  readonly #tasks: readonly SimulatedTask[];
  readonly #marks: SharedMarks;
  readonly #conductor: Conductor;
  readonly #byPriority: readonly Worker[];
  readonly #drain: number;
  readonly #bells: Bells;

  constructor(
    scenario: ScenarioSpec,
    workers: readonly Worker[],
    columns: readonly TaskColumns[],
    tasks: readonly SimulatedTask[],
    marks: SharedMarks,
    conductor: Conductor,
    bells: Bells,
  ) {
    this.#workers = workers;
    this.#columns = columns;
    this.#tasks = tasks;
    this.#marks = marks;
    this.#conductor = conductor;
    this.#drain = drainLimit(scenario);
    this.#bells = bells;
    const rank = (w: Worker) => PRIORITIES.indexOf(scenario.tasks[w.tasks[0]].priority);
    this.#byPriority = [...workers].sort((a, b) => rank(b) - rank(a));
  }

  /** @returns the time of the last event */
  run(): number {
    let now = 0;
    let stepsHere = 0;
    for (;;) {
      const completed = this.#complete(now);
      this.#conductor.tick(now, NO_CONDITIONS);
      for (const worker of completed) this.#dequeue(worker, now);
      while (this.#poll(now)) {
        if (++stepsHere > MAX_STEPS_AT_ONE_INSTANT) throw new Error(`simulation makes no progress at ${now} ns`);
      }
      const next = this.#nextEvent();
      if (next === Number.POSITIVE_INFINITY) return now;
      if (next > this.#marks.stopAt + this.#drain) return this.#marks.stopAt + this.#drain;
      if (next > now) stepsHere = 0;
      else if (++stepsHere > MAX_STEPS_AT_ONE_INSTANT) throw new Error(`simulation makes no progress at ${now} ns`);
      now = next;
    }
  }

  #complete(now: number): Worker[] {
    const done = this.#byPriority.filter((w) => w.until <= now);
    for (const worker of done) {
      const at = worker.until;
      worker.until = Number.POSITIVE_INFINITY;
      const columns = this.#columns[worker.task];
      columns.enqueueEnd[worker.row] = at;
      worker.driver.completed(worker.row, at);
    }
    return done;
  }

  /** A job that waited for its worker starts before anything is released at the same instant. */
  #dequeue(worker: Worker, now: number): void {
    const row = worker.driver.dequeue?.(now) ?? WAIT;
    if (row >= 0) this.#start(worker, row, now);
  }

  /** Lets every idle worker act at `now`; true when one of them changed something that another may wait for. */
  #poll(now: number): boolean {
    let changed = false;
    for (const worker of this.#byPriority) {
      if (worker.over || worker.until !== Number.POSITIVE_INFINITY) continue;
      const rung = this.#rung();
      const row = worker.driver.next(now);
      if (row === WAIT) {
        // Arriving at a barrier can set free those that were asked before.
        changed ||= this.#rung() !== rung;
        continue;
      }
      changed = true;
      if (row === DONE) {
        worker.over = true;
        for (const task of worker.tasks) Atomics.store(this.#columns[task].control, ENDED, 1);
      } else this.#start(worker, row, now);
    }
    return changed;
  }

  #rung(): number {
    return this.#bells.words.reduce((a, b) => a + b, 0);
  }

  #start(worker: Worker, row: number, now: number): void {
    const task = worker.tasks[worker.driver.seat];
    const { service, engine, contention } = this.#tasks[task];
    const others = this.#workers.filter(
      (w) => w !== worker && w.until !== Number.POSITIVE_INFINITY && this.#tasks[w.task].engine === engine,
    ).length;
    this.#columns[task].start[row] = now;
    worker.task = task;
    worker.row = row;
    worker.until = now + Math.round(service(row) * (1 + contention * others));
  }

  #nextEvent(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const worker of this.#workers) {
      if (worker.over) continue;
      next = Math.min(next, worker.until === Number.POSITIVE_INFINITY ? worker.driver.wakeAt : worker.until);
    }
    return next;
  }
}
