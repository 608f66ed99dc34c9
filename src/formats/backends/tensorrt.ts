/** Card of TensorRT. */

import { exactQuantity } from '../../base/quantity.js';
import { toNumber } from '../../base/rational.js';
import { z } from '../../base/zod.js';
import { count, quantity, word } from '../fields.js';
import { card, type LogLine } from './card.js';

/** How the builder is reached. */
export const WAYS = ['library', 'trtexec'] as const;
/** What the builder may be asked to compute in. */
export const TENSORRT_PRECISIONS = ['fp32', 'tf32', 'fp16', 'bf16', 'int8', 'fp8', 'best', 'as_is'] as const;
const LAYER_PRECISIONS = ['fp32', 'fp16', 'bf16', 'int8', 'fp8'] as const;
/** Which GPUs an engine is to run on besides the one it is built on. */
export const HARDWARE_LEVELS = ['none', 'ampere+', 'same_compute_capability'] as const;
const GRAPHS = ['auto', 'on', 'off'] as const;
/** Of TensorRT, where nothing is said. */
const DEFAULT_LEVEL = 3;
const HOUR_S = 3600;

const shape = z.array(count(0, 2 ** 31 - 1)).max(8);
const range = z.strictObject({ min: shape, opt: shape, max: shape });
const profile = z.record(z.string(), range);
const layer = z.strictObject({
  precision: word(LAYER_PRECISIONS).optional(),
  device: word(['gpu', 'dla']).optional(),
});
const memory = quantity('memory', { positive: true });

const schema = z.strictObject({
  via: word(WAYS).optional().describe('Build through the library, or by calling trtexec'),
  trtexec: z
    .string()
    .min(1)
    .optional()
    .describe('Path of trtexec, where it is not on PATH or in /usr/src/tensorrt/bin'),
  precision: word(TENSORRT_PRECISIONS).optional().describe('The same as precision: of the model'),
  shapes: z
    .union([profile, z.array(profile).min(1)])
    .optional()
    .describe('Smallest, best and largest shape of inputs with open dimensions; a list makes several profiles'),
  optimization_level: count(0, 5).optional().describe('0 builds fastest, 5 searches longest; 3 by default'),
  workspace: memory.optional().describe('Memory that tactics may use at most'),
  dla: z
    .strictObject({ fallback: z.boolean().optional(), sram: memory.optional() })
    .optional()
    .describe('For accelerator: dla:N; fallback lets what a DLA cannot do run on the GPU, true by default'),
  layers: z
    .record(z.string(), layer)
    .optional()
    .describe(
      'Precision and device of the layers whose name matches (regular expression of the whole name); TensorRT 8 to 10',
    ),
  sparsity: word(['disable', 'enable', 'force']).optional(),
  plugins: z.array(z.string().min(1)).optional().describe('Libraries of operators of your own, relative to this file'),
  io_formats: z
    .record(
      z.string(),
      z
        .string()
        .regex(/^(\w+:)?\w+$/, { error: 'expected a format such as chw16, or type and format such as fp16:chw16' }),
    )
    .optional()
    .describe('Types and formats of inputs and outputs, such as fp16:chw16'),
  calibration_cache: z.string().min(1).optional().describe('Cache of an INT8 calibration, relative to this file'),
  timing_cache: z.boolean().optional().describe('Keep what was timed in a build for the next; true by default'),
  cuda_graph: word(GRAPHS).optional().describe('Run the engine as one launch; auto where it can be'),
  hardware_compatibility: word(HARDWARE_LEVELS).optional(),
  version_compatible: z.boolean().optional().describe('The engine runs on later versions of TensorRT too'),
  strip_weights: z.boolean().optional(),
  refit: z.boolean().optional(),
  weight_streaming: z.boolean().optional(),
  time_limit: quantity('time', { positive: true })
    .optional()
    .describe('A build that takes longer is ended; 1 h by default'),
  verify: z
    .boolean()
    .optional()
    .describe("Compare the engine's outputs with the model's own on the CPU (needs ONNX Runtime); true by default"),
});

const engineRange = z.object({ min: z.array(z.number()), opt: z.array(z.number()), max: z.array(z.number()) });
const engineOptions = z.object({
  via: z.enum(WAYS),
  trtexec: z.string().optional(),
  /** By profile, then by input. */
  profiles: z.array(z.record(z.string(), engineRange)),
  optimization_level: z.number(),
  workspace_bytes: z.number().optional(),
  dla: z.object({ fallback: z.boolean(), sram_bytes: z.number().optional() }),
  layers: z.record(
    z.string(),
    z.object({ precision: z.enum(LAYER_PRECISIONS).optional(), device: z.enum(['gpu', 'dla']).optional() }),
  ),
  sparsity: z.enum(['disable', 'enable', 'force']),
  plugins: z.array(z.string()),
  io_formats: z.record(z.string(), z.string()),
  calibration_cache: z.string().optional(),
  timing_cache: z.boolean(),
  cuda_graph: z.enum(GRAPHS),
  hardware_compatibility: z.enum(HARDWARE_LEVELS),
  version_compatible: z.boolean(),
  strip_weights: z.boolean(),
  refit: z.boolean(),
  weight_streaming: z.boolean(),
  time_limit_s: z.number(),
  verify: z.boolean(),
});

/** `build:` of a model for TensorRT; engine.json holds the same, with plugins by their names in its folder. */
export type TensorrtBuild = z.infer<typeof engineOptions>;

const optionalBytes = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Math.round(toNumber(exactQuantity(text)));
const maybe = <K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, V>);

/** `[W] [TRT] text`, with or without a date before it. */
const LINE = /^(?:\[\d\d\/\d\d\/\d{4}-\d\d:\d\d:\d\d\] )?\[([IWEVF])\] \[TRT\] ?(.*)$/;

function logLine(line: string): LogLine | undefined {
  const [, letter, text = ''] = LINE.exec(line) ?? [];
  if (letter === undefined) return undefined;
  return { severity: letter === 'W' ? 'warning' : letter === 'E' || letter === 'F' ? 'error' : 'info', text };
}

/** TensorRT, called through its library or built by trtexec. */
export const tensorrt = card<TensorrtBuild, TensorrtBuild>({
  id: 'tensorrt',
  title: 'TensorRT',
  schema,
  engineOptions,
  needsFile: true,
  explorable: true,
  burnsCpu: false,
  real: true,
  versionColumn: 'tensorrt',
  resolve(build) {
    const given = schema.parse(build);
    const { shapes } = given;
    return {
      via: given.via ?? 'library',
      ...maybe('trtexec', given.trtexec),
      profiles: shapes === undefined ? [] : Array.isArray(shapes) ? shapes : [shapes],
      optimization_level: given.optimization_level ?? DEFAULT_LEVEL,
      ...maybe('workspace_bytes', optionalBytes(given.workspace)),
      dla: {
        fallback: given.dla?.fallback ?? true,
        ...maybe('sram_bytes', optionalBytes(given.dla?.sram)),
      },
      layers: given.layers ?? {},
      sparsity: given.sparsity ?? 'disable',
      plugins: given.plugins ?? [],
      io_formats: given.io_formats ?? {},
      ...maybe('calibration_cache', given.calibration_cache),
      timing_cache: given.timing_cache ?? true,
      cuda_graph: given.cuda_graph ?? 'auto',
      hardware_compatibility: given.hardware_compatibility ?? 'none',
      version_compatible: given.version_compatible ?? false,
      strip_weights: given.strip_weights ?? false,
      refit: given.refit ?? false,
      weight_streaming: given.weight_streaming ?? false,
      time_limit_s: given.time_limit === undefined ? HOUR_S : toNumber(exactQuantity(given.time_limit)) / 1e9,
      verify: given.verify ?? true,
    };
  },
  gpuOrder: (provider) => (provider.startsWith('gpu') ? 'priority' : undefined),
  files: ({ plugins, calibration_cache }) => [
    ...plugins,
    ...(calibration_cache === undefined ? [] : [calibration_cache]),
  ],
  withFiles: (spec, files) => ({
    ...spec,
    plugins: files.slice(0, spec.plugins.length),
    ...(spec.calibration_cache === undefined ? {} : maybe('calibration_cache', files[spec.plugins.length])),
  }),
  logLine,
});
