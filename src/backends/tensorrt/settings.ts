/** What a build asks for -> what the builder of this version is told, or why it cannot be. */
import { fail, type Problem, ProblemError } from '../../base/problem.js';
import type { TensorrtBuild } from '../../formats/backends/tensorrt.js';
import type { Precision } from '../../formats/pipeline/types.js';
import { type Callback, makeCalibrator } from './callbacks.js';
import { dataTypeOf, FORMATS } from './element-types.js';
import type { TrtLibrary } from './library.js';
import { readBytes } from './network.js';
import { TrtObject } from './objects.js';
import { setProfiles } from './optimization-profiles.js';
import { isBefore, type Version, versionText } from './tables/index.js';

/** Numbers of `BuilderFlag`, which differ between major versions. */
const FLAGS: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  8: {
    fp16: 0,
    int8: 1,
    gpu_fallback: 3,
    refit: 5,
    tf32: 7,
    sparse_weights: 8,
    obey_precision: 10,
    version_compatible: 15,
    fp8: 17,
  },
  10: {
    fp16: 0,
    int8: 1,
    gpu_fallback: 3,
    refit: 4,
    tf32: 6,
    sparse_weights: 7,
    obey_precision: 9,
    version_compatible: 13,
    fp8: 15,
    bf16: 17,
    strip_weights: 19,
    weight_streaming: 21,
  },
  11: {
    gpu_fallback: 3,
    refit: 4,
    tf32: 6,
    sparse_weights: 7,
    version_compatible: 12,
    strip_weights: 18,
    weight_streaming: 20,
  },
};

const POOL = { workspace: 0, dlaSram: 1 } as const;
const VERBOSITY_DETAILED = 2;
const DEVICE = { gpu: 0, dla: 1 } as const;
const HARDWARE: Readonly<Record<TensorrtBuild['hardware_compatibility'], number>> = {
  none: 0,
  'ampere+': 1,
  same_compute_capability: 2,
};
/** Types of layers, as numbers of `DataType`. */
const LAYER_TYPES = { fp32: 0, fp16: 1, int8: 2, fp8: 6, bf16: 7 } as const;

/** What one build is made of. */
export interface BuildPlan {
  readonly options: TensorrtBuild;
  readonly precision: Precision;
  /** Of inputs with open dimensions, where no profile is given. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly dlaCore?: number;
}

/** Flags that a precision stands for. */
export function precisionFlags(precision: Precision): {
  readonly set: readonly string[];
  readonly clear: readonly string[];
} {
  switch (precision) {
    case 'as_is':
      return { set: [], clear: [] };
    case 'fp32':
      return { set: [], clear: ['tf32'] };
    case 'tf32':
      return { set: ['tf32'], clear: [] };
    case 'best':
      return { set: ['fp16', 'int8'], clear: [] };
    default:
      return { set: [precision], clear: [] };
  }
}

/** Everything that this version cannot be asked for, all at once. */
export function unsupported(version: Version, { options, precision, dlaCore }: BuildPlan): Problem[] {
  const here = `TensorRT ${versionText(version)}`;
  const problem = (message: string, hint: string): Problem => ({ code: 'build', message, hint });
  const known = FLAGS[version.major] ?? {};
  const problems: Problem[] = [];
  const typed = version.major >= 11;
  if (typed && !['as_is', 'fp32', 'tf32'].includes(precision))
    problems.push(
      problem(
        `precision: ${precision} cannot be asked of ${here}: it takes the types of the model itself`,
        'convert the model (ModelOpt AutoCast for FP16 and BF16, Q/DQ nodes for INT8 and FP8) and use precision: as_is',
      ),
    );
  else
    for (const flag of precisionFlags(precision).set)
      if (known[flag] === undefined)
        problems.push(
          problem(`${here} has no precision ${flag}`, 'bf16 needs TensorRT 9.1 or newer, fp8 8.6 or newer'),
        );
  if (typed && Object.keys(options.layers).length > 0)
    problems.push(
      problem(`build.layers cannot be asked of ${here}: layers have the types of the model`, 'change the model'),
    );
  if (typed && options.calibration_cache !== undefined)
    problems.push(problem(`${here} has no calibration`, 'quantise the model with ModelOpt: Q/DQ nodes stand in it'));
  if (options.version_compatible && isBefore(version, '8.6.0'))
    problems.push(problem(`version_compatible needs TensorRT 8.6, this is ${here}`, 'leave it out'));
  if (options.hardware_compatibility === 'same_compute_capability' && isBefore(version, '10.9'))
    problems.push(
      problem(`hardware_compatibility: same_compute_capability needs TensorRT 10.9, this is ${here}`, 'use ampere+'),
    );
  if ((options.strip_weights || options.weight_streaming) && version.major < 10)
    problems.push(problem(`strip_weights and weight_streaming need TensorRT 10, this is ${here}`, 'leave them out'));
  if (dlaCore !== undefined && ['fp32', 'tf32', 'bf16', 'fp8'].includes(precision))
    problems.push(problem(`a DLA computes in fp16 and int8, not in ${precision}`, 'precision: fp16'));
  return problems;
}

/** Whether the network's types are to be those of the model. */
export const wantsTypes = ({ precision, options, dlaCore }: BuildPlan): boolean =>
  dlaCore === undefined &&
  Object.keys(options.layers).length === 0 &&
  Object.keys(options.io_formats).length === 0 &&
  (precision === 'as_is' || options.weight_streaming);

/** The builder's configuration for this build. @throws ProblemError naming layers and tensors that are not there */
export function configure(
  library: TrtLibrary,
  builder: TrtObject,
  network: TrtObject,
  stronglyTyped: boolean,
  plan: BuildPlan,
): { readonly config: TrtObject; readonly keep: readonly Callback[] } {
  const config = builder.make('VBuilderConfig', 'createBuilderConfig');
  const { options, precision, dlaCore } = plan;
  const known = FLAGS[library.version.major] ?? {};
  const flag = (name: string, on = true): void => {
    const number = known[name];
    if (number !== undefined) config.call(on ? 'setFlag' : 'clearFlag', number);
  };
  config.call('setProfilingVerbosity', VERBOSITY_DETAILED);
  if (config.has('setBuilderOptimizationLevel')) config.call('setBuilderOptimizationLevel', options.optimization_level);
  if (options.workspace_bytes !== undefined) config.call('setMemoryPoolLimit', POOL.workspace, options.workspace_bytes);
  const { set, clear } = precisionFlags(precision);
  for (const name of stronglyTyped ? set.filter((f) => f === 'tf32') : set) flag(name);
  for (const name of clear) flag(name, false);
  if (precision === 'as_is' && !stronglyTyped && usesHalf(network)) flag('fp16');
  if (options.sparsity !== 'disable') flag('sparse_weights');
  if (options.refit) flag('refit');
  if (options.strip_weights) flag('strip_weights');
  if (options.weight_streaming) flag('weight_streaming');
  if (options.version_compatible) flag('version_compatible');
  if (options.hardware_compatibility !== 'none' && config.has('setHardwareCompatibilityLevel'))
    config.call('setHardwareCompatibilityLevel', HARDWARE[options.hardware_compatibility]);
  if (dlaCore !== undefined) {
    config.call('setDefaultDeviceType', DEVICE.dla);
    config.call('setDLACore', dlaCore);
    if (options.dla.fallback) flag('gpu_fallback');
    if (options.dla.sram_bytes !== undefined) config.call('setMemoryPoolLimit', POOL.dlaSram, options.dla.sram_bytes);
    if (!set.includes('int8')) flag('fp16');
  }
  if (Object.keys(options.layers).length > 0) {
    setLayers(library, network, config, options.layers);
    flag('obey_precision');
  }
  setFormats(library, network, options.io_formats);
  setProfiles(library, builder, network, config, { profiles: options.profiles, shapes: plan.shapes });
  const keep: Callback[] = [];
  if (options.calibration_cache !== undefined) {
    const calibrator = makeCalibrator(library, readBytes(options.calibration_cache, 'calibration_cache'));
    config.call('setInt8Calibrator', calibrator.pointer);
    keep.push(calibrator);
  }
  return { config, keep };
}

/** A model that is given in FP16 is to run in it, where types are the builder's choice. */
const usesHalf = (network: TrtObject): boolean =>
  ['Input', 'Output'].some((side) =>
    Array.from({ length: network.call(`getNb${side}s`) as number }, (_, i) => i).some(
      (i) => network.make('VTensor', `get${side}`, i).call('getType') === LAYER_TYPES.fp16,
    ),
  );

function setLayers(library: TrtLibrary, network: TrtObject, config: TrtObject, wanted: TensorrtBuild['layers']): void {
  const rules = Object.entries(wanted).map(([pattern, what]) => ({
    pattern,
    what,
    matches: matcher(pattern),
    used: 0,
  }));
  const count = network.call('getNbLayers') as number;
  for (let i = 0; i < count; i++) {
    const pointer = network.call('getLayer', i) as bigint;
    const layer = new TrtObject(library, 'VLayer', pointer);
    const name = layer.call('getName') as string;
    for (const rule of rules.filter((r) => r.matches.test(name))) {
      rule.used++;
      const { precision, device } = rule.what;
      if (device) config.call('setDeviceType', pointer, DEVICE[device]);
      if (!precision) continue;
      const type = LAYER_TYPES[precision];
      layer.call('setPrecision', type);
      const outputs = layer.call('getNbOutputs') as number;
      for (let o = 0; o < outputs; o++)
        if (isFloat(layer.make('VTensor', 'getOutput', o))) layer.call('setOutputType', o, type);
    }
  }
  const unused = rules.filter((r) => r.used === 0);
  if (unused.length > 0)
    throw new ProblemError(
      unused.map(
        ({ pattern }): Problem => ({
          code: 'build',
          message: `build.layers: no layer of the network is named "${pattern}"`,
          hint: 'patterns are regular expressions of whole names; infersight inspect and explore tell the names',
        }),
      ),
    );
}

const isFloat = (tensor: TrtObject): boolean => {
  const type = tensor.call('getType') as number;
  return type === LAYER_TYPES.fp32 || type === LAYER_TYPES.fp16 || type === LAYER_TYPES.bf16;
};

function matcher(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return fail('build', `build.layers: "${pattern}" is no regular expression`, 'such as "Conv_.*"');
  }
}

/** @throws ProblemError for a tensor that is no input or output, or a format that is not known */
function setFormats(library: TrtLibrary, network: TrtObject, wanted: Readonly<Record<string, string>>): void {
  const tensors = new Map(
    ['Input', 'Output'].flatMap((side) =>
      Array.from({ length: network.call(`getNb${side}s`) as number }, (_, i) =>
        network.make('VTensor', `get${side}`, i),
      ).map((t) => [t.call('getName') as string, t] as const),
    ),
  );
  for (const [name, text] of Object.entries(wanted)) {
    const tensor =
      tensors.get(name) ??
      fail(
        'build',
        `build.io_formats: the model has no input or output "${name}"`,
        `it has ${[...tensors.keys()].join(', ')}`,
      );
    const [format = '', type] = text.split(':').toReversed();
    const place = (FORMATS as readonly string[]).indexOf(format);
    if (place < 0) fail('build', `build.io_formats: "${format}" is no format`, `known are ${FORMATS.join(', ')}`);
    const number = type === undefined ? undefined : typeNumber(type);
    if (number !== undefined && library.version.major < 11) tensor.call('setType', number);
    tensor.call('setAllowedFormats', 1 << place);
  }
}

const TYPE_NAMES: Readonly<Record<string, Parameters<typeof dataTypeOf>[0]>> = {
  fp32: 'float32',
  fp16: 'float16',
  bf16: 'bfloat16',
  int8: 'int8',
  int32: 'int32',
  int64: 'int64',
  fp8: 'float8e4m3fn',
  uint8: 'uint8',
  bool: 'bool',
};

function typeNumber(name: string): number {
  const dtype = TYPE_NAMES[name];
  const number = dtype && dataTypeOf(dtype);
  return (
    number ?? fail('build', `build.io_formats: "${name}" is no type`, `known are ${Object.keys(TYPE_NAMES).join(', ')}`)
  );
}
