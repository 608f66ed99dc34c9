/** recording.json, for a scenario that was measured as for one that was simulated. */
import type { Problem } from '../../base/problem.js';
import { LOAD_OF, type ScenarioSpec } from '../../formats/pipeline/types.js';
import { RECORDING_VERSION, type RecordingDocument } from '../../formats/recording/recording.js';
import type { PhaseNotes } from '../../workload/conductor.js';
import { planIterations } from '../../workload/iteration-driver.js';

/** What a repetition was, besides what follows from the scenario. */
export interface RecordedRun
  extends Pick<
    RecordingDocument,
    | 'simulated'
    | 'interrupted'
    | 'tasks'
    | 'device'
    | 'probes'
    | 'process'
    | 'part'
    | 'control'
    | 'others'
    | 'preflight'
  > {
  readonly pipelineText: string;
  readonly scenario: ScenarioSpec;
  readonly repetition: number;
  /** CLOCK_MONOTONIC (ns, decimal) and UTC at the run origin. */
  readonly origin: { readonly monotonic: string; readonly utc: string };
  /** CLOCK_MONOTONIC at the end. */
  readonly end: string;
  readonly threadErrorUs: number;
  readonly measureFrom: number;
  readonly measureTo: number;
  readonly notes: PhaseNotes;
  readonly problems: readonly Problem[];
}

/** Puts the document together. */
export function recordingDocument(run: RecordedRun): RecordingDocument {
  const { scenario, origin, end, notes } = run;
  const sinceOrigin = Number(BigInt(end) - BigInt(origin.monotonic)) / 1e6;
  return {
    version: RECORDING_VERSION,
    pipeline: run.pipelineText,
    scenario: scenario.name,
    repetition: run.repetition,
    ...(run.part === undefined ? {} : { part: run.part }),
    simulated: run.simulated,
    interrupted: run.interrupted,
    clock: {
      start: { monotonic_ns: origin.monotonic, utc: origin.utc, local: localTime(new Date(origin.utc)) },
      end: { monotonic_ns: end, utc: new Date(Date.parse(origin.utc) + sinceOrigin).toISOString() },
      thread_error_us: run.threadErrorUs,
    },
    measure: {
      from_ns: run.measureFrom,
      to_ns: Math.max(run.measureFrom, run.measureTo),
      ...(scenario.iterations === undefined ? {} : { iterations: scenario.iterations }),
    },
    ...iterationOf(scenario),
    ...settleOf(notes),
    cold_tasks: [...notes.coldTasks],
    tasks: run.tasks,
    device: run.device,
    probes: run.probes,
    ...present({ control: run.control, others: run.others, preflight: run.preflight }),
    process: run.process,
    problems: run.problems.map(plainProblem),
  };
}

/** Lists that have something in them. */
const present = <T extends Readonly<Record<string, readonly unknown[] | undefined>>>(lists: T): Partial<T> =>
  Object.fromEntries(Object.entries(lists).filter(([, list]) => list && list.length > 0)) as Partial<T>;

function settleOf({ settle }: PhaseNotes): Pick<RecordingDocument, 'settle'> {
  if (!settle) return {};
  const { steady, waited, reason } = settle;
  return { settle: { steady, waited_ns: waited, ...(reason ? { reason } : {}) } };
}

/** `YYYY-MM-DDTHH:MM:SS.mmm` as a clock on the wall shows it. */
const localTime = (at: Date): string =>
  new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, -1);

/** A problem without what only the terminal shows. */
export const plainProblem = ({ code, message, hint }: Problem): RecordingDocument['problems'][number] => ({
  code,
  message,
  ...(hint ? { hint } : {}),
});

/** Times of an iteration, where the mode has them. */
function iterationOf(scenario: ScenarioSpec): Pick<RecordingDocument, 'iteration'> {
  if (LOAD_OF[scenario.mode] !== 'barrier') return {};
  const { target, grid, offsets, truncated } = planIterations(scenario);
  return { iteration: { target_ns: target, grid, jobs: offsets.map((o) => o.length), truncated } };
}
