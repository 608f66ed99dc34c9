/** Requirements of a pipeline against what was measured: pass, fail, or inconclusive when the samples do not tell. */
import { round, toMs } from '../base/units.js';
import { LOAD_OF, type Requirement, type ScenarioSpec } from '../formats/pipeline/types.js';
import type { RequirementReport, ScenarioReport } from '../formats/report/report.js';
import { lagOneCorrelation } from './distribution.js';
import { missesOf } from './episodes.js';
import { missIndicator, queueWaits, releaseErrors, responses, services, type TaskJobs } from './jobs.js';
import { nearestRank } from './quantiles.js';
import type { TaskAnalysis } from './task.js';
import { judgeMisses } from './verdict.js';

/** One repetition of a scenario with what decisions need unrounded. */
export interface MeasuredScenario {
  readonly scenario: ScenarioSpec;
  readonly report: ScenarioReport;
  readonly tasks: readonly TaskAnalysis[];
  /** Why not all tasks ran until the end; undefined when they did. */
  readonly failure?: string;
}

type TaskRequirement = Exclude<Requirement, { kind: 'series' }>;

/** Where the file requires nothing of the tasks, their deadlines decide: at most this share of the releases misses. */
const DEADLINE_MISSES = 0.01;

/**
 * The repetitions of a scenario are judged together.
 * @param scenarios all of the pipeline; one that was not recorded leaves its requirements open
 */
export function judge(
  requirements: readonly Requirement[],
  measured: readonly MeasuredScenario[],
  scenarios: readonly ScenarioSpec[],
): RequirementReport[] {
  return requirements.flatMap((requirement) =>
    scenarios
      .filter((s) => requirement.scenario === undefined || s.name === requirement.scenario)
      .flatMap((scenario) => {
        const runs = measured.filter((m) => m.scenario.name === scenario.name);
        if (requirement.kind === 'series') {
          const judged = runs.map((m) => judgeSeries(requirement, m));
          return runs.length < scenario.repetitions
            ? [...judged, unrecorded(`${scenario.name}: ${requirement.text}`)]
            : judged;
        }
        return scenario.tasks
          .filter((t) => requirement.task === '*' || t.name === requirement.task)
          .map((t) => judgeTask(requirement, scenario, runs, t.name));
      }),
  );
}

/** What the deadlines of a pipeline require by themselves; none where load is closed. */
export const deadlineRequirements = (scenarios: readonly ScenarioSpec[]): Requirement[] =>
  scenarios
    .filter(({ mode }) => LOAD_OF[mode] !== 'closed')
    .flatMap(({ name, tasks }) =>
      tasks
        .filter((t) => t.deadline !== undefined)
        .map((t) => ({
          kind: 'miss_ratio' as const,
          task: t.name,
          scenario: name,
          max: DEADLINE_MISSES,
          confidence: 0.95,
        })),
    );

const UNRECORDED = 'the scenario was not recorded, or not in all its repetitions';

const unrecorded = (text: string): RequirementReport => ({
  text,
  verdict: 'inconclusive',
  measured: {},
  reason: UNRECORDED,
});

/** A task that failed does not keep up, whatever the requirements say. */
export function overall(
  requirements: readonly RequirementReport[],
  measured: readonly MeasuredScenario[],
): 'pass' | 'fail' | 'inconclusive' | 'none' {
  if (measured.some((m) => m.failure)) return 'fail';
  const verdicts = new Set(requirements.map((r) => r.verdict));
  for (const verdict of ['fail', 'inconclusive', 'pass'] as const) if (verdicts.has(verdict)) return verdict;
  return measured.some((m) => !m.report.valid) ? 'inconclusive' : 'none';
}

const place = ({ report }: MeasuredScenario): string =>
  `${report.name}${report.repetition === undefined ? '' : `#${report.repetition}`}`;

function judgeSeries(requirement: Extract<Requirement, { kind: 'series' }>, m: MeasuredScenario): RequirementReport {
  const text = `${place(m)}: ${requirement.text}`;
  if (m.report.simulated)
    return { text, verdict: 'not_applicable', measured: {}, reason: 'a simulation has no system series' };
  const entry = m.report.system.find((s) => s.series === requirement.series);
  if (!entry) {
    const known = m.report.system.map((s) => s.series).filter((s) => !/^cpu\.\d/.test(s));
    const reason = `series ${requirement.series} was not recorded; there are ${known.join(', ') || 'none'}`;
    return { text, verdict: 'inconclusive', measured: {}, reason };
  }
  const value = entry[requirement.statistic];
  const holds =
    value <= (requirement.max ?? Number.POSITIVE_INFINITY) && value >= (requirement.min ?? Number.NEGATIVE_INFINITY);
  return { text, verdict: holds ? 'pass' : 'fail', measured: { [requirement.statistic]: value, unit: entry.unit } };
}

function judgeTask(
  requirement: TaskRequirement,
  scenario: ScenarioSpec,
  runs: readonly MeasuredScenario[],
  name: string,
): RequirementReport {
  const text = textOf(requirement, `${scenario.name}/${name}`);
  const taskIn = (m: MeasuredScenario): TaskAnalysis[] => m.tasks.filter((t) => t.report.name === name);
  const problem = runs.flatMap(taskIn).find((t) => t.report.problem)?.report.problem;
  if (problem) {
    const n = runs.flatMap(taskIn).reduce((sum, t) => sum + t.counts.released, 0);
    return { text, verdict: 'fail', measured: { n }, reason: `the task failed: ${problem.message}` };
  }
  const valid = runs.filter((m) => m.report.valid);
  const usable = (valid.length > 0 ? valid : runs).flatMap(taskIn);
  if (usable.length === 0) return unrecorded(text);
  const result =
    requirement.kind === 'throughput' ? judgeThroughput(requirement, usable) : judgeJobs(requirement, usable);
  const blocked = runs.length < scenario.repetitions ? UNRECORDED : runs.map(blockedBy).find((reason) => reason);
  // What failed beside a task that was gone would have failed beside it, too.
  if (blocked && !(valid.length > 0 && result.verdict === 'fail'))
    return { text, verdict: 'inconclusive', measured: result.measured, reason: blocked };
  return { text, ...result };
}

/** Why a repetition shows nothing of its tasks together. */
function blockedBy(m: MeasuredScenario): string | undefined {
  if (m.failure) return `${m.failure}, so the tasks did not all run together`;
  return m.report.valid ? undefined : `the run is not valid: ${m.report.invalid_reason}`;
}

const percent = (value: number): string => `${round(value * 100, 4)} %`;

function textOf(requirement: TaskRequirement, name: string): string {
  switch (requirement.kind) {
    case 'throughput':
      return `${name} throughput >= ${round(requirement.min, 3)} Hz`;
    case 'miss_ratio':
      return `${name} miss_ratio <= ${percent(requirement.max)} @ ${percent(requirement.confidence)}`;
    case 'task': {
      const quantile =
        typeof requirement.quantile === 'number' ? `p${round(requirement.quantile / 10_000, 4)}` : requirement.quantile;
      const confidence = typeof requirement.quantile === 'number' ? ` @ ${percent(requirement.confidence)}` : '';
      return `${name} ${requirement.metric} ${quantile} <= ${toMs(requirement.max)} ms${confidence}`;
    }
  }
}

type Result = Pick<RequirementReport, 'verdict' | 'measured' | 'reason'>;

function judgeThroughput(
  requirement: Extract<Requirement, { kind: 'throughput' }>,
  tasks: readonly TaskAnalysis[],
): Result {
  const least = Math.min(...tasks.map((t) => t.throughputHz));
  const n = tasks.reduce((sum, t) => sum + t.report.completed, 0);
  const measured = { throughput_hz: Math.min(...tasks.map((t) => t.report.throughput_hz)), n, ...repetitions(tasks) };
  if (tasks.some((t) => t.report.released === 0))
    return { verdict: 'inconclusive', measured, reason: 'no job was released in the measured window' };
  return { verdict: least >= requirement.min ? 'pass' : 'fail', measured };
}

const VALUES = {
  response: responses,
  service: services,
  queue_wait: queueWaits,
  release_error: releaseErrors,
} as const;

const repetitions = (tasks: readonly unknown[]): { repetitions?: number } =>
  tasks.length > 1 ? { repetitions: tasks.length } : {};

function judgeJobs(
  requirement: Exclude<TaskRequirement, { kind: 'throughput' }>,
  tasks: readonly TaskAnalysis[],
): Result {
  const parts = tasks.map((t) => t.part);
  if (requirement.kind === 'miss_ratio') return judgeMissRatio(requirement, parts);
  const runs = parts.map(VALUES[requirement.metric]);
  // A response that never came is over every limit; a service time exists only for jobs that ran.
  const all = requirement.metric === 'response';
  const lost = all ? tasks.reduce((sum, t) => sum + t.counts.droppedTotal + t.counts.inFlight, 0) : 0;
  const releases = runs.map((values, i) => (all ? parts[i].to - parts[i].from : values.length));
  const n = releases.reduce((a, b) => a + b, 0);
  const { quantile, max } = requirement;
  if (typeof quantile !== 'number') return judgePlain(quantile, max, runs, n, lost);
  const misses = missesOf(
    all
      ? parts.map((part) => missIndicator(part, max))
      : runs.map((values) => Uint8Array.from(values, (v) => (v > max ? 1 : 0))),
  );
  const { bursts, ...judged } = judgeMisses(misses, lagOneCorrelation(...runs), { ...requirement, ppm: quantile });
  const each = runs.map((values, i) => quantileText(values, releases[i], quantile));
  const measured = {
    [`p${round(quantile / 10_000, 4)}_ms`]: quantileText(concatenated(runs), n, quantile),
    n,
    misses: misses.misses,
    ...(misses.misses > 0 ? { in_a_row: misses.longest, episodes: misses.episodes.length } : {}),
    ...(runs.length > 1 ? { repetitions: runs.length, of_each: each.join(' ') } : {}),
    ...(bursts === undefined ? {} : { bursts_up_to: bursts }),
  };
  return { ...judged, measured };
}

function judgeMissRatio(requirement: Extract<Requirement, { kind: 'miss_ratio' }>, parts: readonly TaskJobs[]): Result {
  const runs = parts.map((part) => missIndicator(part));
  const misses = missesOf(runs);
  const ppm = Math.round((1 - requirement.max) * 1e6);
  const { bursts, ...judged } = judgeMisses(misses, lagOneCorrelation(...parts.map(responses)), {
    ...requirement,
    ppm,
  });
  const share = (run: Uint8Array): number => round(run.reduce((a, b) => a + b, 0) / Math.max(1, run.length), 5);
  const measured = {
    miss_ratio: misses.n > 0 ? round(misses.misses / misses.n, 5) : 0,
    n: misses.n,
    misses: misses.misses,
    ...(misses.misses > 0 ? { in_a_row: misses.longest, episodes: misses.episodes.length } : {}),
    ...(runs.length > 1 ? { repetitions: runs.length, of_each: runs.map(share).join(' ') } : {}),
    ...(bursts === undefined ? {} : { bursts_up_to: bursts }),
  };
  return { ...judged, measured };
}

function concatenated(runs: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(runs.reduce((sum, r) => sum + r.length, 0));
  let at = 0;
  for (const run of runs) {
    all.set(run, at);
    at += run.length;
  }
  return all;
}

/** Over all releases: the quantile is infinite when its rank lies among those that never ended. */
function quantileText(values: Float64Array, n: number, ppm: number): number | string {
  if (n === 0) return 'none';
  const rank = nearestRank(n, ppm);
  return rank > values.length ? 'inf' : toMs(Float64Array.from(values).sort()[rank - 1]);
}

function judgePlain(
  statistic: 'mean' | 'max',
  limit: number,
  runs: readonly Float64Array[],
  n: number,
  lost: number,
): Result {
  const values = concatenated(runs);
  if (lost > 0)
    return {
      verdict: 'fail',
      measured: { n, lost },
      reason: `${lost} jobs never completed, so their response has no end; a quantile allows for some`,
    };
  if (values.length === 0)
    return { verdict: 'inconclusive', measured: { n }, reason: 'no job was completed in the measured window' };
  const max = values.reduce((a, b) => Math.max(a, b), 0);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const value = statistic === 'max' ? max : mean;
  const measured = { [`${statistic}_ms`]: toMs(value), n, ...repetitions(runs) };
  return { verdict: value <= limit ? 'pass' : 'fail', measured };
}
