/** explore.json: what an engine is made of, where its time goes and what to change. */
import { z } from '../../base/zod.js';
import { readDocument } from '../document.js';
import { layerTableSchema } from './layer-table.js';

/** Of explore.json. */
export const ENGINE_REPORT_VERSION = 1;

const group = z.object({
  name: z.string(),
  count: z.number(),
  mean_ms: z.number(),
  share: z.number().describe('Of the sum over all layers, 0 to 1'),
  weights_bytes: z.number(),
  io_bytes: z.number(),
});

const measured = z.object({
  what: z.string().describe('GPU Compute Time, Latency ...'),
  source: z.enum(['times', 'log']),
  n: z.number().optional(),
  min: z.number().optional(),
  mean: z.number().optional(),
  median: z.number().optional(),
  p90: z.number().optional(),
  p95: z.number().optional(),
  p99: z.number().optional(),
  max: z.number().optional(),
  cv_percent: z.number().optional(),
});

const device = z.object({
  name: z.string().optional(),
  compute_capability: z.string().optional(),
  sms: z.number().optional(),
  memory_bytes_per_s: z.number().optional(),
  /** Dense operations per second by precision, two per multiply-accumulate. */
  ops_per_s: z.record(z.string(), z.number()),
});

const numbers = z.object({
  name: z.string(),
  precision: z.string().describe('Element type of the first input'),
  output_precision: z.string(),
  io_bytes: z.number(),
  footprint_bytes: z.number(),
  unknown_bytes: z.boolean().describe('The size of a tensor is not known, so the bytes are a lower bound'),
  macs_per_byte: z.number().optional(),
  ops_per_s: z.number().optional(),
  bytes_per_s: z.number().optional(),
  bound_ms: z.number().optional().describe('The least time that the peaks of the device allow'),
  bound_by: z.enum(['memory', 'compute']).optional(),
});

const finding = z.object({
  id: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string(),
  advice: z.string(),
  layers: z.array(z.string()),
  evidence: z.record(z.string(), z.union([z.string(), z.number()])),
});

const summary = z.object({
  layers: z.number(),
  constants: z.number(),
  time: z.object({
    layers_sum_ms: z
      .number()
      .optional()
      .describe('Sum of the means of the layers; profiling makes it larger than a run'),
    runs: z.number().optional(),
    measured: z.array(measured),
    sum_to_measured: z.number().optional(),
    throughput_qps: z.number().optional(),
  }),
  bytes: z.object({
    weights: z.number(),
    bias: z.number(),
    activations: z.number().describe('Read and written by all layers together: traffic, not memory in use'),
    footprint: z.number(),
    inputs: z.number(),
    outputs: z.number(),
    tensors_of_unknown_size: z.number(),
  }),
  macs: z.number().optional(),
  reformats: z.object({ count: z.number(), mean_ms: z.number(), share: z.number() }),
  by_type: z.array(group),
  by_subtype: z.array(group),
  by_precision: z.array(group),
  by_output_precision: z.array(group),
  by_device: z.array(group),
  by_tactic: z.array(group),
  asked_precisions: z.array(z.string()),
  memory_plan_bytes: z.record(z.string(), z.number()),
});

const edge = z.object({ from: z.number(), to: z.number(), tensor: z.string(), back: z.boolean() });

const parts = z.object({
  version: z.literal(ENGINE_REPORT_VERSION),
  schema: z.literal('infersight/engine-report'),
  name: z.string(),
  tool: z.object({ name: z.string(), version: z.string().optional() }),
  command: z.string().optional(),
  device: device.optional(),
  summary,
  findings: z.array(finding),
  layers: z.array(numbers),
  /** Positions in `table.layers`; -1 is an input or output of the engine. */
  graph: z.array(edge),
  /** ONNX node -> names of layers. */
  onnx_map: z.record(z.string(), z.array(z.string())),
  table: layerTableSchema,
  warnings: z.array(z.string()).describe('Of the builder and of trtexec'),
});

/** Lists that belong together are of one length, and positions lie in them. */
const schema = parts.superRefine(({ layers, table, graph }, context) => {
  const n = table.layers.length;
  if (layers.length !== n)
    context.addIssue({ code: 'custom', path: ['layers'], message: `has ${layers.length} entries for ${n} layers` });
  const inside = (at: number): boolean => Number.isInteger(at) && at >= -1 && at < n;
  const wrong = graph.findIndex(({ from, to }) => !inside(from) || !inside(to));
  if (wrong >= 0)
    context.addIssue({ code: 'custom', path: ['graph', wrong], message: `names a layer that is not among the ${n}` });
});

/** Everything that is known of an engine. */
export type EngineReport = z.infer<typeof schema>;
/** Its figures. */
export type EngineSummary = z.infer<typeof summary>;
/** The device and its peaks. */
export type EngineDevice = z.infer<typeof device>;
/** What a rule found. */
export type EngineFinding = z.infer<typeof finding>;
/** What follows from the facts of a layer. */
export type LayerNumbers = z.infer<typeof numbers>;
/** Layers of one type or precision together. */
export type LayerGroup = z.infer<typeof group>;
/** A time that was measured over whole runs. */
export type MeasuredTime = z.infer<typeof measured>;

/** @throws ProblemError when the text is no explore.json, or one of a newer version */
export const readEngineReport = (text: string, file: string): EngineReport =>
  readDocument(text, file, ENGINE_REPORT_VERSION, schema);
