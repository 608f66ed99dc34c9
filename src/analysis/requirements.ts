/** Requirements of a pipeline against what was measured: pass, fail, or inconclusive when the samples do not tell. */
import { round, toMs } from '../base/units.js';
import { LOAD_OF, type QuantileLimit, type Requirement, type ScenarioSpec } from '../formats/pipeline/types.js';
import type { RequirementReport, ScenarioReport } from '../formats/report/report.js';
import type { CauseOf } from './causes.js';
import type { ChainTimes } from './chains.js';
import { missesOf } from './episodes.js';
import {
  blackout,
  missIndicator,
  peakAges,
  periodJitters,
  queueWaits,
  releaseErrors,
  responses,
  services,
  startJitter,
  type TaskJobs,
  type Window,
} from './jobs.js';
import { judgeMemory, judgeSeries, type ModelMemory } from './judge-device.js';
import {
  judgeQuantile,
  judgeRatio,
  plainRun,
  type QuantileRun,
  quantileName,
  type Result,
  repetitions,
} from './judge-values.js';
import { worstWindow } from './miss-pattern.js';
import { withTerms } from './requirement-terms.js';
import type { TaskAnalysis } from './task.js';

/** One repetition of a scenario with what decisions need unrounded. */
export interface MeasuredScenario {
  readonly scenario: ScenarioSpec;
  readonly report: ScenarioReport;
  readonly tasks: readonly TaskAnalysis[];
  readonly chains: readonly ChainTimes[];
  readonly window: Window;
  /** Of each task; absent where only the jobs are known. */
  readonly causes?: readonly CauseOf[];
  /** Parts of one repetition have the same number. */
  readonly repetition: number;
  /** Why not all tasks ran until the end; undefined when they did. */
  readonly failure?: string;
}

type TaskRequirement = Extract<Requirement, { task: string }>;
type ChainRequirement = Extract<Requirement, { chain: string }>;
type InScenario = Exclude<Requirement, { kind: 'memory' }>;

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
  models: readonly ModelMemory[] = [],
): RequirementReport[] {
  return requirements.flatMap((requirement) =>
    requirement.kind === 'memory'
      ? judgeMemory(requirement, models, measured.length > 0 && measured.every((m) => m.report.simulated))
      : scenarios
          .filter((s) => requirement.scenario === undefined || s.name === requirement.scenario)
          .flatMap((scenario) =>
            judgeIn(
              requirement,
              scenario,
              measured.filter((m) => m.scenario.name === scenario.name),
            ),
          ),
  );
}

function judgeIn(
  requirement: InScenario,
  scenario: ScenarioSpec,
  runs: readonly MeasuredScenario[],
): RequirementReport[] {
  if (requirement.kind === 'series') {
    const judged = runs.map((m) => judgeSeries(requirement, m.report));
    return countOf(runs) < scenario.repetitions
      ? [...judged, unrecorded(`${scenario.name}: ${requirement.text}`)]
      : judged;
  }
  if (requirement.kind === 'chain' || requirement.kind === 'chain_misses')
    return judgeChain(requirement, scenario, runs).map((r) =>
      withTerms(r, requirement, { scenario: scenario.name, subject: requirement.chain }),
    );
  return scenario.tasks
    .filter((t) => requirement.task === '*' || t.name === requirement.task)
    .map((t) =>
      withTerms(judgeTask(requirement, scenario, runs, t.name), requirement, {
        scenario: scenario.name,
        subject: t.name,
      }),
    );
}

/** Repetitions; several parts of one count once. */
const countOf = (runs: readonly MeasuredScenario[]): number => new Set(runs.map((m) => m.repetition)).size;

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

/** Whether a requirement says something of tasks, so that their deadlines do not decide by themselves. */
export const isOfTasks = ({ kind }: Requirement): boolean => kind !== 'series' && kind !== 'memory';

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

/** What verdicts of several requirements promise together: each may be wrong by chance, so one of many more often. */
export function togetherNote(
  requirements: readonly Requirement[],
  judged: readonly RequirementReport[],
): string | undefined {
  const confidences = requirements.flatMap((r) => ('confidence' in r ? [r.confidence] : []));
  // Requirements of that kind say their confidence.
  const counted = judged.filter((r) => r.text.includes(' @ ')).length;
  const least = Math.min(...confidences);
  if (counted < 2 || !Number.isFinite(least)) return undefined;
  return `${counted} requirements at ${percent(least)} or more: were each of them just met, chance alone would fail one of them in up to ${percent(round(1 - least ** counted, 2))} of such runs; a higher confidence makes that rarer`;
}

function judgeTask(
  requirement: TaskRequirement,
  scenario: ScenarioSpec,
  runs: readonly MeasuredScenario[],
  name: string,
): RequirementReport {
  const text = textOf(requirement, `${scenario.name}/${name}`);
  const taskIn = (m: MeasuredScenario): { task: TaskAnalysis; window: Window }[] =>
    m.tasks.filter((t) => t.report.name === name).map((task) => ({ task, window: m.window }));
  const problem = runs.flatMap(taskIn).find(({ task }) => task.report.problem)?.task.report.problem;
  if (problem) {
    const n = runs.flatMap(taskIn).reduce((sum, { task }) => sum + task.counts.released, 0);
    return { text, verdict: 'fail', measured: { n }, reason: `the task failed: ${problem.message}` };
  }
  return judged(text, scenario, runs, (usable) => judgeTaskRuns(requirement, usable.flatMap(taskIn)));
}

function judgeChain(
  requirement: ChainRequirement,
  scenario: ScenarioSpec,
  runs: readonly MeasuredScenario[],
): RequirementReport[] {
  const text = textOf(requirement, `${scenario.name}/${requirement.chain}`);
  const chainIn = (m: MeasuredScenario): ChainTimes[] =>
    m.chains.filter((c) => isCalled(c, m.scenario, requirement.chain));
  // A scenario without the chain is not asked about it, unless none has it.
  if (runs.length > 0 && runs.every((m) => chainIn(m).length === 0)) return [];
  return [
    judged(text, scenario, runs, (usable) => {
      const chains = usable.flatMap(chainIn);
      if (requirement.kind === 'chain_misses')
        return judgeRatio(
          requirement,
          chains.map((c) => ({ missed: c.missed, responses: c.reactions })),
        );
      return judgeQuantile(requirement, chains.map(requirement.metric === 'age' ? agesOf : reactionsOf));
    }),
  ];
}

const isCalled = ({ path }: ChainTimes, { tasks }: ScenarioSpec, name: string): boolean =>
  path.name === name || path.tasks.map((t) => tasks[t].name).join('>') === name.replace(/\s/g, '');

const agesOf = ({ ages }: ChainTimes): QuantileRun => plainRun(ages);

/** A root that was missed has no reaction; one that the chain itself leaves out is asked nothing. */
const reactionsOf = ({ byRoot, missed }: ChainTimes): QuantileRun => {
  const asked = Array.from(byRoot, (value, i) => ({ value, missed: missed[i] === 1 })).filter(
    (r) => r.missed || !Number.isNaN(r.value),
  );
  return {
    values: Float64Array.from(asked.filter((r) => !r.missed).map((r) => r.value)),
    lost: asked.filter((r) => r.missed).length,
    over: (limit) => Uint8Array.from(asked, (r) => (r.missed || r.value > limit ? 1 : 0)),
  };
};

/** Judges what is valid, and says where that does not tell the whole. */
function judged(
  text: string,
  scenario: ScenarioSpec,
  runs: readonly MeasuredScenario[],
  decide: (usable: readonly MeasuredScenario[]) => Result,
): RequirementReport {
  const valid = runs.filter((m) => m.report.valid);
  const usable = valid.length > 0 ? valid : runs;
  if (usable.length === 0) return unrecorded(text);
  const result = decide(usable);
  const blocked = countOf(runs) < scenario.repetitions ? UNRECORDED : runs.map(blockedBy).find((reason) => reason);
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

function textOf(requirement: TaskRequirement | ChainRequirement, name: string): string {
  const limited = ({ quantile, max, confidence }: QuantileLimit): string =>
    `${typeof quantile === 'number' ? quantileName(quantile) : quantile} <= ${toMs(max)} ms${typeof quantile === 'number' ? ` @ ${percent(confidence)}` : ''}`;
  switch (requirement.kind) {
    case 'throughput':
      return `${name} throughput >= ${round(requirement.min, 3)} Hz`;
    case 'miss_ratio':
    case 'chain_misses':
      return `${name} miss_ratio <= ${percent(requirement.max)} @ ${percent(requirement.confidence)}`;
    case 'span':
      return `${name} ${requirement.metric} <= ${toMs(requirement.max)} ms`;
    case 'count':
      return requirement.metric === 'misses_in_window'
        ? `${name} misses <= ${requirement.max} of any ${requirement.window}`
        : `${name} consecutive_misses <= ${requirement.max}`;
    case 'task':
    case 'chain':
      return `${name} ${requirement.metric} ${limited(requirement)}`;
  }
}

const VALUES = {
  service: services,
  queue_wait: queueWaits,
  release_error: releaseErrors,
  age: peakAges,
  period_jitter: periodJitters,
} as const;

interface TaskRun {
  readonly task: TaskAnalysis;
  readonly window: Window;
}

function judgeTaskRuns(requirement: TaskRequirement, runs: readonly TaskRun[]): Result {
  const parts = runs.map((r) => r.task.part);
  switch (requirement.kind) {
    case 'throughput':
      return judgeThroughput(
        requirement,
        runs.map((r) => r.task),
      );
    case 'miss_ratio':
      return judgeRatio(
        requirement,
        parts.map((part) => ({ missed: missIndicator(part), responses: responses(part) })),
      );
    case 'count':
      return judgeCount(requirement, parts);
    case 'span':
      return judgeSpan(requirement, runs);
    case 'task': {
      const { metric } = requirement;
      // A response that never came is over every limit; a service time exists only for jobs that ran.
      return judgeQuantile(
        requirement,
        metric === 'response'
          ? runs.map(({ task }) => responsesOf(task))
          : parts.map((part) => plainRun(VALUES[metric](part))),
      );
    }
  }
}

const responsesOf = ({ part, counts }: TaskAnalysis): QuantileRun => ({
  values: responses(part),
  lost: counts.droppedTotal + counts.inFlight,
  over: (limit) => missIndicator(part, limit),
});

function judgeThroughput(
  requirement: Extract<Requirement, { kind: 'throughput' }>,
  tasks: readonly TaskAnalysis[],
): Result {
  const least = Math.min(...tasks.map((t) => t.throughputHz));
  const n = tasks.reduce((sum, t) => sum + t.report.completed, 0);
  const measured = { throughput_hz: Math.min(...tasks.map((t) => t.report.throughput_hz)), n, ...repetitions(tasks) };
  if (tasks.some((t) => t.report.released === 0))
    return { verdict: 'inconclusive', measured, reason: NOTHING_RELEASED };
  return { verdict: least >= requirement.min ? 'pass' : 'fail', measured };
}

const NOTHING_RELEASED = 'no job was released in the measured window';

/** What was seen, not what is likely: so many misses in a row did or did not occur. */
function judgeCount(requirement: Extract<Requirement, { kind: 'count' }>, parts: readonly TaskJobs[]): Result {
  const runs = parts.map((part) => missIndicator(part));
  const found = missesOf(runs);
  const value = requirement.metric === 'misses_in_window' ? worstWindow(runs, requirement.window ?? 1) : found.longest;
  const key = requirement.metric === 'misses_in_window' ? 'worst_window' : 'in_a_row';
  const measured = { [key]: value, n: found.n, misses: found.misses, ...repetitions(runs) };
  if (found.n === 0) return { verdict: 'inconclusive', measured, reason: NOTHING_RELEASED };
  return { verdict: value <= requirement.max ? 'pass' : 'fail', measured };
}

function judgeSpan(requirement: Extract<Requirement, { kind: 'span' }>, runs: readonly TaskRun[]): Result {
  const values = runs.map(({ task, window }) =>
    requirement.metric === 'blackout' ? blackout(task.part, window) : startJitter(task.part),
  );
  const n = runs.reduce((sum, { task }) => sum + task.counts.released, 0);
  const known = values.filter((v) => v !== undefined);
  if (n === 0 || known.length === 0) return { verdict: 'inconclusive', measured: { n }, reason: NOTHING_RELEASED };
  const worst = Math.max(...known);
  const measured = {
    [`${requirement.metric}_ms`]: toMs(worst),
    n,
    slack_ms: toMs(requirement.max - worst),
    ...repetitions(runs),
  };
  return { verdict: worst <= requirement.max ? 'pass' : 'fail', measured };
}
