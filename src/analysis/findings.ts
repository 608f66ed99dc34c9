/** What a run shows beyond its numbers, and what to do about it. One function per finding; each says nothing when it has nothing to say. */
import { periodOf } from '../base/rational.js';
import { NS_PER_S, round, toMs } from '../base/units.js';
import { LOAD_OF, type ScenarioSpec } from '../formats/pipeline/types.js';
import type { RecordingDocument } from '../formats/recording.js';
import type { Finding } from '../formats/report.js';
import type { Series } from '../formats/series.js';
import { medianOf } from './distribution.js';
import { services, type TaskJobs, type Window } from './jobs.js';
import type { SystemEntry } from './system.js';
import type { TaskAnalysis } from './task.js';
import type { Validity } from './validity.js';

export interface FindingContext {
  readonly scenario: ScenarioSpec;
  readonly document: RecordingDocument;
  readonly tasks: readonly TaskAnalysis[];
  readonly series: readonly Series[];
  readonly system: readonly SystemEntry[];
  readonly window: Window;
  readonly validity: Validity;
}

type Rule = (context: FindingContext) => readonly Finding[];

const DRIFT = 0.05;
const LEAST_PER_HALF = 20;
/** Share of misses from which one cannot say that a task usually fits. */
const OFTEN = 0.1;
const SATURATED_PERCENT = 95;
const LOW_CLOCK = 0.6;
/** Bits of NVML's clock event reasons that mean throttling: power cap, slowdown, thermal, power brake. */
const THROTTLE_BITS = 0x4 | 0x8 | 0x20 | 0x40 | 0x80;

const failed: Rule = ({ tasks }) =>
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

const late: Rule = ({ validity }) =>
  validity.valid
    ? []
    : [
        {
          id: 'generator_overloaded',
          severity: 'error',
          message: validity.reason ?? '',
          advice:
            'free some CPU: fewer tasks or threads, a CPU of its own for fast tasks (cpus), or priority: high; no verdict is given on this run',
          evidence: {},
        },
      ];

const contended: Rule = ({ validity }) =>
  validity.contended.map(({ task, worst, count }) => ({
    id: 'cpu_contention',
    severity: 'info' as const,
    message: `${task} waited for a CPU up to ${toMs(worst)} ms in ${count} ${count === 1 ? 'job' : 'jobs'} because other tasks' jobs held them; that is part of its response time`,
    advice: 'shift its phase, give it a CPU of its own (cpus), or priority: high',
    evidence: { task, worst_ms: toMs(worst), jobs: count },
  }));

/** By the mean: a task whose jobs are long now and then is overloaded too when they do not fit on average. */
const overload: Rule = ({ scenario, tasks }) =>
  LOAD_OF[scenario.mode] !== 'open'
    ? []
    : tasks.flatMap(({ report }) => {
        const period = report.rate_hz === undefined ? undefined : 1000 / report.rate_hz;
        const mean = report.service_ms.mean;
        if (period === undefined || mean === undefined || mean <= period) return [];
        return [
          {
            id: 'overloaded_by_construction',
            severity: 'error' as const,
            message: `${report.name} needs ${mean} ms for a job on average but is released every ${round(period, 3)} ms`,
            advice: 'lower its rate, use a smaller or faster engine, or an accelerator that is free',
            evidence: { task: report.name, load: round(mean / period, 3) },
          },
        ];
      });

/** Engines that run one job at a time: all tasks on one GPU or DLA share its time. */
const sharedOverload: Rule = ({ scenario, tasks }) => {
  if (LOAD_OF[scenario.mode] !== 'open') return [];
  const loads = new Map<string, { load: number; names: string[] }>();
  for (const { report } of tasks) {
    const engine = report.placement?.accelerator ?? 'cpu';
    if (!/^(gpu|dla)/.test(engine) || report.rate_hz === undefined || report.service_ms.mean === undefined) continue;
    const { load, names } = loads.get(engine) ?? { load: 0, names: [] };
    loads.set(engine, {
      load: load + (report.service_ms.mean * report.rate_hz) / 1000,
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

const misses: Rule = ({ scenario, tasks }) =>
  LOAD_OF[scenario.mode] === 'closed'
    ? []
    : tasks.flatMap(({ report, counts }) => {
        const missed = counts.late + counts.droppedTotal + counts.inFlight;
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

const unsteady: Rule = ({ document }) =>
  document.settle && !document.settle.steady
    ? [
        {
          id: 'unsteady',
          severity: 'warning',
          message: `measured although the run was not steady: ${document.settle.reason ?? 'unknown'}`,
          advice:
            'close other programs, lock the clocks (jetson_clocks), let the device warm up, or raise settle_limit',
          evidence: { waited_s: round(document.settle.waited_ns / NS_PER_S, 1) },
        },
      ]
    : [];

/** On a virtual clock nothing gets warm; what drifts there are the service times that were given. */
const drift: Rule = ({ document, tasks, window }) =>
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

const throttled: Rule = ({ series, window }) =>
  series.flatMap((s) => {
    const seen = indicesIn(s, window);
    if (seen.length === 0) return [];
    const mask = s.name.endsWith('throttle_reasons');
    const hits = mask
      ? seen.filter((i) => (s.value[i] & THROTTLE_BITS) !== 0)
      : s.name.startsWith('throttle.') && s.value[seen[seen.length - 1]] > s.value[seen[0]]
        ? seen
        : [];
    if (hits.length === 0) return [];
    return [
      {
        id: 'throttling',
        severity: 'warning' as const,
        message: `${s.source} reports throttling (${s.name}) in ${hits.length} of ${seen.length} samples`,
        advice: 'improve cooling or power supply, or choose a power mode that the device can hold',
        evidence: {
          series: s.name,
          from_s: round(s.time[hits[0]] / NS_PER_S, 1),
          to_s: round(s.time[hits[hits.length - 1]] / NS_PER_S, 1),
        },
      },
    ];
  });

const indicesIn = (s: Series, { from, to }: Window): number[] =>
  [...s.time.keys()].filter((i) => s.time[i] >= from && s.time[i] < to);

const saturated: Rule = ({ system }) => {
  const cpu = system.find((s) => s.series === 'cpu.mean');
  return cpu && cpu.mean >= SATURATED_PERCENT
    ? [
        {
          id: 'cpu_saturated',
          severity: 'warning',
          message: `all CPUs together were ${round(cpu.mean, 0)} % busy`,
          advice: 'tasks wait for a CPU: fewer threads per task, lower rates, or move models to an accelerator',
          evidence: { mean_percent: cpu.mean },
        },
      ]
    : [];
};

const clocks: Rule = ({ document }) =>
  document.device.clocks_locked === false && !document.simulated
    ? [
        {
          id: 'clocks_dynamic',
          severity: 'info',
          message: 'clocks are not locked',
          advice:
            'for figures that can be compared lock them (jetson_clocks, or the performance governor); as they are they show what a robot with dynamic clocks sees',
          evidence: {},
        },
      ]
    : [];

/** A GPU with gaps between its jobs may never raise its clock; then every job takes longer than the GPU needs for it. */
const gpuClock: Rule = ({ document, system, tasks }) => {
  const most = document.device.gpu_clock_max_mhz;
  const clock = system.find((s) => s.series === 'gpu.clock');
  const used = tasks.filter((t) => t.report.placement?.accelerator.startsWith('gpu'));
  if (most === undefined || !clock || clock.mean >= most * LOW_CLOCK || used.length === 0) return [];
  const missed = used.some(({ counts: c }) => c.late + c.droppedTotal + c.inFlight > 0);
  return [
    {
      id: 'gpu_clock_low',
      severity: missed ? ('warning' as const) : ('info' as const),
      message: `the GPU ran at ${round(clock.mean, 0)} MHz on average, ${round((100 * clock.mean) / most, 0)} % of the ${round(most, 0)} MHz it may have`,
      advice:
        'where no throttling is reported the load has gaps, so the GPU saves power; with locked clocks (jetson_clocks, nvidia-smi -lgc) jobs take less time. Measure as the robot will run',
      evidence: { mean_mhz: clock.mean, max_mhz: most },
    },
  ];
};

const cold: Rule = ({ document }) =>
  document.cold_tasks.length > 0
    ? [
        {
          id: 'short_warmup',
          severity: 'warning',
          message: `the warm-up ended before ${document.cold_tasks.join(', ')} had 20 completed jobs`,
          advice: 'raise warmup; the limit is ten times its length and at least 60 s',
          evidence: { tasks: document.cold_tasks.join(', ') },
        },
      ]
    : [];

const refused: Rule = ({ document }) =>
  document.tasks.flatMap((task) =>
    Object.entries(task.honoured)
      .filter(([, honoured]) => !honoured)
      .map(([field]) => ({
        id: 'not_honoured',
        severity: 'warning' as const,
        message: `${field} of ${task.name} was not granted: ${task.placement_notes.join('; ') || 'no reason given'}`,
        advice: 'run with the rights it needs, or remove the request',
        evidence: { task: task.name, field },
      })),
  );

const truncated: Rule = ({ document, scenario }) => {
  if (!document.iteration?.truncated) return [];
  const longest = Math.max(...scenario.tasks.map((t) => ('rate' in t.release ? periodOf(t.release.rate) : 0)));
  return [
    {
      id: 'window_truncated',
      severity: 'warning',
      message: `the hyperperiod of the rates is longer than ten periods; the window is the longest period, ${toMs(longest)} ms`,
      advice: 'set iteration_window',
      evidence: {},
    },
  ];
};

const simulated: Rule = ({ document }) =>
  document.simulated
    ? [
        {
          id: 'simulated',
          severity: 'info',
          message: 'these times were computed on a virtual clock, not measured',
          advice: 'run without --simulate on the device to measure',
          evidence: {},
        },
      ]
    : [];

const interrupted: Rule = ({ document }) =>
  document.interrupted
    ? [
        {
          id: 'interrupted',
          severity: 'warning',
          message: 'the run was interrupted; only what was recorded until then counts',
          advice: 'run again for the full duration',
          evidence: {},
        },
      ]
    : [];

const rateDegrading: Rule = ({ tasks }) =>
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

const problems: Rule = ({ document }) =>
  document.problems.map((p) => ({
    id: 'problem',
    severity: 'error' as const,
    message: p.message,
    advice: p.hint ?? 'see the log',
    evidence: { code: p.code },
  }));

const RULES: readonly Rule[] = [
  problems,
  failed,
  late,
  contended,
  interrupted,
  overload,
  sharedOverload,
  misses,
  rateDegrading,
  throttled,
  saturated,
  gpuClock,
  unsteady,
  drift,
  cold,
  refused,
  truncated,
  clocks,
  simulated,
];

export const findings = (context: FindingContext): Finding[] => RULES.flatMap((rule) => rule(context));

const ORDER = { error: 0, warning: 1, info: 2 } as const;

/** What matters most first; the order of the rules within. */
export const bySeverity = (list: readonly Finding[]): Finding[] =>
  [...list].sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
