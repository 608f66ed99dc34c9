/** engine.json: everything needed to know whether an engine may be used here. */
import { z } from 'zod';
import { readDocument } from '../document.js';
import { DTYPES } from '../tensor/tensor.js';

export const ENGINE_VERSION = 1;

const io = z.object({
  name: z.string(),
  dtype: z.enum(DTYPES),
  shape: z.array(z.union([z.number(), z.string()])).optional(),
  format: z.string(),
});

const target = z.object({
  device_model: z.string().optional(),
  soc: z.string().optional(),
  cpu: z.string().optional(),
  compute_capability: z.string().optional(),
  dla_cores: z.number().optional(),
  driver: z.string().optional(),
  cuda: z.string().optional(),
  tensorrt: z.string().optional(),
  onnxruntime: z.string().optional(),
  os: z.string(),
  arch: z.string(),
});

const schema = z.object({
  version: z.literal(ENGINE_VERSION),
  schema: z.literal('infersight/engine'),
  key: z.string().describe('SHA-256 of the canonical JSON of model, build and the binding part of target'),
  model: z.object({
    name: z.string(),
    sha256: z.string(),
    bytes: z.number(),
    opset: z.record(z.string(), z.number()),
    producer: z.string(),
  }),
  target,
  /** Names of the fields of target that must be equal where the engine is opened. */
  binding: z.array(z.string()),
  build: z.object({
    backend: z.string(),
    accelerator: z.string(),
    precision: z.string(),
    shapes: z.record(z.string(), z.array(z.number())),
    options: z.record(z.string(), z.unknown()),
    flags: z.array(z.string()),
    strongly_typed: z.boolean(),
    plugins: z.array(z.string()),
    timing_cache: z.string().optional(),
  }),
  io: z.object({ inputs: z.array(io), outputs: z.array(io) }),
  files: z.array(z.object({ path: z.string(), sha256: z.string(), bytes: z.number() })),
  build_s: z.number(),
  peak_memory_bytes: z.number().optional(),
  warnings: z.array(z.string()),
});

export type EngineManifest = z.infer<typeof schema>;
export type EngineTarget = z.infer<typeof target>;

export const readEngineManifest = (text: string, file: string): EngineManifest =>
  readDocument(text, file, ENGINE_VERSION, schema);
