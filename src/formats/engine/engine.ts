/** engine.json: everything needed to know whether an engine may be used here. */
import { z } from '../../base/zod.js';
import { engineBuildSchema } from '../backends/index.js';
import { readDocument } from '../document.js';
import { DTYPES } from '../tensor/tensor.js';

/** Of engine.json. */
export const ENGINE_VERSION = 1;

const io = z.object({
  name: z.string(),
  dtype: z.enum(DTYPES),
  shape: z.array(z.union([z.number(), z.string()])).optional(),
  format: z.string(),
});

/** Besides these, a column per library that the engine depends on, with its version. */
const target = z
  .object({
    device_model: z.string().optional(),
    soc: z.string().optional(),
    cpu: z.string().optional(),
    compute_capability: z.string().optional(),
    dla_cores: z.number().optional(),
    driver: z.string().optional(),
    os: z.string(),
    arch: z.string(),
  })
  .catchall(z.union([z.string(), z.number()]).optional());

const verification = z.object({
  /** What the outputs were compared with. */
  against: z.string(),
  /** Largest relative difference that rounding explains. */
  tolerance: z.number(),
  within: z.boolean(),
  outputs: z.array(
    z.object({
      name: z.string(),
      max_abs: z.number().optional(),
      /** Of the largest value of the output. */
      relative: z.number().optional(),
      note: z.string().optional(),
    }),
  ),
});

const trial = z.object({
  runs: z.number(),
  /** Median time on the device, ms, without a CUDA graph. */
  gpu_ms: z.number(),
  /** Median time that the host took to put a run on its stream, ms, copies included. */
  enqueue_ms: z.number(),
  /** The same with a CUDA graph, where one could be made. */
  graph_gpu_ms: z.number().optional(),
  graph_enqueue_ms: z.number().optional(),
});

const deviceMemory = z.object({
  /** Of one context: what lies between layers. */
  context_bytes: z.number(),
  /** What the device had less once the engine was loaded, weights and all; tasks that run the same engine share it. */
  engine_bytes: z.number(),
  /** Inputs and outputs of one task. */
  io_bytes: z.number(),
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
  build: engineBuildSchema,
  io: z.object({ inputs: z.array(io), outputs: z.array(io) }),
  files: z.array(z.object({ path: z.string(), sha256: z.string(), bytes: z.number() })),
  build_s: z.number(),
  peak_memory_bytes: z.number().optional(),
  /** Of the accelerator. */
  device_memory: deviceMemory.optional(),
  /** What a few runs one after the other took when it was built. */
  trial: trial.optional(),
  /** How far its outputs are from those of the model, where that was looked at. */
  verification: verification.optional(),
  warnings: z.array(z.string()),
});

/** What an engine is and where it may be used. */
export type EngineManifest = z.infer<typeof schema>;
/** How far the outputs of an engine are from those of its model. */
export type EngineVerification = z.infer<typeof verification>;
/** What a few runs of a new engine took. */
export type EngineTrial = z.infer<typeof trial>;
/** The machine that an engine was built for. */
export type EngineTarget = z.infer<typeof target>;

/** @throws ProblemError `file` or `version` */
export const readEngineManifest = (text: string, file: string): EngineManifest =>
  readDocument(text, file, ENGINE_VERSION, schema);
