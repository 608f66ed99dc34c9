/** One task of a scenario -> its section of the report. */

import { periodOf, toNumber } from '../base/rational.js';
import { NS_PER_S, round, toMs } from '../base/units.js';
import { LOAD_OF, type Mode } from '../formats/pipeline/types.js';
import { COMPLETED } from '../formats/recording/jobs.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import type { TaskReport } from '../formats/report/report.js';
import { deadlineBins, releaseText } from './deadline-bins.js';
import { distributionOf, effectiveQuantiles, intervalsOf, lagOneCorrelation, ratio } from './distribution.js';
import { missesOf } from './episodes.js';
import {
  blackout,
  type Counts,
  countJobs,
  deviceParts,
  deviceTimes,
  enqueueTimes,
  meanDataAge,
  missIndicator,
  peakAges,
  periodJitters,
  queueWaits,
  releaseErrors,
  responses,
  services,
  startJitter,
  type TaskJobs,
  type Window,
  withinWindow,
} from './jobs.js';
import { missInterval, worstWindow } from './miss-pattern.js';

const COLD_JOBS = 20;

/** A task's section of the report, with what decisions need unrounded. */
export interface TaskAnalysis {
  readonly report: TaskReport;
  readonly counts: Counts;
  readonly part: TaskJobs;
  /** Not rounded, for decisions. */
  readonly throughputHz: number;
  /** ns, not rounded; undefined without a completed job. */
  readonly meanService: number | undefined;
  /** Share of the measured time in which a job of it was open. */
  readonly busyShare: number;
}

/** Numbers of one task. @param window what its rates refer to @param document where it ran, absent for jobs without a recording */
export function analyseTask(
  part: TaskJobs,
  mode: Mode,
  window: Pick<Window, 'from' | 'to'>,
  document: RecordingDocument['tasks'][number] | undefined,
): TaskAnalysis {
  const { task } = part;
  const counts = countJobs(part);
  const response = responses(part);
  const correlation = lagOneCorrelation(response);
  const responseReport = distributionOf(response);
  const serviceValues = services(part);
  const durationNs = window.to - window.from;
  const inside = withinWindow(part, window);
  const throughputHz = durationNs > 0 ? (inside.completions * NS_PER_S) / durationNs : 0;
  const meanService =
    serviceValues.length > 0 ? serviceValues.reduce((a, b) => a + b, 0) / serviceValues.length : undefined;
  const service = distributionOf(serviceValues);
  const periodic = task.release.kind === 'periodic' ? task.release : undefined;
  const device = distributionOf(deviceTimes(part));
  const enqueue = distributionOf(enqueueTimes(part));
  const open = LOAD_OF[mode] === 'open';
  const report: TaskReport = {
    name: task.name,
    model: task.model,
    ...('rate' in task.release ? { rate_hz: round(toNumber(task.release.rate), 6) } : {}),
    release: releaseText(task),
    ...(task.deadline === undefined ? {} : { deadline_ms: toMs(task.deadline) }),
    released: counts.released,
    completed: counts.completed,
    dropped: { ...counts.dropped },
    in_flight: counts.inFlight,
    late: counts.late,
    ...(counts.released > 0 && (task.deadline !== undefined || counts.missed > 0)
      ? { miss_ratio: ratio(counts.missed / counts.released), ...missPattern(part) }
      : {}),
    throughput_hz: round(throughputHz, throughputHz < 10 ? 5 : 2),
    ...utilisation(part, meanService, inside.busy, durationNs, open),
    response_ms: responseReport,
    ...deadlineBins(part),
    service_ms: service,
    queue_wait_ms: distributionOf(queueWaits(part)),
    release_error_ms: distributionOf(releaseErrors(part)),
    ...(device.n > 0 ? { device_ms: device } : {}),
    ...partsOf(part),
    ...(enqueue.n > 0 ? { enqueue_ms: enqueue } : {}),
    ...spans(part, window, open, periodic !== undefined),
    ...(LOAD_OF[mode] === 'closed' ? {} : { effective_response_ms: effectiveQuantiles(response, counts.released) }),
    ...(response.length > 1
      ? { response_interval_ms: intervalsOf(response, correlation), response_correlation: round(correlation, 3) }
      : {}),
    ...(task.overrun.kind === 'shift' && periodic ? { rate_degrading: slipOf(part, periodOf(periodic.rate)) } : {}),
    ...coldStart(part, document?.cold_start),
    ...(document ? placementOf(document) : {}),
  };
  const busyShare = durationNs > 0 ? inside.busy / durationNs : 0;
  return { report, counts, part, throughputHz, meanService, busyShare };
}

/** Nothing where the backend tells the device's part as a whole, or not at all. */
function partsOf(part: TaskJobs): Pick<TaskReport, 'device_begin_ms' | 'copy_in_ms' | 'compute_ms' | 'copy_out_ms'> {
  const { begin, copyIn, compute, copyOut } = deviceParts(part);
  if (compute.length === 0) return {};
  return {
    device_begin_ms: distributionOf(begin),
    copy_in_ms: distributionOf(copyIn),
    compute_ms: distributionOf(compute),
    copy_out_ms: distributionOf(copyOut),
  };
}

/** How misses follow each other, and what their number says of the ratio. */
function missPattern(part: TaskJobs): Pick<TaskReport, 'miss_ratio_interval' | 'miss_pattern'> {
  const run = missIndicator(part);
  const found = missesOf([run]);
  const interval = missInterval(found);
  return {
    ...(interval ? { miss_ratio_interval: [ratio(interval[0]), ratio(interval[1])] } : {}),
    ...(found.misses > 0
      ? {
          miss_pattern: {
            in_a_row: found.longest,
            episodes: found.episodes.length,
            worst_of_10: worstWindow([run], 10),
            worst_of_100: worstWindow([run], 100),
          },
        }
      : {}),
  };
}

/** Times between jobs. */
function spans(
  part: TaskJobs,
  window: Pick<Window, 'from' | 'to'>,
  open: boolean,
  periodic: boolean,
): Partial<TaskReport> {
  const jitter = startJitter(part);
  const age = open ? meanDataAge(part) : undefined;
  const jitters = periodic ? periodJitters(part) : undefined;
  return {
    ...(jitter === undefined ? {} : { start_jitter_ms: toMs(jitter) }),
    ...(jitters
      ? {
          period_jitter_ms: distributionOf(jitters),
          period_jitter_skipped: Math.max(0, part.to - part.from - 1 - jitters.length),
        }
      : {}),
    ...(open ? { peak_age_ms: distributionOf(peakAges(part)) } : {}),
    ...(age === undefined ? {} : { data_age_mean_ms: toMs(age) }),
    ...(open && part.to > part.from && window.to > window.from ? { blackout_ms: toMs(blackout(part, window)) } : {}),
  };
}

/**
 * Open load: mean service over the mean gap of releases, what the task asks for; above 1 it cannot keep up. Otherwise the
 * busy part of the window.
 */
function utilisation(
  part: TaskJobs,
  mean: number | undefined,
  sum: number,
  durationNs: number,
  open: boolean,
): { utilisation?: number } {
  if (durationNs <= 0) return {};
  if (!open) return { utilisation: ratio(sum / durationNs) };
  const { jobs, from, to } = part;
  if (mean === undefined || to - from < 2) return {};
  const gap = (jobs.release[to - 1] - jobs.release[from]) / (to - from - 1);
  return gap > 0 ? { utilisation: ratio(mean / gap) } : {};
}

function slipOf({ jobs, from, to }: TaskJobs, period: number): { achieved_period_ms: number; slip_ms: number } {
  if (to - from < 2) return { achieved_period_ms: toMs(period), slip_ms: 0 };
  const slip = (row: number): number => jobs.release[row] - jobs.nominal[row];
  return {
    achieved_period_ms: toMs((jobs.release[to - 1] - jobs.release[from]) / (to - from - 1)),
    slip_ms: toMs(slip(to - 1) - slip(from)),
  };
}

function coldStart(
  { jobs, first, to }: TaskJobs,
  cold_start: RecordingDocument['tasks'][number]['cold_start'],
): Pick<TaskReport, 'cold_start'> {
  const firstJobs: number[] = [];
  for (let row = first; row < to && firstJobs.length < COLD_JOBS; row++) {
    if (jobs.outcome[row] === COMPLETED) firstJobs.push(toMs(jobs.complete[row] - jobs.start[row]));
  }
  if (!cold_start && firstJobs.length === 0) return {};
  return {
    cold_start: {
      ...(cold_start ? { load_ms: round(cold_start.load_ms, 3), first_ms: round(cold_start.first_ms, 3) } : {}),
      first_jobs_ms: firstJobs,
    },
  };
}

/** Where and how the task was run. */
const placementOf = (
  document: RecordingDocument['tasks'][number],
): Pick<TaskReport, 'honoured' | 'placement' | 'problem'> => ({
  ...(Object.keys(document.honoured).length > 0 ? { honoured: document.honoured } : {}),
  placement: {
    accelerator: document.accelerator,
    ...(document.provider ? { provider: document.provider } : {}),
    spin_us: document.spin_us,
    complete_via: document.complete_via,
    notes: document.placement_notes,
  },
  ...(document.problem ? { problem: document.problem } : {}),
});
