/**
 * One cause for every miss, from the stamps of the jobs and what the control threads saw.
 *
 *   stopped     the process, or the machine, stood still; without that the job would have been in time
 *   foreign     other programs held the CPUs, or kept the task's threads waiting for one
 *   slow_model  most jobs of the task take longer than its deadline or its period
 *   contention  the job, or the one that it waited for, took unusually long while other tasks ran on the same CPUs or accelerator
 *   slow_job    it took unusually long by itself
 *   backlog     it waited for jobs of its own task that took no longer than usual
 */

import { periodOf } from '../base/rational.js';
import { lowerBound } from '../base/search.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { COMPLETED } from '../formats/recording/jobs.js';
import { medianOf } from './distribution.js';
import { deadlineOf, services, type TaskJobs } from './jobs.js';
import type { Machine, TaskCpu } from './machine.js';
import { heldBetween, type Occupancy, occupancyOf } from './occupancy.js';
import { covered, type Halt } from './stalls.js';

/** In the order in which they are told. */
export const MISS_CAUSES = ['stopped', 'foreign', 'slow_model', 'contention', 'slow_job', 'backlog'] as const;
/** One of them. */
export type MissCause = (typeof MISS_CAUSES)[number];

/** Longer than this many medians a job is unusual. */
const UNUSUAL = 1.5;

/** Says of each missed job of a task why it missed. */
export type CauseOf = (row: number) => MissCause;

/** @param parts of all tasks of the scenario */
export function causesOf(scenario: ScenarioSpec, parts: readonly TaskJobs[], machine: Machine): CauseOf[] {
  const occupancies = parts.map((part, i) => occupancyOf(part, scenario.tasks[i], machine.tasks[i].holds));
  return parts.map((part, i) => {
    const { placement, release } = scenario.tasks[i];
    const usual = medianOf(services(part)) ?? 0;
    const others = occupancies.filter((_, k) => k !== i);
    const { engine } = machine.tasks[i];
    const onDevice = occupancies.filter(
      (_, k) => k !== i && /^(gpu|dla)/.test(engine) && machine.tasks[k].engine === engine,
    );
    const task: Judged = {
      part,
      usual,
      period: 'rate' in release ? periodOf(release.rate) : Number.POSITIVE_INFINITY,
      halts: machine.tasks[i].halts,
      keptWaiting: machine.tasks[i].keptWaiting,
      shared: (from, to) =>
        Math.max(
          heldBetween(others, placement.cpus, placesOf(machine, i) - machine.tasks[i].holds + 1, from, to),
          anyBetween(onDevice, from, to),
        ),
    };
    return (row) => causeOf(task, row);
  });
}

interface Judged {
  readonly part: TaskJobs;
  /** Median service time, ns. */
  readonly usual: number;
  readonly period: number;
  readonly halts: readonly Halt[];
  readonly keptWaiting: TaskCpu['keptWaiting'];
  /** ns of a span in which other tasks left no CPU, or not the accelerator alone. */
  readonly shared: (from: number, to: number) => number;
}

const placesOf = ({ tasks, cpus }: Machine, i: number): number => Math.max(1, tasks[i].cpus.length || cpus);

const anyBetween = (others: readonly Occupancy[], from: number, to: number): number =>
  heldBetween(
    others.map((o) => ({ ...o, holds: 1 })),
    undefined,
    1,
    from,
    to,
  );

function causeOf(task: Judged, row: number): MissCause {
  const { part, usual, period, halts } = task;
  const { jobs } = part;
  const deadline = deadlineOf(part, row);
  const completed = jobs.outcome[row] === COMPLETED;
  // A job that was dropped, or never ran, missed by the job that held its worker.
  const held = completed
    ? row
    : runningAt(part, Number.isNaN(jobs.dropped[row]) ? jobs.release[row] : jobs.dropped[row]);
  const begin = held < 0 ? jobs.release[row] : Math.min(jobs.release[row], jobs.release[held]);
  const end = held < 0 ? deadline : jobs.complete[held];
  const excess = completed ? end - deadline : end - Math.max(jobs.release[row], begin);
  const halted = covered(halts, begin, end);
  if (halted > 0 && halted >= Math.min(excess, end - begin - usual))
    return halts.find((h) => h.to > begin && h.from < end)?.cause ?? 'stopped';
  const kept = task.keptWaiting(end);
  if (kept === 'foreign') return 'foreign';
  if (usual > deadline - jobs.release[row] || usual > period) return kept ? 'contention' : 'slow_model';
  const why = held < 0 ? 'backlog' : whySlow(task, held);
  return kept && why !== 'backlog' ? 'contention' : why;
}

/** Of the chain of jobs that waited for each other, the one that took unusually long. */
function whySlow(task: Judged, row: number): MissCause {
  const { jobs, first } = task.part;
  for (let at = row, steps = 0; at >= first && steps < 1000; steps++) {
    const service = jobs.complete[at] - jobs.start[at];
    if (service > UNUSUAL * task.usual) {
      const shared = task.shared(jobs.start[at], jobs.complete[at]);
      return shared >= (service - task.usual) / 2 ? 'contention' : 'slow_job';
    }
    const before = runningAt(task.part, jobs.release[at]);
    if (before < 0 || before >= at) {
      // Nothing of its own ran then: it waited for a CPU.
      const waited = jobs.start[at] - jobs.release[at];
      return waited > 0 && task.shared(jobs.release[at], jobs.start[at]) >= waited / 2 ? 'contention' : 'backlog';
    }
    at = before;
  }
  return 'backlog';
}

/** The job of the task that ran at an instant, or -1. Starts are in the order of the rows that ran. */
function runningAt({ jobs, first, end }: TaskJobs, at: number): number {
  const near = lowerBound(jobs.release, at, first, end);
  for (let row = Math.min(near, end - 1), steps = 0; row >= first && steps < 4096; row--, steps++)
    if (jobs.start[row] <= at) return jobs.complete[row] > at ? row : -1;
  return -1;
}

/** How many misses each cause has, of the measured jobs of a task. */
export function countCauses(part: TaskJobs, cause: CauseOf): Partial<Record<MissCause, number>> {
  const counts: Partial<Record<MissCause, number>> = {};
  for (let row = part.from; row < part.to; row++) {
    const missed = part.jobs.outcome[row] !== COMPLETED || part.jobs.complete[row] > deadlineOf(part, row);
    if (!missed) continue;
    const found = cause(row);
    counts[found] = (counts[found] ?? 0) + 1;
  }
  return counts;
}
