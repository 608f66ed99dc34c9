/** What the pipeline file names outside of itself: read and checked, all mistakes at once, before anything is written. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFeeds } from '../backends/make-feeds.js';
import { fail, type Problem, problemsOf } from '../base/problem.js';
import { filesOfBuild, fixedDimensionsOf, isBackendPath } from '../formats/backends/index.js';
import { readEngineManifest } from '../formats/engine/engine.js';
import { isPlan, type ModelSpec, type PipelineSpec } from '../formats/pipeline/types.js';
import type { TensorSpec } from '../formats/tensor/tensor.js';
import { type ResolvedInputs, resolveInputs } from '../onnx/inputs.js';
import { inputsOf, type ReadOnnx, readOnnxFile } from '../store/onnx-file.js';

/** A model whose files are there and fit what the pipeline file says of them. */
export interface CheckedModel {
  readonly spec: ModelSpec;
  /** Absent for a model without an ONNX file. */
  readonly onnx?: { readonly file: string; readonly read: ReadOnnx; readonly inputs: ResolvedInputs };
}

/** What was found of the models of a pipeline. */
export interface CheckedSources {
  readonly models: readonly CheckedModel[];
  readonly problems: readonly Problem[];
}

/** @param folder that paths of the pipeline file are relative to */
export async function checkSources({ models }: PipelineSpec, folder: string): Promise<CheckedSources> {
  const checked: CheckedModel[] = [];
  const problems: Problem[] = [];
  for (const spec of models) {
    const found = await checkModel(spec, folder).catch((error) => ({
      problems: placed(error, ['models', spec.name, spec.engine === undefined ? 'file' : 'engine']),
    }));
    problems.push(...found.problems);
    if ('model' in found) checked.push(found.model);
  }
  return { models: checked, problems };
}

/** The problems of an error, at a place of the pipeline file. @throws what is no problem */
function placed(error: unknown, path: NonNullable<Problem['path']>): Problem[] {
  const found = problemsOf(error);
  if (!found) throw error;
  return found.map((problem) => ({ path, ...problem }));
}

const inputPath = (model: string, input: string, ...rest: string[]): string[] => [
  'models',
  model,
  'inputs',
  input,
  ...rest,
];

async function checkModel(spec: ModelSpec, folder: string): Promise<{ model: CheckedModel; problems: Problem[] }> {
  const problems = [...missingBackend(spec, folder), ...missingFiles(spec, folder), ...missingInputs(spec, folder)];
  if (spec.engine !== undefined) await checkEngine(spec, resolve(folder, spec.engine));
  if (spec.file === undefined) return { model: { spec }, problems };
  const file = resolve(folder, spec.file);
  const read = readOnnxFile(file);
  const declared = inputsOf(read.model);
  const inputs = resolveInputs(spec.name, declared, spec.inputs, fixedDimensionsOf(spec));
  const outputs = read.model.graph.outputs.map((o) => o.name);
  problems.push(
    ...inputs.problems.map((p) => ({
      path: p.about === undefined ? ['models', spec.name, 'inputs'] : inputPath(spec.name, p.about),
      ...p,
    })),
    ...checkFeedback(spec, outputs),
  );
  if (problems.length === 0) problems.push(...checkFeeds(spec, declared, inputs, folder));
  return { model: { spec, onnx: { file, read, inputs } }, problems };
}

/** Files that feed inputs are read here, so that a wrong one is not found out after the builds. */
function checkFeeds(
  spec: ModelSpec,
  declared: readonly TensorSpec[],
  { shapes }: ResolvedInputs,
  folder: string,
): Problem[] {
  return declared
    .filter((input) => spec.inputs[input.name]?.data.kind === 'file')
    .flatMap((input) => {
      try {
        makeFeeds([input], spec.inputs, shapes, 0, folder);
        return [];
      } catch (error) {
        return placed(error, inputPath(spec.name, input.name, 'data'));
      }
    });
}

const missing = (path: readonly string[], message: string): Problem => ({
  code: 'config',
  path,
  message,
  hint: 'paths are relative to pipeline.yaml',
});

const missingBackend = ({ name, backend }: ModelSpec, folder: string): Problem[] =>
  isBackendPath(backend) && !existsSync(resolve(folder, backend))
    ? [missing(['models', name, 'backend'], `model ${name}: backend ${resolve(folder, backend)} does not exist`)]
    : [];

const missingFiles = ({ name, build }: ModelSpec, folder: string): Problem[] =>
  filesOfBuild(build).flatMap((path) =>
    existsSync(resolve(folder, path))
      ? []
      : [missing(['models', name, 'build'], `model ${name}: ${resolve(folder, path)} does not exist`)],
  );

const missingInputs = (spec: ModelSpec, folder: string): Problem[] =>
  Object.entries(spec.inputs).flatMap(([name, { data }]): Problem[] =>
    data.kind === 'file' && !existsSync(resolve(folder, data.path))
      ? [
          {
            ...missing(
              inputPath(spec.name, name, 'data', 'file'),
              `model ${spec.name}: input "${name}": ${resolve(folder, data.path)} does not exist`,
            ),
            about: name,
          },
        ]
      : [],
  );

const checkFeedback = (spec: ModelSpec, outputs: readonly string[]): Problem[] =>
  Object.entries(spec.inputs).flatMap(([name, { feedback }]): Problem[] =>
    feedback !== undefined && !outputs.includes(feedback)
      ? [
          {
            code: 'config',
            about: name,
            path: inputPath(spec.name, name, 'feedback'),
            message: `model ${spec.name}: input "${name}" is fed back from "${feedback}", which is no output`,
            hint: `outputs: ${outputs.join(', ')}`,
          },
        ]
      : [],
  );

async function checkEngine(spec: ModelSpec, folder: string): Promise<void> {
  if (isPlan(spec.engine)) {
    if (!existsSync(folder)) fail('config', `model ${spec.name}: ${folder} does not exist`, 'name a plan of TensorRT');
    return;
  }
  const path = join(folder, 'engine.json');
  const text = await readFile(path, 'utf8').catch(() =>
    fail(
      'config',
      `model ${spec.name}: engine ${folder} has no engine.json`,
      'name a folder under engines/ of an earlier run',
    ),
  );
  const { files } = readEngineManifest(text, path);
  for (const file of files)
    if (!existsSync(join(folder, file.path)))
      fail('config', `model ${spec.name}: engine ${folder} has no ${file.path}`, 'copy the whole folder');
}
