/** Engines -> recordings of one scenario, all repetitions. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fail, type Problem, ProblemError } from '../../base/problem.js';
import { ns } from '../../base/units.js';
import { backendVersion, cardById, programmedService } from '../../formats/backends/index.js';
import type { ScenarioSpec } from '../../formats/pipeline/types.js';
import type { Recording } from '../../formats/recording/recording.js';
import { writeAtomic } from '../../machine/files.js';
import { sweepMemory } from '../../machine/mapped-memory.js';
import { preflight } from '../../probes/preflight.js';
import { profile as record } from '../../profiler/caller/profile.js';
import type { TaskRequest } from '../../profiler/messages.js';
import { readRecording } from '../../store/recording.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { checkDeviceMemory } from '../device-memory.js';
import { journalFolder, keepRecording, recoverScenario } from '../recover.js';
import { relay } from '../relay.js';
import type { StageBody, StageContext } from '../stage-context.js';
import { taskRequest } from '../task-request.js';
import { simulateScenario } from './simulate.js';

/** Records one scenario. */
export const profile: StageBody = async (context) => {
  const { run, stage } = context;
  const name = stage.subject;
  const scenario = run.scenario(name) ?? fail('usage', `the pipeline has no scenario "${name}"`);
  const base = run.path('recordings', name);
  sweepMemory();
  await recoverScenario(run, name);
  const before = context.resumed ? await recorded(run, name) : NOTHING;
  await clear(base, before.kept);
  const problems: Problem[] = [];
  const recordOne = run.document.simulate ? simulator(context) : await recorder(context, scenario);
  for (let repetition = 1; repetition <= scenario.repetitions && !context.signal.aborted; repetition++) {
    if (before.done.has(repetition)) continue;
    const { part, measured } = before.parts.get(repetition) ?? { part: undefined, measured: 0 };
    const rest = { ...scenario, duration: ns(scenario.duration - measured), seed: scenario.seed + repetition - 1 };
    const recording = await recordOne(rest, repetition, part);
    await keepRecording(base, String(repetition), recording);
    await rm(journalFolder(base, repetition), { recursive: true, force: true });
    if (recording.document.interrupted && !context.signal.aborted) return fail(...ENDED_EARLY);
    problems.push(...problemsIn(recording), ...unsteady(scenario, recording));
  }
  return { problems };
};

/** It was not asked to stop, so memory or disk did not last. */
const ENDED_EARLY = [
  'disk',
  'the recording ended early: neither the disk nor the memory has room for the rest',
  'free some space; infersight run --resume measures the rest',
] as const;

type RecordOne = (scenario: ScenarioSpec, repetition: number, part: number | undefined) => Promise<Recording>;

function simulator(context: StageContext): RecordOne {
  const { run } = context;
  for (const { name, models } of [{ name: context.stage.subject, models: run.spec.models }])
    for (const task of run.scenario(name)?.tasks ?? [])
      if (programmedService(models.find((m) => m.name === task.model))?.faulty) noteFault(context, task.name);
  return (scenario, repetition) => simulateScenario(run, scenario, repetition);
}

/** The virtual clock knows times only. */
const noteFault = ({ onEvent, stage }: StageContext, task: string): void =>
  onEvent({ kind: 'note', stage: stage.id, severity: 'warning', text: `build.fault of ${task} is not simulated` });

async function recorder(context: StageContext, scenario: ScenarioSpec): Promise<RecordOne> {
  const { run, signal } = context;
  const tasks = await Promise.all(scenario.tasks.map((task) => taskRequest(run, task)));
  const short = checkDeviceMemory(
    scenario.tasks.map((t) => t.name),
    tasks,
  );
  if (short.length > 0) throw new ProblemError(short);
  const found = (await preflight()).filter((check) => !check.ok);
  for (const { id, message, advice } of found)
    context.onEvent({
      kind: 'note',
      stage: context.stage.id,
      severity: id === 'load' || id === 'memory' ? 'warning' : 'info',
      text: `${message}; ${advice}`,
    });
  const checks = found.map(({ id, message, advice = '' }) => ({ id, message, advice }));
  return (spec, repetition, part) =>
    record(
      {
        spec: run.spec,
        pipelineText: run.pipelineText,
        scenario: spec,
        repetition,
        ...(part === undefined ? {} : { part }),
        tasks,
        folder: run.folder,
        journal: journalFolder(run.path('recordings', scenario.name), repetition),
        versions: versionsOf(tasks),
        preflight: checks,
      },
      relay(context, spec, repetition),
      signal,
    );
}

const unsteady = ({ name, steady }: ScenarioSpec, { document }: Recording): Problem[] =>
  steady === 'require' && document.settle?.steady === false
    ? [
        {
          code: 'run',
          message: `scenario ${name} was not steady: ${document.settle.reason}`,
          hint: 'steady: require makes this an error; see settle_limit',
        },
      ]
    : [];

/** What an interrupted stage has recorded. */
interface Before {
  /** Repetitions that were recorded to their end. */
  readonly done: ReadonlySet<number>;
  /** Repetitions that were not: the number of the next part, and how long was measured in those before, ns. */
  readonly parts: ReadonlyMap<number, { readonly part: number; readonly measured: number }>;
  /** Names of the folders that stay. */
  readonly kept: ReadonlySet<string>;
}

const NOTHING: Before = { done: new Set(), parts: new Map(), kept: new Set() };
/** A rest that is shorter (ns) would show nothing. */
const LEAST_REST = 1e9;

/** What was measured of a repetition that was interrupted stays, as a part of it; the rest is measured. */
async function recorded(run: RunDirectory, name: string): Promise<Before> {
  const done = new Set<number>();
  const parts = new Map<number, { part: number; measured: number }>();
  const kept = new Set<string>();
  const scenario = run.scenario(name);
  for (const which of ['together', 'solo', 'calibration'] as const)
    for (const place of run.recordings(which)) {
      if (place.scenario !== name || !scenario) continue;
      const { document } = await readRecording(place.folder);
      if (problemsIn({ document }).length > 0) continue;
      const { repetition } = place;
      const before = parts.get(repetition) ?? { part: 1, measured: 0 };
      const measured = before.measured + document.measure.to_ns - document.measure.from_ns;
      if (!document.interrupted || scenario.duration - measured < LEAST_REST) {
        done.add(repetition);
        kept.add(basename(place.folder));
      } else if (measured > 0 && scenario.iterations === undefined) {
        const folder = `${repetition}.${before.part}`;
        const to = run.path('recordings', name, folder);
        if (place.folder !== to) await rename(place.folder, to);
        await writePart(to, before.part);
        kept.add(folder);
        parts.set(repetition, { part: before.part + 1, measured });
      }
    }
  return { done, parts, kept };
}

async function writePart(folder: string, part: number): Promise<void> {
  const { document } = await readRecording(folder);
  await writeAtomic(join(folder, 'recording.json'), `${JSON.stringify({ ...document, part }, null, 2)}\n`);
}

/** Everything but these folders. */
async function clear(base: string, kept: ReadonlySet<string>): Promise<void> {
  await mkdir(base, { recursive: true });
  for (const name of await readdir(base))
    if (!kept.has(name)) await rm(join(base, name), { recursive: true, force: true });
}

const problemsIn = ({ document }: Pick<Recording, 'document'>): Problem[] => [
  ...document.problems.map((p) => ({ ...p, code: 'run' as const })),
  ...document.tasks.flatMap((t) =>
    t.problem ? [{ ...t.problem, code: 'task' as const, message: `task ${t.name}: ${t.problem.message}` }] : [],
  ),
];

/** Versions of the libraries in use, by their names in an engine's target. */
const versionsOf = (tasks: readonly TaskRequest[]): Record<string, string> =>
  Object.fromEntries(
    tasks.flatMap(({ engine }) => {
      const column = cardById(engine.build.backend)?.versionColumn;
      const version = backendVersion(engine);
      return column !== undefined && version !== undefined ? [[column, version]] : [];
    }),
  );
