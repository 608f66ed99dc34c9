/** Short recordings that tell what the tasks of a scenario take alone and what they do to each other. */
import { periodOf, rational } from '../../base/rational.js';
import { type Ns, ns } from '../../base/units.js';
import { ownRelease } from './solo.js';
import type { PipelineSpec, Release, ScenarioSpec, TaskSpec } from './types.js';

/** "@" is no character of a name in the pipeline file, so no scenario there can be called this. */
const nameOf = (scenario: string, tasks: readonly TaskSpec[], how = ''): string =>
  `${scenario}@@${tasks.map((t) => t.name).join('+')}${how}`;

const WARM_UP = ns(1e9);
/** Lengths, ns: one alone with pauses, and those back to back. */
const WITH_PAUSES = { least: 10e9, most: 25e9, jobs: 300 };
const BACK_TO_BACK = { least: 4e9, most: 12e9, jobs: 40 };
/** Mean time between the releases of one alone, by its own; shorter pauses are met as well as its own. */
const CLOSER = 0.6;

/** Behind every scenario: each of its tasks alone with pauses of all lengths, each alone back to back, and every two back to back. */
export const withCalibration = (spec: PipelineSpec): PipelineSpec => ({
  ...spec,
  scenarios: spec.scenarios.flatMap((scenario) => {
    const { tasks } = scenario;
    const pairs = tasks.flatMap((a, i) => tasks.slice(i + 1).map((b) => [a, b]));
    return [
      scenario,
      ...tasks.map((task) => withPauses(scenario, task)),
      ...(pairs.length > 0 ? [...tasks.map((t) => [t]), ...pairs] : []).map((part) => backToBack(scenario, part)),
    ];
  }),
});

const within = (value: number, { least, most }: { readonly least: number; readonly most: number }): Ns =>
  ns(Math.round(Math.max(least, Math.min(most, value))));

/** ns; a second where a task has no period of its own. */
function periodIn(scenario: ScenarioSpec, task: TaskSpec): number {
  const release = ownRelease(scenario, task);
  if (release.kind === 'periodic' || release.kind === 'poisson') return periodOf(release.rate);
  if (release.kind === 'trace' && release.at.length > 1)
    return ((release.at.at(-1) ?? 0) - (release.at[0] ?? 0)) / (release.at.length - 1);
  return 1e9;
}

function part(
  scenario: ScenarioSpec,
  tasks: readonly TaskSpec[],
  release: Release,
): Omit<ScenarioSpec, 'name' | 'mode' | 'duration'> {
  const { iterations: _, iterationWindow: __, chains: ___, soloOf: ____, ...rest } = scenario;
  return {
    ...rest,
    calibrates: scenario.name,
    iteration: 'single',
    repetitions: 1,
    steady: 'off',
    warmup: WARM_UP,
    tasks: tasks.map(({ deadline: _____, ...task }) => ({ ...task, release, overrun: { kind: 'queue', cap: 64 } })),
  };
}

/** Releases by chance, so that the pauses before the jobs differ. */
function withPauses(scenario: ScenarioSpec, task: TaskSpec): ScenarioSpec {
  const mean = Math.max(1000, Math.round(CLOSER * periodIn(scenario, task)));
  const rate = rational(1_000_000_000n, BigInt(mean)) ?? { num: 1, den: 1 };
  return {
    ...part(scenario, [task], { kind: 'poisson', rate, phase: ns(0) }),
    name: nameOf(scenario.name, [task], '@pauses'),
    mode: 'periodic',
    duration: within(WITH_PAUSES.jobs * mean, WITH_PAUSES),
  };
}

function backToBack(scenario: ScenarioSpec, tasks: readonly TaskSpec[]): ScenarioSpec {
  const longest = Math.max(...tasks.map((t) => periodIn(scenario, t)));
  return {
    ...part(scenario, tasks, { kind: 'back-to-back' }),
    name: nameOf(scenario.name, tasks),
    mode: 'async',
    duration: within(BACK_TO_BACK.jobs * longest, BACK_TO_BACK),
  };
}
