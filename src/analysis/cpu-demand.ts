/** How many CPUs the tasks that run on them ask for. */
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import { isOnCpu, type Machine } from './machine.js';
import type { TaskAnalysis } from './task.js';

/** Tasks that use CPUs, and how many they use together. */
export interface CpuDemand {
  readonly names: readonly string[];
  readonly load: number;
  /** By their CPU time; else by how long their jobs were open, which waiting for a CPU makes longer. */
  readonly measured: boolean;
}

/** @param machine of a recording; absent for a simulation, whose jobs do nothing but run */
export function cpuDemand(
  scenario: ScenarioSpec,
  tasks: readonly TaskAnalysis[],
  document: RecordingDocument,
  machine?: Machine,
): CpuDemand {
  const used = machine?.tasks.map((t) => t.used) ?? [];
  if (machine && used.length > 0 && used.every((u) => u !== undefined)) {
    const names = tasks.flatMap((t, i) => ((used[i] ?? 0) > 0.01 ? [t.report.name] : []));
    return { names, load: used.reduce((sum: number, u) => sum + (u ?? 0), 0), measured: true };
  }
  const onCpu = tasks.map((task, i) => ({ task, i })).filter(({ i }) => isOnCpu(document.tasks[i]));
  return {
    names: onCpu.map(({ task }) => task.report.name),
    load: onCpu.reduce(
      (sum, { task, i }) => sum + (task.report.utilisation ?? 0) * (scenario.tasks[i].placement.threads ?? 1),
      0,
    ),
    measured: false,
  };
}
