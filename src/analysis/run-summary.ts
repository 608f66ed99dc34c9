/** ProfileReport and its recordings -> the few numbers of a run that a list shows. */

import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { COMPLETED, IN_FLIGHT, type JobTable } from '../formats/recording/jobs.js';
import type { ProfileReport } from '../formats/report/report.js';
import { RUN_SUMMARY_VERSION, type RunSummary } from '../formats/run/run-summary.js';

/** Of repetitions the one that missed most. */
function tasksOf({ scenarios }: ProfileReport): RunSummary['tasks'] {
  const all = scenarios.flatMap((s) =>
    s.tasks.map((t) => ({
      scenario: s.name,
      task: t.name,
      ...(t.response_ms.p50 === undefined ? {} : { p50_ms: t.response_ms.p50 }),
      ...(t.response_ms.p99 === undefined ? {} : { p99_ms: t.response_ms.p99 }),
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
/** Beyond this a job is as late as a picture of a few points can show. */
const MOST = 3;

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
): RunSummary {
  const { device } = report;
  return {
    version: RUN_SUMMARY_VERSION,
    verdict: report.verdict,
    device: device.model ?? device.hostname,
    models: [...models],
    tasks: tasksOf(report),
    spark: worst(recordings.map(sparkOf)),
  };
}

/** Of the scenario that came nearest to a deadline, or furthest beyond. */
const worst = (sparks: readonly number[][]): number[] =>
  sparks.toSorted((a, b) => Math.max(0, ...b) - Math.max(0, ...a))[0] ?? [];

/** Empty without deadlines. A dropped job counts as late as can be; one that the end of the run cut off counts nothing. */
function sparkOf({ jobs, scenario }: SummarisedRecording): number[] {
  if (scenario.tasks.every((t) => t.deadline === undefined)) return [];
  let last = 0;
  for (let row = 0; row < jobs.length; row++) last = Math.max(last, jobs.release[row]);
  if (last === 0) return [];
  const parts = new Array<number>(PARTS).fill(0);
  for (let row = 0; row < jobs.length; row++) {
    const deadline = scenario.tasks[jobs.task[row]]?.deadline;
    if (deadline === undefined || jobs.outcome[row] === IN_FLIGHT) continue;
    const part = Math.min(PARTS - 1, Math.floor((jobs.release[row] / last) * PARTS));
    const anchor = scenario.tasks[jobs.task[row]].deadlineAnchor === 'nominal' ? jobs.nominal[row] : jobs.release[row];
    const nearness = jobs.outcome[row] === COMPLETED ? (jobs.complete[row] - anchor) / deadline : MOST;
    parts[part] = Math.max(parts[part], Math.min(MOST, nearness));
  }
  return parts.map((p) => Math.round(p * 100) / 100);
}
