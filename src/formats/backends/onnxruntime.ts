/** Card of ONNX Runtime. */

import { withoutColours } from '../../base/text.js';
import { z } from '../../base/zod.js';
import { count, word } from '../fields.js';
import { card, type LogLine } from './card.js';

/** How far ONNX Runtime rewrites a graph. */
export const GRAPH_LEVELS = ['disabled', 'basic', 'extended', 'all'] as const;
/** One of them. */
export type GraphLevel = (typeof GRAPH_LEVELS)[number];

const text = z.union([z.string(), z.number(), z.boolean()]);

const schema = z.strictObject({
  graph_optimization: word(GRAPH_LEVELS).optional(),
  provider: z
    .string()
    .min(1)
    .optional()
    .describe('Execution provider, such as cuda, tensorrt or webgpu; the accelerator decides otherwise'),
  provider_options: z
    .record(z.string(), text)
    .optional()
    .describe('Options of the execution provider, as ONNX Runtime names them'),
  session_config: z
    .record(z.string(), text)
    .optional()
    .describe('Session configuration entries, as ONNX Runtime names them'),
  free_dimensions: z
    .record(z.string(), count(1, 2 ** 31 - 1))
    .optional()
    .describe('Values of symbolic dimensions'),
  custom_ops: z
    .array(z.string().min(1))
    .optional()
    .describe('Libraries of operators of your own (RegisterCustomOps), relative to this file'),
  verify: z
    .boolean()
    .optional()
    .describe("Compare the engine's outputs with the model's own; by default where a setting may change them"),
});

/** `build:` of a model for ONNX Runtime. */
export interface OnnxruntimeBuild {
  /** Execution provider, where the accelerator leaves a choice. */
  readonly provider?: string;
  readonly graphOptimization: GraphLevel;
  readonly providerOptions: Readonly<Record<string, string>>;
  readonly sessionConfig: Readonly<Record<string, string>>;
  readonly freeDimensions: Readonly<Record<string, number>>;
  /** Libraries that register operators. */
  readonly customOps: readonly string[];
  /** Absent: where a setting may change the outputs. */
  readonly verify?: boolean;
}

const engineOptions = z.object({
  provider: z.string(),
  provider_options: z.record(z.string(), z.string()),
  graph_optimization: z.enum(GRAPH_LEVELS),
  /** Level at which the engine was saved; the rest is done when it is opened. */
  saved_at: z.enum(GRAPH_LEVELS),
  session_config: z.record(z.string(), z.string()),
  free_dimensions: z.record(z.string(), z.number()),
  /** Libraries of operators in the folder of the engine. */
  custom_ops: z.array(z.object({ path: z.string(), sha256: z.string() })).default([]),
});

/** What engine.json holds of an engine of ONNX Runtime. */
export type OnnxruntimeEngine = z.infer<typeof engineOptions>;

const texts = (entries: Record<string, unknown> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(entries ?? {}).map(([key, value]) => [key, String(value)]));

const LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \[([VIWEF]):([^,]*), ([^\]]*)\] ?(.*)$/;

function logLine(line: string): LogLine | undefined {
  const match = LINE.exec(withoutColours(line));
  if (!match) return undefined;
  const [, letter = 'I', , , said = ''] = match;
  const severity = letter === 'W' ? 'warning' : letter === 'E' || letter === 'F' ? 'error' : 'info';
  return { severity, text: said };
}

/** ONNX Runtime, called through its C interface. */
export const onnxruntime = card<OnnxruntimeBuild, OnnxruntimeEngine>({
  id: 'onnxruntime',
  title: 'ONNX Runtime',
  schema,
  engineOptions,
  needsFile: true,
  explorable: true,
  burnsCpu: true,
  real: true,
  versionColumn: 'onnxruntime',
  resolve(build) {
    const given = schema.parse(build);
    return {
      ...(given.provider === undefined ? {} : { provider: given.provider }),
      graphOptimization: given.graph_optimization ?? 'all',
      providerOptions: texts(given.provider_options),
      sessionConfig: texts(given.session_config),
      freeDimensions: given.free_dimensions ?? {},
      customOps: given.custom_ops ?? [],
      ...(given.verify === undefined ? {} : { verify: given.verify }),
    };
  },
  fixedDimensions: ({ freeDimensions }) => freeDimensions,
  gpuOrder: (provider) => (provider === 'webgpu' ? 'turns' : undefined),
  files: ({ customOps }) => customOps,
  withFiles: (spec, files) => ({ ...spec, customOps: files }),
  logLine,
});
