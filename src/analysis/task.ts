/** One task of a scenario -> its section of the report. */
import { periodOf, toNumber } from '../base/rational.js';
import { NS_PER_S, round, toMs } from '../base/units.js';
import { LOAD_OF, type Mode } from '../formats/pipeline/types.js';
import { COMPLETED } from '../formats/recording/jobs.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import type { TaskReport } from '../formats/report/report.js';
import { distributionOf, effectiveQuantiles, intervalsOf, lagOneCorrelation, ratio } from './distribution.js';
import {
  type Counts,
  countJobs,
  deviceTimes,
  enqueueTimes,
  peakAges,
  periodJitters,
  queueWaits,
  releaseErrors,
  responses,
  services,
  type TaskJobs,
  type Window,
  withinWindow,
} from './jobs.js';

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
    ...(task.deadline === undefined ? {} : { deadline_ms: toMs(task.deadline) }),
    released: counts.released,
    completed: counts.completed,
    dropped: { ...counts.dropped },
    in_flight: counts.inFlight,
    late: counts.late,
    ...(counts.released > 0 && (task.deadline !== undefined || counts.missed > 0)
      ? { miss_ratio: ratio(counts.missed / counts.released) }
      : {}),
    throughput_hz: round(throughputHz, throughputHz < 10 ? 5 : 2),
    ...utilisation(part, meanService, inside.busy, durationNs, open),
    response_ms: responseReport,
    service_ms: service,
    queue_wait_ms: distributionOf(queueWaits(part)),
    release_error_ms: distributionOf(releaseErrors(part)),
    ...(device.n > 0 ? { device_ms: device } : {}),
    ...(enqueue.n > 0 ? { enqueue_ms: enqueue } : {}),
    ...(periodic ? { period_jitter_ms: distributionOf(periodJitters(part)) } : {}),
    ...(open ? { peak_age_ms: distributionOf(peakAges(part)) } : {}),
    ...(counts.missed > counts.late ? { effective_response_ms: effectiveQuantiles(response, counts.released) } : {}),
    ...(response.length > 1 ? { response_interval_ms: intervalsOf(response, correlation) } : {}),
    ...(task.overrun.kind === 'shift' && periodic ? { rate_degrading: slipOf(part, periodOf(periodic.rate)) } : {}),
    ...coldStart(part, document?.cold_start),
    ...(document ? placementOf(document) : {}),
  };
  return { report, counts, part, throughputHz, meanService };
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
