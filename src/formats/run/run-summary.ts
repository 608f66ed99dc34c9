/** summary.json: the few numbers of a run that a list of runs shows. */
import { z } from 'zod';
import { readDocument } from '../document.js';

/** Of summary.json. */
export const RUN_SUMMARY_VERSION = 1;

const schema = z.object({
  version: z.literal(RUN_SUMMARY_VERSION),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'none']),
  device: z.string(),
  models: z.array(z.string()),
  tasks: z.array(
    z.object({
      scenario: z.string(),
      task: z.string(),
      p50_ms: z.number().optional(),
      p99_ms: z.number().optional(),
      miss_ratio: z.number().optional(),
    }),
  ),
  /** Longest response by its deadline, in equal parts of the scenario that came nearest; 1 is a job that just made it. */
  spark: z.array(z.number()),
});

/** What a list shows of a run. */
export type RunSummary = z.infer<typeof schema>;

/** @throws ProblemError `file` or `version` */
export const readRunSummary = (text: string, file: string): RunSummary =>
  readDocument(text, file, RUN_SUMMARY_VERSION, schema);
