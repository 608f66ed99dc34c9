/** One PipelineEvent per line on stdout. */
import type { Reporter } from './reporter.js';

/** Each event as a line of JSON on stdout. */
export const jsonReporter = (): Reporter => ({
  onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
  say: () => {},
  end: () => {},
});
