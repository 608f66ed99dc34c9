/** Iterations of the barrier modes: how long they take, how far they slip, how long each task waits for the others. */

import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { COMPLETED, type JobTable, OUTCOMES, rowsOf } from '../formats/recording/jobs.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import type { IterationReport } from '../formats/report/report.js';
import { distributionOf } from './distribution.js';
import type { Window } from './jobs.js';

const BARRIER = OUTCOMES.indexOf('barrier');

interface Iteration {
  /** Begin; Infinity until a job says. */
  begin: number;
  /** Last completion of each task; -Infinity without one. */
  readonly last: number[];
  skipped: boolean;
}

/** Times of the iterations of a barrier mode, and how long each task waited for the others. */
export function analyseIterations(
  jobs: JobTable,
  scenario: ScenarioSpec,
  plan: NonNullable<RecordingDocument['iteration']>,
  window: Window,
): IterationReport {
  const all = collect(jobs, scenario, plan);
  const run = all.filter((i) => !i.skipped && i.begin < Number.POSITIVE_INFINITY);
  const time: number[] = [];
  const slip: number[] = [];
  const slack = scenario.tasks.map((): number[] => []);
  let count = 0;
  for (let j = 0; j < run.length; j++) {
    const { begin, last } = run[j];
    if (begin < window.from || (window.jobs === undefined ? begin >= window.to : count >= window.jobs)) continue;
    count++;
    const ended = Math.max(begin + plan.target_ns, ...last);
    const next =
      run[j + 1]?.begin ??
      (plan.grid && plan.target_ns > 0 ? Math.ceil(ended / plan.target_ns) * plan.target_ns : ended);
    time.push(ended - begin);
    if (plan.target_ns > 0) slip.push(next - (begin + plan.target_ns));
    last.forEach((at, task) => {
      if (at > Number.NEGATIVE_INFINITY) slack[task].push(ended - at);
    });
  }
  return {
    count,
    time_ms: distributionOf(Float64Array.from(time)),
    slip_ms: distributionOf(Float64Array.from(slip)),
    barrier_slack_ms: Object.fromEntries(
      scenario.tasks.map((t, i) => [t.name, distributionOf(Float64Array.from(slack[i]))]),
    ),
    skipped_windows: all.filter((i) => i.skipped && i.begin >= window.from).length,
  };
}

/** Begin of every iteration that ran, ns since the run origin, in order. */
export const iterationBegins = (
  jobs: JobTable,
  scenario: ScenarioSpec,
  plan: NonNullable<RecordingDocument['iteration']>,
): number[] =>
  collect(jobs, scenario, plan)
    .map((i) => i.begin)
    .filter((begin) => begin < Number.POSITIVE_INFINITY)
    .sort((a, b) => a - b);

/** Job k of a task belongs to iteration floor(k / jobs per iteration); its first one tells the begin. */
function collect(
  jobs: JobTable,
  scenario: ScenarioSpec,
  plan: NonNullable<RecordingDocument['iteration']>,
): Iteration[] {
  const iterations: Iteration[] = [];
  scenario.tasks.forEach((task, index) => {
    const { from, to } = rowsOf(jobs, index);
    const per = Math.max(1, plan.jobs[index]);
    const phase = task.release.kind === 'periodic' ? task.release.phase : 0;
    for (let row = from; row < to; row++) {
      const number = Math.floor((row - from) / per);
      iterations[number] ??= {
        begin: Number.POSITIVE_INFINITY,
        last: scenario.tasks.map(() => Number.NEGATIVE_INFINITY),
        skipped: false,
      };
      const iteration = iterations[number];
      if ((row - from) % per === 0) iteration.begin = Math.min(iteration.begin, jobs.release[row] - phase);
      if (jobs.outcome[row] === BARRIER) iteration.skipped = true;
      if (jobs.outcome[row] === COMPLETED) iteration.last[index] = Math.max(iteration.last[index], jobs.complete[row]);
    }
  });
  return iterations;
}
