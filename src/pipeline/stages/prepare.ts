/** Checks every source, makes the run's own copies of them, writes model.json. Later stages need nothing else. */
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ProblemError } from '../../base/problem.js';
import { filesOfBuild, isBackendPath } from '../../formats/backends/index.js';
import { isPlan, type ModelSpec } from '../../formats/pipeline/types.js';
import {
  STAGED_SERVICE_TIMES,
  stagedBackend,
  stagedBackendFolder,
  stagedEngine,
  stagedFile,
  stagedModel,
  stagedSummary,
} from '../../formats/run/staged.js';
import { writeAtomic } from '../../machine/files.js';
import { copyEngine } from '../../store/engine-cache.js';
import { moduleFiles } from '../../store/module-files.js';
import { hashOfParts, summarizeFile } from '../../store/onnx-file.js';
import { RunDirectory } from '../../store/run-directory.js';
import { stageFile } from '../../store/staging.js';
import { serviceTimesOfRun } from '../service-times.js';
import { type CheckedModel, checkSources } from '../sources.js';
import { cacheOf, type StageBody, type StageContext } from '../stage-context.js';

/** Makes the run stand alone. */
export const prepare: StageBody = async (context) => {
  const { run } = context;
  if (run.document.simulate) {
    await stageServiceTimes(run);
    return {};
  }
  const { models, problems } = await checkSources(run.spec, run.document.source);
  if (problems.length > 0) throw new ProblemError(problems);
  for (const model of models) await stageModel(context, model);
  return {};
};

async function stageServiceTimes(run: RunDirectory): Promise<void> {
  const { service_from } = run.document;
  if (service_from === undefined) return;
  const times = await serviceTimesOfRun(RunDirectory.open(service_from));
  await mkdir(dirname(run.path(STAGED_SERVICE_TIMES)), { recursive: true });
  await writeAtomic(run.path(STAGED_SERVICE_TIMES), `${JSON.stringify(times)}\n`);
}

async function stageModel(context: StageContext, { spec, onnx }: CheckedModel): Promise<void> {
  const { run } = context;
  await stageInputs(context, spec);
  const buildFiles = filesOfBuild(spec.build);
  for (const [i, staged] of filesOfBuild(stagedModel(spec).build).entries())
    await stageFile(resolve(run.document.source, buildFiles[i] ?? staged), run.path(staged), cacheOf(run));
  if (isBackendPath(spec.backend)) await stageBackend(context, spec);
  if (spec.engine !== undefined) {
    const [from, to] = [resolve(run.document.source, spec.engine), run.path(stagedEngine(spec.name, spec.engine))];
    await mkdir(dirname(to), { recursive: true });
    if (isPlan(spec.engine)) await stageFile(from, to, cacheOf(run));
    else await copyEngine(from, to);
  }
  if (!onnx) return;
  const { file, read, inputs } = onnx;
  tell(context, 'warning', inputs.warnings);
  tell(context, 'info', inputs.notes);
  const cache = cacheOf(run);
  const to = run.path(stagedFile(spec.name));
  const main = await stageFile(file, to, cache);
  const parts: [string, string][] = [];
  for (const { path } of read.external)
    parts.push([path, await stageFile(join(dirname(file), path), join(dirname(to), path), cache)]);
  const summary = summarizeFile(file, read, {
    name: spec.name,
    sha256: hashOfParts(main, parts),
    shapes: inputs.shapes,
  });
  await writeAtomic(run.path(stagedSummary(spec.name)), `${JSON.stringify(summary, null, 2)}\n`);
}

function tell({ onEvent, stage }: StageContext, severity: 'warning' | 'info', texts: readonly string[]): void {
  for (const text of texts) onEvent({ kind: 'note', stage: stage.id, severity, text });
}

async function stageInputs({ run }: StageContext, spec: ModelSpec): Promise<void> {
  const staged = stagedModel(spec).inputs;
  for (const [name, { data }] of Object.entries(spec.inputs)) {
    const to = staged[name]?.data;
    if (data.kind === 'file' && to?.kind === 'file')
      await stageFile(resolve(run.document.source, data.path), run.path(to.path), cacheOf(run));
  }
}

/** Packages that it imports by name stay where they are installed, and are linked to. */
async function stageBackend({ run }: StageContext, { name, backend }: ModelSpec): Promise<void> {
  const { root, files, type, packages } = moduleFiles(resolve(run.document.source, backend));
  const folder = run.path(stagedBackendFolder(name));
  await rm(folder, { recursive: true, force: true });
  for (const file of files) await stageFile(join(root, file), join(folder, 'files', file), cacheOf(run));
  await writeAtomic(join(folder, 'files', 'package.json'), `${JSON.stringify({ type })}\n`);
  await writeAtomic(join(folder, 'package.json'), '{"type":"module"}\n');
  if (packages) await symlink(packages, join(folder, 'files', 'node_modules'));
  const entry = `./files/${files[0]?.split('\\').join('/')}`;
  const text = `export { default } from ${JSON.stringify(entry)};\n`;
  await writeAtomic(join(folder, basename(stagedBackend(name))), text);
}

/** Text of a staged document, or undefined where prepare has not been run. */
export const readStaged = (run: RunDirectory, path: string): Promise<string | undefined> =>
  readFile(run.path(path), 'utf8').catch(() => undefined);
