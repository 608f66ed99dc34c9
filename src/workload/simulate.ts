/**
 * A scenario on a virtual clock: a discrete-event simulation over the drivers that also run on the real clock.
 * Order at one instant: completions, then the starts they cause, then releases by priority and order of the file.
 */
import { streamOf, uniform } from '../base/random.js';
import { LOAD_OF, PRIORITIES, type ScenarioSpec } from '../formats/pipeline/types.js';
import { Bells } from './bells.js';
import { prepareColumns } from './capacity.js';
import { closeReleases } from './close.js';
import { ENDED, type TaskColumns } from './columns.js';
import { Conductor, drainLimit, type PhaseNotes } from './conductor.js';
import type { SharedMarks } from './driver.js';
import { DONE, type Driver, SharedMarks as Marks, WAIT } from './driver.js';
import { NO_CONDITIONS } from './settle.js';
import type { Sharing } from './sharing.js';
import { allocateShared, createDriver, tasksOfWorkers } from './task-driver.js';

/** How long (ns) job k of a task runs, alone, and which engine it shares with which slow-down of a job that starts beside others. */
export interface SimulatedTask {
  /** @param idle time (ns) since the job of its task before, where jobs share the device */
  readonly service: (k: number, idle: number) => number;
  /** The same in the parts of `STAGES`, of a task that has them, where jobs share the device. */
  readonly stages?: ((k: number, idle: number) => readonly number[]) | undefined;
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
  busy: boolean;
  /** Completion time of the running job as things are; Infinity while idle, or while its engine serves others. */
  until: number;
  row: number;
  task: number;
  /**
   * Where jobs share the device: time (ns, alone) that the stage of the job still needs, and the stages after it; since when it goes
   * on at which rate.
   */
  left: number;
  later: number[];
  since: number;
  rate: number;
  over: boolean;
}

const DRAWS = 256;
/** Stream of the draws of how long a turn still lasts. */
const TURNS = streamOf('turns');

/** The shortest of the first service times, so that a recording is not full too early. */
const shortest = (task: SimulatedTask): number => {
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < DRAWS; k++) least = Math.min(least, task.service(k, 0));
  return Math.max(1, least);
};

/** Steps after which a simulation that makes no progress in time is a bug rather than a long scenario. */
const MAX_STEPS_AT_ONE_INSTANT = 1_000_000;

/** Runs a scenario on the virtual clock. @param sharing what running jobs do to each other, instead of `contention` at their start */
export function simulate(scenario: ScenarioSpec, tasks: readonly SimulatedTask[], sharing?: Sharing): Simulation {
  const { columns, listed } = prepareColumns({ ...scenario, steady: 'off' }, tasks.map(shortest));
  const shared = allocateShared(scenario);
  const marks = new Marks(shared.marks);
  const conductor = new Conductor(scenario, columns, marks, { lead: 0, settles: false });
  const workers = tasksOfWorkers(scenario).map(
    (tasks, i): Worker => ({
      driver: createDriver(scenario, i, columns, listed, shared),
      tasks,
      busy: false,
      until: Number.POSITIVE_INFINITY,
      row: -1,
      task: -1,
      left: 0,
      later: [],
      since: 0,
      rate: 0,
      over: false,
    }),
  );
  const end = new Engine({
    scenario,
    workers,
    columns,
    tasks,
    sharing,
    marks,
    conductor,
    bells: new Bells(shared.bells),
  }).run();
  scenario.tasks.forEach((task, i) => {
    closeReleases(task, columns[i], listed[i], Math.min(marks.stopAt, end));
  });
  const measureTo = marks.stopAt < Number.POSITIVE_INFINITY ? marks.stopAt : end;
  return { columns, measureFrom: Math.min(marks.measureFrom, end), measureTo, end, notes: conductor.notes };
}

interface EngineParts {
  readonly scenario: ScenarioSpec;
  readonly workers: readonly Worker[];
  readonly columns: readonly TaskColumns[];
  readonly tasks: readonly SimulatedTask[];
  readonly sharing: Sharing | undefined;
  readonly marks: SharedMarks;
  readonly conductor: Conductor;
  readonly bells: Bells;
}

class Engine {
  readonly #workers: readonly Worker[];
  readonly #columns: readonly TaskColumns[];
  readonly #tasks: readonly SimulatedTask[];
  readonly #sharing: Sharing | undefined;
  readonly #marks: SharedMarks;
  readonly #conductor: Conductor;
  readonly #byPriority: readonly Worker[];
  readonly #drain: number;
  readonly #bells: Bells;
  readonly #seed: number;
  readonly #barrier: boolean;
  /** In the order in which their jobs started. */
  #running: readonly Worker[] = [];
  /** When the last job of a task ended. */
  readonly #ended = new Map<number, number>();
  /** A job has started or ended since the rates were told. */
  #changed = false;

  constructor({ scenario, workers, columns, tasks, sharing, marks, conductor, bells }: EngineParts) {
    this.#workers = workers;
    this.#columns = columns;
    this.#tasks = tasks;
    this.#sharing = sharing;
    this.#marks = marks;
    this.#conductor = conductor;
    this.#drain = drainLimit(scenario);
    this.#bells = bells;
    this.#seed = scenario.seed;
    this.#barrier = LOAD_OF[scenario.mode] === 'barrier';
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
      if (this.#sharing && this.#sharing.nextTurn <= now) {
        this.#sharing.advance(now);
        this.#changed = true;
      }
      if (this.#changed) this.#share(now);
      const next = this.#nextEvent();
      if (next === Number.POSITIVE_INFINITY) return now;
      if (next > this.#marks.stopAt + this.#drain) return this.#marks.stopAt + this.#drain;
      if (next > now) stepsHere = 0;
      else if (++stepsHere > MAX_STEPS_AT_ONE_INSTANT) throw new Error(`simulation makes no progress at ${now} ns`);
      now = next;
    }
  }

  #complete(now: number): Worker[] {
    const done = this.#byPriority.filter((w) => w.until <= now && !this.#nextStage(w));
    for (const worker of done) {
      const at = worker.until;
      worker.busy = false;
      worker.until = Number.POSITIVE_INFINITY;
      this.#changed = true;
      this.#ended.set(worker.task, at);
      this.#sharing?.end(worker.task, at);
      this.#running = this.#running.filter((w) => w !== worker);
      const columns = this.#columns[worker.task];
      columns.enqueueEnd[worker.row] = at;
      worker.driver.completed(worker.row, at);
    }
    return done;
  }

  /** False for a job whose last stage is over. */
  #nextStage(worker: Worker): boolean {
    const stage = worker.later.shift();
    if (stage === undefined) return false;
    this.#sharing?.next(worker.task, worker.until);
    worker.left = stage;
    worker.since = worker.until;
    worker.until = Number.POSITIVE_INFINITY;
    worker.rate = 0;
    this.#changed = true;
    return true;
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
      if (worker.over || worker.busy) continue;
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

  /** Bells that were rung so far, where tasks wait for each other. */
  #rung(): number {
    return this.#barrier ? this.#bells.words.reduce((a, b) => a + b, 0) : 0;
  }

  #start(worker: Worker, row: number, now: number): void {
    const task = worker.tasks[worker.driver.seat];
    this.#columns[task].start[row] = now;
    worker.task = task;
    worker.row = row;
    this.#changed = true;
    if (this.#sharing) {
      worker.busy = true;
      const idle = now - (this.#ended.get(task) ?? 0);
      const { service, stages } = this.#tasks[task];
      const [first, ...later] = stages?.(row, idle) ?? [service(row, idle)];
      worker.left = first;
      worker.later = later;
      this.#sharing.start(task, now, uniform(this.#seed, TURNS + task, row));
      worker.since = now;
      worker.rate = 0;
      this.#running = [...this.#running, worker];
      return;
    }
    const { service, engine, contention } = this.#tasks[task];
    const others = this.#workers.filter((w) => w !== worker && w.busy && this.#tasks[w.task].engine === engine).length;
    worker.busy = true;
    worker.until = now + Math.round(service(row, 0) * (1 + contention * others));
  }

  /** Tells every running job how fast it goes on from now. */
  #share(now: number): void {
    this.#changed = false;
    if (!this.#sharing) return;
    for (const worker of this.#running) {
      worker.left = Math.max(0, worker.left - (now - worker.since) * worker.rate);
      worker.since = now;
      worker.rate = this.#sharing.rate(worker.task);
      worker.until = worker.rate > 0 ? now + Math.round(worker.left / worker.rate) : Number.POSITIVE_INFINITY;
    }
  }

  #nextEvent(): number {
    let next = this.#sharing?.nextTurn ?? Number.POSITIVE_INFINITY;
    for (const worker of this.#workers) {
      if (worker.over) continue;
      next = Math.min(next, worker.busy ? worker.until : worker.driver.wakeAt);
    }
    return next;
  }
}
