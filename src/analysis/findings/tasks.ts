/** Findings on the tasks: failed, overloaded, missed, slipping, drifting. */
import { periodOf } from '../../base/rational.js';
import { NS_PER_S, round, toMs } from '../../base/units.js';
import { LOAD_OF, type TaskSpec } from '../../formats/pipeline/types.js';
import { MISS_CAUSES, type MissCause } from '../causes.js';
import { cpuDemand } from '../cpu-demand.js';
import { medianOf } from '../distribution.js';
import { services, type TaskJobs, type Window } from '../jobs.js';
import type { Rule } from './rule.js';

const DRIFT = 0.05;
const LEAST_PER_HALF = 20;
/** Share of misses from which one cannot say that a task usually fits. */
const OFTEN = 0.1;
/** Of all CPUs: beyond this share there is no room. */
const FULL = 0.95;

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
export const overload: Rule = ({ scenario, tasks, causes }) =>
  LOAD_OF[scenario.mode] !== 'open'
    ? []
    : tasks.flatMap(({ report, part, meanService }, i) => {
        const { release } = part.task;
        const period = 'rate' in release ? periodOf(release.rate) : undefined;
        if (period === undefined || meanService === undefined || meanService <= period) return [];
        // What other programs made longer says nothing of the model; they have a finding of their own.
        const theirs = (causes[i]?.foreign ?? 0) + (causes[i]?.stopped ?? 0);
        if (theirs > 0 && theirs >= tasks[i].counts.missed / 2) return [];
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
export const cpuOverload: Rule = ({ scenario, document, tasks, machine }) => {
  if (LOAD_OF[scenario.mode] !== 'open') return [];
  const { names, load, measured } = cpuDemand(scenario, tasks, document, document.simulated ? undefined : machine);
  const { cpus } = document.device;
  // Measured CPU time cannot exceed what there is: nearly all of it, with misses, is too much.
  const most = measured ? FULL * cpus : cpus;
  const missed = tasks.some((t) => t.counts.missed > 0);
  if (load <= most || names.length === 0 || (measured && !missed)) return [];
  const are = names.length === 1 ? 'needs' : 'together need';
  return [
    {
      id: 'overloaded_by_construction',
      severity: 'error' as const,
      message: measured
        ? `${names.join(', ')} used ${round(load, 1)} of ${cpus} CPUs, and jobs were missed`
        : `${names.join(', ')} ${are} ${round(load, 1)} CPUs, and there are ${cpus}`,
      advice: 'lower a rate, use smaller engines, or move some to an accelerator',
      evidence: { cpus, load: round(load, 3) },
    },
  ];
};

/** Tasks that missed deadlines, and why. */
export const misses: Rule = ({ scenario, tasks, causes }) =>
  LOAD_OF[scenario.mode] === 'closed'
    ? []
    : tasks.flatMap(({ report, counts, part }, i) => {
        const { missed } = counts;
        if (missed === 0 || counts.released === 0 || report.problem) return [];
        const wait = report.queue_wait_ms.p50 ?? report.queue_wait_ms.mean ?? 0;
        const service = report.service_ms.p50 ?? report.service_ms.mean ?? 0;
        const found = causes[i] ?? {};
        const [main] = MISS_CAUSES.filter((c) => found[c]).sort((a, b) => (found[b] ?? 0) - (found[a] ?? 0));
        const told = MISS_CAUSES.flatMap((c) => (found[c] ? [`${found[c]} ${CAUSE_WORDS[c]}`] : []));
        return [
          {
            id: 'misses',
            severity: missed / counts.released > 0.01 ? ('error' as const) : ('warning' as const),
            message: `${report.name} missed ${missed} of ${counts.released} jobs: ${counts.late} late, ${counts.droppedTotal} dropped${counts.inFlight > 0 ? `, ${counts.inFlight} never ended` : ''}${told.length > 0 ? `; ${told.join(', ')}` : ''}`,
            advice: missAdvice(main, part.task, missed / counts.released),
            evidence: {
              task: report.name,
              missed,
              released: counts.released,
              service_p50_ms: service,
              queue_wait_p50_ms: wait,
              ...(main ? { cause: main } : {}),
            },
          },
        ];
      });

const CAUSE_WORDS: Readonly<Record<MissCause, string>> = {
  stopped: 'while everything stood still',
  foreign: 'because other programs held the CPUs',
  slow_model: 'because most of its jobs take longer than they may',
  contention: 'because other tasks held what it needs',
  slow_job: 'because a job took unusually long',
  backlog: 'because jobs waited for each other',
};

/** Only what is not done yet. */
function missAdvice(cause: MissCause | undefined, { overrun, priority, placement }: TaskSpec, share: number): string {
  const own = placement.cpus ? [] : ['give it CPUs of its own (cpus)'];
  const high = priority === 'high' ? [] : ['priority: high'];
  const newest =
    overrun.kind === 'latest' || overrun.kind === 'skip'
      ? []
      : ['overrun: latest, so that only the newest input is worked on'];
  const all = (...list: string[]): string => list.join(', or ');
  switch (cause) {
    case 'stopped':
      return 'the model is not to blame: see what stopped the process or the machine';
    case 'foreign':
      return `the model is not to blame: ${all('end the other programs', ...high, ...own)}`;
    case 'slow_model':
      return (
        all('use a faster engine', 'a longer deadline or a lower rate') +
        '; run --solo tells how long its jobs take alone'
      );
    case 'contention':
      return all('shift its phase', ...high, ...own, 'fewer threads for the others', 'another accelerator');
    case 'slow_job':
      return share > OFTEN
        ? `${all('use a faster engine', 'a longer deadline')}; its times differ much: see their distribution`
        : 'most of its jobs fit; go to a late one in the timeline of report.html and see what else ran then';
    case 'backlog':
      return all('lower its rate', ...newest, 'a faster engine');
    case undefined:
      return 'go to a late one in the timeline of report.html and see what else ran then';
  }
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
