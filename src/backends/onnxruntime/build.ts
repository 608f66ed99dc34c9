/**
 * Building = the optimised model saved once. Runs in a child process, so that a crash of native code or its lines on
 * stderr reach the caller as a Problem and events instead of ending it.
 */
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, type Problem, ProblemError } from '../../base/problem.js';
import { withoutColours } from '../../base/text.js';
import { round } from '../../base/units.js';
import { onnxruntime as card, type OnnxruntimeEngine } from '../../formats/backends/onnxruntime.js';
import { ENGINE_VERSION, type EngineManifest, type EngineVerification } from '../../formats/engine/engine.js';
import type { ModelSummary } from '../../formats/engine/model.js';
import type { ModelSpec } from '../../formats/pipeline/types.js';
import type { TensorSpec } from '../../formats/tensor/tensor.js';
import { askChild } from '../../machine/child.js';
import { sha256File, writeAtomic } from '../../machine/files.js';
import type { BuildEvent, BuildOptions, ModelSource } from '../backend.js';
import { explainLoad } from './explain.js';
import type { SessionSettings } from './options.js';
import { ENGINE_FILE, identifyEngine, optionsOf } from './plan.js';

const WEIGHTS_FILE = 'engine.weights';
/** A protobuf message holds at most 2 GiB; larger weights go to a file beside the model. */
const EXTERNAL_ABOVE = 1.5e9;

const HINTS: Record<string, string> = {
  webgpu:
    'webgpu needs a GPU driver with Vulkan and the Vulkan loader (package libvulkan1); accelerator: cpu works without',
  cuda: 'check that CUDA and cuDNN are of the versions that this ONNX Runtime was built for',
  tensorrt: 'check that TensorRT is of the version that this ONNX Runtime was built for',
};

const hintOf = (message: string, provider: string): string | undefined =>
  /providers_\w+\.so/.test(message)
    ? `this ONNX Runtime has no ${provider}: set ORT_DYLIB_PATH to a build that has it; infersight doctor tells what is here`
    : HINTS[provider];

/** What the child is asked, and what it answers. */
export interface BuildRequest {
  readonly file: string;
  readonly into: string;
  readonly saving: SessionSettings;
  readonly running: SessionSettings;
  /** Compare outputs on these inputs. */
  readonly verify?: {
    readonly inputs: ModelSpec['inputs'];
    readonly shapes: ModelSource['shapes'];
    readonly folder: string;
    readonly precision: string;
  };
}
/** What the child found, or what went wrong. */
export type BuildAnswer =
  | {
      readonly inputs: readonly TensorSpec[];
      readonly outputs: readonly TensorSpec[];
      readonly peakMemory: number;
      readonly verification?: EngineVerification;
    }
  | { readonly problems: readonly Problem[] };

/** Saves the optimised model and tries it. @throws ProblemError `build` */
export async function buildEngine(
  model: ModelSource,
  { into, accelerator }: BuildOptions,
  onEvent: (event: BuildEvent) => void,
  signal: AbortSignal,
): Promise<EngineManifest> {
  const { file, summary } = model;
  if (!file || !summary) return fail('build', `model ${model.spec.name} has no ONNX file to build from`);
  const options = optionsOf(model, accelerator);
  const { saving, running } = buildSettings(model, options, into, summary);
  await mkdir(into, { recursive: true });
  for (const [i, { path }] of options.custom_ops.entries())
    await copyFile(customOpsOf(model)[i], join(into, path), constants.COPYFILE_FICLONE);
  const warnings: string[] = precisionWarnings(model, options.provider);
  const log: string[] = [];
  const begin = performance.now();
  const answer = await ask({ file, into, saving, running, ...verifyOf(model, options) }, signal, (line) => {
    const parsed = card.logLine?.(line);
    log.push(line);
    // That the saved model is for this machine is what the engine's key is for.
    if (parsed?.text.startsWith('Serializing optimized model')) return;
    if (parsed?.severity === 'warning') warnings.push(parsed.text);
    if (parsed?.severity !== 'warning')
      onEvent({ kind: 'log', severity: parsed?.severity ?? 'info', text: parsed?.text ?? withoutColours(line) });
  });
  if ('problems' in answer)
    throw new ProblemError(
      answer.problems.map((p) => ({
        ...p,
        hint: p.hint ?? hintOf(p.message, options.provider),
        ...explainLoad(p.message, model.spec.name),
        code: 'build' as const,
      })),
    );
  const buildSeconds = (performance.now() - begin) / 1000;
  await writeAtomic(join(into, 'build.log'), log.map((line) => `${line}\n`).join(''));
  const manifest = await describeEngine(model, accelerator, options, {
    into,
    answer,
    buildSeconds,
    warnings: [...new Set(warnings)],
  });
  await writeAtomic(join(into, 'engine.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** By default where a setting may change what comes out: lower precision, or arithmetic that is not the CPU's. */
function verifyOf(
  { spec, shapes, folder }: ModelSource,
  { provider }: OnnxruntimeEngine,
): Pick<BuildRequest, 'verify'> {
  const lossy = provider !== 'cpu' || !['as_is', 'fp32'].includes(spec.precision);
  const asked = spec.build.kind === 'onnxruntime' ? spec.build.options.verify : undefined;
  return (asked ?? lossy) ? { verify: { inputs: spec.inputs, shapes, folder, precision: spec.precision } } : {};
}

const customOpsOf = ({ spec }: ModelSource): readonly string[] =>
  spec.build.kind === 'onnxruntime' ? spec.build.options.customOps : [];

/** Of the session that saves the optimised model, and of the one that tries it. */
function buildSettings(
  model: ModelSource,
  options: OnnxruntimeEngine,
  into: string,
  summary: ModelSummary,
): { saving: SessionSettings; running: SessionSettings } {
  const common = {
    threads: 1,
    freeDimensions: options.free_dimensions,
    customOps: options.custom_ops.map(({ path }) => join(into, path)),
    logId: model.spec.name,
  };
  // What the saved model does not hold it refers to by the names of the original, which are not beside it.
  const external = summary.bytes > EXTERNAL_ABOVE || summary.external_data.length > 0;
  const saving: SessionSettings = {
    ...common,
    provider: 'cpu',
    providerOptions: {},
    level: options.saved_at,
    sessionConfig: {
      ...options.session_config,
      ...(external ? { 'session.optimized_model_external_initializers_file_name': WEIGHTS_FILE } : {}),
    },
    optimizedPath: join(into, ENGINE_FILE),
  };
  const running: SessionSettings = {
    ...common,
    provider: options.provider,
    providerOptions: options.provider_options,
    level: options.saved_at === options.graph_optimization ? 'disabled' : options.graph_optimization,
    sessionConfig: options.session_config,
  };
  return { saving, running };
}

const precisionWarnings = (model: ModelSource, provider: string): string[] => {
  const { precision } = model.spec;
  if (precision === 'as_is' || precision === 'fp32' || provider === 'tensorrt') return [];
  return [`precision ${precision} was asked for; ONNX Runtime's ${provider} provider runs the file as it is`];
};

async function describeEngine(
  model: ModelSource,
  accelerator: string,
  options: OnnxruntimeEngine,
  built: {
    into: string;
    answer: Exclude<BuildAnswer, { problems: unknown }>;
    buildSeconds: number;
    warnings: string[];
  },
): Promise<EngineManifest> {
  const { key, target, binding } = identifyEngine(model, accelerator, options);
  const names = (await readdir(built.into))
    .filter((name) => [ENGINE_FILE, WEIGHTS_FILE, ...options.custom_ops.map((o) => o.path)].includes(name))
    .sort();
  const files = await Promise.all(
    names.map(async (path) => ({
      path,
      sha256: await sha256File(join(built.into, path)),
      bytes: (await stat(join(built.into, path))).size,
    })),
  );
  const io = (spec: TensorSpec) => ({
    name: spec.name,
    dtype: spec.dtype,
    ...(spec.shape ? { shape: [...spec.shape] } : {}),
    format: 'linear',
  });
  return {
    version: ENGINE_VERSION,
    schema: 'infersight/engine',
    key,
    model: {
      name: model.spec.name,
      sha256: model.summary?.sha256 ?? '',
      bytes: model.summary?.bytes ?? 0,
      opset: model.summary?.opsets ?? {},
      producer: model.summary?.producer ?? '',
    },
    target,
    binding: [...binding],
    build: {
      backend: 'onnxruntime',
      accelerator: options.provider === 'cpu' ? 'cpu' : accelerator,
      precision: options.provider === 'tensorrt' ? model.spec.precision : 'as_is',
      shapes: Object.fromEntries(Object.entries(model.shapes).map(([name, shape]) => [name, [...shape]])),
      options: { ...options },
    },
    io: { inputs: built.answer.inputs.map(io), outputs: built.answer.outputs.map(io) },
    files,
    build_s: round(built.buildSeconds, 3),
    peak_memory_bytes: built.answer.peakMemory,
    ...(built.answer.verification ? { verification: built.answer.verification } : {}),
    warnings: built.warnings,
  };
}

/** Runs the child. A crash is a Problem that quotes its last lines. */
async function ask(request: BuildRequest, signal: AbortSignal, onLine: (line: string) => void): Promise<BuildAnswer> {
  const result = await askChild<BuildAnswer>(new URL('./build-child.js', import.meta.url), request, { signal, onLine });
  if ('answer' in result) return result.answer;
  return fail(
    'build',
    `building ${request.file} ended the build process (${result.end.how}): ${result.end.lastWords}`,
    'this is a crash inside ONNX Runtime or one of its providers; another ORT_DYLIB_PATH or accelerator may help',
  );
}
