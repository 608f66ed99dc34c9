/** Engines -> recordings of one scenario, all repetitions; then the time per layer of each engine. */

import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, type Problem } from '../../base/problem.js';
import { round, toMs } from '../../base/units.js';
import type { ScenarioSpec, TaskSpec } from '../../formats/pipeline/types.js';
import type { Recording } from '../../formats/recording/recording.js';
import type { TaskNow } from '../../formats/run/events.js';
import { engineFolder } from '../../formats/run/plan.js';
import { writeAtomic } from '../../machine/files.js';
import { timeLayers } from '../../profiler/caller/layers.js';
import { type ProfileEvent, profile as record } from '../../profiler/caller/profile.js';
import type { TaskRequest } from '../../profiler/messages.js';
import { readEngine } from '../../store/engine-cache.js';
import { readRecording, writeRecording } from '../../store/recording.js';
import type { RunDirectory } from '../../store/run-directory.js';
import type { StageBody, StageContext } from '../stage-context.js';
import { simulateScenario } from './simulate.js';

export const profile: StageBody = async (context, name) => {
  const { run } = context;
  const scenario = run.scenario(name) ?? fail('usage', `the pipeline has no scenario "${name}"`);
  const base = run.path('recordings', name);
  const done = context.resumed ? await finished(run, name) : new Set<number>();
  await clear(base, done);
  const problems: Problem[] = [];
  const tasks = run.document.simulate ? [] : await Promise.all(scenario.tasks.map((task) => taskRequest(run, task)));
  if (run.document.simulate) noteFaults(context, scenario);
  for (let repetition = 1; repetition <= scenario.repetitions && !context.signal.aborted; repetition++) {
    if (done.has(repetition)) continue;
    const spec = { ...scenario, seed: scenario.seed + repetition - 1 };
    const recording = run.document.simulate
      ? await simulateScenario(run, spec, repetition)
      : await record(
          {
            spec: run.spec,
            pipelineText: run.pipelineText,
            scenario: spec,
            repetition,
            tasks,
            folder: run.document.source,
            versions: versionsOf(tasks),
          },
          relay(context, spec, repetition),
          context.signal,
        );
    await keep(base, repetition, recording);
    problems.push(...problemsIn(recording));
    if (scenario.steady === 'require' && recording.document.settle?.steady === false) {
      problems.push({
        code: 'run',
        message: `scenario ${name} was not steady: ${recording.document.settle.reason}`,
        hint: 'steady: require makes this an error; see settle_limit',
      });
    }
  }
  const layers = !run.document.simulate && scenario.soloOf === undefined;
  if (layers && !context.signal.aborted) await layersOf(context, scenario, tasks);
  return { problems };
};

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

/** The virtual clock knows times only. */
function noteFaults({ run, stage, onEvent }: StageContext, scenario: ScenarioSpec): void {
  for (const { name, model } of scenario.tasks) {
    const build = run.spec.models.find((m) => m.name === model)?.build;
    if (build?.kind === 'synthetic' && build.options.fault)
      onEvent({ kind: 'note', stage, severity: 'warning', text: `build.fault of ${name} is not simulated` });
  }
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

async function taskRequest(run: RunDirectory, task: TaskSpec): Promise<TaskRequest> {
  const folder = run.path('engines', engineFolder(run.spec, task.model, task.placement.accelerator));
  const model =
    run.spec.models.find((m) => m.name === task.model) ?? fail('run', `the pipeline has no model "${task.model}"`);
  if (!existsSync(join(folder, 'engine.json'))) {
    return fail(
      'run',
      `engine ${folder} is missing`,
      `build it first: infersight stage build:${task.model} --run ${run.folder}`,
    );
  }
  const engine = await readEngine(folder);
  const known = ['onnxruntime', 'synthetic'].includes(engine.build.backend);
  return {
    backend: known ? engine.build.backend : model.backend,
    engine,
    engineFolder: folder,
    inputs: model.inputs,
    shapes: engine.build.shapes,
  };
}

const versionsOf = (tasks: readonly TaskRequest[]): Record<string, string> =>
  Object.fromEntries(
    tasks.flatMap(({ engine }) => (engine.target.onnxruntime ? [['onnxruntime', engine.target.onnxruntime]] : [])),
  );

/** Events of the profiler as events of the run. */
function relay(
  { stage, onEvent }: StageContext,
  scenario: ScenarioSpec,
  repetition: number,
): (event: ProfileEvent) => void {
  let before: { now: number; completed: readonly number[] } | undefined;
  return (event) => {
    switch (event.kind) {
      case 'loaded':
        onEvent({
          kind: 'loaded',
          stage,
          task: event.task,
          provider: event.provider,
          load_ms: round(event.loadMs, 1),
          first_ms: round(event.firstMs, 2),
        });
        break;
      case 'log':
        onEvent({ kind: 'note', stage, severity: event.severity, text: event.text });
        break;
      case 'problem':
        onEvent({ kind: 'problem', stage, problem: event.problem });
        break;
      case 'progress': {
        const span = before ? (event.now - before.now) / 1e9 : 0;
        const tasks = event.tasks.map(
          (t, i): TaskNow => ({
            task: scenario.tasks[i].name,
            released: t.rows,
            completed: t.completed,
            dropped: t.dropped,
            late: t.late,
            ...(before && span > 0 ? { rate_hz: round((t.completed - before.completed[i]) / span, 1) } : {}),
            ...(t.lastResponse === undefined ? {} : { response_ms: toMs(t.lastResponse) }),
          }),
        );
        before = { now: event.now, completed: event.tasks.map((t) => t.completed) };
        const left = (event.stopAt - event.now) / 1e9;
        onEvent({
          kind: 'progress',
          stage,
          repetition,
          phase: event.phase,
          elapsed_s: round(event.now / 1e9, 1),
          ...(Number.isFinite(left) ? { left_s: round(Math.max(0, left), 1) } : {}),
          tasks,
          system: event.system,
        });
        break;
      }
    }
  };
}

/** Layer times are taken apart from the measurement, because taking them slows a model down. */
async function layersOf(
  { run, stage, onEvent, signal }: StageContext,
  scenario: ScenarioSpec,
  tasks: readonly TaskRequest[],
): Promise<void> {
  const seen = new Set<string>();
  for (const [i, task] of tasks.entries()) {
    const path = join(task.engineFolder, 'layers.json');
    if (seen.has(path) || existsSync(path) || signal.aborted) continue;
    seen.add(path);
    const result = await timeLayers(task, scenario.tasks[i], {
      seed: scenario.seed,
      folder: run.document.source,
      signal,
    });
    if ('problem' in result)
      onEvent({
        kind: 'note',
        stage,
        severity: 'warning',
        text: `no layer times of ${task.engine.model.name}: ${result.problem.message}`,
      });
    else if (result.layers) await writeAtomic(path, `${JSON.stringify(result.layers, null, 2)}\n`);
  }
}
