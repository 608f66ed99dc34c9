/** summary.json: the few numbers of a run that a list of runs shows. */
import { z } from '../../base/zod.js';
import { readDocument } from '../document.js';

/** Of summary.json. */
export const RUN_SUMMARY_VERSION = 1;

const schema = z.object({
  version: z.literal(RUN_SUMMARY_VERSION),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'none']),
  device: z.string(),
  /** Name of the machine that measured. */
  host: z.string().optional(),
  models: z.array(z.string()),
  tasks: z.array(
    z.object({
      scenario: z.string(),
      task: z.string(),
      p50_ms: z.number().optional(),
      /** Of all releases; "inf" where so many were never done. */
      p99_ms: z.union([z.number(), z.literal('inf')]).optional(),
      deadline_ms: z.number().optional(),
      miss_ratio: z.number().optional(),
    }),
  ),
  /** The verdict as a sentence. */
  headline: z.string().optional(),
  /** Share of the releases that missed, 0 to 1, in equal parts of the scenario that the verdict is about. */
  misses: z.array(z.number()).optional(),
  /** What it was made with: commit, versions, device, engines. */
  facts: z.record(z.string(), z.string()).optional(),
});

/** What a list shows of a run. */
export type RunSummary = z.infer<typeof schema>;

/** @throws ProblemError `file` or `version` */
export const readRunSummary = (text: string, file: string): RunSummary =>
  readDocument(text, file, RUN_SUMMARY_VERSION, schema);
