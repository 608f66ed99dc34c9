/** Recordings and engines -> the report. Pure: the same recordings give the same report. */
import { NS_PER_S, round } from '../base/units.js';
import type { EngineManifest } from '../formats/engine/engine.js';
import { ownScenarios } from '../formats/pipeline/solo.js';
import { LOAD_OF, type PipelineSpec, type ScenarioSpec } from '../formats/pipeline/types.js';
import type { JobTable } from '../formats/recording/jobs.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import type { Series } from '../formats/recording/series.js';
import { type ProfileReport, REPORT_VERSION, type ScenarioReport } from '../formats/report/report.js';
import { analyseChains, chainsOf } from './chains.js';
import { cpuDemand } from './cpu-demand.js';
import { bySeverity, findings } from './findings/index.js';
import { type Interference, interference, interferenceFindings } from './interference.js';
import { analyseIterations } from './iterations.js';
import { measuredJobs, type TaskJobs, type Window } from './jobs.js';
import { judge, type MeasuredScenario, overall } from './requirements.js';
import { analyseSystem } from './system.js';
import { analyseTask, type TaskAnalysis } from './task.js';
import { type Validity, validity } from './validity.js';

export interface RecordedScenario {
  readonly document: RecordingDocument;
  readonly jobs: JobTable;
  readonly series: readonly Series[];
}

export interface EngineEntry {
  readonly engine: EngineManifest;
  readonly cached: boolean;
}

/** Jobs per task that are measured where the run ends by iterations. */
function windowOf(scenario: ScenarioSpec, { measure }: RecordingDocument): Window {
  const byCount = measure.iterations !== undefined && LOAD_OF[scenario.mode] !== 'barrier';
  return { from: measure.from_ns, to: measure.to_ns, ...(byCount ? { jobs: measure.iterations } : {}) };
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

export function analyseScenario(scenario: ScenarioSpec, recorded: RecordedScenario): MeasuredScenario {
  const { document, jobs, series } = recorded;
  const plan = document.iteration;
  const iterations = plan && document.measure.iterations;
  const window = windowOf(scenario, document);
  const duration = window.to - window.from;
  const parts = measuredParts(scenario, recorded);
  // In mode async a task that stops by a number of jobs has a window of its own length.
  const own = (part: TaskJobs): { from: number; to: number } =>
    scenario.mode !== 'async' || window.jobs === undefined || part.to === part.from
      ? window
      : { from: window.from, to: lastInstant(part, window.to) };
  const tasks = parts.map((part, i) => analyseTask(part, scenario.mode, own(part), document.tasks[i]));
  const onCpu = document.tasks.map((t) => t.accelerator === 'cpu' || t.provider === 'cpu');
  const valid: Validity = document.simulated
    ? simulatedValidity(scenario, tasks, document)
    : validity(scenario, parts, onCpu);
  const system = analyseSystem(series, window);
  const report: ScenarioReport = {
    name: scenario.name,
    ...(scenario.repetitions > 1 ? { repetition: document.repetition } : {}),
    mode: scenario.mode,
    load: LOAD_OF[scenario.mode],
    duration_s: round(duration / NS_PER_S, 3),
    valid: valid.valid,
    ...(valid.reason ? { invalid_reason: valid.reason } : {}),
    ...(document.settle ? { steady: document.settle.steady } : {}),
    ...(document.simulated ? { simulated: true } : {}),
    ...(document.interrupted ? { interrupted: true } : {}),
    tasks: tasks.map((t) => t.report),
    ...(chainsOf(scenario).length > 0 ? { chains: analyseChains(jobs, scenario, window) } : {}),
    ...(plan
      ? {
          iterations: analyseIterations(jobs, scenario, plan, {
            ...window,
            ...(iterations === undefined ? {} : { jobs: iterations }),
          }),
        }
      : {}),
    system,
    findings: bySeverity(findings({ scenario, document, tasks, series, system, window, validity: valid })),
  };
  const failure = failureOf(document);
  return { scenario, report, tasks, ...(failure ? { failure } : {}) };
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
  { mode }: ScenarioSpec,
  tasks: readonly TaskAnalysis[],
  document: RecordingDocument,
): Validity {
  const { load } = cpuDemand(tasks, document);
  const { cpus } = document.device;
  if (LOAD_OF[mode] !== 'open' || load <= cpus) return { valid: true, contended: [] };
  const reason = `the tasks need ${round(load, 1)} CPUs and there are ${cpus}, which a simulation does not share out`;
  return { valid: false, reason, contended: [] };
}

export interface ReportRequest {
  readonly spec: PipelineSpec;
  readonly toolVersion: string;
  readonly engines: readonly EngineEntry[];
  readonly recorded: readonly RecordedScenario[];
}

export interface BuiltReport {
  readonly report: ProfileReport;
  readonly interference: readonly Interference[];
}

export function buildReport({ spec, toolVersion, engines, recorded }: ReportRequest): BuiltReport {
  const measured = recorded.flatMap((r) => {
    const scenario = spec.scenarios.find((s) => s.name === r.document.scenario);
    return scenario ? [analyseScenario(scenario, r)] : [];
  });
  const together = measured.filter((m) => m.scenario.soloOf === undefined);
  const requirements = judge(spec.requirements, together, ownScenarios(spec));
  const found = interference(measured);
  const first = recorded[0]?.document;
  const { memory_bytes, ...device } = first.device;
  const report: ProfileReport = {
    version: REPORT_VERSION,
    tool: { name: 'infersight', version: toolVersion },
    pipeline: spec.name,
    created: first.clock.start.utc.replace(/\.\d+Z$/, 'Z'),
    device: {
      hostname: device.hostname,
      ...(device.model ? { model: device.model } : {}),
      os: device.os,
      arch: device.arch,
      kernel: device.kernel,
      ...(device.cpu ? { cpu: device.cpu } : {}),
      cpus: device.cpus,
      memory: memory_bytes,
      gpu: device.gpu,
      ...(device.gpu_clock_max_mhz === undefined ? {} : { gpu_clock_max_mhz: device.gpu_clock_max_mhz }),
      ...(device.power_mode ? { power_mode: device.power_mode } : {}),
      ...(device.clocks_locked === undefined ? {} : { clocks_locked: device.clocks_locked }),
      versions: device.versions,
    },
    engines: engines.map(({ engine, cached }) => ({
      model: engine.model.name,
      backend: engine.build.backend,
      ...(engine.target.onnxruntime ? { backend_version: engine.target.onnxruntime } : {}),
      accelerator: engine.build.accelerator,
      precision: engine.build.precision,
      sha256: engine.files[0]?.sha256 ?? '',
      bytes: engine.files.reduce((sum, f) => sum + f.bytes, 0),
      build_s: engine.build_s,
      cached,
    })),
    scenarios: together.map(({ report: scenario }, i) =>
      together[i + 1]?.report.name === scenario.name ? scenario : withInterference(scenario, found),
    ),
    ...(found.length > 0 ? { interference: found.map((i) => i.report) } : {}),
    requirements,
    verdict: overall(requirements, together),
  };
  return { report, interference: found };
}

/** What was found over all repetitions is told once, with the last. */
function withInterference(report: ScenarioReport, found: readonly Interference[]): ScenarioReport {
  const more = interferenceFindings(found.map((i) => i.report).filter((i) => i.scenario === report.name));
  const caused = new Set(more.filter((f) => f.severity === 'warning').map((f) => f.evidence.task));
  const known = report.findings.map((f) =>
    f.id === 'misses' && caused.has(f.evidence.task)
      ? { ...f, advice: 'at least half of it happens only beside the other tasks: see the finding on interference' }
      : f,
  );
  return { ...report, findings: bySeverity([...known, ...more]) };
}
