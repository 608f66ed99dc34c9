/** What the tasks ask of each engine, and what they had of the CPUs. */
import { NS_PER_S, round } from '../base/units.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import { type Series, taskSeries } from '../formats/recording/series.js';
import type { ScenarioReport, TaskReport } from '../formats/report/report.js';
import type { MissCause } from './causes.js';
import { cpuDemand } from './cpu-demand.js';
import type { Window } from './jobs.js';
import type { Machine, TaskCpu } from './machine.js';
import { meanIn, type SystemEntry } from './system.js';
import type { TaskAnalysis } from './task.js';

/** Accelerators in shares of their time, the CPUs in CPUs. */
export function enginesOf(
  scenario: ScenarioSpec,
  document: RecordingDocument,
  tasks: readonly TaskAnalysis[],
  machine: Machine,
): NonNullable<ScenarioReport['engines']> {
  const cpu = cpuDemand(scenario, tasks, document, document.simulated ? undefined : machine);
  const engines: NonNullable<ScenarioReport['engines']> =
    cpu.names.length > 0
      ? [{ engine: 'cpu', tasks: [...cpu.names], asked: round(cpu.load, 3), available: document.device.cpus }]
      : [];
  const shares = new Map<string, { names: string[]; asked: number }>();
  tasks.forEach(({ report }, i) => {
    const engine = document.tasks[i]?.accelerator ?? scenario.tasks[i].placement.accelerator;
    if (!/^(gpu|dla)/.test(engine) || report.utilisation === undefined) return;
    const { names, asked } = shares.get(engine) ?? { names: [], asked: 0 };
    shares.set(engine, { names: [...names, report.name], asked: asked + report.utilisation });
  });
  for (const [engine, { names, asked }] of shares)
    engines.push({ engine, tasks: names, asked: round(asked, 3), available: 1 });
  return engines;
}

/** Events per second of the threads of a task. */
export const rates = (series: readonly Series[], window: Window, task: string) => {
  const mean = (what: 'preempted' | 'faults'): number | undefined => {
    const found = series.find((s) => s.name === taskSeries(task, what));
    return found && meanIn(found, window);
  };
  return { preempted: mean('preempted'), faults: mean('faults') };
};

/** The section of a task with what the machine did to it. */
export function withMachine(
  { report }: TaskAnalysis,
  { used, waited }: TaskCpu,
  causes: Partial<Record<MissCause, number>>,
  { preempted, faults }: ReturnType<typeof rates>,
): TaskReport {
  const pattern = report.miss_pattern;
  return {
    ...report,
    ...(pattern && Object.keys(causes).length > 0 ? { miss_pattern: { ...pattern, causes: { ...causes } } } : {}),
    ...(used === undefined || waited === undefined
      ? {}
      : {
          cpu: {
            used: round(used, 3),
            waited: round(waited, 4),
            ...(preempted === undefined ? {} : { preempted_per_s: round(preempted, 1) }),
            ...(faults === undefined ? {} : { faults_per_s: round(faults, 1) }),
          },
        }),
  };
}

/** Rails whose sum is what the whole device takes; the first set that was recorded counts. */
const ROOT_RAILS: readonly (readonly string[])[] = [
  ['VDD_IN'],
  ['VIN'],
  ['POM_5V_IN'],
  ['VDD_GPU_SOC', 'VDD_CPU_CV', 'VIN_SYS_5V0'],
];
/** Of a PC: processor packages and graphics cards, without board, memory and disks. */
const PARTS = /^power\.(RAPL_PACKAGE_\d+|GPU(\.\d+)?)$/;

/** Mean power (mW) of a GPU by its own counter of energy, which misses nothing between two samples. */
function countedPower(series: readonly Series[], rail: string, { from, to }: Window): number | undefined {
  const counter = series.find((s) => s.name === rail.replace('power.GPU', 'gpu').concat('.energy'));
  const inside = [...(counter?.time.keys() ?? [])].filter(
    (i) => (counter?.time[i] ?? 0) >= from && (counter?.time[i] ?? 0) < to,
  );
  const [first, last] = [inside[0], inside.at(-1)];
  if (!counter || first === undefined || last === undefined || last === first) return undefined;
  const seconds = ((counter.time[last] ?? 0) - (counter.time[first] ?? 0)) / NS_PER_S;
  return ((counter.value[last] ?? 0) - (counter.value[first] ?? 0)) / seconds;
}

/** Power (mW) over the window of what stands for the whole device, and its name. */
function rootPower(series: readonly Series[], window: Window): { milliwatts: number; source: string } | undefined {
  const mean = (name: string): number | undefined => {
    const found = series.find((s) => s.name === name);
    return found && meanIn(found, window);
  };
  for (const rails of ROOT_RAILS) {
    const values = rails.map((rail) => mean(`power.${rail}`));
    if (values.every((v) => v !== undefined))
      return { milliwatts: values.reduce((a: number, b) => a + (b ?? 0), 0), source: rails.join(' + ') };
  }
  const parts = series
    .filter((s) => PARTS.test(s.name))
    .map((s) => ({ name: s.name, value: countedPower(series, s.name, window) ?? meanIn(s, window) }));
  const known = parts.flatMap(({ name, value }) => (value === undefined ? [] : [{ name: name.slice(6), value }]));
  return known.length === 0
    ? undefined
    : { milliwatts: known.reduce((sum, { value }) => sum + value, 0), source: known.map((k) => k.name).join(' + ') };
}

/** Energy of the whole device by the jobs that it completed, and by those in time; idle power is in it. */
export function energyOf(series: readonly Series[], window: Window, tasks: readonly TaskAnalysis[]): SystemEntry[] {
  const power = rootPower(series, window);
  const seconds = (window.to - window.from) / NS_PER_S;
  if (!power || seconds <= 0) return [];
  const joules = (power.milliwatts / 1000) * seconds;
  const completed = tasks.reduce((sum, t) => sum + t.counts.completed, 0);
  const met = tasks.reduce((sum, t) => sum + t.counts.completed - t.counts.late, 0);
  const entry = (name: string, jobs: number): SystemEntry[] => {
    if (jobs === 0) return [];
    const value = round(joules / jobs, 6);
    return [{ series: name, unit: 'J', source: power.source, min: value, mean: value, max: value }];
  };
  return [...entry('energy.per_job', completed), ...entry('energy.per_met_deadline', met)];
}
