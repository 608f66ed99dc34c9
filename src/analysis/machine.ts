/** The machine under the tasks while they were measured: who used its CPUs, and when it stood still. */
import { lowerBound } from '../base/search.js';
import { NS_PER_MS } from '../base/units.js';
import { cardById } from '../formats/backends/index.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import { type Series, taskSeries } from '../formats/recording/series.js';
import type { Window } from './jobs.js';
import { type Halt, haltsOf, type Stall, stallsOf } from './stalls.js';
import { meanIn } from './system.js';
import type { TaskAnalysis } from './task.js';

/** What one task had of the CPUs. */
export interface TaskCpu {
  /** The engine that its jobs run on: cpu, gpu, gpu-1, dla0. */
  readonly engine: string;
  /** CPUs that its threads used on average; undefined where that was not recorded. */
  readonly used: number | undefined;
  /** Share of the time in which a thread of it waited for a CPU. */
  readonly waited: number | undefined;
  /** CPUs that a job of it may hold while it is open; 0 for one that leaves them to others. */
  readonly holds: number;
  /** CPUs that it may use, of those that were watched. */
  readonly cpus: readonly number[];
  /** Spans in which none of them was at its service. */
  readonly halts: readonly Halt[];
  /** Who kept its threads waiting at an instant (ns), where they waited for a good part of the time that they could have run. */
  readonly keptWaiting: (at: number) => 'foreign' | 'tasks' | undefined;
}

/** Who used the CPUs of a scenario. */
export interface Machine {
  readonly tasks: readonly TaskCpu[];
  readonly stalls: readonly Stall[];
  /** CPUs with a control thread. */
  readonly watched: readonly number[];
  /** Spans in which no watched CPU was at the tasks' service. */
  readonly halts: readonly Halt[];
  /** CPUs that other programs used on average; undefined where that was not recorded. */
  readonly foreign: number | undefined;
  /** CPUs of the device. */
  readonly cpus: number;
  /** ns between two looks of a control thread; 0 without one. */
  readonly controlPeriod: number;
}

/** Share of the time that its threads could have run, from which on they count as kept waiting. */
const KEPT_SHARE = 0.2;

/** Busy for less of its jobs' time, a task leaves the CPU to others while its jobs are open. */
const HOLDS_SHARE = 0.25;

/** @param tasks in the order of the scenario */
export function machineOf(
  scenario: ScenarioSpec,
  document: RecordingDocument,
  series: readonly Series[],
  tasks: readonly TaskAnalysis[],
  window: Window,
): Machine {
  const stalls = stallsOf(series);
  const watched = (document.control ?? []).map((c) => c.cpu);
  const mean = (name: string): number | undefined => {
    const found = series.find((s) => s.name === name);
    return found && meanIn(found, window);
  };
  const all = mean('cpu.mean');
  const own = mean('process.cpu');
  const { cpus } = document.device;
  return {
    tasks: scenario.tasks.map((task, i) => {
      const used = mean(taskSeries(task.name, 'cpu'));
      const waited = mean(taskSeries(task.name, 'wait'));
      const may = task.placement.cpus ? watched.filter((cpu) => task.placement.cpus?.includes(cpu)) : watched;
      return {
        engine: document.tasks[i]?.accelerator ?? task.placement.accelerator,
        used: used === undefined ? undefined : used / 100,
        waited: waited === undefined ? undefined : waited / 100,
        holds: holds(document.tasks[i], tasks[i], used, task.placement.threads ?? 1),
        cpus: may,
        halts: haltsOf(stalls, may),
        keptWaiting: keptWaiting(series, task.name, cpus),
      };
    }),
    stalls,
    watched,
    halts: haltsOf(stalls, watched),
    // process.cpu is in percent of one CPU.
    foreign: all === undefined || own === undefined ? undefined : Math.max(0, (all * cpus - own) / 100),
    cpus,
    controlPeriod: (document.control?.[0]?.period_ms ?? 0) * NS_PER_MS,
  };
}

function keptWaiting(series: readonly Series[], task: string, cpus: number): TaskCpu['keptWaiting'] {
  const of = (name: string): Series | undefined => series.find((s) => s.name === name);
  const [wait, cpu, all, own] = [taskSeries(task, 'wait'), taskSeries(task, 'cpu'), 'cpu.mean', 'process.cpu'].map(of);
  return (at) => {
    const waited = valueAt(wait, at) ?? 0;
    const ran = valueAt(cpu, at) ?? 0;
    if (waited <= 0 || waited / (waited + ran) < KEPT_SHARE) return undefined;
    const ours = valueAt(own, at) ?? 0;
    const foreign = (valueAt(all, at) ?? 0) * cpus - ours;
    return foreign > Math.max(0, ours - ran) ? 'foreign' : 'tasks';
  };
}

/** The sample that describes an instant. */
function valueAt(series: Series | undefined, at: number): number | undefined {
  if (!series || series.time.length === 0) return undefined;
  return series.value[Math.min(series.time.length - 1, lowerBound(series.time, at))];
}

/** By its CPU time where that was recorded, else by where it runs. @param used percent of one CPU */
function holds(
  document: RecordingDocument['tasks'][number] | undefined,
  task: TaskAnalysis | undefined,
  used: number | undefined,
  threads: number,
): number {
  const busy = task?.busyShare;
  if (used !== undefined && busy !== undefined && busy > 0) {
    const each = used / 100 / busy;
    return each < HOLDS_SHARE ? 0 : Math.max(1, Math.min(threads, Math.round(each)));
  }
  return document && isOnCpu(document) ? threads : 0;
}

/** A backend of the user's own counts as one that burns its CPU. */
export const isOnCpu = ({ backend, accelerator, provider }: RecordingDocument['tasks'][number]): boolean =>
  (cardById(backend)?.burnsCpu ?? true) &&
  (provider === 'cpu' || (provider === undefined && /^(cpu|auto)$/.test(accelerator)));
