/** One repetition of a scenario on this machine: starts the executor process and the probes, collects what they saw. */
import { loadavg } from 'node:os';
import type { Problem } from '../../base/problem.js';
import type { PipelineSpec, ScenarioSpec } from '../../formats/pipeline/types.js';
import type { Recording, RecordingDocument, TaskDocument } from '../../formats/recording/recording.js';
import { describeDevice } from '../../probes/device.js';
import { chooseProbes } from '../../probes/registry.js';
import { assembleJobs } from '../../workload/assemble.js';
import { lastCompletion, type TaskColumns } from '../../workload/columns.js';
import type { FromExecutor, TaskRequest } from '../messages.js';
import { plainProblem, recordingDocument } from './document.js';
import { ExecutorProcess } from './executor-process.js';
import { Sampling } from './sampling.js';

/** What a caller hears while a repetition is recorded. */
export type ProfileEvent =
  | {
      readonly kind: 'loaded';
      readonly task: string;
      readonly loadMs: number;
      readonly firstMs: number;
      readonly provider: string;
    }
  | (Extract<FromExecutor, { kind: 'progress' }> & {
      /** Newest values of the probes, by series, and their units. */
      readonly system: Readonly<Record<string, number>>;
      readonly units: Readonly<Record<string, string>>;
    })
  | { readonly kind: 'log'; readonly severity: 'info' | 'warning' | 'error'; readonly text: string }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** One repetition that is to be recorded. */
export interface ProfileRequest {
  readonly spec: PipelineSpec;
  readonly pipelineText: string;
  readonly scenario: ScenarioSpec;
  readonly repetition: number;
  readonly tasks: readonly TaskRequest[];
  /** The run directory. */
  readonly folder: string;
  /** Versions of the backends in use. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Never throws for what happens in a task: problems are in the recording, and what was recorded before is kept. */
export async function profile(
  request: ProfileRequest,
  onEvent: (event: ProfileEvent) => void,
  signal: AbortSignal,
): Promise<Recording> {
  const { spec, scenario } = request;
  const loadAverage = loadavg()[0] ?? 0;
  const device = describeDevice(request.versions);
  const executor = startExecutor(request, onEvent, () => sampling, signal);
  const { probes, problems } = chooseProbes(spec.probes.use);
  for (const problem of problems) {
    executor.problems.push(problem);
    onEvent({ kind: 'problem', problem });
  }
  const sampling: Sampling = new Sampling(
    probes,
    spec.probes.interval / 1e6,
    ({ monotonic, ...values }) => executor.tell({ kind: 'sample', monotonic: String(monotonic), ...values }),
    // A probe that dies leaves a note beside its samples; the tasks are not its concern.
    (problem) => onEvent({ kind: 'log', severity: 'warning', text: problem.message }),
  );
  sampling.processId = executor.pid;
  await executor.run();
  const probeDocuments = await sampling.stop();
  const columns = executor.takeColumns();
  const origin = executor.origin ?? { monotonic: String(process.hrtime.bigint()), utc: new Date().toISOString() };
  return {
    document: documentOf(request, executor, columns, origin, {
      device,
      probes: probeDocuments,
      loadAverage,
      interrupted: signal.aborted,
    }),
    jobs: assembleJobs(
      scenario.tasks.map((t) => t.name),
      columns,
    ),
    series: sampling.series(BigInt(origin.monotonic)),
    lines: sampling.lines,
  };
}

function startExecutor(
  { scenario, tasks, folder, repetition }: ProfileRequest,
  onEvent: (event: ProfileEvent) => void,
  sampling: () => Sampling,
  signal: AbortSignal,
): ExecutorProcess {
  const memoryPrefix = `infersight-${process.pid}-${scenario.name}-${repetition}`;
  const nameOf = (task: number): string => scenario.tasks[task].name;
  return new ExecutorProcess(
    { scenario, tasks, folder, memoryPrefix },
    {
      onLoaded: (task, { loadMs, firstMs, provider }) =>
        onEvent({ kind: 'loaded', task: nameOf(task), loadMs, firstMs, provider }),
      onProgress: (progress) => onEvent({ ...progress, ...sampling().latest() }),
      onLog: (severity, text) => onEvent({ kind: 'log', severity, text }),
      onProblem: (problem, task) =>
        onEvent({
          kind: 'problem',
          problem: task === undefined ? problem : { ...problem, message: `task ${nameOf(task)}: ${problem.message}` },
        }),
    },
    signal,
  );
}

interface Beside {
  readonly device: RecordingDocument['device'];
  readonly probes: RecordingDocument['probes'];
  readonly loadAverage: number;
  readonly interrupted: boolean;
}

/** An executor that crashed has left no result: what its stamps show counts then. */
function documentOf(
  { scenario, pipelineText, repetition, tasks }: ProfileRequest,
  executor: ExecutorProcess,
  columns: readonly TaskColumns[],
  origin: { readonly monotonic: string; readonly utc: string },
  { device, probes, loadAverage, interrupted }: Beside,
): RecordingDocument {
  const { result } = executor;
  const end = result?.endMonotonic ?? String(process.hrtime.bigint());
  const elapsed = Number(BigInt(end) - BigInt(origin.monotonic));
  const lastSeen = Math.max(0, ...columns.map(lastCompletion));
  return recordingDocument({
    pipelineText,
    scenario,
    repetition,
    simulated: false,
    interrupted: result?.interrupted ?? interrupted,
    origin,
    end,
    threadErrorUs: result?.threadErrorUs ?? 0,
    measureFrom: result?.measureFrom ?? Math.min(executor.announced, lastSeen),
    measureTo: result?.measureTo ?? Math.min(elapsed, lastSeen),
    notes: result?.notes ?? { coldTasks: [] },
    tasks: scenario.tasks.map((_, i) => taskDocument(scenario, tasks[i], i, executor)),
    device,
    probes,
    process: {
      node: process.versions.node,
      flags: [...executor.flags],
      rss_bytes: result?.rss ?? 0,
      load_average: loadAverage,
    },
    problems: executor.problems,
  });
}

function taskDocument(
  scenario: ScenarioSpec,
  { engine, backend }: TaskRequest,
  index: number,
  { loaded: all, taskProblems, result }: ExecutorProcess,
): TaskDocument {
  const { name, model } = scenario.tasks[index];
  const loaded = all.get(index);
  const problem = taskProblems.get(index);
  return {
    name,
    model,
    backend,
    ...(loaded ? { provider: loaded.provider, cold_start: { load_ms: loaded.loadMs, first_ms: loaded.firstMs } } : {}),
    accelerator: engine.build.accelerator,
    honoured: { ...(loaded?.honoured ?? {}) },
    placement_notes: [...(loaded?.notes ?? [])],
    spin_us: result?.spinUs ?? 0,
    complete_via: loaded?.completeVia ?? 'blocking',
    ...(problem ? { problem: plainProblem(problem) } : {}),
  };
}
