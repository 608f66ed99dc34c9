/** ONNX + options + device -> engine.json and blob, once per accelerator that the model is wanted for. */

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Backend, ModelSource } from '../../backends/backend.js';
import { loadBackend } from '../../backends/registry.js';
import { fail } from '../../base/problem.js';
import { readModelSummary } from '../../formats/engine/model.js';
import type { ModelSpec } from '../../formats/pipeline/types.js';
import { acceleratorsOf, engineFolder } from '../../formats/run/plan.js';
import { writeAtomic } from '../../machine/files.js';
import { resolveInputs } from '../../onnx/inputs.js';
import { copyEngine, defaultCache, findCached, putCached, readEngine } from '../../store/engine-cache.js';
import type { RunDirectory } from '../../store/run-directory.js';
import type { StageBody, StageContext } from '../stage-context.js';
import { STAGED_MODEL } from './prepare.js';

export const build: StageBody = async (context, name) => {
  const { run } = context;
  const spec = run.spec.models.find((m) => m.name === name) ?? fail('usage', `the pipeline has no model "${name}"`);
  if (spec.engine !== undefined) {
    const to = run.path('engines', name);
    await mkdir(run.path('engines'), { recursive: true });
    await copyEngine(resolve(run.document.source, spec.engine), to);
    return { cached: true };
  }
  const backend = await loadBackend(spec.backend, run.document.source);
  const model = await modelSource(run, spec);
  let cached = true;
  for (const accelerator of acceleratorsOf(run.spec, name)) {
    cached = (await buildOne(context, backend, model, accelerator)) && cached;
  }
  return { cached };
};

async function modelSource(run: RunDirectory, spec: ModelSpec): Promise<ModelSource> {
  const folder = run.path('models', spec.name);
  if (!existsSync(join(folder, 'model.json'))) {
    if (spec.file === undefined) return { spec, shapes: declaredShapes(spec) };
    return fail(
      'run',
      `${join(folder, 'model.json')} is missing`,
      `run the stage before first: infersight stage prepare --run ${run.folder}`,
    );
  }
  const summary = readModelSummary(await readFile(join(folder, 'model.json'), 'utf8'), join(folder, 'model.json'));
  const free = spec.build.kind === 'onnxruntime' ? spec.build.options.freeDimensions : {};
  return {
    spec,
    file: join(folder, STAGED_MODEL),
    summary,
    shapes: resolveInputs(spec.name, summary.inputs, spec.inputs, free).shapes,
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
  await writeAtomic(join(folder, 'engine.json'), `${JSON.stringify(named, null, 2)}\n`);
}

/** True when the engine came from the cache. */
async function buildOne(
  { run, stage, onEvent, signal }: StageContext,
  backend: Backend,
  model: ModelSource,
  accelerator: string,
): Promise<boolean> {
  const { key } = await backend.identify(model, accelerator);
  const folder = run.path('engines', engineFolder(run.spec, model.spec.name, accelerator));
  const cache = run.document.cache ?? defaultCache();
  const found = await findCached(cache, key);
  await mkdir(run.path('engines'), { recursive: true });
  if (found) {
    await copyEngine(found, folder);
    await nameEngine(folder, model.spec.name);
    return true;
  }
  const temporary = `${folder}.${process.pid}.tmp`;
  try {
    const engine = await backend.build(
      model,
      { into: temporary, accelerator },
      (event) =>
        onEvent({ kind: 'note', stage, severity: event.kind === 'log' ? event.severity : 'info', text: event.text }),
      signal,
    );
    for (const text of engine.warnings) onEvent({ kind: 'note', stage, severity: 'warning', text });
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  // A cache that cannot be written costs time at the next run, nothing else.
  await putCached(cache, key, folder).catch((error: Error) =>
    onEvent({
      kind: 'note',
      stage,
      severity: 'warning',
      text: `the engine cache could not be written: ${error.message}`,
    }),
  );
  return false;
}
