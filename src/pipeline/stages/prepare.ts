/** Checks every input, stages the ONNX files, writes model.json. All problems come out at once. */

import { existsSync } from 'node:fs';
import { constants, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFeeds } from '../../backends/make-feeds.js';
import { type Problem, ProblemError, problemsOf } from '../../base/problem.js';
import { readEngineManifest } from '../../formats/engine/engine.js';
import type { ModelSpec } from '../../formats/pipeline/types.js';
import type { TensorSpec } from '../../formats/tensor/tensor.js';
import { writeAtomic } from '../../machine/files.js';
import { resolveInputs } from '../../onnx/inputs.js';
import { hashModel, inputsOf, readOnnxFile, summarizeFile } from '../../store/onnx-file.js';
import type { StageBody, StageContext } from '../stage-context.js';

export const STAGED_MODEL = 'model.onnx';

export const prepare: StageBody = async (context) => {
  const { run } = context;
  if (run.document.simulate) return {};
  const problems: Problem[] = [];
  for (const model of run.spec.models) {
    try {
      problems.push(...(await prepareModel(context, model)));
    } catch (error) {
      const found = problemsOf(error);
      if (!found) throw error;
      problems.push(...found);
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return {};
};

async function prepareModel(context: StageContext, spec: ModelSpec): Promise<Problem[]> {
  const { run } = context;
  const problems = missingInputs(spec, run.document.source);
  if (spec.engine !== undefined) await checkEngine(spec, resolve(run.document.source, spec.engine));
  if (spec.file === undefined) return problems;
  const file = resolve(run.document.source, spec.file);
  const read = readOnnxFile(file);
  const free = spec.build.kind === 'onnxruntime' ? spec.build.options.freeDimensions : {};
  const inputs = resolveInputs(spec.name, inputsOf(read.model), spec.inputs, free);
  for (const text of inputs.warnings)
    context.onEvent({ kind: 'note', stage: context.stage, severity: 'warning', text });
  for (const text of inputs.notes) context.onEvent({ kind: 'note', stage: context.stage, severity: 'info', text });
  problems.push(
    ...inputs.problems,
    ...checkFeedback(
      spec,
      read.model.graph.outputs.map((o) => o.name),
    ),
  );
  if (problems.length > 0) return problems;
  checkData(spec, inputsOf(read.model), inputs.shapes, run.document.source);
  const summary = summarizeFile(file, read, {
    name: spec.name,
    sha256: await hashModel(file, read.external),
    shapes: inputs.shapes,
  });
  const folder = run.path('models', spec.name);
  await mkdir(folder, { recursive: true });
  await place(file, join(folder, STAGED_MODEL));
  for (const { path } of read.external) await place(join(dirname(file), path), join(folder, path));
  await writeAtomic(join(folder, 'model.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return [];
}

/** A clone where the file system has them, else a copy: the run keeps the file as it was, whatever happens to the original. */
async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await rm(to, { force: true });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}

/** Files that feed inputs are read once here, so that a wrong one is not found out after the builds. */
function checkData(
  spec: ModelSpec,
  inputs: readonly TensorSpec[],
  shapes: Readonly<Record<string, readonly number[]>>,
  folder: string,
): void {
  const fromFiles = inputs.filter((input) => spec.inputs[input.name]?.data.kind === 'file');
  makeFeeds(fromFiles, spec.inputs, shapes, 0, folder);
}

const missingInputs = (spec: ModelSpec, folder: string): Problem[] =>
  Object.entries(spec.inputs).flatMap(([name, { data }]) =>
    data.kind === 'file' && !existsSync(resolve(folder, data.path))
      ? [
          {
            code: 'config' as const,
            message: `model ${spec.name}: input "${name}": ${resolve(folder, data.path)} does not exist`,
            hint: 'paths are relative to pipeline.yaml',
          },
        ]
      : [],
  );

const checkFeedback = (spec: ModelSpec, outputs: readonly string[]): Problem[] =>
  Object.entries(spec.inputs).flatMap(([name, { feedback }]) =>
    feedback !== undefined && !outputs.includes(feedback)
      ? [
          {
            code: 'config' as const,
            message: `model ${spec.name}: input "${name}" is fed back from "${feedback}", which is no output`,
            hint: `outputs: ${outputs.join(', ')}`,
          },
        ]
      : [],
  );

async function checkEngine(spec: ModelSpec, folder: string): Promise<void> {
  const path = join(folder, 'engine.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new ProblemError({
      code: 'config',
      message: `model ${spec.name}: engine ${folder} has no engine.json`,
      hint: 'name a folder under engines/ of an earlier run',
    });
  }
  readEngineManifest(text, path);
}
