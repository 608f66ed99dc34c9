/** What the tasks of a scenario do to each other: each task together with the others, by the same task alone. */
import { round } from '../base/units.js';
import { NOTABLE_FACTOR } from '../formats/recording/interference.js';
import type { Finding, InterferenceReport } from '../formats/report/report.js';
import { curveOf, distributionOf, ratio } from './distribution.js';
import { services } from './jobs.js';
import { licensedFrom, nearestRank } from './quantiles.js';
import type { MeasuredScenario } from './requirements.js';
import type { TaskAnalysis } from './task.js';

/** By definition it is a hundredth when nothing changes. */
const NOTABLE_BEYOND = 0.05;
/** A clock that differs by more makes the factor one of clocks, too. */
const SAME_CLOCK = 0.05;

/** One task, all valid repetitions. */
interface Side {
  readonly services: Float64Array;
  readonly released: number;
  readonly missed: number;
  /** Why there is nothing. */
  readonly reason?: string;
}

/** A task alone and together: its section of the report, and both distributions. */
export interface Interference {
  readonly report: InterferenceReport;
  /** Cumulative distributions of the service times, ms at 0, 0.5 ... 100 %. */
  readonly alone: readonly number[];
  readonly together: readonly number[];
}

/** For every task that was recorded alone as well. @param measured of all scenarios, with those of one task alone */
export function interference(measured: readonly MeasuredScenario[]): Interference[] {
  const names = [...new Set(measured.flatMap((m) => m.scenario.soloOf ?? []))];
  return names.flatMap((name) => {
    const together = measured.filter((m) => m.scenario.name === name);
    const tasks = together[0]?.scenario.tasks ?? [];
    return tasks.flatMap((task) => {
      const alone = measured.filter((m) => m.scenario.soloOf === name && m.scenario.tasks[0].name === task.name);
      return alone.length > 0 ? [compared(name, task.name, alone, together)] : [];
    });
  });
}

function compared(
  scenario: string,
  task: string,
  aloneRuns: readonly MeasuredScenario[],
  togetherRuns: readonly MeasuredScenario[],
): Interference {
  const alone = sideOf(aloneRuns, task);
  const together = sideOf(togetherRuns, task);
  const [aloneMs, togetherMs] = [distributionOf(alone.services), distributionOf(together.services)];
  const factor = QUANTILES.flatMap(([q, ppm]) => {
    const [a, b] = [quantileOf(alone.services, ppm), quantileOf(together.services, ppm)];
    return a !== undefined && b !== undefined && a > 0 ? [[q, round(b / a, 3)] as const] : [];
  });
  const notes = [
    ...(alone.reason ? [`alone: ${alone.reason}`] : []),
    ...(together.reason ? [`together: ${together.reason}`] : []),
    ...clockNotes(aloneRuns, togetherRuns, task),
  ];
  return {
    report: {
      scenario,
      task,
      factor: Object.fromEntries(factor),
      ...beyond(quantileOf(alone.services, 990_000), together.services),
      alone_ms: aloneMs,
      together_ms: togetherMs,
      ...missRatio('alone_miss_ratio', aloneRuns, alone, task),
      ...missRatio('together_miss_ratio', togetherRuns, together, task),
      ...(notes.length > 0 ? { notes } : {}),
    },
    alone: curveOf(alone.services),
    together: curveOf(together.services),
  };
}

const QUANTILES = [
  ['p50', 500_000],
  ['p99', 990_000],
] as const;

/** ns, where enough samples license it. @param sorted ns */
const quantileOf = (sorted: Float64Array, ppm: number): number | undefined =>
  sorted.length >= licensedFrom(ppm) ? sorted[nearestRank(sorted.length, ppm) - 1] : undefined;

/** ns */
function beyond(limit: number | undefined, values: Float64Array): { beyond_alone_p99?: number } {
  if (limit === undefined || values.length === 0) return {};
  const over = values.reduce((n, v) => n + (v > limit ? 1 : 0), 0);
  return { beyond_alone_p99: ratio(over / values.length) };
}

const taskOf = (m: MeasuredScenario, task: string): TaskAnalysis | undefined =>
  m.tasks.find((t) => t.report.name === task);

function sideOf(runs: readonly MeasuredScenario[], task: string): Side {
  const valid = runs.filter((m) => m.report.valid).flatMap((m) => taskOf(m, task) ?? []);
  const lists = valid.map(({ part }) => services(part));
  const all = new Float64Array(lists.reduce((sum, l) => sum + l.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  const released = valid.reduce((sum, t) => sum + t.counts.released, 0);
  const missed = valid.reduce((sum, { counts: c }) => sum + c.missed, 0);
  const invalid = runs.find((m) => !m.report.valid);
  const reason =
    valid.length === 0 && invalid
      ? `the recording is not valid: ${invalid.report.invalid_reason}`
      : all.length === 0
        ? 'no job was completed'
        : undefined;
  return { services: all, released, missed, ...(reason ? { reason } : {}) };
}

function missRatio<K extends string>(
  key: K,
  runs: readonly MeasuredScenario[],
  { released, missed }: Side,
  task: string,
): Partial<Record<K, number>> {
  const told = runs.some((m) => taskOf(m, task)?.report.deadline_ms !== undefined);
  return told && released > 0 ? ({ [key]: ratio(missed / released) } as Partial<Record<K, number>>) : {};
}

/** Clocks that were higher or lower alone: then the factor is not of the other tasks only. */
function clockNotes(alone: readonly MeasuredScenario[], together: readonly MeasuredScenario[], task: string): string[] {
  const place = together.map((m) => taskOf(m, task)?.report.placement?.accelerator ?? 'cpu')[0];
  const before = clocksOf(alone);
  return [...clocksOf(together)].flatMap(([name, mhz]) => {
    const own = before.get(name);
    if (!concerns(name, place) || own === undefined || own <= 0 || Math.abs(mhz / own - 1) <= SAME_CLOCK) return [];
    return [`${name} was ${round(own, 0)} MHz alone and ${round(mhz, 0)} MHz together; lock the clocks to compare`];
  });
}

/** The clock of a GPU or DLA says nothing of a task that runs elsewhere. */
const concerns = (clock: string, accelerator: string): boolean =>
  clock.startsWith('gpu') ? accelerator.startsWith('gpu') : !clock.startsWith('nvdla') || accelerator.startsWith('dla');

/** Mean clocks, MHz; those of all CPUs as one. */
function clocksOf(runs: readonly MeasuredScenario[]): Map<string, number> {
  const values = new Map<string, number[]>();
  for (const { series, unit, mean } of runs.flatMap((m) => m.report.system)) {
    if (unit !== 'MHz') continue;
    const name = series.replace(/^cpu\.\d+\./, 'cpu.');
    values.set(name, [...(values.get(name) ?? []), mean]);
  }
  return new Map([...values].map(([name, list]) => [name, list.reduce((a, b) => a + b, 0) / list.length]));
}

/** What the factors mean, for the scenario that they are of. */
export const interferenceFindings = (list: readonly InterferenceReport[]): Finding[] =>
  list.flatMap((entry) => findingOf(entry) ?? []);

/** Fewer misses than this may be chance. */
const LEAST_MISSED = 0.001;
const percent = (share: number): string => `${round(share * 100, 2)} %`;

function findingOf(entry: InterferenceReport): Finding | undefined {
  const { task, factor, alone_ms, together_ms, alone_miss_ratio: alone, together_miss_ratio: together } = entry;
  const slower = factor.p50 !== undefined && factor.p50 >= NOTABLE_FACTOR;
  const evidence = {
    task,
    ...(factor.p50 === undefined ? {} : { factor_p50: factor.p50 }),
    ...(factor.p99 === undefined ? {} : { factor_p99: factor.p99 }),
    ...(alone === undefined ? {} : { alone_miss_ratio: alone }),
    ...(together === undefined ? {} : { together_miss_ratio: together }),
  };
  if (alone !== undefined && together !== undefined && together > Math.max(LEAST_MISSED, 2 * alone))
    return {
      id: 'interference',
      severity: 'warning',
      message: `${task} misses ${percent(together)} of its jobs beside the other tasks and ${percent(alone)} alone${slower ? `; a job takes ${factor.p50} times as long (p50)` : ''}`,
      advice:
        'the other tasks are the cause: give it an accelerator or CPUs of its own (accelerator, cpus), fewer threads to the others, or another phase',
      evidence,
    };
  const found = (text: string): Finding => ({
    id: 'interference',
    severity: 'info',
    message: `${task} ${text}`,
    advice: 'tasks that share an accelerator, CPUs or memory slow each other down; see what they share',
    evidence,
  });
  if (slower)
    return found(
      `takes ${factor.p50} times as long beside the other tasks as alone: p50 ${together_ms.p50} ms instead of ${alone_ms.p50} ms`,
    );
  const { beyond_alone_p99: share } = entry;
  if (share !== undefined && share >= NOTABLE_BEYOND)
    return found(
      `is slowed down now and then by the other tasks: ${percent(share)} of its jobs take longer than its p99 alone, ${alone_ms.p99} ms (p99 together ${together_ms.p99} ms)`,
    );
  return undefined;
}
