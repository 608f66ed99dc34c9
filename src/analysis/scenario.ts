/** One scenario: its jobs and what was recorded beside them -> its section of the report. */
import { NS_PER_S, round } from '../base/units.js';
import { LOAD_OF, type Requirement, type ScenarioSpec } from '../formats/pipeline/types.js';
import type { JobTable } from '../formats/recording/jobs.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import type { Series } from '../formats/recording/series.js';
import type { RequirementReport, ScenarioReport } from '../formats/report/report.js';
import { causesOf, countCauses } from './causes.js';
import { chainReports, timesOfChains } from './chains.js';
import { cpuDemand } from './cpu-demand.js';
import { energyOf, enginesOf, rates, withMachine } from './engines.js';
import { bySeverity, findings } from './findings/index.js';
import { analyseIterations } from './iterations.js';
import { measuredJobs, type TaskJobs, type Window } from './jobs.js';
import { machineOf } from './machine.js';
import { judge, type MeasuredScenario } from './requirements.js';
import { soakFindings, soakOf } from './soak.js';
import { analyseSystem } from './system.js';
import { analyseTask, type TaskAnalysis } from './task.js';
import { type Validity, validity } from './validity.js';

/** One repetition as it was recorded. */
export interface RecordedScenario {
  readonly document: RecordingDocument;
  readonly jobs: JobTable;
  readonly series: readonly Series[];
}

/** Jobs per task that are measured where the run ends by iterations. */
function windowOf(scenario: ScenarioSpec, { measure }: RecordingDocument): Window {
  const byCount = LOAD_OF[scenario.mode] !== 'barrier';
  return {
    from: measure.from_ns,
    to: measure.to_ns,
    ...(byCount && measure.iterations !== undefined ? { jobs: measure.iterations } : {}),
  };
}

/** The measured jobs of each task. */
export function measuredParts(
  scenario: ScenarioSpec,
  { document, jobs }: Omit<RecordedScenario, 'series'>,
): TaskJobs[] {
  const window = windowOf(scenario, document);
  const { iteration: plan, measure } = document;
  return scenario.tasks.map((task, i) =>
    measuredJobs(
      jobs,
      task,
      i,
      plan && measure.iterations !== undefined ? { ...window, jobs: measure.iterations * plan.jobs[i] } : window,
    ),
  );
}

/** Numbers of each task, from its measured jobs alone. @param documents what was recorded of the tasks, where they ran */
export function analyseTasks(
  { mode }: ScenarioSpec,
  parts: readonly TaskJobs[],
  window: Window,
  documents: readonly RecordingDocument['tasks'][number][] = [],
): TaskAnalysis[] {
  // In mode async a task that stops by a number of jobs has a window of its own length.
  const own = (part: TaskJobs): { from: number; to: number } =>
    mode !== 'async' || window.jobs === undefined || part.to === part.from
      ? window
      : { from: window.from, to: lastInstant(part, window.to) };
  return parts.map((part, i) => analyseTask(part, mode, own(part), documents[i]));
}

/**
 * Which requirements the jobs of a scenario meet: no device, no recording. Requirements on series and on other scenarios
 * are left out.
 * @param window measured part of the jobs, ns
 */
export function judgeJobs(
  scenario: ScenarioSpec,
  jobs: JobTable,
  window: Window,
  requirements: readonly Requirement[],
): { readonly tasks: readonly TaskAnalysis[]; readonly requirements: readonly RequirementReport[] } {
  const parts = scenario.tasks.map((task, i) => measuredJobs(jobs, task, i, window));
  const tasks = analyseTasks(scenario, parts, window);
  const report: ScenarioReport = {
    name: scenario.name,
    mode: scenario.mode,
    load: LOAD_OF[scenario.mode],
    duration_s: round((window.to - window.from) / NS_PER_S, 3),
    valid: true,
    simulated: true,
    tasks: tasks.map((t) => t.report),
    system: [],
    findings: [],
  };
  const own = requirements.filter(
    (r) => r.kind !== 'series' && r.kind !== 'memory' && (r.scenario ?? scenario.name) === scenario.name,
  );
  return {
    tasks,
    requirements: judge(
      own,
      [{ scenario, report, tasks, chains: timesOfChains(jobs, scenario, window), window, repetition: 1 }],
      [{ ...scenario, repetitions: 1 }],
    ),
  };
}

const NOTHING: Validity = { valid: false, reason: 'no job was released in the measured window', contended: [] };

/** Everything that is told of a recorded scenario. */
export function analyseScenario(scenario: ScenarioSpec, recorded: RecordedScenario): MeasuredScenario {
  const { document, jobs, series } = recorded;
  const window = windowOf(scenario, document);
  const duration = window.to - window.from;
  const parts = measuredParts(scenario, recorded);
  const tasks = analyseTasks(scenario, parts, window, document.tasks);
  const machine = machineOf(scenario, document, series, tasks, window);
  const causeOf = causesOf(scenario, parts, machine);
  const causes = causeOf.map((cause, i) => countCauses(parts[i], cause));
  const valid = tasks.some((t) => t.counts.released > 0)
    ? document.simulated
      ? simulatedValidity(scenario, tasks, document)
      : validity(scenario, parts, machine)
    : NOTHING;
  const system = [...analyseSystem(series, window), ...energyOf(series, window, tasks)];
  const chains = timesOfChains(jobs, scenario, window);
  const soak = soakOf(parts, series, window);
  const report: ScenarioReport = {
    name: scenario.name,
    ...(scenario.repetitions > 1 ? { repetition: document.repetition } : {}),
    ...(document.part === undefined ? {} : { part: document.part }),
    mode: scenario.mode,
    load: LOAD_OF[scenario.mode],
    duration_s: round(duration / NS_PER_S, 3),
    valid: valid.valid,
    ...(valid.reason ? { invalid_reason: valid.reason } : {}),
    ...(document.settle ? { steady: document.settle.steady } : {}),
    ...(document.simulated ? { simulated: true } : {}),
    ...(document.interrupted ? { interrupted: true } : {}),
    tasks: tasks.map((t, i) => withMachine(t, machine.tasks[i], causes[i], rates(series, window, t.report.name))),
    ...(chains.length > 0 ? { chains: chainReports(scenario, chains) } : {}),
    ...iterationsOf(scenario, recorded, window),
    engines: enginesOf(scenario, document, tasks, machine),
    ...(document.control ? { control: document.control } : {}),
    ...(document.others ? { others: document.others } : {}),
    system,
    findings: bySeverity([
      ...findings({ scenario, document, tasks, series, system, window, validity: valid, machine, causes }),
      ...(soak ? soakFindings(soak) : []),
    ]),
    ...(soak ? { soak } : {}),
  };
  const failure = failureOf(document);
  return {
    scenario,
    report,
    tasks,
    chains,
    window,
    causes: causeOf,
    repetition: document.repetition,
    ...(failure ? { failure } : {}),
  };
}

/** Times of the iterations, in the barrier modes. */
function iterationsOf(
  scenario: ScenarioSpec,
  { document, jobs }: RecordedScenario,
  window: Window,
): Pick<ScenarioReport, 'iterations'> {
  const { iteration: plan, measure } = document;
  if (!plan) return {};
  const { iterations } = measure;
  return {
    iterations: analyseIterations(jobs, scenario, plan, {
      ...window,
      ...(iterations === undefined ? {} : { jobs: iterations }),
    }),
  };
}

function failureOf({ tasks, problems }: RecordingDocument): string | undefined {
  const names = tasks.filter((t) => t.problem).map((t) => t.name);
  if (names.length > 0) return `${names.join(', ')} failed`;
  return problems.length > 0 ? 'the run failed' : undefined;
}

/** When the last measured job was done with: completed, or dropped. */
function lastInstant({ jobs, from, to }: TaskJobs, otherwise: number): number {
  let last = Number.NEGATIVE_INFINITY;
  for (let row = from; row < to; row++)
    for (const at of [jobs.complete[row], jobs.dropped[row]]) if (at > last) last = at;
  return last > Number.NEGATIVE_INFINITY ? last : otherwise;
}

/** A simulation shares no CPUs, so it shows nothing of tasks that ask for more than there are. */
function simulatedValidity(
  scenario: ScenarioSpec,
  tasks: readonly TaskAnalysis[],
  document: RecordingDocument,
): Validity {
  const { load } = cpuDemand(scenario, tasks, document);
  const { cpus } = document.device;
  if (LOAD_OF[scenario.mode] !== 'open' || load <= cpus) return { valid: true, contended: [] };
  const reason = `the tasks need ${round(load, 1)} CPUs and there are ${cpus}, which a simulation does not share out`;
  return { valid: false, reason, contended: [] };
}
