/** service_times.json: how long the jobs of each task ran in a run, and beside whom: what a simulation needs of it. */
import { z } from '../../base/zod.js';
import { readDocument } from '../document.js';

/** Of service_times.json. */
export const SERVICE_TIMES_VERSION = 1;
/** Service times that are kept of one task, in their order, as their order keeps bursts together. */
export const MOST_IN_SEQUENCE = 20_000;

const entry = z.object({
  model: z.string(),
  accelerator: z.string(),
  backend: z.string(),
  task: z.string(),
  scenario: z.string(),
  /** Tasks that ran beside it; none for a task alone. */
  beside: z.array(z.string()),
  /** Recorded alone on purpose, to measure interference. */
  solo: z.boolean(),
  jobs: z.number(),
  mean_ns: z.number(),
  /** Quantiles 0, 1, .. 100 %, ns. */
  quantiles_ns: z.array(z.number()),
  /** The first jobs, ns, in the order in which they ran. */
  sequence_ns: z.array(z.number()),
});

const schema = z.object({
  version: z.literal(SERVICE_TIMES_VERSION),
  run: z.string(),
  pipeline: z.string(),
  device: z.string(),
  entries: z.array(entry),
});

/** Model x accelerator -> distribution, and with whom it ran. */
export type ServiceTimes = z.infer<typeof schema>;

/** @throws ProblemError `file` or `version` */
export const readServiceTimes = (text: string, file: string): ServiceTimes =>
  readDocument(text, file, SERVICE_TIMES_VERSION, schema);
