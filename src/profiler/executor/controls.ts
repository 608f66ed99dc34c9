/** The control threads of an executor: one for each CPU that a task may run on. */
import { Worker } from 'node:worker_threads';
import { NS_PER_MS } from '../../base/units.js';
import type { ScenarioSpec } from '../../formats/pipeline/types.js';
import { mapFile } from '../../machine/mapped-memory.js';
import { allowedCpus } from '../../machine/thread.js';
import { stallBytes } from '../control/stall-log.js';
import type { Arm, ControlArm, ControlData, ControlFile } from '../messages.js';

/** Each costs a thread and some wake-ups, so of a machine with more CPUs the first are watched. */
const MOST_CONTROLS = 16;
/**
 * ns between two wake-ups. A wake-up takes some 30 us of a CPU: more of them would be seen in the p99 of the tasks' own
 * releases, fewer would miss stalls of a few ms.
 */
const PERIOD = 5 * NS_PER_MS;
/** Later wake-ups are kept one by one, ns. */
const NOTE = 0.25 * NS_PER_MS;
/** 3.2 MB each, as far as they are used. */
const EVENTS = 100_000;
const NO_YOUNG_SPACE = { maxYoungGenerationSizeMb: 2 };

/** CPUs that the tasks may run on. @param allowed to the process */
export function cpusInUse({ tasks }: ScenarioSpec, allowed: readonly number[]): number[] {
  const pinned = tasks.map((t) => t.placement.cpus);
  if (pinned.some((cpus) => cpus === undefined)) return allowed.slice(0, MOST_CONTROLS);
  return [...new Set(pinned.flatMap((cpus) => cpus ?? []))]
    .filter((cpu) => allowed.includes(cpu))
    .sort((a, b) => a - b)
    .slice(0, MOST_CONTROLS);
}

/** Started with the task threads, and armed like them. */
export class Controls {
  readonly #workers: { readonly cpu: number; readonly worker: Worker; readonly ready: Promise<boolean> }[];

  constructor(scenario: ScenarioSpec) {
    this.#workers = cpusInUse(scenario, allowedCpus()).map((cpu) => {
      const workerData: ControlData = { cpu, period: PERIOD, note: NOTE };
      const worker = new Worker(new URL('../control/control-thread.js', import.meta.url), {
        workerData,
        resourceLimits: NO_YOUNG_SPACE,
      });
      worker.unref();
      const ready = new Promise<boolean>((resolve) => {
        worker.once('message', resolve);
        // A run without its control threads is a run all the same; the report says which CPUs were watched.
        worker.once('error', () => resolve(false));
      });
      return { cpu, worker, ready };
    });
  }

  /** @param pathOf where the log of a CPU lies @param made receives the paths */
  async arm({ control, clock, zero }: Arm, pathOf: (cpu: number) => string, made: string[]): Promise<ControlFile[]> {
    const files: ControlFile[] = [];
    for (const { cpu, worker, ready } of this.#workers) {
      if (!(await ready)) continue;
      const file = pathOf(cpu);
      made.push(file);
      mapFile(file, stallBytes(EVENTS));
      const arm: ControlArm = { file, capacity: EVENTS, control, clock, zero };
      worker.postMessage(arm);
      files.push({ cpu, path: file, period: PERIOD });
    }
    return files;
  }
}
