/** Ctrl-C: once asks to end cleanly, twice ends at once. */
import { exitCodeOf } from './exit.js';

/** Listens for Ctrl-C until it is released. @param say called when the end was asked for @param lastWords said before it is killed */
export function onInterrupt(say: (text: string) => void, lastWords?: string): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const hear = (): void => {
    if (controller.signal.aborted) {
      if (lastWords !== undefined) say(lastWords);
      process.exit(exitCodeOf('interrupted'));
    }
    say('ending cleanly; what was recorded is kept (Ctrl-C again to kill)');
    controller.abort();
  };
  process.on('SIGINT', hear);
  process.on('SIGTERM', hear);
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', hear);
      process.off('SIGTERM', hear);
    },
  };
}
