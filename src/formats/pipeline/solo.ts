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

/** What a scenario is recorded for: as the file says, one of its tasks alone, or one or two back to back. */
export type Purpose = 'together' | 'solo' | 'calibration';

/** Purpose of a scenario. */
export const purposeOf = ({ soloOf, calibrates }: ScenarioSpec): Purpose =>
  calibrates !== undefined ? 'calibration' : soloOf !== undefined ? 'solo' : 'together';

/** Those of the pipeline file, without those of some of their tasks. */
export const ownScenarios = ({ scenarios }: PipelineSpec): ScenarioSpec[] =>
  scenarios.filter((s) => purposeOf(s) === 'together');

const solo = (scenario: ScenarioSpec, task: TaskSpec): ScenarioSpec => ({
  ...scenario,
  name: soloName(scenario.name, task.name),
  soloOf: scenario.name,
  tasks: [{ ...task, release: ownRelease(scenario, task) }],
});

/** A task that others release gets the mean rate at which they would release it: that of the first, by `every`, `fan_out` and `probability`. */
export function ownRelease(scenario: ScenarioSpec, { release }: TaskSpec): Release {
  if (release.kind !== 'after') return release;
  const upstream = scenario.tasks.find((t) => t.name === release.tasks[0]);
  return upstream ? scaled(ownRelease(scenario, upstream), release) : { kind: 'back-to-back' };
}

const MILLION = 1_000_000n;

function scaled(release: Release, { every, fanOut, probability }: Extract<Release, { kind: 'after' }>): Release {
  if (release.kind === 'trace') return { kind: 'trace', at: release.at.filter((_, i) => i % every === every - 1) };
  if (release.kind !== 'periodic' && release.kind !== 'poisson') return release;
  const { num, den } = release.rate;
  const part = BigInt(Math.max(1, Math.round(probability * Number(MILLION))));
  const rate = rational(BigInt(num) * BigInt(fanOut) * part, BigInt(den) * BigInt(every) * MILLION);
  return rate ? { ...release, rate } : release;
}
