/** model.json: what an ONNX file is, as far as it can be known without running it. */
import { z } from '../../base/zod.js';
import { readDocument } from '../document.js';
import { DTYPES } from '../tensor/tensor.js';

/** Of model.json. */
export const MODEL_VERSION = 1;

const tensor = z.object({
  name: z.string(),
  dtype: z.enum(DTYPES),
  shape: z.array(z.union([z.number(), z.string()])).optional(),
});

const nodeCost = z.object({
  name: z.string(),
  operator: z.string(),
  macs: z.number().describe('Multiply-accumulates of one run'),
});

const schema = z.object({
  version: z.literal(MODEL_VERSION),
  name: z.string(),
  file: z.string(),
  bytes: z.number().describe('Model file and external data together'),
  sha256: z.string(),
  ir_version: z.number(),
  opsets: z.record(z.string(), z.number()),
  producer: z.string(),
  graph: z.string(),
  inputs: z.array(tensor),
  outputs: z.array(tensor),
  symbols: z.array(z.string()).describe('Names of symbolic dimensions of the inputs'),
  nodes: z.number().describe('Nodes of the main graph'),
  nodes_all: z.number().describe('With those inside If, Loop and Scan bodies and local functions'),
  operators: z
    .record(z.string(), z.number())
    .describe('How many nodes of each operator, bodies and functions included'),
  parameters: z.number(),
  parameter_bytes: z.number(),
  external_data: z.array(z.object({ path: z.string(), bytes: z.number() })),
  macs: z.object({
    total: z.number(),
    /** Nodes with a cost rule whose shapes could not be known. */
    unknown_nodes: z.number(),
    heaviest: z.array(nodeCost),
  }),
  notes: z.array(z.string()),
});

/** What an ONNX file is. */
export type ModelSummary = z.infer<typeof schema>;

/** @throws ProblemError `file` or `version` */
export const readModelSummary = (text: string, file: string): ModelSummary =>
  readDocument(text, file, MODEL_VERSION, schema);
