/** The recording of a scenario that ran on the virtual clock: the same documents, without a device. */
import type { ScenarioSpec } from '../../formats/pipeline/types.js';
import type { Recording } from '../../formats/recording/recording.js';
import { describeDevice } from '../../probes/device.js';
import { assembleJobs } from '../../workload/assemble.js';
import { type SimulatedTask, simulate } from '../../workload/simulate.js';
import { recordingDocument } from './document.js';

/** One repetition that is to be simulated. */
export interface SimulationRequest {
  readonly pipelineText: string;
  readonly scenario: ScenarioSpec;
  readonly repetition: number;
  readonly tasks: readonly SimulatedTask[];
  /** Of each task, as the pipeline file names it. */
  readonly backends: readonly string[];
}

/** Runs the scenario on the virtual clock. */
export function recordSimulation(request: SimulationRequest): Recording {
  const { pipelineText, scenario, repetition, tasks, backends } = request;
  const result = simulate(scenario, tasks);
  return {
    document: recordingDocument({
      pipelineText,
      scenario,
      repetition,
      simulated: true,
      interrupted: false,
      origin: { monotonic: '0', utc: new Date().toISOString() },
      end: String(Math.round(result.end)),
      threadErrorUs: 0,
      measureFrom: result.measureFrom,
      measureTo: result.measureTo,
      notes: result.notes,
      tasks: scenario.tasks.map((task, i) => ({
        name: task.name,
        model: task.model,
        backend: backends[i],
        accelerator: /^(gpu|dla)/.test(tasks[i].engine) ? tasks[i].engine : task.placement.accelerator,
        honoured: {},
        placement_notes: [],
        spin_us: 0,
        complete_via: 'simulated',
      })),
      device: describeDevice({}),
      probes: [],
      process: { node: process.versions.node, flags: [], rss_bytes: process.memoryUsage().rss, load_average: 0 },
      problems: [],
    }),
    jobs: assembleJobs(
      scenario.tasks.map((t) => t.name),
      result.columns,
    ),
    series: [],
    lines: [],
  };
}
