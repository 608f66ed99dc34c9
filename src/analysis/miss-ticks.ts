/** Recording -> where deadlines were missed, for a picture. */
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { absoluteDeadline, COMPLETED, IN_FLIGHT, type JobTable } from '../formats/recording/jobs.js';

/** A deadline that was missed. */
export interface MissedDeadline {
  readonly task: string;
  /** The deadline, seconds since the run origin. */
  readonly at: number;
  readonly fate: 'late' | 'never done';
}

/** Of one task and fate over a whole recording; more would lie over each other. */
const MOST_TICKS = 2000;

/** All of a recording, warm-up included, thinned; a job that the end of the run cut off counts nothing. */
export function missTicks({ tasks }: Pick<ScenarioSpec, 'tasks'>, jobs: JobTable): MissedDeadline[] {
  const end = jobs.release.reduce((most, t) => Math.max(most, t), 1);
  const seen = new Set<string>();
  const ticks: MissedDeadline[] = [];
  for (let row = 0; row < jobs.length; row++) {
    const task = tasks[jobs.task[row]];
    if (task?.deadline === undefined || jobs.outcome[row] === IN_FLIGHT) continue;
    const due = absoluteDeadline(task, jobs, row);
    const fate = jobs.outcome[row] === COMPLETED ? 'late' : 'never done';
    if (fate === 'late' && jobs.complete[row] <= due) continue;
    const place = `${jobs.task[row]} ${fate} ${Math.floor((due / end) * MOST_TICKS)}`;
    if (!seen.has(place)) ticks.push({ task: task.name, at: due / 1e9, fate });
    seen.add(place);
  }
  return ticks;
}
