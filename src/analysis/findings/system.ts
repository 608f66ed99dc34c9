/** Findings on the device: throttling, load, clocks. */
import { NS_PER_S, round, toMs } from '../../base/units.js';
import { clockReasons, THROTTLING } from '../../formats/recording/clock-reasons.js';
import type { Series } from '../../formats/recording/series.js';
import type { Finding } from '../../formats/report/report.js';
import type { Window } from '../jobs.js';
import type { Machine } from '../machine.js';
import type { Rule } from './rule.js';

const SATURATED_PERCENT = 95;
const LOW_CLOCK = 0.6;
/** Of all CPUs, and CPUs: below that the probes and the display are seen. */
const FOREIGN_SHARE = 0.1;
const FOREIGN_CPUS = 0.25;
/** Of all CPU time. */
const STEAL_PERCENT = 2;
/** ns */
const LONG_HALT = 5e6;

/** Counters of throttling that rose while it was measured. */
export const throttled: Rule = ({ series, window }) =>
  series.flatMap((s) => {
    const seen = indicesIn(s, window);
    if (seen.length === 0) return [];
    const mask = s.name.endsWith('throttle_reasons');
    const hits = mask
      ? seen.filter((i) => (s.value[i] & THROTTLING) !== 0)
      : s.name.startsWith('throttle.') && s.value[seen[seen.length - 1]] > s.value[seen[0]]
        ? seen
        : [];
    if (hits.length === 0) return [];
    return [
      {
        id: 'throttling',
        severity: 'warning' as const,
        message: `${s.source} reports throttling (${s.name}) in ${hits.length} of ${seen.length} samples${mask ? `: ${reasonsIn(s, hits)}` : ''}`,
        advice: 'improve cooling or power supply, or choose a power mode that the device can hold',
        evidence: {
          series: s.name,
          from_s: round(s.time[hits[0]] / NS_PER_S, 1),
          to_s: round(s.time[hits[hits.length - 1]] / NS_PER_S, 1),
        },
      },
    ];
  });

/** All reasons that were told in these samples. */
const reasonsIn = (s: Series, samples: readonly number[]): string =>
  clockReasons(samples.reduce((all, i) => all | (s.value[i] & THROTTLING), 0)).join(', ');

/** Errors of the memory of a GPU that could not be corrected. */
export const eccErrors: Rule = ({ series, window }) =>
  series.flatMap((s) => {
    const seen = s.name.endsWith('ecc_uncorrected') ? indicesIn(s, window) : [];
    const rise = seen.length === 0 ? 0 : s.value[seen[seen.length - 1]] - s.value[seen[0]];
    if (rise <= 0) return [];
    return [
      {
        id: 'gpu_memory_errors',
        severity: 'warning' as const,
        message: `${rise} errors of the GPU's memory that could not be corrected (${s.name})`,
        advice: 'results of this run cannot be trusted; reset the GPU, and replace it when errors come again',
        evidence: { series: s.name, errors: rise },
      },
    ];
  });

const indicesIn = (s: Series, { from, to }: Window): number[] =>
  [...s.time.keys()].filter((i) => s.time[i] >= from && s.time[i] < to);

/** All CPUs together were busy nearly all the time, and by the tasks: other programs have a finding of their own. */
export const saturated: Rule = ({ system, machine, document }) => {
  const cpu = system.find((s) => s.series === 'cpu.mean');
  const own = system.find((s) => s.series === 'process.cpu');
  if (!cpu || cpu.mean < SATURATED_PERCENT || isForeign(machine)) return [];
  const used = own ? own.mean / 100 : machine.cpus;
  const busiest = document.tasks
    .map(({ name }, i) => ({ name, used: machine.tasks[i]?.used ?? 0 }))
    .filter((t) => t.used >= 0.05)
    .sort((a, b) => b.used - a.used)
    .map((t) => `${t.name} ${round(t.used, 1)}`);
  return [
    {
      id: 'cpu_saturated',
      severity: 'warning',
      message: `all CPUs together were ${round(cpu.mean, 0)} % busy, ${round(used, 1)} of ${machine.cpus} with the tasks${busiest.length > 0 ? `: ${busiest.join(', ')}` : ''}`,
      advice: 'lower a rate, give fewer threads to the tasks that have several, or move a model to an accelerator',
      evidence: { mean_percent: cpu.mean, own_cpus: round(used, 2) },
    },
  ];
};

/** Whether other programs used more than the probes and a display do. */
export const isForeign = ({ foreign, cpus }: Machine): boolean =>
  foreign !== undefined && foreign >= cpus * FOREIGN_SHARE && foreign >= FOREIGN_CPUS;

/** A GPU with gaps between its jobs may never raise its clock; then every job takes longer than the GPU needs for it. */
export const gpuClock: Rule = ({ document, system, tasks }) => {
  const most = document.device.gpu_clock_max_mhz;
  const clock = system.find((s) => s.series === 'gpu.clock');
  const used = tasks.filter((t) => t.report.placement?.accelerator.startsWith('gpu'));
  if (most === undefined || !clock || clock.mean >= most * LOW_CLOCK || used.length === 0) return [];
  const missed = used.some(({ counts }) => counts.missed > 0);
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

/** `python3 (4711) 0.3`, `5 x make 1.6`: several of one name are one entry. */
function namesOf(others: readonly { readonly name: string; readonly pid: number; readonly cpus: number }[]): string[] {
  return [...new Set(others.map((p) => p.name))].map((name) => {
    const same = others.filter((p) => p.name === name);
    const cpus = round(
      same.reduce((sum, p) => sum + p.cpus, 0),
      1,
    );
    return same.length === 1 ? `${name} (${same[0].pid}) ${cpus}` : `${same.length} × ${name} ${cpus}`;
  });
}

/** Programs beside the run, who they are, and what they cost. */
export const foreignLoad: Rule = ({ document, system, validity, machine, causes }) => {
  const steal = system.find((s) => s.series === 'cpu.steal');
  const stolen: Finding[] =
    steal && steal.mean >= STEAL_PERCENT
      ? [
          {
            id: 'cpu_steal',
            severity: 'warning',
            message: `the host took ${round(steal.mean, 1)} % of the CPU time away from this virtual machine`,
            advice: 'measure on the device itself, or on a host that is not shared',
            evidence: { mean_percent: steal.mean },
          },
        ]
      : [];
  if (!isForeign(machine)) return stolen;
  const { cpus } = machine;
  const foreign = machine.foreign ?? 0;
  const missed = causes.reduce((sum, c) => sum + (c.foreign ?? 0), 0);
  const all = causes.reduce((sum, c) => sum + Object.values(c).reduce((a, b) => a + b, 0), 0);
  const names = namesOf(document.others ?? []);
  const blamed = validity.cause === 'foreign' || (missed > 0 && missed >= all / 2);
  return [
    {
      id: 'foreign_cpu_load',
      severity: validity.valid ? (blamed ? 'error' : 'info') : validity.cause === 'stopped' ? 'warning' : 'error',
      message: `other programs used ${round(foreign, 1)} of ${cpus} CPUs while this was measured${names.length > 0 ? `: ${names.join(', ')}` : ''}${missed > 0 ? `; ${missed} of ${all} misses are theirs` : ''}`,
      advice:
        names.length > 0
          ? 'end them and measure again; keep them where they run on the robot too, with priority: high or CPUs of their own (cpus) for the tasks'
          : 'end them and measure again; they cannot be seen from here (another container, or another user)',
      evidence: { cpus: round(foreign, 2), ...(missed > 0 ? { misses: missed } : {}) },
    },
    ...stolen,
  ];
};

/** The process or the machine stood still: whose fault that was is known from the control threads. */
export const stopped: Rule = ({ machine, window }) => {
  const seen = machine.halts.filter((h) => h.cause === 'stopped' && h.to > window.from && h.from < window.to);
  const long = seen.filter((h) => h.to - h.from >= LONG_HALT);
  if (long.length === 0) return [];
  const worst = long.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a));
  return [
    {
      id: 'process_stopped',
      severity: 'warning',
      message: `everything stood still ${long.length} ${long.length === 1 ? 'time' : 'times'}, ${toMs(worst.to - worst.from)} ms at most (at ${round(worst.from / NS_PER_S, 2)} s): the process was stopped, or the whole machine was`,
      advice:
        'look for a debugger, a suspended terminal, a CPU limit of a container, firmware (SMI) or a host that is shared',
      evidence: { count: long.length, worst_ms: toMs(worst.to - worst.from) },
    },
  ];
};

/** What was found before the run. */
export const beforehand: Rule = ({ document }) =>
  (document.preflight ?? [])
    .filter(({ id }) => id !== 'load' && id !== 'governor')
    .map(({ id, message, advice }) => ({
      id: `preflight_${id}`,
      severity: 'info' as const,
      message: `before the run: ${message}`,
      advice,
      evidence: {},
    }));

/** The clocks of the CPUs may change while it is measured. */
export const clocks: Rule = ({ document }) =>
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
