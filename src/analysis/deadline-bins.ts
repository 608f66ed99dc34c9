/** The completed jobs of a task by how much of its deadline they took, and what releases them. */
import type { TaskSpec } from '../formats/pipeline/types.js';
import { COMPLETED } from '../formats/recording/jobs.js';
import { BIN_OF_DEADLINE, DEADLINE_BINS } from '../formats/report/deadline-rows.js';
import type { TaskReport } from '../formats/report/report.js';
import { deadlineOf, type TaskJobs } from './jobs.js';

/** Numbers per bin, without the empty ones at the end. A job that is done exactly at its deadline is in time. */
export function deadlineBins(part: TaskJobs): Pick<TaskReport, 'deadline_bins'> {
  const { jobs, from, to, task } = part;
  const { deadline } = task;
  if (deadline === undefined || deadline <= 0) return {};
  const bins = new Array<number>(DEADLINE_BINS).fill(0);
  const last = Math.round(1 / BIN_OF_DEADLINE) - 1;
  let used = 0;
  for (let row = from; row < to; row++) {
    if (jobs.outcome[row] !== COMPLETED) continue;
    const over = jobs.complete[row] - deadlineOf(part, row);
    const bin = Math.ceil((over + deadline) / deadline / BIN_OF_DEADLINE - 1e-9) - 1;
    // Rounding moves no job across the deadline.
    const kept = over <= 0 ? Math.min(last, bin) : Math.max(last + 1, bin);
    const place = Math.max(0, Math.min(DEADLINE_BINS - 1, kept));
    bins[place]++;
    used = Math.max(used, place + 1);
  }
  return { deadline_bins: bins.slice(0, used) };
}

/** What releases its jobs, in a few words. */
export function releaseText({ release }: TaskSpec): string {
  switch (release.kind) {
    case 'periodic':
    case 'poisson': {
      const hz = Number((release.rate.num / release.rate.den).toPrecision(4));
      return release.kind === 'poisson' ? `about ${hz} Hz` : `${hz} Hz`;
    }
    case 'after':
      return `after ${release.tasks.join(', ')}`;
    case 'trace':
      return 'from a trace';
    case 'back-to-back':
      return 'back to back';
  }
}
