/** Displays of a run: functions of its events. */
import type { Reporter } from './reporter.js';

/** How progress can be shown. */
export type ReporterKind = 'auto' | 'tty' | 'plain' | 'json';

const REPORTERS: Record<Exclude<ReporterKind, 'auto'>, () => Promise<Reporter>> = {
  tty: async () => (await import('./tty.js')).ttyReporter(),
  plain: async () => (await import('./plain.js')).plainReporter(),
  json: async () => (await import('./json.js')).jsonReporter(),
};

/** The display for a kind; `auto` looks at the terminal. */
export async function chooseReporter(kind: ReporterKind, quiet: boolean): Promise<Reporter> {
  if (kind === 'json') return REPORTERS.json();
  if (quiet) return (await import('./plain.js')).quietReporter();
  if (kind !== 'auto') return REPORTERS[kind]();
  return process.stderr.isTTY ? REPORTERS.tty() : REPORTERS.plain();
}
