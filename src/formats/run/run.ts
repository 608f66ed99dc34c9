/** run.json: the stages of a run and how far they are. */
import { z } from 'zod';
import { readDocument } from '../document.js';

export const RUN_VERSION = 1;
export const STAGE_KINDS = ['prepare', 'build', 'profile', 'explore', 'report'] as const;
export type StageKind = (typeof STAGE_KINDS)[number];

const stage = z.object({
  id: z.string(),
  kind: z.enum(STAGE_KINDS),
  needs: z.array(z.string()),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'interrupted', 'skipped']),
  fingerprint: z.string().optional(),
  cached: z.boolean().optional(),
  start: z.string().optional(),
  end: z.string().optional(),
  problems: z.array(z.object({ code: z.string(), message: z.string(), hint: z.string().optional() })).optional(),
});

const schema = z.object({
  version: z.literal(RUN_VERSION),
  id: z.string(),
  tool: z.object({ name: z.literal('infersight'), version: z.string() }),
  pipeline: z.string(),
  created: z.string(),
  /** Folder that the paths of the pipeline file are relative to. */
  source: z.string(),
  simulate: z.boolean(),
  /** Tasks are recorded alone, too. */
  solo: z.boolean().optional(),
  service_from: z.string().optional(),
  cache: z.string().optional(),
  device: z.object({ hostname: z.string(), os: z.string(), arch: z.string() }),
  state: z.enum(['running', 'done', 'failed', 'interrupted']),
  /** Process that runs it, so that a run whose process is gone can be told from one under way. */
  pid: z.number(),
  stages: z.array(stage),
});

export type RunDocument = z.infer<typeof schema>;
export type StageDocument = z.infer<typeof stage>;

export const readRunDocument = (text: string, file: string): RunDocument =>
  readDocument(text, file, RUN_VERSION, schema);
