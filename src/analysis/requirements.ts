/** Requirements of a pipeline against what was measured: pass, fail, or inconclusive when the samples do not tell. */
import { round, toMs } from '../base/units.js';
import type { Requirement, ScenarioSpec } from '../formats/pipeline/types.js';
import type { RequirementReport, ScenarioReport } from '../formats/report/report.js';
import { lagOneCorrelation } from './distribution.js';
import { queueWaits, releaseErrors, responses, services } from './jobs.js';
import { type GateVerdict, gate, nearestRank, samplesNeeded } from './quantiles.js';
import type { TaskAnalysis } from './task.js';

/** One repetition of a scenario with what decisions need unrounded. */
export interface MeasuredScenario {
  readonly scenario: ScenarioSpec;
  readonly report: ScenarioReport;
  readonly tasks: readonly TaskAnalysis[];
  /** Why not all tasks ran until the end; undefined when they did. */
  readonly failure?: string;
}

const CORRELATED = 0.2;
type TaskRequirement = Exclude<Requirement, { kind: 'series' }>;

/** @param scenarios all of the pipeline; one that was not recorded leaves its requirements open */
export function judge(
  requirements: readonly Requirement[],
  measured: readonly MeasuredScenario[],
  scenarios: readonly ScenarioSpec[],
): RequirementReport[] {
  const missing = scenarios.filter((s) => measured.filter((m) => m.scenario.name === s.name).length < s.repetitions);
  const open = requirements.flatMap((requirement) =>
    missing
      .filter((s) => requirement.scenario === undefined || s.name === requirement.scenario)
      .flatMap((s): RequirementReport[] =>
        requirement.kind === 'series'
          ? [unrecorded(`${s.name}: ${requirement.text}`)]
          : s.tasks
              .filter((t) => requirement.task === '*' || t.name === requirement.task)
              .map((t) => unrecorded(textOf(requirement, `${s.name}/${t.name}`))),
      ),
  );
  return [...judgeMeasured(requirements, measured), ...open];
}

const unrecorded = (text: string): RequirementReport => ({
  text,
  verdict: 'inconclusive',
  measured: {},
  reason: 'the scenario was not recorded, or not in all its repetitions',
});

function judgeMeasured(
  requirements: readonly Requirement[],
  measured: readonly MeasuredScenario[],
): RequirementReport[] {
  return requirements.flatMap((requirement) => {
    const scope = measured.filter(
      (m) => requirement.scenario === undefined || m.scenario.name === requirement.scenario,
    );
    if (requirement.kind === 'series') return scope.map((m) => judgeSeries(requirement, m));
    return scope.flatMap((m) =>
      m.tasks
        .filter((t) => requirement.task === '*' || t.report.name === requirement.task)
        .map((t) => judgeTask(requirement, m, t)),
    );
  });
}

/** A task that failed does not keep up, whatever the requirements say. */
export function overall(
  requirements: readonly RequirementReport[],
  measured: readonly MeasuredScenario[],
): 'pass' | 'fail' | 'inconclusive' | 'none' {
  if (measured.some((m) => m.failure)) return 'fail';
  if (requirements.length === 0) return 'none';
  if (requirements.some((r) => r.verdict === 'fail')) return 'fail';
  return requirements.some((r) => r.verdict === 'inconclusive') ? 'inconclusive' : 'pass';
}

const place = ({ report }: MeasuredScenario): string =>
  `${report.name}${report.repetition === undefined ? '' : `#${report.repetition}`}`;

function judgeSeries(requirement: Extract<Requirement, { kind: 'series' }>, m: MeasuredScenario): RequirementReport {
  const text = `${place(m)}: ${requirement.text}`;
  const entry = m.report.system.find((s) => s.series === requirement.series);
  if (!entry) {
    const known = m.report.system.map((s) => s.series).filter((s) => !/^cpu\.\d/.test(s));
    return {
      text,
      verdict: 'inconclusive',
      measured: {},
      reason: m.report.simulated
        ? 'a simulation has no system series'
        : `series ${requirement.series} was not recorded; there are ${known.join(', ') || 'none'}`,
    };
  }
  const value = entry[requirement.statistic];
  const holds =
    value <= (requirement.max ?? Number.POSITIVE_INFINITY) && value >= (requirement.min ?? Number.NEGATIVE_INFINITY);
  return { text, verdict: holds ? 'pass' : 'fail', measured: { [requirement.statistic]: value, unit: entry.unit } };
}

function judgeTask(requirement: TaskRequirement, m: MeasuredScenario, task: TaskAnalysis): RequirementReport {
  const name = `${place(m)}/${task.report.name}`;
  const blocked = blockedBy(m);
  if (task.report.problem) {
    return {
      text: textOf(requirement, name),
      verdict: 'fail',
      measured: { n: task.counts.released },
      reason: `the task failed: ${task.report.problem.message}`,
    };
  }
  const result = requirement.kind === 'throughput' ? judgeThroughput(requirement, task) : judgeJobs(requirement, task);
  // What failed beside a task that was gone would have failed beside it, too.
  if (blocked && !(m.report.valid && result.verdict === 'fail'))
    return { text: textOf(requirement, name), verdict: 'inconclusive', measured: result.measured, reason: blocked };
  return { text: textOf(requirement, name), ...result };
}

/** Why the scenario shows nothing of its tasks together. */
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
  { report, throughputHz }: TaskAnalysis,
): Result {
  const measured = { throughput_hz: report.throughput_hz, n: report.completed };
  if (report.released === 0)
    return { verdict: 'inconclusive', measured, reason: 'no job was released in the measured window' };
  return { verdict: throughputHz >= requirement.min ? 'pass' : 'fail', measured };
}

const VALUES = {
  response: responses,
  service: services,
  queue_wait: queueWaits,
  release_error: releaseErrors,
} as const;

function judgeJobs(requirement: Exclude<TaskRequirement, { kind: 'throughput' }>, task: TaskAnalysis): Result {
  const { counts, part } = task;
  const lost = counts.droppedTotal + counts.inFlight;
  const correlation = lagOneCorrelation(responses(part));
  if (requirement.kind === 'miss_ratio') {
    const misses = counts.late + lost;
    const measured = {
      miss_ratio: counts.released > 0 ? round(misses / counts.released, 5) : 0,
      n: counts.released,
      misses,
    };
    return {
      ...judgeCount(
        counts.released,
        misses,
        Math.round((1 - requirement.max) * 1e6),
        requirement.confidence,
        correlation,
      ),
      measured,
    };
  }
  const values = VALUES[requirement.metric](part);
  const over = values.reduce((sum, v) => sum + (v > requirement.max ? 1 : 0), 0);
  // A response that never came is over every limit; a service time exists only for jobs that ran.
  const misses = over + (requirement.metric === 'response' ? lost : 0);
  const n = requirement.metric === 'response' ? counts.released : values.length;
  if (typeof requirement.quantile !== 'number')
    return judgePlain(requirement.quantile, requirement.max, values, n, requirement.metric === 'response' ? lost : 0);
  const measured = {
    [`p${round(requirement.quantile / 10_000, 4)}_ms`]: quantileText(values, n, requirement.quantile),
    n,
    misses,
  };
  return { ...judgeCount(n, misses, requirement.quantile, requirement.confidence, correlation), measured };
}

/** Over all releases: the quantile is infinite when its rank lies among those that never ended. */
function quantileText(values: Float64Array, n: number, ppm: number): number | string {
  if (n === 0) return 'none';
  const rank = nearestRank(n, ppm);
  return rank > values.length ? 'inf' : toMs(Float64Array.from(values).sort()[rank - 1]);
}

/**
 * Jobs of one run depend on each other. Where the correlation of neighbours is above 0.2 in size, fewer of them count:
 * n_eff = n (1 - rho) / (1 + rho), never more than n; misses are scaled alike and rounded up.
 */
function judgeCount(
  n: number,
  misses: number,
  ppm: number,
  confidence: number,
  correlation: number,
): { verdict: GateVerdict; reason?: string } {
  if (n === 0) return { verdict: 'inconclusive', reason: 'no job was released in the measured window' };
  const correlated = Math.abs(correlation) > CORRELATED;
  const effective = correlated ? Math.min(n, Math.floor((n * (1 - correlation)) / (1 + correlation))) : n;
  const scaled = effective === n ? misses : Math.ceil((misses * effective) / n);
  if (ppm >= 1_000_000)
    return {
      verdict: misses > 0 ? 'fail' : 'inconclusive',
      ...(misses > 0 ? {} : { reason: 'no number of samples can show that a miss never happens' }),
    };
  const verdict = gate(effective, Math.min(scaled, effective), ppm, confidence);
  const note =
    effective === n
      ? undefined
      : `${n} jobs count as ${effective}, because neighbours correlate (${round(correlation, 2)})`;
  if (verdict === 'inconclusive') {
    const many = `${note ?? `${n} jobs`}; with ${scaled} over the limit that neither shows nor refutes it`;
    return { verdict, reason: `${many}, ${samplesNeeded(ppm, confidence, scaled)} would show it` };
  }
  return { verdict, ...(note ? { reason: note } : {}) };
}

function judgePlain(statistic: 'mean' | 'max', limit: number, values: Float64Array, n: number, lost: number): Result {
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
  const measured = { [`${statistic}_ms`]: toMs(value), n };
  return { verdict: value <= limit ? 'pass' : 'fail', measured };
}
