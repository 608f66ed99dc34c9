/** stages/<stage>.json: how far one stage is. Written by the stage alone, on the machine that runs it. */
import { z } from '../../base/zod.js';
import { readDocument } from '../document.js';

/** Of the files in stages/. */
export const STAGE_STATE_VERSION = 1;

/** A stage without a file is waiting. */
export const stageState = z.enum(['running', 'done', 'failed', 'interrupted', 'skipped']);

/** Tells a process from any other, also on another host, in another container or after a reboot. */
export const processIdentity = z.object({
  hostname: z.string(),
  pid: z.number(),
  /** Linux: /proc/sys/kernel/random/boot_id. */
  boot_id: z.string().optional(),
  /** Linux: the PID namespace, which a container has of its own. */
  pid_namespace: z.string().optional(),
  /** Linux: start of the process in clock ticks since the boot, as pids are used again. */
  started: z.string().optional(),
});

/** Which process it is. */
export type ProcessIdentity = z.infer<typeof processIdentity>;

/** What went wrong in a stage. */
export const stageProblem = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

const schema = z.object({
  version: z.literal(STAGE_STATE_VERSION),
  id: z.string(),
  state: stageState,
  /** SHA-256 of its inputs, settings and versions; equal fingerprints have equal outputs. */
  fingerprint: z.string().optional(),
  /** Its output came from a cache. */
  cached: z.boolean().optional(),
  start: z.string().optional(),
  end: z.string().optional(),
  process: processIdentity.optional(),
  problems: z.array(stageProblem).optional(),
});

/** How far a stage is. */
export type StageState = z.infer<typeof schema>;

/** @throws ProblemError `file` or `version` */
export const readStageState = (text: string, file: string): StageState =>
  readDocument(text, file, STAGE_STATE_VERSION, schema);
