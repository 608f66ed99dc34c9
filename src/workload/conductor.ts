/**
 * Phases of a run: warm-up -> settle -> measure -> drain. Asked again and again with the time; decides when the measured
 * window begins and ends and writes that into the marks which all workers read.
 */
import { periodOf } from '../base/rational.js';
import { NS_PER_S } from '../base/units.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { DONE_COUNT, type TaskColumns } from './columns.js';
import type { SharedMarks } from './driver.js';
import { type Conditions, type SettleVerdict, settled } from './settle.js';

/** Jobs that every task completes before the warm-up may end. */
export const WARMUP_COMPLETIONS = 20;
const WARMUP_LIMIT = 60 * NS_PER_S;
const WINDOWS = 3;
const DRAIN_LIMIT = 10 * NS_PER_S;

/** Where a run is. */
export type Phase = 'warmup' | 'settle' | 'measure' | 'drain' | 'over';

/** What was noticed on the way. */
export interface PhaseNotes {
  /** Tasks that had fewer than 20 completions when the limit of the warm-up was reached. */
  readonly coldTasks: readonly string[];
  readonly settle?: SettleVerdict;
}

/** Longest time (ns) from the origin to the end of the drain. */
export const horizonOf = (scenario: ScenarioSpec): number =>
  warmupLimit(scenario) + (settles(scenario) ? scenario.settleLimit : 0) + scenario.duration + NS_PER_S;

/** What is measured from the first job on has nothing to wait for. */
const settles = ({ steady, warmup }: ScenarioSpec): boolean => steady !== 'off' && warmup > 0;

const warmupLimit = (scenario: ScenarioSpec): number =>
  scenario.warmup === 0 ? 0 : Math.max(WARMUP_LIMIT, 10 * scenario.warmup);

/** Undrained jobs are given up after this long (ns): 10 s or 100 deadlines, whichever is longer. */
export const drainLimit = (scenario: ScenarioSpec): number =>
  Math.max(DRAIN_LIMIT, ...scenario.tasks.map((t) => 100 * (t.deadline ?? 0)));

/** Decides when the measured window begins and ends. */
export class Conductor {
  readonly #scenario: ScenarioSpec;
  readonly #columns: readonly TaskColumns[];
  readonly #marks: SharedMarks;
  /** ns by which the measured window is announced ahead, so that every thread knows it in time. */
  readonly #lead: number;
  readonly #settles: boolean;
  readonly #failed = new Set<number>();
  #phase: Phase = 'warmup';
  #settleFrom = 0;
  #coldTasks: string[] = [];
  #settle: SettleVerdict | undefined;

  constructor(
    scenario: ScenarioSpec,
    columns: readonly TaskColumns[],
    marks: SharedMarks,
    options: { lead: number; settles: boolean },
  ) {
    this.#scenario = scenario;
    this.#columns = columns;
    this.#marks = marks;
    this.#lead = options.lead;
    this.#settles = options.settles && settles(scenario);
    if (scenario.warmup === 0) this.#measure(0);
  }

  get phase(): Phase {
    return this.#phase;
  }
  get notes(): PhaseNotes {
    return { coldTasks: this.#coldTasks, ...(this.#settle ? { settle: this.#settle } : {}) };
  }

  /** A task that failed is waited for no longer. */
  taskFailed(task: number): void {
    this.#failed.add(task);
  }

  /** @param conditions GPU clock and temperature so far, where they can be read */
  tick(now: number, conditions: Conditions): Phase {
    if (this.#phase === 'warmup' && this.#warm(now)) {
      if (this.#settles) {
        this.#phase = 'settle';
        this.#settleFrom = now;
      } else this.#measure(now + this.#lead);
    }
    if (this.#phase === 'settle') this.#trySettle(now, conditions);
    if (this.#phase === 'measure' && now >= this.#marks.stopAt) this.#phase = 'drain';
    return this.#phase;
  }

  /** Ends the measurement now. */
  stop(now: number): void {
    this.#marks.stopAt = Math.min(this.#marks.stopAt, now);
    this.#phase = 'drain';
  }

  #warm(now: number): boolean {
    if (now < this.#scenario.warmup) return false;
    const cold = this.#scenario.tasks.filter(
      (task, i) =>
        task.release.kind !== 'after' &&
        !this.#failed.has(i) &&
        Atomics.load(this.#columns[i].control, DONE_COUNT) < WARMUP_COMPLETIONS,
    );
    if (cold.length > 0 && now < warmupLimit(this.#scenario)) return false;
    this.#coldTasks = cold.map((t) => t.name);
    return true;
  }

  #trySettle(now: number, conditions: Conditions): void {
    const window = windowOf(this.#scenario);
    const passed = Math.floor((now - this.#settleFrom) / window);
    const hopeless = WINDOWS * window > this.#scenario.settleLimit;
    if (!hopeless && passed < WINDOWS) return;
    const from = this.#settleFrom + (passed - WINDOWS) * window;
    const verdict: SettleVerdict = hopeless
      ? { steady: false, waited: 0, reason: `three windows of ${window / NS_PER_S} s are longer than settle_limit` }
      : settled(this.#scenario, this.#columns, { from, window, windows: WINDOWS }, conditions);
    const last = now - this.#settleFrom + window > this.#scenario.settleLimit;
    this.#settle = { ...verdict, waited: now - this.#settleFrom };
    if (verdict.steady || hopeless || last) this.#measure(now + this.#lead);
  }

  #measure(from: number): void {
    this.#phase = 'measure';
    if (this.#scenario.iterations === undefined) this.#marks.stopAt = from + this.#scenario.duration;
    this.#marks.measureFrom = from;
  }
}

/** max(5 s, 30 longest periods), ns. */
function windowOf(scenario: ScenarioSpec): number {
  const longest = Math.max(0, ...scenario.tasks.map((t) => ('rate' in t.release ? periodOf(t.release.rate) : 0)));
  return Math.max(5 * NS_PER_S, 30 * longest);
}
