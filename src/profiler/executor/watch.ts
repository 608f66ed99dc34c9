/** The executor's view of a running scenario: phases, progress, hung jobs, the drain limit. */
import type { Problem } from '../../base/problem.js';
import { NS_PER_S } from '../../base/units.js';
import { LOAD_OF, type ScenarioSpec } from '../../formats/pipeline/types.js';
import { Bells } from '../../workload/bells.js';
import { closeReleases } from '../../workload/close.js';
import { Quota } from '../../workload/closed-drivers.js';
import {
  clearRows,
  DONE_COUNT,
  DROP_COUNT,
  ENDED,
  LATE_COUNT,
  lastCompletion,
  ROWS,
  type TaskColumns,
} from '../../workload/columns.js';
import { Conductor, drainLimit, type PhaseNotes } from '../../workload/conductor.js';
import { SharedMarks } from '../../workload/driver.js';
import { IterationBarrier, planIterations } from '../../workload/iteration-driver.js';
import { ABORTED, type Arm, type FromExecutor, type TaskProgress } from '../messages.js';
import { AHEAD_ROWS, rotationOf } from '../rotation.js';
import { RunClock } from '../thread/pacing.js';

type Progress = Extract<FromExecutor, { kind: 'progress' }>;

/** Every thread knows the measured window this long before it begins, ns. */
const ANNOUNCE = 100e6;
const PROGRESS_EVERY = 0.5 * NS_PER_S;
/** Rows that are made ready at once; more only where half of those that should be ready are used. */
const READY_AT_ONCE = 1024;

/** Looks at the columns while the threads write them. */
export class Watch {
  readonly #scenario: ScenarioSpec;
  readonly #columns: readonly TaskColumns[];
  readonly #arm: Arm;
  readonly #marks: SharedMarks;
  readonly #conductor: Conductor;
  readonly #since: Float64Array;
  readonly #onHung: (task: number, problem: Problem) => void;
  readonly #hung = new Set<number>();
  readonly #gpuClock: [number, number][] = [];
  readonly #temperature: [number, number][] = [];
  #clock = new RunClock(0, undefined);
  #originNs = 0n;
  #say: (progress: Progress) => void = () => {};
  #lastProgress = Number.NEGATIVE_INFINITY;
  readonly #failed = new Set<number>();
  /** Rows of each task that are ready to be used. */
  readonly #ready: number[];
  readonly #overtaken = new Set<number>();
  #begun = false;

  constructor(
    scenario: ScenarioSpec,
    columns: readonly TaskColumns[],
    arm: Arm,
    onHung: (task: number, problem: Problem) => void,
  ) {
    this.#scenario = scenario;
    this.#columns = columns;
    this.#arm = arm;
    this.#onHung = onHung;
    this.#marks = new SharedMarks(arm.shared.marks);
    this.#conductor = new Conductor(scenario, columns, this.#marks, { lead: ANNOUNCE, settles: true });
    this.#since = new Float64Array(arm.clock).subarray(1);
    this.#ready = columns.map((c) => (rotationOf(scenario) ? Math.min(c.capacity + 1, AHEAD_ROWS) : c.capacity + 1));
  }

  begin(originMs: number, say: (progress: Progress) => void): void {
    this.#clock = new RunClock(originMs, this.#arm.zero);
    this.#originNs = process.hrtime.bigint() - BigInt(this.#clock.now());
    this.#say = say;
    this.#begun = true;
  }

  addSample(sample: { monotonic: string; gpuClock?: number; temperature?: number }): void {
    const time = Number(BigInt(sample.monotonic) - this.#originNs);
    if (sample.gpuClock !== undefined) this.#gpuClock.push([time, sample.gpuClock]);
    if (sample.temperature !== undefined) this.#temperature.push([time, sample.temperature]);
  }

  tick(): void {
    if (!this.#begun) return;
    this.#makeReady();
    const now = this.#clock.now();
    const phase = this.#conductor.tick(now, { gpuClock: this.#gpuClock, temperature: this.#temperature });
    if (phase === 'drain' && now > this.#marks.stopAt + drainLimit(this.#scenario)) this.#abort();
    this.#lookForHung(now);
    if (now - this.#lastProgress < PROGRESS_EVERY) return;
    this.#lastProgress = now;
    const { measureFrom, stopAt } = this.#marks;
    this.#say({
      kind: 'progress',
      phase,
      now,
      measureFrom,
      stopAt,
      tasks: this.#columns.map((c) => progressOf(c, now)),
    });
  }

  /** Interrupted: no more releases, nothing is drained. */
  stop(): void {
    if (!this.#begun) return;
    this.#conductor.stop(this.#clock.now());
    this.#abort();
  }

  /** Nobody waits for a failed task any more. */
  taskFailed(task: number): void {
    this.#failed.add(task);
    this.#conductor.taskFailed(task);
    Atomics.store(this.#columns[task].control, ENDED, 1);
    new Quota(this.#arm.shared.quota, this.#scenario.iterations).giveUp(task);
    const bells = new Bells(this.#arm.shared.bells);
    new IterationBarrier(this.#arm.shared.barrier, this.#scenario.tasks.length, bells).leave(task);
    bells.ringAll();
  }

  /** True when each of these threads is stuck in a hung job, so that waiting for them is in vain. */
  abandoned(lanes: readonly (readonly number[])[]): boolean {
    return lanes.length > 0 && lanes.every((lane) => lane.some((task) => this.#hung.has(task)));
  }

  result(): { measureFrom: number; measureTo: number; notes: PhaseNotes } {
    const end = Math.max(0, this.#clock.now());
    const { measureFrom, stopAt } = this.#marks;
    const from = Math.min(measureFrom, end);
    this.#scenario.tasks.forEach((task, i) => {
      closeReleases(task, this.#columns[i], this.#arm.listed[i], Math.min(stopAt, end));
    });
    return { measureFrom: from, measureTo: Math.max(from, this.#measureTo(end)), notes: this.#conductor.notes };
  }

  /** Tasks that used rows before they were ready. */
  get overtaken(): readonly number[] {
    return [...this.#overtaken];
  }

  /** Tasks that run back to back and whose recording was full before the end. */
  full(): number[] {
    if (LOAD_OF[this.#scenario.mode] === 'open' || this.#scenario.iterations !== undefined) return [];
    return this.#columns.flatMap((c, i) => (c.control[ROWS] >= c.capacity ? [i] : []));
  }

  #measureTo(end: number): number {
    const { stopAt, measureFrom } = this.#marks;
    const last = Math.max(0, ...this.#columns.map(lastCompletion));
    if (this.full().length > 0) return Math.min(stopAt, last);
    // The threads end a little before the window does, when the next release would lie behind it.
    if (stopAt < Number.POSITIVE_INFINITY)
      return this.#failed.size < this.#columns.length ? stopAt : Math.min(stopAt, end);
    const { iterations, mode } = this.#scenario;
    const target = LOAD_OF[mode] === 'barrier' ? planIterations(this.#scenario).target : 0;
    return Math.min(end, Math.max(last, measureFrom + (iterations ?? 0) * target));
  }

  #abort(): void {
    Atomics.store(new Int32Array(this.#arm.control), ABORTED, 1);
    new Bells(this.#arm.shared.bells).ringAll();
  }

  #makeReady(): void {
    for (const [task, columns] of this.#columns.entries()) {
      const used = columns.control[ROWS];
      for (;;) {
        const ready = this.#ready[task];
        if (used > ready) this.#overtaken.add(task);
        if (ready > columns.capacity || ready - used >= AHEAD_ROWS) break;
        const from = Math.max(ready, used);
        const to = Math.min(columns.capacity + 1, from + READY_AT_ONCE);
        clearRows(columns, from, to);
        if (columns.control[ROWS] > from) this.#overtaken.add(task);
        this.#ready[task] = to;
        if (to - used >= AHEAD_ROWS / 2) break;
      }
    }
  }

  #lookForHung(now: number): void {
    for (let task = 0; task < this.#since.length; task++) {
      const since = this.#since[task];
      if (since <= 0 || now - since < this.#scenario.hangLimit || this.#hung.has(task)) continue;
      this.#hung.add(task);
      this.#onHung(task, {
        code: 'task',
        message: `a job of ${this.#scenario.tasks[task].name} has been running for ${((now - since) / NS_PER_S).toFixed(1)} s, longer than hang_limit (${this.#scenario.hangLimit / NS_PER_S} s)`,
        hint: 'raise hang_limit of the scenario if the model is that slow',
      });
    }
  }
}

/** Rates are taken over this long (ns), and over this many completions where fewer fall into it. */
const RATE_SPAN = 2 * NS_PER_S;
const RATE_COMPLETIONS = 3;

function progressOf(columns: TaskColumns, now: number): TaskProgress {
  const { control, completions, complete, release } = columns;
  const completed = Atomics.load(control, DONE_COUNT);
  const last = completed > 0 ? completions[completed - 1] : -1;
  return {
    rows: control[ROWS],
    completed,
    dropped: control[DROP_COUNT],
    late: control[LATE_COUNT],
    ...(last < 0 ? {} : { lastResponse: complete[last] - release[last] }),
    ...recent(columns, completed, now),
  };
}

/** Between completions, so that a slow task does not seem to stop and go; a task that has stopped shows it. */
function recent(
  { completions, complete, start }: TaskColumns,
  completed: number,
  now: number,
): Pick<TaskProgress, 'rate' | 'load'> {
  let first = completed - 1;
  let busy = 0;
  for (let i = completed - 1; i >= 0; i--) {
    const at = complete[completions[i]];
    if (at < now - RATE_SPAN && completed - i > RATE_COMPLETIONS) break;
    first = i;
    if (i > 0) busy += at - start[completions[i]];
  }
  const gaps = completed - 1 - first;
  if (gaps < 1) return {};
  busy -= first > 0 ? complete[completions[first]] - start[completions[first]] : 0;
  const [from, to] = [complete[completions[first]], complete[completions[completed - 1]]];
  const silent = now - to > 2 * ((to - from) / gaps);
  const span = silent ? now - from : to - from;
  return span > 0 ? { rate: (gaps * NS_PER_S) / span, load: Math.min(1, Math.max(0, busy / span)) } : {};
}
