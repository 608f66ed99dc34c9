/** How much room there is: highest rates, shortest deadlines, what each engine is asked for, and bounds that no chance exceeds. */
import { type AnalysedTask, type EnginePolicy, responseBounds } from '../../analysis/response-time.js';
import { periodOf } from '../../base/rational.js';
import type { TaskSpec } from '../../formats/pipeline/types.js';
import type { CalibratedScenario, CalibratedTask } from '../../formats/recording/calibration.js';
import { type Headroom, rateText } from '../../formats/report/advice.js';
import { type Margin, NO_MARGIN, type PredictedTask } from '../predict.js';
import { highest, type Outcome, outcomeOf, rateOf, rateValue, type Situation } from './outcome.js';

const MOST_FACTOR = 16;
const LEAST_FACTOR = 1 / 32;

/** @param now as things are @param margin of what is safe */
export function headroomOf(situation: Situation, now: Outcome, margin: Margin): Headroom[] {
  const slower = outcomeOf(situation, now.values, margin);
  const bounds = boundsOf(situation.base.scenario, now.scenario.tasks);
  return now.scenario.tasks.map((task, i): Headroom => {
    const predicted = now.prediction.tasks[i] as PredictedTask;
    const { p50, p99, missRatio, engine } = predicted;
    const safe = slower.prediction.tasks[i]?.p99;
    const rate = rateOf(now.scenario, task.name);
    const deadline = task.deadline === undefined ? undefined : task.deadline / 1e6;
    const highestRate = rate === undefined ? undefined : highestRateOf(situation, now, task.name, rate, NO_MARGIN);
    const safeRate = rate === undefined ? undefined : highestRateOf(situation, now, task.name, rate, margin);
    const bound = bounds.get(task.name);
    return {
      task: task.name,
      engine,
      ...(rate === undefined ? {} : { rate_hz: rate }),
      ...(deadline === undefined ? {} : { deadline_ms: deadline }),
      ...(p50 === undefined ? {} : { p50_ms: p50 }),
      ...(p99 === undefined ? {} : { p99_ms: p99 }),
      ...(missRatio === undefined ? {} : { miss_ratio: missRatio }),
      ...(deadline !== undefined && typeof p99 === 'number' ? { slack_ms: deadline - p99 } : {}),
      ...(highestRate === undefined ? {} : { highest_rate_hz: highestRate }),
      ...(safeRate === undefined ? {} : { safe_rate_hz: safeRate }),
      ...(typeof p99 === 'number' ? { shortest_deadline_ms: p99 } : {}),
      ...(typeof safe === 'number' ? { safe_deadline_ms: safe / (1 - margin.tail) } : {}),
      ...(bound?.ms === undefined ? {} : { bound_ms: bound.ms }),
      bound_note: bound?.note ?? '',
    };
  });
}

/** Rounded down, so that what is printed holds. */
const down = (rate: number): number => Number.parseFloat(rateText(rate * 0.9975));

function highestRateOf(
  situation: Situation,
  now: Outcome,
  task: string,
  rate: number,
  margin: Margin,
): number | undefined {
  const holds = (value: number): boolean =>
    outcomeOf(situation, [...now.values, ...rateValue(now, task, value)], margin).holds;
  let good = rate;
  if (holds(rate)) {
    while (good < rate * MOST_FACTOR && holds(good * 2)) good *= 2;
    return good >= rate * MOST_FACTOR ? good : down(highest(good, good * 2, holds));
  }
  while (good > rate * LEAST_FACTOR) {
    good /= 2;
    if (holds(good)) return down(highest(good, good * 2, holds));
  }
  return undefined;
}

interface TaskBound {
  readonly ms?: number;
  readonly note: string;
}

/** Per engine, by the rule that it follows. */
function boundsOf(calibrated: CalibratedScenario, tasks: readonly TaskSpec[]): Map<string, TaskBound> {
  const of = (task: TaskSpec): CalibratedTask | undefined => calibrated.tasks.find((t) => t.name === task.name);
  const bounds = new Map<string, TaskBound>();
  const engines = new Set(tasks.map((t) => of(t)?.engine ?? ''));
  for (const engine of engines) {
    const own = tasks.filter((t) => of(t)?.engine === engine);
    const [policy, why] = policyOf(engine);
    const obstacle = policy === undefined ? why : obstacleOf(own);
    const loss = policy === 'any-order' ? lossOf(own, calibrated) : 1;
    const analysed = own.map((task) => analysedTask(task, of(task), calibrated, own, loss));
    const found = policy === undefined || obstacle !== undefined ? [] : responseBounds(policy, analysed);
    own.forEach((task, i) => {
      const bound = found[i];
      bounds.set(task.name, {
        ...(bound === undefined ? {} : { ms: bound / 1e6 }),
        note: obstacle ?? (bound === undefined ? `${engine} is asked for more time than there is` : why),
      });
    });
  }
  return bounds;
}

/** What an engine does with several jobs. */
function policyOf(engine: string): readonly [policy: EnginePolicy | undefined, note: string] {
  if (engine === 'cpu') return [undefined, 'Linux gives CPUs by turns, not by fixed priorities'];
  if (engine.startsWith('dla')) return ['fifo', 'a DLA serves jobs in their order'];
  return ['any-order', 'holds in whatever order the engine serves, if it never rests while there is work'];
}

/** Why no bound can be told. */
function obstacleOf(tasks: readonly TaskSpec[]): string | undefined {
  const free = tasks.find((t) => t.release.kind !== 'periodic');
  return free ? `nothing bounds how close the releases of ${free.name} can be` : undefined;
}

/** Tasks of which all sets are looked at; of more, pairs and all together. */
const MOST_SETS = 10;

/**
 * How much longer the work of an engine takes when several of its tasks run at once than one after another, at worst; 1 where
 * nothing is lost. Slow-downs of several add up, as in the simulation.
 */
function lossOf(own: readonly TaskSpec[], { pairs }: CalibratedScenario): number {
  const names = own.map((t) => t.name);
  const factor = (task: string, beside: string): number =>
    pairs.find((p) => p.task === task && p.beside === beside)?.factor ?? 1;
  const slower = (task: string, set: readonly string[]): number =>
    set.reduce((sum, other) => sum + (other === task ? 0 : Math.max(0, factor(task, other) - 1)), 1);
  const sets =
    names.length <= MOST_SETS
      ? Array.from({ length: 2 ** names.length - 1 }, (_, bits) => names.filter((_, i) => ((bits + 1) >> i) & 1))
      : [names, ...names.flatMap((a) => names.filter((b) => b > a).map((b) => [a, b]))];
  return Math.max(1, ...sets.map((set) => 1 / set.reduce((sum, task) => sum + 1 / slower(task, set), 0)));
}

/** Cost: the longest that was seen, as much longer as tasks on other engines, and running at once, make it. */
function analysedTask(
  { name, release, priority }: TaskSpec,
  calibrated: CalibratedTask | undefined,
  { pairs, tasks }: CalibratedScenario,
  own: readonly TaskSpec[],
  loss: number,
): AnalysedTask {
  const elsewhere = pairs.filter(
    (p) => p.task === name && tasks.some((t) => t.name === p.beside) && !own.some((t) => t.name === p.beside),
  );
  const slower = elsewhere.reduce((sum, p) => sum + Math.max(0, p.factor - 1), loss);
  const jitter = release.kind === 'periodic' && release.jitter ? jitterOf(release.jitter, periodOf(release.rate)) : 0;
  return {
    period: release.kind === 'periodic' ? Math.floor(periodOf(release.rate)) : 1,
    jitter,
    cost: Math.ceil((calibrated?.alone_ns ?? [0]).reduce((a, b) => Math.max(a, b), 0) * slower),
    priority: { low: 0, normal: 1, high: 2 }[priority],
  };
}

/** How far a release can be from the earliest that it can be, ns. */
function jitterOf(
  jitter: NonNullable<Extract<TaskSpec['release'], { kind: 'periodic' }>['jitter']>,
  period: number,
): number {
  switch (jitter.kind) {
    case 'uniform':
      return 2 * jitter.half;
    case 'normal':
      return Math.min(period, 6 * jitter.sigma);
    case 'empirical':
      return Math.max(...jitter.values) - Math.min(...jitter.values);
  }
}
