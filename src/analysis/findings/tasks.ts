/** Findings on the tasks: failed, overloaded, missed, slipping, drifting. */
import { periodOf } from '../../base/rational.js';
import { NS_PER_S, round, toMs } from '../../base/units.js';
import { LOAD_OF } from '../../formats/pipeline/types.js';
import { cpuDemand } from '../cpu-demand.js';
import { medianOf } from '../distribution.js';
import { services, type TaskJobs, type Window } from '../jobs.js';
import type { Rule } from './rule.js';

const DRIFT = 0.05;
const LEAST_PER_HALF = 20;
/** Share of misses from which one cannot say that a task usually fits. */
const OFTEN = 0.1;

/** Tasks that ended with a problem. */
export const failed: Rule = ({ tasks }) =>
  tasks.flatMap(({ report }) =>
    report.problem
      ? [
          {
            id: 'task_failed',
            severity: 'error' as const,
            message: `${report.name} failed: ${report.problem.message}`,
            advice: report.problem.hint ?? 'mend the model or its inputs and run again',
            evidence: { task: report.name },
          },
        ]
      : [],
  );

/** By the mean: a task whose jobs are long now and then is overloaded too when they do not fit on average. */
export const overload: Rule = ({ scenario, tasks }) =>
  LOAD_OF[scenario.mode] !== 'open'
    ? []
    : tasks.flatMap(({ report, part, meanService }) => {
        const { release } = part.task;
        const period = 'rate' in release ? periodOf(release.rate) : undefined;
        if (period === undefined || meanService === undefined || meanService <= period) return [];
        return [
          {
            id: 'overloaded_by_construction',
            severity: 'error' as const,
            message: `${report.name} needs ${toMs(meanService)} ms for a job on average but is released every ${toMs(period)} ms`,
            advice: 'lower its rate, use a smaller or faster engine, or an accelerator that is free',
            evidence: { task: report.name, load: round(meanService / period, 3) },
          },
        ];
      });

/** Engines that run one job at a time: all tasks on one GPU or DLA share its time. */
export const sharedOverload: Rule = ({ scenario, tasks }) => {
  if (LOAD_OF[scenario.mode] !== 'open') return [];
  const loads = new Map<string, { load: number; names: string[] }>();
  for (const { report, meanService } of tasks) {
    const engine = report.placement?.accelerator ?? 'cpu';
    if (!/^(gpu|dla)/.test(engine) || report.rate_hz === undefined || meanService === undefined) continue;
    const { load, names } = loads.get(engine) ?? { load: 0, names: [] };
    loads.set(engine, {
      load: load + (meanService * report.rate_hz) / NS_PER_S,
      names: [...names, report.name],
    });
  }
  return [...loads].flatMap(([engine, { load, names }]) =>
    load > 1 && names.length > 1
      ? [
          {
            id: 'overloaded_by_construction',
            severity: 'warning' as const,
            message: `${names.join(', ')} together ask for ${round(load * 100, 0)} % of ${engine}`,
            advice: 'lower a rate, or move one of them to another accelerator',
            evidence: { engine, load: round(load, 3) },
          },
        ]
      : [],
  );
};

/** More CPU time than there is. */
export const cpuOverload: Rule = ({ scenario, document, tasks }) => {
  if (LOAD_OF[scenario.mode] !== 'open') return [];
  const { names, load } = cpuDemand(tasks, document);
  const { cpus } = document.device;
  if (load <= cpus) return [];
  return [
    {
      id: 'overloaded_by_construction',
      severity: 'error' as const,
      message: `${names.join(', ')} together need ${round(load, 1)} CPUs, and there are ${cpus}`,
      advice: 'lower a rate, use smaller engines, or move some to an accelerator',
      evidence: { cpus, load: round(load, 3) },
    },
  ];
};

/** Tasks that missed deadlines, and what of their response was waiting. */
export const misses: Rule = ({ scenario, tasks }) =>
  LOAD_OF[scenario.mode] === 'closed'
    ? []
    : tasks.flatMap(({ report, counts }) => {
        const { missed } = counts;
        if (missed === 0 || counts.released === 0 || report.problem) return [];
        const wait = report.queue_wait_ms.p50 ?? report.queue_wait_ms.mean ?? 0;
        const service = report.service_ms.p50 ?? report.service_ms.mean ?? 0;
        const slow = report.deadline_ms !== undefined && service > report.deadline_ms;
        return [
          {
            id: 'misses',
            severity: missed / counts.released > 0.01 ? ('error' as const) : ('warning' as const),
            message: `${report.name} missed ${missed} of ${counts.released} jobs: ${counts.late} late, ${counts.droppedTotal} dropped${counts.inFlight > 0 ? `, ${counts.inFlight} never ended` : ''}`,
            advice: missAdvice(slow, wait > service, missed / counts.released),
            evidence: {
              task: report.name,
              missed,
              released: counts.released,
              service_p50_ms: service,
              queue_wait_p50_ms: wait,
            },
          },
        ];
      });

function missAdvice(slow: boolean, waits: boolean, share: number): string {
  if (slow)
    return 'most of its jobs run longer than the deadline: use a faster engine or a longer deadline; run --solo tells how long they take alone';
  if (waits)
    return 'jobs wait longer than they run: lower the rate, or choose overrun: latest so that only the newest input is worked on';
  return share > OFTEN
    ? 'wait and run together often exceed the deadline: lower the rate, use a faster engine, or give it an accelerator or CPUs of its own'
    : 'most of its jobs fit; go to a late one in the timeline of report.html and see what else ran then';
}

/** Tasks whose grid slipped, so that their misses cannot be compared. */
export const rateDegrading: Rule = ({ tasks }) =>
  tasks.flatMap(({ report }) =>
    report.rate_degrading && report.rate_degrading.slip_ms > 0
      ? [
          {
            id: 'rate_degrading',
            severity: 'warning' as const,
            message: `${report.name} slipped ${report.rate_degrading.slip_ms} ms behind its grid; overrun: shift hides that as a lower rate`,
            advice: 'its misses cannot be compared with those of other policies',
            evidence: { task: report.name, achieved_period_ms: report.rate_degrading.achieved_period_ms },
          },
        ]
      : [],
  );

/** On a virtual clock nothing gets warm; what drifts there are the service times that were given. */
export const drift: Rule = ({ document, tasks, window }) =>
  (document.simulated ? [] : tasks).flatMap(({ part, report }) => {
    const halves = driftOf(part, window);
    if (!halves || Math.abs(halves - 1) <= DRIFT) return [];
    return [
      {
        id: 'drift',
        severity: 'warning' as const,
        message: `${report.name} ran ${halves > 1 ? 'slower' : 'faster'} in the second half of the measurement (${round((halves - 1) * 100, 1)} % in the median of the service time)`,
        advice:
          halves > 1
            ? 'look at temperature and clocks over time: throttling or growing memory use show there'
            : 'the warm-up was too short, or something else ran at the beginning: raise warmup',
        evidence: { task: report.name, ratio: round(halves, 4) },
      },
    ];
  });

function driftOf(part: TaskJobs, window: Window): number | undefined {
  const values = services(part);
  if (values.length < 2 * LEAST_PER_HALF || window.to <= window.from) return undefined;
  const half = values.length >> 1;
  const first = medianOf(values.subarray(0, half));
  const second = medianOf(values.subarray(half));
  return first && second ? second / first : undefined;
}
