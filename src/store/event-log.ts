/** events.ndjson of a run: what happened, as it happened, for displays in other processes. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PipelineEvent } from '../formats/run/events.js';

/** Its name in a run directory. */
export const EVENT_LOG = 'events.ndjson';

/**
 * Each line is the event and `at`, ms since 1970. A log that cannot be written costs a display, not the run.
 */
export function logEvent(folder: string, event: PipelineEvent): void {
  try {
    appendFileSync(join(folder, EVENT_LOG), `${JSON.stringify({ at: Date.now(), ...event })}\n`);
  } catch {
    // The stages report a full disk where it matters.
  }
}
