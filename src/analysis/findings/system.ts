/** Findings on the device: throttling, load, clocks. */
import { NS_PER_S, round } from '../../base/units.js';
import type { Series } from '../../formats/recording/series.js';
import type { Window } from '../jobs.js';
import type { Rule } from './rule.js';

const SATURATED_PERCENT = 95;
const LOW_CLOCK = 0.6;
/** Of all CPUs, and CPUs: below that the probes and the display are seen. */
const FOREIGN_SHARE = 0.1;
const FOREIGN_CPUS = 0.25;
/** Bits of NVML's clock event reasons that mean throttling: power cap, slowdown, thermal, power brake. */
const THROTTLE_BITS = 0x4 | 0x8 | 0x20 | 0x40 | 0x80;

/** Counters of throttling that rose while it was measured. */
export const throttled: Rule = ({ series, window }) =>
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

/** All CPUs together were busy nearly all the time. */
export const saturated: Rule = ({ system }) => {
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

/** Programs beside the run, by what all CPUs did and what the tasks used of it. */
export const foreignLoad: Rule = ({ document, system, validity }) => {
  const all = system.find((s) => s.series === 'cpu.mean');
  const own = system.find((s) => s.series === 'process.cpu');
  if (!all || !own) return [];
  const { cpus } = document.device;
  // process.cpu is in percent of one CPU.
  const foreign = (all.mean * cpus - own.mean) / 100;
  if (foreign < cpus * FOREIGN_SHARE || foreign < FOREIGN_CPUS) return [];
  return [
    {
      id: 'foreign_cpu_load',
      severity: validity.valid ? ('info' as const) : ('warning' as const),
      message: `other programs used ${round(foreign, 1)} of ${cpus} CPUs while this was measured`,
      advice: 'end them, or keep them if they run on the robot too; top shows which they are',
      evidence: { cpus: round(foreign, 2) },
    },
  ];
};

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
