/** A display of a run. */
import type { OnEvent } from '../../formats/run/events.js';

/** A display of events. */
export interface Reporter {
  readonly onEvent: OnEvent;
  say(text: string): void;
  end(): void;
}
