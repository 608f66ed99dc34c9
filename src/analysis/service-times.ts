/** Recordings -> how long the jobs of each task ran, and beside whom. */
import type { PipelineSpec, ScenarioSpec } from '../formats/pipeline/types.js';
import { MOST_IN_SEQUENCE, SERVICE_TIMES_VERSION, type ServiceTimes } from '../formats/recording/service-times.js';
import { services } from './jobs.js';
import { nearestRank } from './quantiles.js';
import { measuredParts, type RecordedScenario } from './scenario.js';

/** @param recorded repetitions of one scenario follow each other; they count as one */
export function serviceTimesOf(
  run: string,
  spec: PipelineSpec,
  recorded: readonly Pick<RecordedScenario, 'document' | 'jobs'>[],
): ServiceTimes {
  const entries = spec.scenarios.flatMap((scenario) => {
    const own = recorded.filter((r) => r.document.scenario === scenario.name);
    return own.length === 0 ? [] : scenario.tasks.map((_, i) => entryOf(scenario, i, own));
  });
  const device = recorded[0]?.document.device;
  return {
    version: SERVICE_TIMES_VERSION,
    run,
    pipeline: spec.name,
    device: device?.model ?? device?.hostname ?? '',
    entries: entries.filter((e) => e.jobs > 0),
  };
}

function entryOf(
  scenario: ScenarioSpec,
  index: number,
  recorded: readonly Pick<RecordedScenario, 'document' | 'jobs'>[],
): ServiceTimes['entries'][number] {
  const task = scenario.tasks[index];
  const ran = recorded.map((r) => services(measuredParts(scenario, r)[index]));
  const jobs = ran.reduce((sum, part) => sum + part.length, 0);
  const all = new Float64Array(jobs);
  let at = 0;
  for (const part of ran) {
    all.set(part, at);
    at += part.length;
  }
  const sequence = Array.from(all.subarray(0, MOST_IN_SEQUENCE));
  const sum = all.reduce((a, b) => a + b, 0);
  all.sort();
  const [{ document }] = recorded;
  return {
    model: task.model,
    accelerator: document.tasks[index]?.accelerator ?? task.placement.accelerator,
    backend: document.tasks[index]?.backend ?? '',
    task: task.name,
    scenario: scenario.name,
    beside: scenario.tasks.filter((t) => t !== task).map((t) => t.name),
    solo: scenario.soloOf !== undefined,
    jobs,
    mean_ns: jobs > 0 ? Math.round(sum / jobs) : 0,
    quantiles_ns: jobs > 0 ? Array.from({ length: 101 }, (_, p) => all[nearestRank(jobs, p * 10_000) - 1]) : [],
    sequence_ns: sequence,
  };
}
