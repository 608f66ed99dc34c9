/** How many CPUs the tasks that run on them ask for. */
import { cardById } from '../formats/backends/index.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import type { TaskAnalysis } from './task.js';

/** @returns load in CPUs: the sum of mean service by mean gap; a task with several threads counts as one */
export function cpuDemand(
  tasks: readonly TaskAnalysis[],
  document: RecordingDocument,
): { readonly names: readonly string[]; readonly load: number } {
  const onCpu = tasks.filter((_, i) => isOnCpu(document.tasks[i]));
  return {
    names: onCpu.map((t) => t.report.name),
    load: onCpu.reduce((sum, { report }) => sum + (report.utilisation ?? 0), 0),
  };
}

/** A backend of the user's own counts as one that burns its CPU. */
const isOnCpu = ({ backend, accelerator, provider }: RecordingDocument['tasks'][number]): boolean =>
  (cardById(backend)?.burnsCpu ?? true) &&
  (provider === 'cpu' || (provider === undefined && /^(cpu|auto)$/.test(accelerator)));
