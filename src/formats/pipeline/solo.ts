/** Each task of a scenario by itself, so that its times can be told from what the others do to them. */
import { rational } from '../../base/rational.js';
import type { PipelineSpec, Release, ScenarioSpec, TaskSpec } from './types.js';

/** "@" is no character of a name in the pipeline file, so no scenario there can be called this. */
const soloName = (scenario: string, task: string): string => `${scenario}@${task}`;

/** Behind every scenario of several tasks, one more per task with that task alone. */
export const withSolo = (spec: PipelineSpec): PipelineSpec => ({
  ...spec,
  scenarios: spec.scenarios.flatMap((s) => [s, ...(s.tasks.length > 1 ? s.tasks.map((t) => solo(s, t)) : [])]),
});

const solo = (scenario: ScenarioSpec, task: TaskSpec): ScenarioSpec => ({
  ...scenario,
  name: soloName(scenario.name, task.name),
  soloOf: scenario.name,
  tasks: [{ ...task, release: ownRelease(scenario, task) }],
});

/** A task that others release gets the rate at which they would release it: that of the first, divided by `every`. */
function ownRelease(scenario: ScenarioSpec, { release }: TaskSpec): Release {
  if (release.kind !== 'after') return release;
  const upstream = scenario.tasks.find((t) => t.name === release.tasks[0]);
  return upstream ? everyNth(ownRelease(scenario, upstream), release.every) : { kind: 'back-to-back' };
}

function everyNth(release: Release, n: number): Release {
  if (release.kind === 'trace') return { kind: 'trace', at: release.at.filter((_, i) => i % n === n - 1) };
  if (release.kind !== 'periodic' && release.kind !== 'poisson') return release;
  const rate = rational(BigInt(release.rate.num), BigInt(release.rate.den) * BigInt(n));
  return rate ? { ...release, rate } : release;
}
