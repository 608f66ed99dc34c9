/** The engine of a synthetic model: its manifest alone. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../base/canonical-json.js';
import { fail } from '../../base/problem.js';
import type { SyntheticBuild } from '../../formats/backends/synthetic.js';
import { ENGINE_VERSION, type EngineManifest } from '../../formats/engine/engine.js';
import { DTYPES, type Dtype, type TensorSpec } from '../../formats/tensor/tensor.js';
import { sha256Text, writeAtomic } from '../../machine/files.js';
import { localTarget } from '../../machine/target.js';
import type { BuildOptions, EngineIdentity, ModelSource } from '../backend.js';

/** Of the form of its engines. */
export const VERSION = '2';

/** A model that says it runs on a GPU or DLA counts as one there: it sleeps, or burns a CPU, in its stead. */
const placeOf = (engine: string): string => (/^(gpu|dla)/.test(engine) ? engine : 'cpu');

function optionsOf(model: ModelSource): SyntheticBuild {
  return model.spec.build.kind === 'synthetic'
    ? model.spec.build.options
    : fail('config', `model ${model.spec.name} is not synthetic`);
}

/** The key of a synthetic engine: its options and inputs. */
export function identify(model: ModelSource): EngineIdentity {
  const build = { backend: 'synthetic', options: optionsOf(model), inputs: inputsOf(model) };
  return { key: sha256Text(canonicalJson({ build, version: VERSION })), target: localTarget({}), binding: [] };
}

/** Inputs as the file declares them; one scalar without any. Every input x has an output x_out of its type and shape. */
function inputsOf(model: ModelSource): TensorSpec[] {
  const declared = Object.entries(model.spec.inputs).map(([name, input]) => ({
    name,
    dtype: (DTYPES.find((d) => d === input.dtype) ?? 'float32') as Dtype,
    shape: [...(input.shape ?? [1])],
  }));
  return declared.length > 0 ? declared : [{ name: 'input', dtype: 'float32', shape: [1] }];
}

const outputOf = (input: TensorSpec): TensorSpec => ({ ...input, name: `${input.name}_out` });

/** Writes engine.json; there is nothing else. */
export async function build(model: ModelSource, { into }: Pick<BuildOptions, 'into'>): Promise<EngineManifest> {
  const { key, target, binding } = identify(model);
  const options = optionsOf(model);
  const inputs = inputsOf(model);
  const io = (spec: TensorSpec) => ({
    name: spec.name,
    dtype: spec.dtype,
    shape: [...(spec.shape ?? [])],
    format: 'linear',
  });
  const manifest: EngineManifest = {
    version: ENGINE_VERSION,
    schema: 'infersight/engine',
    key,
    model: { name: model.spec.name, sha256: '', bytes: 0, opset: {}, producer: 'synthetic' },
    target,
    binding: [...binding],
    build: {
      backend: 'synthetic',
      accelerator: placeOf(options.engine),
      precision: 'as_is',
      shapes: {},
      options: { ...options },
    },
    io: { inputs: inputs.map(io), outputs: inputs.map(outputOf).map(io) },
    files: [],
    build_s: 0,
    warnings: [],
  };
  await mkdir(into, { recursive: true });
  await writeAtomic(join(into, 'engine.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}
