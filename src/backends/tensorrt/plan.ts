/** From a model and its options to the key of its engine, and from an engine to its session. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../base/canonical-json.js';
import { fail, messageOf } from '../../base/problem.js';
import { tensorrtEngine } from '../../formats/backends/index.js';
import type { TensorrtBuild } from '../../formats/backends/tensorrt.js';
import type { EngineManifest } from '../../formats/engine/engine.js';
import type { Completion, Priority } from '../../formats/pipeline/types.js';
import type { TensorSpec } from '../../formats/tensor/tensor.js';
import { sha256Text } from '../../machine/files.js';
import type { EngineIdentity, ModelSource, OpenContext } from '../backend.js';
import { loadCuda } from './cuda.js';
import { bindingOf, type Place, placeOf, targetOf } from './device.js';
import { openEngine, type TrtEngine } from './engine.js';
import type { TrtSession } from './session.js';

/** The plan in the folder of an engine. */
export const PLAN_FILE = 'engine.plan';

/** @throws ProblemError `config` when the model has no options for TensorRT */
export const optionsOf = ({ spec }: ModelSource): TensorrtBuild =>
  spec.build.kind === 'tensorrt'
    ? spec.build.options
    : fail('config', `model ${spec.name} has no options for TensorRT`);

function hashOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch (error) {
    return fail('config', `${path} cannot be read: ${messageOf(error)}`);
  }
}

/** What changes nothing about an engine: where things lie, and how it is run. */
function engineParts(options: TensorrtBuild): unknown {
  const { plugins, calibration_cache, cuda_graph: _, time_limit_s: __, trtexec: ___, verify: ____, ...rest } = options;
  return {
    ...rest,
    plugins: plugins.map(hashOf),
    ...(calibration_cache === undefined ? {} : { calibration_cache: hashOf(calibration_cache) }),
  };
}

/** The key and target of the engine that a build would give here. @throws ProblemError `backend` */
export function identifyEngine(model: ModelSource, accelerator: string): EngineIdentity {
  const options = optionsOf(model);
  const target = targetOf(placeOf(accelerator));
  const binding = bindingOf(options);
  const key = sha256Text(
    canonicalJson({
      model: model.summary?.sha256,
      build: {
        backend: 'tensorrt',
        accelerator,
        precision: model.spec.precision,
        shapes: model.shapes,
        options: engineParts(options),
      },
      target: Object.fromEntries(binding.map((field) => [field, target[field]])),
    }),
  );
  return { key, target, binding };
}

/** How a session on an engine is to be opened. */
export interface SessionRequest {
  readonly name: string;
  /** Of the engine; tasks with equal keys share one. */
  readonly key: string;
  readonly plan: string;
  /** Absolute paths. */
  readonly plugins: readonly string[];
  readonly versionCompatible: boolean;
  readonly cudaGraph: 'auto' | 'on' | 'off';
  readonly completeVia: Completion;
  readonly priority: Priority;
  /** As the model declares them; without, as the engine does. */
  readonly inputs?: readonly TensorSpec[];
  readonly outputs?: readonly TensorSpec[];
}

/** The request that engine.json stands for. */
export function requestOf(engine: EngineManifest, folder: string, context: OpenContext | undefined): SessionRequest {
  const options = tensorrtEngine(engine.build) ?? fail('backend', `${engine.model.name} is no engine of TensorRT`);
  const spec = ({ format: _, ...rest }: EngineManifest['io']['inputs'][number]): TensorSpec => rest;
  return {
    name: engine.model.name,
    key: engine.key,
    plan: join(folder, PLAN_FILE),
    plugins: options.plugins.map((file) => join(folder, file)),
    versionCompatible: options.version_compatible,
    cudaGraph: options.cuda_graph,
    completeVia: context?.completeVia ?? 'spin',
    priority: context?.priority ?? 'normal',
    inputs: engine.io.inputs.map(spec),
    outputs: engine.io.outputs.map(spec),
  };
}

/** Loads the engine where it runs. */
export function loadPlan(request: SessionRequest, place: Place, shared?: OpenContext['shared']): Promise<TrtEngine> {
  loadCuda().use(place.device.index);
  return openEngine(
    {
      path: request.plan,
      name: request.name,
      plugins: request.plugins,
      hostCode: request.versionCompatible,
      ...(place.dlaCore === undefined ? {} : { dlaCore: place.dlaCore }),
    },
    request.key,
    place.device.index,
    shared,
  );
}

/** As the engine itself declares them; a size that is open has no name. */
export const sidesAsSpecs = (engine: TrtEngine, input: boolean): TensorSpec[] =>
  engine.sides
    .filter((s) => s.input === input)
    .map(({ name, dtype, shape }) => ({ name, dtype, shape: shape.map((d) => (d < 0 ? '' : d)) }));

/** @typeParam S a kind of session */
export async function openSession<S extends TrtSession>(
  request: SessionRequest,
  accelerator: string,
  shared: OpenContext['shared'] | undefined,
  kind: new (...parameters: ConstructorParameters<typeof TrtSession>) => S,
): Promise<S> {
  const place = placeOf(accelerator);
  const engine = await loadPlan(request, place, shared);
  try {
    return new kind(engine, loadCuda(), place.device, {
      inputs: request.inputs ?? sidesAsSpecs(engine, true),
      outputs: request.outputs ?? sidesAsSpecs(engine, false),
      cudaGraph: request.cudaGraph,
      completeVia: request.completeVia,
      priority: request.priority,
      provider: place.text,
    });
  } catch (error) {
    engine.close();
    throw error;
  }
}
