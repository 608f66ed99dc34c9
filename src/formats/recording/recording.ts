/** recording.json: what one repetition of a scenario was, besides its tables of jobs and samples. */
import { z } from '../../base/zod.js';
import { readDocument } from '../document.js';
import type { JobTable } from './jobs.js';
import type { Series } from './series.js';

/** Of recording.json. */
export const RECORDING_VERSION = 1;

/** A year: no run is longer. */
const LONGEST_NS = 365 * 86_400 * 1e9;
/** Of one task in one iteration. */
const MOST_JOBS = 1_000_000;

const problem = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

/** How late the control thread of a CPU woke: what the machine does to a thread that sleeps beside the tasks. */
export const controlSchema = z.object({
  cpu: z.number(),
  period_ms: z.number(),
  ticks: z.number(),
  p50_us: z.number(),
  p99_us: z.number(),
  max_us: z.number(),
  /** Stalls beyond those that there was room for. */
  lost: z.number().optional(),
});

/** A process beside the run that used CPU time, and how many CPUs on average. */
export const otherSchema = z.object({ pid: z.number(), name: z.string(), cpus: z.number() });

/** What is recorded of a device. */
export const deviceSchema = z.object({
  hostname: z.string(),
  model: z.string().optional(),
  os: z.string(),
  arch: z.string(),
  kernel: z.string(),
  cpu: z.string().optional(),
  cpus: z.number(),
  memory_bytes: z.number(),
  gpu: z.array(z.string()),
  /** How the GPUs are shared with others, in words: MIG, MPS. */
  gpu_modes: z.array(z.string()).optional(),
  /** The highest clock that the first GPU may have now, MHz. */
  gpu_clock_max_mhz: z.number().optional(),
  power_mode: z.string().optional(),
  clocks_locked: z.boolean().optional(),
  versions: z.record(z.string(), z.string()),
});

const task = z.object({
  name: z.string(),
  model: z.string(),
  backend: z.string(),
  provider: z.string().optional(),
  accelerator: z.string(),
  cold_start: z.object({ load_ms: z.number(), first_ms: z.number() }).optional(),
  honoured: z.record(z.string(), z.boolean()),
  placement_notes: z.array(z.string()),
  /** Busy waiting before each release, us. */
  spin_us: z.number(),
  /** How the host learns of a completion. */
  complete_via: z.enum(['spin', 'yield', 'blocking', 'callback', 'simulated']),
  problem: problem.optional(),
});

const schema = z
  .object({
    version: z.literal(RECORDING_VERSION),
    pipeline: z.string().describe('Text of pipeline.yaml'),
    scenario: z.string(),
    repetition: z.number(),
    /** Of a repetition that was interrupted and went on later: which part of it. */
    part: z.number().optional(),
    simulated: z.boolean(),
    interrupted: z.boolean(),
    clock: z.object({
      /** Pairs of CLOCK_MONOTONIC and UTC; the first is the run origin. */
      start: z.object({
        monotonic_ns: z.string().regex(/^-?\d{1,20}$/),
        utc: z.string(),
        local: z.string().describe('Local time, without its zone'),
      }),
      end: z.object({ monotonic_ns: z.string().regex(/^-?\d{1,20}$/), utc: z.string() }),
      /** Largest disagreement seen between the clocks of two threads, us. */
      thread_error_us: z.number(),
    }),
    /** Measured window, ns since the run origin. */
    measure: z
      .object({
        from_ns: z.number().nonnegative(),
        to_ns: z.number().max(LONGEST_NS),
        iterations: z.int().nonnegative().optional(),
      })
      .refine(({ from_ns, to_ns }) => to_ns >= from_ns, { error: 'ends before it begins' }),
    /** Times of an iteration in the barrier modes. */
    iteration: z
      .object({
        target_ns: z.number().nonnegative().max(LONGEST_NS),
        grid: z.boolean(),
        jobs: z.array(z.int().nonnegative().max(MOST_JOBS)),
        truncated: z.boolean(),
      })
      .optional(),
    settle: z.object({ steady: z.boolean(), waited_ns: z.number(), reason: z.string().optional() }).optional(),
    cold_tasks: z.array(z.string()).describe('Tasks with fewer than 20 completions when the warm-up had to end'),
    tasks: z.array(task),
    device: deviceSchema,
    probes: z.array(
      z.object({
        id: z.string(),
        interval_ms: z.number(),
        samples: z.number(),
        /** CPU time that one sample takes, us; absent where it could not be measured. */
        cost_us: z.number().optional(),
        note: z.string().optional(),
      }),
    ),
    control: z.array(controlSchema).optional(),
    others: z.array(otherSchema).optional(),
    /** What was found before the run that can spoil a measurement. */
    preflight: z.array(z.object({ id: z.string(), message: z.string(), advice: z.string() })).optional(),
    process: z.object({
      node: z.string(),
      flags: z.array(z.string()),
      rss_bytes: z.number(),
      load_average: z.number(),
    }),
    problems: z.array(problem),
  })
  .refine(({ iteration, tasks }) => iteration === undefined || iteration.jobs.length === tasks.length, {
    error: 'iteration.jobs: has not one entry for each task',
  });

/** What a repetition was. */
export type RecordingDocument = z.infer<typeof schema>;

/** One repetition of a scenario: its document, its tables, and the lines of system_profile.txt. */
export interface Recording {
  readonly document: RecordingDocument;
  readonly jobs: JobTable;
  readonly series: readonly Series[];
  readonly lines: readonly string[];
}
/** The device that it ran on. */
export type DeviceDocument = z.infer<typeof deviceSchema>;
/** What is recorded of a task besides its jobs. */
export type TaskDocument = z.infer<typeof task>;

/** @throws ProblemError `file` or `version` */
export const readRecordingDocument = (text: string, file: string): RecordingDocument =>
  readDocument(text, file, RECORDING_VERSION, schema);
