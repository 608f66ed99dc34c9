/** recording.json of a scenario that was measured, by what its executor has said so far. */
import type { ScenarioSpec } from '../../formats/pipeline/types.js';
import type { RecordingDocument, TaskDocument } from '../../formats/recording/recording.js';
import type { TaskRequest } from '../messages.js';
import { plainProblem, recordingDocument } from './document.js';
import type { ExecutorProcess } from './executor-process.js';
import type { ProfileRequest } from './profile-request.js';

/** What is known besides what the executor says. */
export interface Beside
  extends Pick<RecordingDocument, 'device' | 'probes' | 'interrupted' | 'control' | 'others' | 'preflight'> {
  readonly loadAverage: number;
  /** Last completion, ns since the run origin. */
  readonly lastSeen: number;
}

/** An executor that is at work, or crashed, has left no result: what its stamps show counts then. */
export function measuredDocument(
  { scenario, pipelineText, repetition, part, tasks }: ProfileRequest,
  executor: ExecutorProcess,
  origin: { readonly monotonic: string; readonly utc: string },
  { loadAverage, lastSeen, interrupted, ...beside }: Beside,
): RecordingDocument {
  const { result } = executor;
  const end = result?.endMonotonic ?? String(process.hrtime.bigint());
  const elapsed = Number(BigInt(end) - BigInt(origin.monotonic));
  return recordingDocument({
    ...beside,
    pipelineText,
    scenario,
    repetition,
    ...(part === undefined ? {} : { part }),
    simulated: false,
    interrupted: result?.interrupted ?? interrupted,
    origin,
    end,
    threadErrorUs: result?.threadErrorUs ?? 0,
    measureFrom: result?.measureFrom ?? Math.min(executor.announced, lastSeen),
    measureTo: result?.measureTo ?? Math.min(elapsed, lastSeen),
    notes: result?.notes ?? { coldTasks: [] },
    tasks: scenario.tasks.map((_, i) => taskDocument(scenario, tasks[i], i, executor)),
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
