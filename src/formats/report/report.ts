/** profile_report.yaml: the numbers of a run and what they mean. Key order is the order here. */
import { z } from '../../base/zod.js';
import { readDocument } from '../document.js';
import { controlSchema, type DeviceDocument, deviceSchema, otherSchema } from '../recording/recording.js';

/** Of profile_report.yaml. */
export const REPORT_VERSION = 1;

const recorded = deviceSchema.shape;
/** As it was recorded, with `memory` in bytes. */
const device = z.object({
  hostname: recorded.hostname,
  model: recorded.model,
  os: recorded.os,
  arch: recorded.arch,
  kernel: recorded.kernel,
  cpu: recorded.cpu,
  cpus: recorded.cpus,
  memory: recorded.memory_bytes,
  gpu: recorded.gpu,
  gpu_modes: recorded.gpu_modes,
  gpu_clock_max_mhz: recorded.gpu_clock_max_mhz,
  power_mode: recorded.power_mode,
  clocks_locked: recorded.clocks_locked,
  versions: recorded.versions,
});

/** The device of a recording as a report tells it. */
export const deviceForReport = ({ memory_bytes, ...rest }: DeviceDocument): z.infer<typeof device> =>
  device.parse({ ...rest, memory: memory_bytes });

/** A quantile is left out when there are too few samples for it. Times in ms with three decimals. */
const distribution = z.object({
  n: z.number(),
  min: z.number().optional(),
  mean: z.number().optional(),
  sd: z.number().optional(),
  p50: z.number().optional(),
  p90: z.number().optional(),
  p95: z.number().optional(),
  p99: z.number().optional(),
  'p99.9': z.number().optional(),
  max: z.number().optional(),
});

const task = z.object({
  name: z.string(),
  model: z.string(),
  rate_hz: z.number().optional(),
  /** What releases its jobs, in words. */
  release: z.string().optional(),
  deadline_ms: z.number().optional(),
  released: z.number(),
  completed: z.number(),
  dropped: z.record(z.string(), z.number()),
  in_flight: z.number(),
  late: z.number(),
  miss_ratio: z.number().optional(),
  /** Exact two-sided 95 % interval of the miss ratio; misses that come together count as one. */
  miss_ratio_interval: z.tuple([z.number(), z.number()]).optional(),
  /** How misses follow each other; absent where there are none. */
  miss_pattern: z
    .object({
      /** Most in a row. */
      in_a_row: z.number(),
      /** Misses with at most five hits between them are one episode. */
      episodes: z.number(),
      worst_of_10: z.number(),
      worst_of_100: z.number(),
      /** Misses by cause. */
      causes: z.record(z.string(), z.number()).optional(),
    })
    .optional(),
  throughput_hz: z.number(),
  utilisation: z.number().optional(),
  response_ms: distribution,
  /** Completed jobs by response / deadline, in bins of 0.05; the 50th holds all beyond. */
  deadline_bins: z.array(z.number()).optional(),
  service_ms: distribution,
  queue_wait_ms: distribution,
  release_error_ms: distribution,
  device_ms: distribution.optional(),
  /** From the start of a job to the beginning of its device's part. */
  device_begin_ms: distribution.optional(),
  copy_in_ms: distribution.optional(),
  compute_ms: distribution.optional(),
  copy_out_ms: distribution.optional(),
  enqueue_ms: distribution.optional(),
  /** max - min of the queue waits. */
  start_jitter_ms: z.number().optional(),
  /** |gap between completions - gap between grid points| over consecutive completed jobs. */
  period_jitter_ms: distribution.optional(),
  /** Pairs of neighbours of which one was not completed, left out of period_jitter_ms. */
  period_jitter_skipped: z.number().optional(),
  peak_age_ms: distribution.optional(),
  /** How old the newest result is, as a mean over time. */
  data_age_mean_ms: z.number().optional(),
  /** Longest time without a new result. */
  blackout_ms: z.number().optional(),
  /** Quantiles with dropped and unfinished jobs as infinity. */
  effective_response_ms: z.record(z.string(), z.union([z.number(), z.literal('inf')])).optional(),
  /** Two-sided 95 % interval of the quantiles of response_ms, by order statistics; null is unbounded. */
  response_interval_ms: z.record(z.string(), z.tuple([z.number(), z.number().nullable()])).optional(),
  /** Correlation of the response of a job with that of the next one; above 0.2 fewer jobs count. */
  response_correlation: z.number().optional(),
  /** What its threads had of the CPUs, of all of them together. */
  cpu: z
    .object({
      /** CPUs used on average. */
      used: z.number(),
      /** Share of the time in the queue of a CPU. */
      waited: z.number(),
      preempted_per_s: z.number().optional(),
      /** Pages that were read from a disk. */
      faults_per_s: z.number().optional(),
    })
    .optional(),
  rate_degrading: z.object({ achieved_period_ms: z.number(), slip_ms: z.number() }).optional(),
  cold_start: z
    .object({
      load_ms: z.number().optional(),
      first_ms: z.number().optional(),
      first_jobs_ms: z.array(z.number()).optional(),
    })
    .optional(),
  honoured: z.record(z.string(), z.boolean()).optional(),
  placement: z
    .object({
      accelerator: z.string(),
      provider: z.string().optional(),
      spin_us: z.number(),
      complete_via: z.string(),
      notes: z.array(z.string()),
    })
    .optional(),
  problem: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
});

const chain = z.object({
  tasks: z.array(z.string()),
  roots: z.number(),
  complete: z.number(),
  missed: z.number(),
  reaction_ms: distribution,
  age_ms: distribution,
  worst_ms: z.number().optional(),
  /** The name that the pipeline file gives it. */
  name: z.string().optional(),
  /** Of a join: age of the oldest of its inputs at the output. */
  oldest_age_ms: distribution.optional(),
});

const iteration = z.object({
  count: z.number(),
  time_ms: distribution,
  slip_ms: distribution,
  barrier_slack_ms: z.record(z.string(), distribution),
  skipped_windows: z.number(),
});

const finding = z.object({
  id: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string(),
  advice: z.string(),
  evidence: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
});

const soakEnd = z.object({ p50_ms: z.number().nullable(), p99_ms: z.number().nullable(), missed: z.number() });
const shown = z.enum(['more', 'less', 'none', 'unknown']);

/** A long run over its time. */
const soak = z.object({
  /** Length of a stretch. */
  span_s: z.number(),
  /** Length of the begin and of the end that are compared: an hour, or a quarter of a run of less than four. */
  end_s: z.number().optional(),
  mission_h: z.number(),
  tasks: z.array(
    z.object({
      task: z.string(),
      /** Of the responses in each stretch, and the share of its releases that missed; null where too few jobs license it. */
      p50_ms: z.array(z.number().nullable()),
      p99_ms: z.array(z.number().nullable()),
      missed: z.array(z.number()),
      /** Where the level of the responses changed, since the measurement began, and clocks that changed with it. */
      changes: z.array(
        z.object({ at_s: z.number(), before_ms: z.number(), after_ms: z.number(), beside: z.array(z.string()) }),
      ),
      /** Its begin against its end; what differs by the 95 % interval of the difference. Absent in older files. */
      ends: z
        .object({
          first: soakEnd,
          last: soakEnd,
          p50: shown,
          p99: shown,
          /** Of the last less the first, 95 %; absent where too few jobs tell. */
          p99_difference_ms: z.tuple([z.number(), z.number()]).optional(),
        })
        .optional(),
      /** Response that a mission of `mission_h` is expected to exceed once, with its 90 % interval; or why it is not told. */
      worst_ms: z.number().optional(),
      worst_interval_ms: z.tuple([z.number(), z.number()]).optional(),
      no_worst: z.string().optional(),
    }),
  ),
  /** Stretches in which the device said that it slowed itself down. */
  throttled: z.array(z.object({ from_s: z.number(), to_s: z.number(), what: z.string() })),
});

const scenario = z.object({
  name: z.string(),
  repetition: z.number().optional(),
  /** Of a repetition that was interrupted and went on later. */
  part: z.number().optional(),
  mode: z.string(),
  load: z.enum(['closed', 'barrier', 'open']),
  duration_s: z.number(),
  valid: z.boolean(),
  invalid_reason: z.string().optional(),
  steady: z.boolean().optional(),
  simulated: z.boolean().optional(),
  interrupted: z.boolean().optional(),
  tasks: z.array(task),
  chains: z.array(chain).optional(),
  iterations: iteration.optional(),
  /** What the tasks ask of each engine: of an accelerator in shares of its time, of the CPUs in CPUs. */
  engines: z
    .array(z.object({ engine: z.string(), tasks: z.array(z.string()), asked: z.number(), available: z.number() }))
    .optional(),
  control: z.array(controlSchema).optional(),
  others: z.array(otherSchema).optional(),
  system: z.array(
    z.object({
      series: z.string(),
      unit: z.string(),
      source: z.string(),
      min: z.number(),
      mean: z.number(),
      max: z.number(),
    }),
  ),
  findings: z.array(finding),
  /** Of runs of ten minutes and more. */
  soak: soak.optional(),
});

const interference = z.object({
  scenario: z.string(),
  task: z.string(),
  /** Service time together by service time alone. */
  factor: z.object({ p50: z.number().optional(), p99: z.number().optional() }),
  /** Share of the jobs together that took longer than the p99 alone. */
  beyond_alone_p99: z.number().optional(),
  alone_ms: distribution,
  together_ms: distribution,
  alone_miss_ratio: z.number().optional(),
  together_miss_ratio: z.number().optional(),
  notes: z.array(z.string()).optional(),
});

const terms = z.object({
  scenario: z.string().optional(),
  /** Of a series, which is judged in each repetition. */
  repetition: z.number().optional(),
  /** A task, a chain, a model, or a series of the device. */
  subject: z.string(),
  /** What of it, in words: `response p99`, `missed`. */
  metric: z.string(),
  at_most: z.number().optional(),
  at_least: z.number().optional(),
  /** ms, share, Hz, jobs, or that of a series. */
  unit: z.string(),
  /** "inf" for a quantile of releases that were never done; absent where nothing was measured. */
  value: z.union([z.number(), z.literal('inf')]).optional(),
});

const schema = z.object({
  version: z.literal(REPORT_VERSION),
  tool: z.object({ name: z.literal('infersight'), version: z.string() }),
  pipeline: z.string(),
  created: z.string(),
  /** The verdict as a sentence, and why, for people. */
  answer: z.object({ headline: z.string(), reasons: z.array(z.string()) }).optional(),
  device,
  engines: z.array(
    z.object({
      model: z.string(),
      backend: z.string(),
      backend_version: z.string().optional(),
      accelerator: z.string(),
      precision: z.string(),
      sha256: z.string(),
      bytes: z.number(),
      build_s: z.number(),
      /** Resident memory that loading and running it takes, alone in a process. */
      memory_bytes: z.number().optional(),
      /** Its outputs are those of its model, up to rounding; absent where that was not looked at. */
      verified: z.boolean().optional(),
      cached: z.boolean(),
    }),
  ),
  scenarios: z.array(scenario),
  /** Tasks that were recorded alone as well (run --solo); all valid repetitions. */
  interference: z.array(interference).optional(),
  requirements: z.array(
    z.object({
      text: z.string(),
      verdict: z.enum(['pass', 'fail', 'inconclusive', 'not_applicable']),
      measured: z.record(z.string(), z.union([z.number(), z.string()])),
      reason: z.string().optional(),
      /** The requirement in parts, and the measured value beside its limit. */
      terms: terms.optional(),
    }),
  ),
  /** What the verdicts of several requirements together promise. */
  requirements_note: z.string().optional(),
  /** The requirements are those of the file, or what the deadlines of its tasks ask by themselves. */
  basis: z.enum(['requirements', 'deadlines']).optional(),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'none']),
});

/** The numbers of a run and what they mean. */
export type ProfileReport = z.infer<typeof schema>;
/** One repetition of a scenario. */
export type ScenarioReport = z.infer<typeof scenario>;
/** One task of it. */
export type TaskReport = z.infer<typeof task>;
/** Tasks that release each other, end to end. */
export type ChainReport = z.infer<typeof chain>;
/** A task alone and together. */
export type InterferenceReport = z.infer<typeof interference>;
/** Iterations of a barrier mode. */
export type IterationReport = z.infer<typeof iteration>;
/** Something that a reader should know, with what to do. */
export type Finding = z.infer<typeof finding>;
/** Quantiles of a time, ms. */
export type Distribution = z.infer<typeof distribution>;
/** A requirement and whether it holds. */
export type RequirementReport = ProfileReport['requirements'][number];
/** A long run over its time. */
export type SoakReport = z.infer<typeof soak>;
/** A requirement in parts. */
export type RequirementTerms = z.infer<typeof terms>;
/** The verdict as a sentence, and why. */
export type Answer = NonNullable<ProfileReport['answer']>;

/** @throws ProblemError `file` or `version` */
export const readProfileReport = (text: string, file: string): ProfileReport =>
  readDocument(text, file, REPORT_VERSION, schema);
