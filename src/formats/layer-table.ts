/** layers.json: what each layer of an engine took, one form for every vendor's output. */
import { z } from 'zod';

export const LAYERS_VERSION = 1;

const layer = z.object({
  name: z.string(),
  operator: z.string(),
  provider: z.string(),
  /** Time of one run of the engine spent in this layer. */
  mean_us: z.number(),
  median_us: z.number(),
  share: z.number().describe('Part of the sum of all layers'),
  calls: z.number().describe('Calls per run'),
  output_bytes: z.number().optional(),
  parameter_bytes: z.number().optional(),
});

const schema = z.object({
  version: z.literal(LAYERS_VERSION),
  source: z.string(),
  runs: z.number(),
  layers: z.array(layer),
});

export type LayerTable = z.infer<typeof schema>;
export type Layer = z.infer<typeof layer>;
