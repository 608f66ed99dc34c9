/** The recording of a scenario that ran on the virtual clock: the same documents, without a device. */
import { NS_PER_MS } from '../../base/units.js';
import type { PipelineSpec, ScenarioSpec } from '../../formats/pipeline/types.js';
import type { Recording } from '../../formats/recording/recording.js';
import { RECORDING_VERSION } from '../../formats/recording/recording.js';
import { describeDevice } from '../../probes/device.js';
import { assembleJobs } from '../../workload/assemble.js';
import { type SimulatedTask, simulate } from '../../workload/simulate.js';
import { iterationOf, localTime } from './profile.js';

export interface SimulationRequest {
  readonly spec: PipelineSpec;
  readonly pipelineText: string;
  readonly scenario: ScenarioSpec;
  readonly repetition: number;
  readonly tasks: readonly SimulatedTask[];
  readonly backends: readonly string[];
}

export function recordSimulation({
  pipelineText,
  scenario,
  repetition,
  tasks,
  backends,
}: SimulationRequest): Recording {
  const result = simulate(scenario, tasks);
  const begin = Date.now();
  const utc = (ns: number) => new Date(begin + ns / NS_PER_MS).toISOString();
  return {
    document: {
      version: RECORDING_VERSION,
      pipeline: pipelineText,
      scenario: scenario.name,
      repetition,
      simulated: true,
      interrupted: false,
      clock: {
        start: { monotonic_ns: '0', utc: utc(0), local: localTime(new Date(begin)) },
        end: { monotonic_ns: String(Math.round(result.end)), utc: utc(result.end) },
        thread_error_us: 0,
      },
      measure: {
        from_ns: result.measureFrom,
        to_ns: result.measureTo,
        ...(scenario.iterations === undefined ? {} : { iterations: scenario.iterations }),
      },
      ...iterationOf(scenario),
      cold_tasks: [...result.notes.coldTasks],
      tasks: scenario.tasks.map((task, i) => ({
        name: task.name,
        model: task.model,
        backend: backends[i],
        accelerator: task.placement.accelerator,
        honoured: {},
        placement_notes: [],
        spin_us: 0,
        complete_via: 'simulated' as const,
      })),
      device: describeDevice({}),
      probes: [],
      process: { node: process.versions.node, flags: [], rss_bytes: process.memoryUsage().rss, load_average: 0 },
      problems: [],
    },
    jobs: assembleJobs(
      scenario.tasks.map((t) => t.name),
      result.columns,
    ),
    series: [],
    lines: [],
  };
}
