/** A display of a run. */
import type { OnEvent } from '../../formats/run/events.js';

export interface Reporter {
  readonly onEvent: OnEvent;
  say(text: string): void;
  end(): void;
}
