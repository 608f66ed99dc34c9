/** memory.json beside an engine: what it takes when it is loaded and run, alone in a process. */
import { z } from '../../base/zod.js';
import { readDocument } from '../document.js';

/** Of memory.json. */
export const MEMORY_VERSION = 1;

/** Its name in the folder of an engine. */
export const MEMORY_FILE = 'memory.json';

const schema = z.object({
  version: z.literal(MEMORY_VERSION),
  /** Resident memory of the process that came with the model: weights, arenas, inputs and outputs. */
  rss_bytes: z.number(),
});

/** Memory that an engine takes. */
export type EngineMemory = z.infer<typeof schema>;

/** @throws ProblemError `file` or `version` */
export const readEngineMemory = (text: string, file: string): EngineMemory =>
  readDocument(text, file, MEMORY_VERSION, schema);
