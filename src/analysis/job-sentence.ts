/** What became of one job, and why, as a sentence: from its stamps, and claiming no more than they show. */
import { digits3, msShort } from '../base/text.js';
import type { Outcome } from '../formats/recording/jobs.js';
import type { MissCause } from './causes.js';

/** What is known of a job. Times in ms. */
export interface JobFacts {
  readonly outcome: Outcome;
  /** Release to start, or to the drop. */
  readonly wait?: number;
  readonly run?: number;
  /** Of its task. */
  readonly deadline?: number;
  /** Behind the deadline; negative where there was room. */
  readonly over?: number;
  /** Median run of its task. */
  readonly usual?: number;
  /** Of a miss. */
  readonly cause?: MissCause;
  /** `GPU`, `CPU` */
  readonly engine: string;
  /** Jobs of other tasks that ran meanwhile on the same engine, the longest first. */
  readonly beside: readonly { readonly name: string; readonly shared: number }[];
  /** The job of its own task that ran when this one was released. */
  readonly before?: { readonly name: string; readonly run: number };
}

/** From so many times the usual on, a run is called long. */
const LONG = 1.25;

/** One or two sentences. */
export function jobSentence(job: JobFacts): string {
  const { outcome, over, wait = 0, run = 0 } = job;
  if (outcome === 'in_flight') return 'Not done when the recording ended.';
  if (outcome === 'failed') return 'Failed: it gave no result.';
  if (outcome !== 'completed') return `Never ran: ${DROPS[outcome]}${heldBy(job)}.`;
  const response = msShort(wait + run);
  if (over === undefined) return `Done ${response} after its release.`;
  if (over <= 0) return `In time: done ${response} after its release, ${msShort(-over)} before its deadline.`;
  return `Late by ${msShort(over)}: ${reasonOf(job)}.`;
}

const DROPS: Readonly<Record<Exclude<Outcome, 'in_flight' | 'completed' | 'failed'>, string>> = {
  queue_full: 'the queue of its task was full',
  busy: 'its task was still busy',
  superseded: 'a newer input came while it waited',
  expired: 'its deadline passed while it waited',
  barrier: 'its window was skipped, as the iteration before took too long',
};

const heldBy = ({ before }: JobFacts): string =>
  before ? `; ${before.name} ran then, for ${msShort(before.run)}` : '';

function besideText({ beside, engine }: JobFacts): string {
  const names = beside.slice(0, 2).map((o) => `${o.name} for ${msShort(o.shared)}`);
  return names.length === 0 ? '' : `beside it on the ${engine} ran ${names.join(' and ')}`;
}

function ranText({ run = 0, usual }: JobFacts): string {
  if (usual === undefined || usual <= 0) return `it ran ${msShort(run)}`;
  const factor = run / usual;
  return factor >= LONG
    ? `it ran ${msShort(run)}, ${digits3(Number(factor.toPrecision(2)))} × its usual ${msShort(usual)}`
    : `it ran ${msShort(run)}, as usual`;
}

const waitedText = ({ wait = 0, before }: JobFacts): string =>
  before
    ? `it waited ${msShort(wait)} for ${before.name}, which ran ${msShort(before.run)}`
    : `it waited ${msShort(wait)}`;

function reasonOf(job: JobFacts): string {
  const { wait = 0, run = 0, deadline = 0, usual = 0 } = job;
  const beside = besideText(job);
  switch (job.cause) {
    case 'stopped':
      return `everything stood still meanwhile; ${ranText(job)}`;
    case 'foreign':
      return `other programs held the CPUs; it waited ${msShort(wait)} and ran ${msShort(run)}`;
    case 'slow_model':
      return usual > deadline && deadline > 0
        ? `a usual job of this task takes ${msShort(usual)} and has ${msShort(deadline)}`
        : `${waitedText(job)}; jobs of this task usually take longer than the time between two of them`;
    case 'contention':
      if (run >= LONG * usual || wait < run) return [ranText(job), beside].filter(Boolean).join('; ');
      return [waitedText(job), beside].filter(Boolean).join('; ');
    case 'slow_job':
      return run >= LONG * usual || wait < run
        ? `${ranText(job)}, with the ${job.engine} mostly to itself`
        : waitedText(job);
    case 'backlog':
      return `${waitedText(job)}; ${ranText(job)}`;
    default:
      return wait > run ? waitedText(job) : ranText(job);
  }
}
