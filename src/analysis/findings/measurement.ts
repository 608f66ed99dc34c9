/** Findings on the measurement itself: whether it can be believed, and what of it was not as asked. */
import { periodOf } from '../../base/rational.js';
import { NS_PER_S, round, toMs } from '../../base/units.js';
import type { Rule } from './rule.js';

/** What went wrong in the run itself. */
export const problems: Rule = ({ document }) =>
  document.problems.map((p) => ({
    id: 'problem',
    severity: 'error' as const,
    message: p.message,
    advice: p.hint ?? 'see the log',
    evidence: { code: p.code },
  }));

/** What to do, by who was to blame. */
const LATE_ADVICE = {
  late: 'free some CPU: fewer tasks or threads, a CPU of its own for fast tasks (cpus), or priority: high; no verdict is given on this run',
  foreign:
    'end the other programs, or give the tasks CPUs of their own (cpus) or priority: high; no verdict is given on this run',
  stopped:
    'find out what stopped it (a debugger, a CPU limit of a container, a shared host) and run again; no verdict is given on this run',
} as const;

/** What a simulation cannot show is told by the rule on overload. */
export const late: Rule = ({ document, validity }) =>
  validity.valid || document.simulated
    ? []
    : [
        {
          id: validity.cause === undefined || validity.cause === 'late' ? 'generator_overloaded' : 'machine_stalled',
          severity: 'error',
          message: (validity.reason ?? '').replace(/^(?:generator_overloaded|machine_stalled): /, ''),
          advice: LATE_ADVICE[validity.cause ?? 'late'],
          evidence: {},
        },
      ];

/** A wait below this share of the deadline is not worth a line. */
const NOTABLE_WAIT = 0.05;
const NOTABLE_JOBS = 0.01;

/** Tasks that waited for a CPU, so that releases were late for no fault of the generator. */
export const contended: Rule = ({ validity, scenario, tasks }) =>
  validity.contended.flatMap(({ task, worst, count }) => {
    const i = scenario.tasks.findIndex((t) => t.name === task);
    const { deadline, priority, placement } = scenario.tasks[i];
    const released = tasks[i].counts.released;
    if (count < Math.max(2, NOTABLE_JOBS * released) && worst < NOTABLE_WAIT * (deadline ?? 0)) return [];
    return [
      {
        id: 'cpu_contention',
        severity: 'info' as const,
        message: `${task} waited for a CPU up to ${toMs(worst)} ms in ${count} of ${released} jobs because other tasks' jobs held them; that is part of its response time`,
        advice: [
          'shift its phase',
          ...(placement.cpus ? [] : ['give it a CPU of its own (cpus)']),
          ...(priority === 'high' ? ['give the others fewer threads'] : ['priority: high']),
        ].join(', or '),
        evidence: { task, worst_ms: toMs(worst), jobs: count },
      },
    ];
  });

/** The run was ended early. */
export const interrupted: Rule = ({ document }) =>
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

/** It was measured before times were steady. */
export const unsteady: Rule = ({ document }) =>
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

/** Tasks with too few jobs in the warm-up. */
export const cold: Rule = ({ document }) =>
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

/** Placements that the system did not grant. */
export const refused: Rule = ({ document }) =>
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

/** Windows that are shorter than the hyperperiod. */
export const truncated: Rule = ({ document, scenario }) => {
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

/** The jobs are those of a virtual clock. */
export const simulated: Rule = ({ document }) =>
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
