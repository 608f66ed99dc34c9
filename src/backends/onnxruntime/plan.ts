/** From a model and its options to the settings of the sessions that build and run it, and the key of its engine. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { canonicalJson } from '../../base/canonical-json.js';
import { fail, messageOf } from '../../base/problem.js';
import { own } from '../../base/search.js';
import { onnxruntimeEngine } from '../../formats/backends/index.js';
import type { OnnxruntimeEngine } from '../../formats/backends/onnxruntime.js';
import type { EngineManifest } from '../../formats/engine/engine.js';
import type { ModelSummary } from '../../formats/engine/model.js';
import { sha256Text } from '../../machine/files.js';
import { localTarget } from '../../machine/target.js';
import type { EngineIdentity, ModelSource } from '../backend.js';
import { loadLibrary, readCString } from './library.js';
import { listProviders, providerFor, type SessionSettings } from './options.js';

/** The optimised model in the folder of an engine. */
export const ENGINE_FILE = 'engine.onnx';

/** Providers that live in a library of their own, which must lie beside ONNX Runtime's. */
const SEPARATE = ['cuda', 'tensorrt'];

/** An execution provider that the library was built with. */
export interface OfferedProvider {
  readonly provider: string;
  /** The file that is missing. */
  readonly missing?: string;
}

/** All of them, with what is missing beside the library. */
export function offeredProviders(): OfferedProvider[] {
  const library = loadLibrary();
  const listed = listProviders(
    library,
    readCString,
    (list, count) => koffi.decode(list, koffi.array('void *', count)) as bigint[],
  );
  return listed.map((provider) => {
    const file = `libonnxruntime_providers_${provider}${process.platform === 'darwin' ? '.dylib' : '.so'}`;
    return SEPARATE.includes(provider) && !existsSync(join(dirname(library.path), file))
      ? { provider, missing: file }
      : { provider };
  });
}

const availableProviders = (): string[] =>
  offeredProviders().flatMap(({ provider, missing }) => (missing ? [] : [provider]));

/** What an engine of this model would be built with. @throws ProblemError `backend` or `config` */
export function optionsOf(model: ModelSource, accelerator: string): OnnxruntimeEngine {
  if (model.spec.build.kind !== 'onnxruntime')
    return fail('config', `model ${model.spec.name} has no onnxruntime options`);
  const build = model.spec.build.options;
  const { provider, options } = providerFor(accelerator, availableProviders(), build.provider);
  // Only the CPU provider's optimised graph is plain ONNX that it reads back; others partition the graph at load time.
  const level = build.graphOptimization;
  return {
    provider,
    provider_options: { ...precisionOptions(provider, model.spec.precision), ...options, ...build.providerOptions },
    graph_optimization: level,
    saved_at: provider === 'cpu' ? level : level === 'disabled' ? 'disabled' : 'basic',
    session_config: build.sessionConfig,
    free_dimensions: { ...freeDimensions(model.summary, model.shapes), ...build.freeDimensions },
    custom_ops: build.customOps.map((path, i) => ({ path: `custom_ops.${i}.so`, sha256: hashOf(path) })),
  };
}

function hashOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch (error) {
    return fail('config', `custom_ops: ${path} cannot be read: ${messageOf(error)}`);
  }
}

const precisionOptions = (provider: string, precision: string): Record<string, string> => {
  if (provider !== 'tensorrt') return {};
  const wanted = precision === 'best' ? ['fp16', 'int8'] : [precision];
  return Object.fromEntries(
    wanted.filter((p) => ['fp16', 'bf16', 'int8'].includes(p)).map((p) => [`trt_${p}_enable`, '1']),
  );
};

/** Symbolic dimensions that have one and the same size wherever they occur among the inputs. */
export function freeDimensions(
  summary: ModelSummary | undefined,
  shapes: ModelSource['shapes'],
): Record<string, number> {
  const sizes = new Map<string, Set<number>>();
  for (const input of summary?.inputs ?? []) {
    input.shape?.forEach((d, i) => {
      const size = own(shapes, input.name)?.[i];
      if (typeof d === 'string' && d !== '' && size !== undefined) sizes.set(d, (sizes.get(d) ?? new Set()).add(size));
    });
  }
  return Object.fromEntries([...sizes].filter(([, set]) => set.size === 1).map(([name, set]) => [name, [...set][0]]));
}

/** @param options those of `optionsOf` for this model and accelerator */
export function identifyEngine(
  model: ModelSource,
  accelerator: string,
  options: OnnxruntimeEngine = optionsOf(model, accelerator),
): EngineIdentity {
  const target = localTarget({ onnxruntime: loadLibrary().version });
  const machineSpecific = options.saved_at === 'all' || options.provider !== 'cpu';
  const binding = machineSpecific ? ['onnxruntime', 'os', 'arch', 'cpu'] : ['onnxruntime'];
  const key = sha256Text(
    canonicalJson({
      model: model.summary?.sha256,
      build: { backend: 'onnxruntime', accelerator, precision: model.spec.precision, shapes: model.shapes, options },
      target: Object.fromEntries(binding.map((field) => [field, target[field]])),
    }),
  );
  return { key, target, binding };
}

/** Settings of a session on a built engine. @param folder that the engine lies in */
export function sessionSettings(engine: EngineManifest, threads: number, folder: string): SessionSettings {
  const options =
    onnxruntimeEngine(engine.build) ?? fail('backend', `${engine.model.name} is no engine of ONNX Runtime`);
  const done = options.saved_at === options.graph_optimization;
  return {
    provider: options.provider,
    providerOptions: options.provider_options,
    level: done ? 'disabled' : options.graph_optimization,
    threads,
    freeDimensions: options.free_dimensions,
    sessionConfig: options.session_config,
    customOps: options.custom_ops.map(({ path }) => join(folder, path)),
    logId: engine.model.name,
  };
}
