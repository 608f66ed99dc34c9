/** Options under `build:` of a model, one schema per backend. */
import { z } from 'zod';
import { count, quantity, word } from './fields.js';
import { FAULTS } from './types.js';

export const ACCELERATOR = z
  .string()
  .regex(/^(auto|cpu|gpu|gpu:\d{1,2}|dla:\d)$/, { error: 'expected auto, cpu, gpu, gpu:1 or dla:0' });

const text = z.union([z.string(), z.number(), z.boolean()]);

export const onnxruntimeBuild = z.strictObject({
  graph_optimization: word(['disabled', 'basic', 'extended', 'all']).optional(),
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
});

const time = quantity('time');
const service = z.union(
  [
    time,
    z.array(time).min(1),
    z.strictObject({ uniform: z.tuple([time, time]) }),
    z.strictObject({ normal: z.strictObject({ mean: time, sigma: time }) }),
    z.strictObject({ exponential: time }),
  ],
  {
    error: () =>
      'expected a service time: "8 ms", ["8 ms", "25 ms"], { uniform: ["1 ms", "2 ms"] }, { normal: { mean: "8 ms", sigma: "1 ms" } } or { exponential: "8 ms" }',
  },
);

export const syntheticBuild = z.strictObject({
  service: service.describe(
    'Service time of the jobs: constant, list (by job number, round and round), or distribution',
  ),
  work: word(['busy', 'sleep']).optional().describe('Burn a CPU for the service time, or sleep'),
  engine: z.string().min(1).optional().describe('Name of the engine that is shared; defaults to the accelerator'),
  contention: z.number().min(0).max(100).optional().describe('Slow-down for every other job on the same engine'),
  fault: z.strictObject({ kind: word(FAULTS), at: count(0, 1_000_000_000).optional() }).optional(),
});
