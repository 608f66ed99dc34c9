/** ONNX + options + device -> engine.json and blob of one engine slot. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import type { Backend, BuildEvent, ModelSource } from '../../backends/backend.js';
import { loadBackend } from '../../backends/registry.js';
import { verificationText } from '../../backends/verify.js';
import { fail } from '../../base/problem.js';
import { buildWithFiles, filesOfBuild, fixedDimensionsOf } from '../../formats/backends/index.js';
import type { EngineManifest } from '../../formats/engine/engine.js';
import { readModelSummary } from '../../formats/engine/model.js';
import { isPlan, type ModelSpec } from '../../formats/pipeline/types.js';
import type { EngineSlot } from '../../formats/run/plan.js';
import { stagedSummary } from '../../formats/run/staged.js';
import { writeAtomic } from '../../machine/files.js';
import { resolveInputs } from '../../onnx/inputs.js';
import { copyEngine, findCached, putCached, readEngine } from '../../store/engine-cache.js';
import { hashStaged } from '../../store/onnx-file.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { cacheOf, type StageBody, type StageContext } from '../stage-context.js';

/** Builds one engine, or takes it from the cache. */
export const build: StageBody = async (context) => {
  const { run, stage } = context;
  const slot = run.slot(stage.subject);
  const spec = run.model(slot.model);
  await mkdir(run.path('engines'), { recursive: true });
  if (spec.engine !== undefined) {
    const given = run.path(spec.engine);
    if (!existsSync(given)) return notPrepared(run, given);
    if (isPlan(spec.engine)) return { cached: await describeGiven(context, spec, slot, given) };
    await copyEngine(given, run.path('engines', slot.id));
    return { cached: true };
  }
  const backend = await loadBackend(spec.backend, run.folder);
  const model = await modelSource(run, spec);
  return { cached: await buildOne(context, backend, model, slot) };
};

const notPrepared = (run: RunDirectory, missing: string): never =>
  fail('run', `${missing} is missing`, `run the stage before first: infersight stage prepare --run ${run.folder}`);

async function modelSource(run: RunDirectory, spec: ModelSpec): Promise<ModelSource> {
  if (spec.file === undefined) return { spec, folder: run.folder, shapes: declaredShapes(spec) };
  const path = run.path(stagedSummary(spec.name));
  if (!existsSync(path)) return notPrepared(run, path);
  const summary = readModelSummary(await readFile(path, 'utf8'), path);
  return {
    spec: {
      ...spec,
      build: buildWithFiles(
        spec.build,
        filesOfBuild(spec.build).map((path) => run.path(path)),
      ),
    },
    file: run.path(spec.file),
    folder: run.folder,
    summary,
    shapes: resolveInputs(spec.name, summary.inputs, spec.inputs, fixedDimensionsOf(spec)).shapes,
  };
}

const declaredShapes = (spec: ModelSpec): Record<string, readonly number[]> =>
  Object.fromEntries(
    Object.entries(spec.inputs).flatMap(([name, input]) => (input.shape ? [[name, input.shape]] : [])),
  );

/** An engine from the cache may have been built under another name. */
async function nameEngine(folder: string, name: string): Promise<void> {
  const engine = await readEngine(folder);
  if (engine.model.name === name) return;
  const named = { ...engine, model: { ...engine.model, name } };
  await writeAtomic(`${folder}/engine.json`, `${JSON.stringify(named, null, 2)}\n`);
}

/** The key of an engine names its model by its hash, so the file must still be what was hashed. */
async function checkStaged({ file, summary, spec }: ModelSource): Promise<void> {
  if (file === undefined || summary === undefined) return;
  if ((await hashStaged(file, summary.external_data)) !== summary.sha256)
    fail('run', `the staged model of ${spec.name} (${file}) was changed after it was checked`, 'make a new run');
}

/** What a build left that was killed; two never build one engine at once. */
async function sweepBuilds(run: RunDirectory, { id }: EngineSlot): Promise<void> {
  for (const name of await readdir(run.path('engines')))
    if (name.startsWith(`${id}.`) && name.endsWith('.tmp'))
      await rm(run.path('engines', name), { recursive: true, force: true });
}

/** An engine file that was made elsewhere is tried and described. */
async function describeGiven(context: StageContext, spec: ModelSpec, slot: EngineSlot, file: string): Promise<boolean> {
  const { run } = context;
  const backend = await loadBackend(spec.backend, run.folder);
  if (!backend.describe)
    return fail(
      'config',
      `${spec.backend} takes no engine files`,
      'name the folder of an engine, or use backend: tensorrt',
    );
  const { describe } = backend;
  const model: ModelSource = { spec, folder: run.folder, shapes: declaredShapes(spec) };
  await writeEngine(context, slot, (into) =>
    describe.call(backend, model, { into, accelerator: slot.accelerator }, file, noteOf(context), context.signal),
  );
  return false;
}

/** Written beside its place, and moved there when it is whole. */
async function writeEngine(
  context: StageContext,
  slot: EngineSlot,
  make: (into: string) => Promise<EngineManifest>,
): Promise<void> {
  const { run, stage, onEvent } = context;
  const folder = run.path('engines', slot.id);
  await sweepBuilds(run, slot);
  const temporary = `${folder}.${process.pid}.tmp`;
  try {
    const engine = await make(temporary);
    const warn = (text: string): void => onEvent({ kind: 'note', stage: stage.id, severity: 'warning', text });
    for (const text of engine.warnings) warn(text);
    if (engine.verification && !engine.verification.within)
      warn(`outputs of the engine differ from the model's: ${verificationText(engine.verification)}`);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
  } finally {
    await keepLog(temporary, folder);
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Of a build that failed, the log stays. */
async function keepLog(temporary: string, folder: string): Promise<void> {
  if (!existsSync(`${temporary}/build.log`)) return;
  await rename(`${temporary}/build.log`, `${folder}.log`);
}

const noteOf =
  ({ onEvent, stage }: StageContext) =>
  (event: BuildEvent): void =>
    onEvent({
      kind: 'note',
      stage: stage.id,
      severity: event.kind === 'log' ? event.severity : 'info',
      text: event.text,
    });

/** True when the engine came from the cache. */
async function buildOne(
  context: StageContext,
  backend: Backend,
  model: ModelSource,
  slot: EngineSlot,
): Promise<boolean> {
  const { run, stage, onEvent, signal } = context;
  const { key } = await backend.identify(model, slot.accelerator);
  const folder = run.path('engines', slot.id);
  const cache = cacheOf(run);
  const found = await findCached(cache, key);
  if (found) {
    await copyEngine(found, folder);
    await nameEngine(folder, model.spec.name);
    return true;
  }
  await checkStaged(model);
  await writeEngine(context, slot, (into) =>
    backend.build(model, { into, accelerator: slot.accelerator }, noteOf(context), signal),
  );
  // A cache that cannot be written costs time at the next run, nothing else.
  await putCached(cache, key, folder).catch((error: Error) =>
    onEvent({
      kind: 'note',
      stage: stage.id,
      severity: 'warning',
      text: `the engine cache could not be written: ${error.message}`,
    }),
  );
  return false;
}
