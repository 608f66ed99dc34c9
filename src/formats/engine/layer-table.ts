/** layers.json: the layers of an engine, what they read and write and what they took, one form for every vendor. */
import { z } from '../../base/zod.js';
import { FIRST_SOURCE, LAYER_SOURCE_IDS } from '../backends/layer-sources.js';
import { readDocument } from '../document.js';

/** Of layers.json. */
export const LAYERS_VERSION = 2;

const tensor = z.object({
  name: z.string(),
  dtype: z
    .string()
    .describe('FP32, FP16, BF16, FP8, FP4, INT8, INT4, INT32, BOOL ...; "?" when the file does not tell'),
  layout: z.string().optional().describe('NCHW, NHWC8, NC/32HW32 ...'),
  format: z.string().optional().describe('The format in the words of the file'),
  shape: z.array(z.number()).optional().describe('-1 is a size that is open'),
  location: z.enum(['device', 'host']).optional(),
  bytes: z.number().optional().describe('Absent when a size or the type is not known'),
});

const constants = z.object({ dtype: z.string(), count: z.number(), bytes: z.number().optional() });

const time = z.object({
  mean_ms: z.number().describe('Of one run of the engine'),
  median_ms: z.number().optional(),
  total_ms: z.number().optional().describe('Over all runs of the profile'),
  share: z.number().describe('Part of the sum of all layers, 0 to 1'),
  calls: z.number().optional().describe('Calls per run'),
});

const layer = z.object({
  name: z.string().describe('Unique in the table'),
  type: z.string().describe('Convolution, Pooling, Reformat, Conv ...'),
  subtype: z.string().describe('The implementation: CaskConvolution, an execution provider ...'),
  device: z.enum(['gpu', 'dla', 'cpu', 'unknown']),
  inputs: z.array(tensor),
  outputs: z.array(tensor),
  tactic: z.string().optional(),
  onnx: z.array(z.string()).describe('Names of the ONNX nodes inside it, as far as they are told'),
  weights: constants.optional(),
  bias: constants.optional(),
  macs: z.number().optional().describe('Multiply-accumulates of one run'),
  /** Enclosing layer: a node of an ONNX model that lies in the body of If, Loop or Scan. */
  inside: z.string().optional(),
  time: time.optional(),
  attributes: z.record(z.string(), z.unknown()).describe('Everything else that the file tells'),
});

const schema = z.object({
  version: z.literal(LAYERS_VERSION),
  source: z.enum(LAYER_SOURCE_IDS),
  /** `names`: an engine that was built without detailed profiling verbosity. */
  detail: z.enum(['full', 'names', 'times']),
  runs: z.number().optional().describe('Runs behind the times'),
  inputs: z.array(tensor),
  outputs: z.array(tensor),
  layers: z.array(layer),
  constants: z.array(layer).describe('Layers that hold a constant; they take no time'),
  notes: z.array(z.string()).describe('What was odd in the files and what was made of it'),
});

/** A tensor that layers hand on. */
export type LayerTensor = z.infer<typeof tensor>;
/** Weights of a layer. */
export type LayerConstants = z.infer<typeof constants>;
/** One kernel, or one node. */
export type Layer = z.infer<typeof layer>;
/** All layers of an engine in the order in which they run. */
export type LayerTable = z.infer<typeof schema>;
/** Its form. */
export const layerTableSchema = schema;

interface LayerV1 {
  readonly name: string;
  readonly operator: string;
  readonly provider: string;
  readonly mean_us: number;
  readonly median_us: number;
  readonly share: number;
  readonly calls: number;
}

interface TableV1 {
  readonly runs?: number;
  readonly layers?: readonly LayerV1[];
}

/** Version 1 knew the times of one source only. */
function upgrade(data: TableV1): LayerTable {
  return {
    version: LAYERS_VERSION,
    source: FIRST_SOURCE,
    detail: 'times',
    ...(data.runs === undefined ? {} : { runs: data.runs }),
    inputs: [],
    outputs: [],
    layers: (data.layers ?? []).map((l) => ({
      name: l.name,
      type: l.operator,
      subtype: l.provider,
      device: 'unknown',
      inputs: [],
      outputs: [],
      onnx: [l.name],
      time: { mean_ms: l.mean_us / 1000, median_ms: l.median_us / 1000, share: l.share, calls: l.calls },
      attributes: {},
    })),
    constants: [],
    notes: [],
  };
}

/** @throws ProblemError when the text is no layers.json, or one of a newer version */
export const readLayerTable = (text: string, file: string): LayerTable =>
  readDocument(text, file, LAYERS_VERSION, schema, { 1: (data) => upgrade(data as TableV1) });
