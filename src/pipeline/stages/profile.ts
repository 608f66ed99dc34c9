/** Engines -> recordings of one scenario, all repetitions. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, type Problem } from '../../base/problem.js';
import { backendVersion, cardById, programmedService } from '../../formats/backends/index.js';
import type { ScenarioSpec } from '../../formats/pipeline/types.js';
import type { Recording } from '../../formats/recording/recording.js';
import { profile as record } from '../../profiler/caller/profile.js';
import type { TaskRequest } from '../../profiler/messages.js';
import { readRecording, writeRecording } from '../../store/recording.js';
import type { RunDirectory } from '../../store/run-directory.js';
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
  const done = context.resumed ? await finished(run, name) : new Set<number>();
  await clear(base, done);
  const problems: Problem[] = [];
  const recordOne = run.document.simulate ? simulator(context) : await recorder(context, scenario);
  for (let repetition = 1; repetition <= scenario.repetitions && !context.signal.aborted; repetition++) {
    if (done.has(repetition)) continue;
    const recording = await recordOne({ ...scenario, seed: scenario.seed + repetition - 1 }, repetition);
    await keep(base, repetition, recording);
    problems.push(...problemsIn(recording), ...unsteady(scenario, recording));
  }
  return { problems };
};

type RecordOne = (scenario: ScenarioSpec, repetition: number) => Promise<Recording>;

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
  return (spec, repetition) =>
    record(
      {
        spec: run.spec,
        pipelineText: run.pipelineText,
        scenario: spec,
        repetition,
        tasks,
        folder: run.folder,
        versions: versionsOf(tasks),
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

/** Repetitions that an interrupted stage has recorded to their end. */
async function finished(run: RunDirectory, scenario: string): Promise<Set<number>> {
  const found = new Set<number>();
  for (const which of ['together', 'solo'] as const)
    for (const r of run.recordings(which)) {
      if (r.scenario !== scenario) continue;
      const { document } = await readRecording(r.folder);
      if (!document.interrupted && problemsIn({ document }).length === 0) found.add(r.repetition);
    }
  return found;
}

/** Everything but these repetitions. */
async function clear(base: string, kept: ReadonlySet<number>): Promise<void> {
  await mkdir(base, { recursive: true });
  for (const name of await readdir(base))
    if (!kept.has(Number(name))) await rm(join(base, name), { recursive: true, force: true });
}

/** The folder of a repetition appears when it is whole. */
async function keep(base: string, repetition: number, recording: Recording): Promise<void> {
  const temporary = join(base, `.${repetition}.tmp`);
  await rm(temporary, { recursive: true, force: true });
  await writeRecording(temporary, recording);
  await rename(temporary, join(base, String(repetition)));
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
