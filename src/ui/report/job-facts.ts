/** What is known of a job on the timeline, for its sentence, its hover and the drawer. */
import { MISS_CAUSES } from '../../analysis/causes.js';
import type { JobFacts } from '../../analysis/job-sentence.js';
import { msShort } from '../../base/text.js';
import { COMPLETED, OUTCOMES } from '../../formats/recording/jobs.js';
import { NONE } from '../../formats/report/report-page.js';
import type { Loaded } from './state.js';
import { strings } from './strings.js';
import { deadlineOf, endOf, ON_TIME, startOf, type TaskIndex, touching } from './timeline-index.js';

/** A job of another task that ran while this one was open. */
export interface Sharing {
  readonly row: number;
  readonly name: string;
  readonly engine: string;
  /** us */
  readonly shared: number;
}

/** The task of a row. */
export const indexOf = ({ indexes }: Pick<Loaded, 'indexes'>, row: number): TaskIndex | undefined =>
  indexes.find((i) => row >= i.from && row < i.to);

/** `detector #12` */
export const jobName = (index: TaskIndex, row: number): string => strings.job.title(index.name, row - index.from);

/** Jobs that ran between the release and the end of a job, those that shared most of the time first. */
export function sharing({ indexes, engines, jobs }: Loaded, row: number): Sharing[] {
  const [begin, end] = [jobs.release[row], endOf(jobs, row)];
  return indexes
    .flatMap((index, task) => {
      const { first, last } = touching(index, jobs, begin, end);
      return Array.from({ length: Math.max(0, last - first) }, (_, i): Sharing => {
        const other = index.from + first + i;
        const shared = Math.min(endOf(jobs, other), end) - Math.max(startOf(jobs, other), begin);
        return { row: other, name: jobName(index, other), engine: engines[task], shared };
      });
    })
    .filter((s) => s.row !== row && jobs.outcome[s.row] === COMPLETED && s.shared > 0)
    .sort((a, b) => b.shared - a.shared);
}

const known = (us: number): number | undefined => (us === NONE ? undefined : us / 1000);

/** The job of the same task that ran when this one was released. */
function runningBefore({ jobs }: Loaded, index: TaskIndex, row: number): JobFacts['before'] {
  const at = jobs.release[row];
  for (let before = row - 1, steps = 0; before >= index.from && steps < 64; before--, steps++) {
    if (jobs.outcome[before] !== COMPLETED) continue;
    const busy = endOf(jobs, before) > at;
    return busy ? { name: `#${before - index.from}`, run: jobs.run[before] / 1000 } : undefined;
  }
  return undefined;
}

/** What its sentence is made from. */
export function factsOf(loaded: Loaded, row: number): JobFacts | undefined {
  const index = indexOf(loaded, row);
  if (!index) return undefined;
  const { jobs, engines, indexes, scenario } = loaded;
  const task = indexes.indexOf(index);
  const due = deadlineOf(index, jobs, row);
  const usual = scenario?.tasks.find((t) => t.name === index.name)?.service_ms.p50;
  const cause = MISS_CAUSES[jobs.cause[row] - 1];
  const before = runningBefore(loaded, index, row);
  const completed = jobs.outcome[row] === COMPLETED;
  const [wait, run] = [known(jobs.wait[row]), completed ? known(jobs.run[row]) : undefined];
  return {
    outcome: OUTCOMES[jobs.outcome[row]],
    ...(wait === undefined ? {} : { wait }),
    ...(run === undefined ? {} : { run }),
    ...(index.deadline === undefined ? {} : { deadline: index.deadline / 1000 }),
    // Which side of the deadline it was done on is told in ns, which the times here are not.
    ...(completed && due !== undefined
      ? {
          over: jobs.late[row]
            ? Math.max(0.001, (endOf(jobs, row) - due) / 1000)
            : Math.min(0, (endOf(jobs, row) - due) / 1000),
        }
      : {}),
    ...(usual === undefined ? {} : { usual }),
    ...(cause === undefined ? {} : { cause }),
    engine: engines[task],
    beside: sharing(loaded, row)
      .filter((s) => s.engine === engines[task] && !(s.row >= index.from && s.row < index.to))
      .map(({ name, shared }) => ({ name, shared: shared / 1000 })),
    ...(before ? { before } : {}),
  };
}

/** How a job ended, in a word or two: `late by 62.4 ms`, `in time`, `dropped: task busy`. */
export function badgeOf(loaded: Loaded, row: number): string {
  const facts = factsOf(loaded, row);
  if (!facts) return '';
  if (facts.outcome !== 'completed') return strings.outcomes[facts.outcome];
  if (facts.over === undefined) return strings.job.done;
  return facts.over > 0 ? strings.job.lateBy(msShort(facts.over)) : strings.job.inTime;
}

/** Lines beside the pointer. */
export function hoverText(loaded: Loaded, row: number): string[] {
  const index = indexOf(loaded, row);
  if (!index) return [];
  const { jobs } = loaded;
  const ran = jobs.outcome[row] === COMPLETED;
  return [
    `${jobName(index, row)}: ${badgeOf(loaded, row)}`,
    ...(ran ? [strings.job.hover(msShort(jobs.wait[row] / 1000), msShort(jobs.run[row] / 1000))] : []),
    strings.job.releasedAt((jobs.release[row] / 1e6).toFixed(3)),
  ];
}

/** Whether it missed. */
export const isMiss = (index: TaskIndex, row: number): boolean => index.fate[row - index.from] !== ON_TIME;
