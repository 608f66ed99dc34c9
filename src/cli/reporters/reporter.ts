/** A display of a run. */
import type { OnEvent } from '../../pipeline/events.js';

export interface Reporter {
  readonly onEvent: OnEvent;
  say(text: string): void;
  end(): void;
}
