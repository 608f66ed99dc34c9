/** ProfileReport and its recordings -> the few numbers of a run that a list shows. */

import { round } from '../base/units.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { absoluteDeadline, COMPLETED, IN_FLIGHT, type JobTable } from '../formats/recording/jobs.js';
import type { ProfileReport, TaskReport } from '../formats/report/report.js';
import { RUN_SUMMARY_VERSION, type RunSummary } from '../formats/run/run-summary.js';
import { decisiveScenario } from './answer.js';
import { type RunOrigin, runFacts } from './run-facts.js';

/** Of all releases, where a task is released whatever it does. */
function p99Of({ effective_response_ms: all, response_ms: done }: TaskReport): { p99_ms?: number | 'inf' } {
  const p99 = all ? all.p99 : done.p99;
  return p99 === undefined ? {} : { p99_ms: p99 };
}

/** Of repetitions the one that missed most. */
function tasksOf({ scenarios }: ProfileReport): RunSummary['tasks'] {
  const all = scenarios.flatMap((s) =>
    s.tasks.map((t) => ({
      scenario: s.name,
      task: t.name,
      ...(t.response_ms.p50 === undefined ? {} : { p50_ms: t.response_ms.p50 }),
      ...p99Of(t),
      ...(t.deadline_ms === undefined ? {} : { deadline_ms: t.deadline_ms }),
      ...(t.miss_ratio === undefined ? {} : { miss_ratio: t.miss_ratio }),
    })),
  );
  const kept = new Map<string, RunSummary['tasks'][number]>();
  for (const entry of all) {
    const key = `${entry.scenario} ${entry.task}`;
    const before = kept.get(key);
    if (!before || (entry.miss_ratio ?? 0) > (before.miss_ratio ?? 0)) kept.set(key, entry);
  }
  return [...kept.values()];
}

const PARTS = 48;

/** The recording that stands for a scenario in a list of runs. */
export interface SummarisedRecording {
  readonly jobs: JobTable;
  readonly scenario: ScenarioSpec;
}

/** @param recordings one per scenario @param models of the pipeline; a simulation has no engines */
export function runSummary(
  report: ProfileReport,
  recordings: readonly SummarisedRecording[],
  models: readonly string[],
  origin: RunOrigin = {},
): RunSummary {
  const { device } = report;
  const decisive = decisiveScenario(report)?.name;
  const shown = recordings.find((r) => r.scenario.name === decisive) ?? recordings[0];
  return {
    version: RUN_SUMMARY_VERSION,
    verdict: report.verdict,
    device: device.model ?? device.hostname,
    host: device.hostname,
    models: [...models],
    tasks: tasksOf(report),
    ...(report.answer ? { headline: report.answer.headline } : {}),
    ...(shown ? { misses: missesByTime(shown) } : {}),
    facts: runFacts(report, origin),
  };
}

/** Empty without deadlines; a job that the end of the run cut off counts nothing. */
function missesByTime({ jobs, scenario }: SummarisedRecording): number[] {
  if (scenario.tasks.every((t) => t.deadline === undefined)) return [];
  let last = 0;
  for (let row = 0; row < jobs.length; row++) last = Math.max(last, jobs.release[row]);
  if (last === 0) return [];
  const missed = new Array<number>(PARTS).fill(0);
  const released = new Array<number>(PARTS).fill(0);
  for (let row = 0; row < jobs.length; row++) {
    const task = scenario.tasks[jobs.task[row]];
    if (task?.deadline === undefined || jobs.outcome[row] === IN_FLIGHT) continue;
    const part = Math.min(PARTS - 1, Math.floor((jobs.release[row] / last) * PARTS));
    released[part]++;
    if (jobs.outcome[row] !== COMPLETED || jobs.complete[row] > absoluteDeadline(task, jobs, row)) missed[part]++;
  }
  return missed.map((n, i) => (released[i] > 0 ? round(n / released[i], 4) : 0));
}
