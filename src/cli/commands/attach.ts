/** Follows a run that goes on somewhere else. */
import type { PipelineEvent } from '../../formats/run/events.js';
import { outcomeOf, type RunOutcome } from '../../orchestrators/outcome.js';
import { attachRemotely, remotePlace } from '../../orchestrators/remote.js';
import { followLog } from '../../store/follow-log.js';
import { RunDirectory } from '../../store/run-directory.js';
import { type ExitCode, exitCodeOfRun } from '../exit.js';
import { onInterrupt } from '../interrupt.js';
import { chooseReporter, type ReporterKind } from '../reporters/index.js';
import type { Reporter } from '../reporters/reporter.js';
import { printResult } from '../run-result.js';
import { withConnection } from './run-on.js';

/** Options of `infersight attach`. */
export interface AttachOptions {
  readonly skip: number;
  readonly reporter: ReporterKind;
  readonly quiet?: true;
  readonly json?: true;
}

/** Until the run ends; of one on a device, its results are here then. */
export async function attach(folder: string, options: AttachOptions): Promise<ExitCode> {
  const run = RunDirectory.open(folder);
  const place = remotePlace(run);
  const reporter = await chooseReporter(options.reporter, options.quiet ?? false);
  const away = place !== undefined && place.fetched === undefined;
  const interrupt = onInterrupt(
    (text) => reporter.say(away ? text : 'the run goes on'),
    away ? `the measurement may go on; infersight attach ${run.folder}` : undefined,
  );
  try {
    const outcome = away
      ? await withConnection(place.host, () =>
          attachRemotely(run, place, { onEvent: reporter.onEvent, say: reporter.say, signal: interrupt.signal }),
        )
      : await watch(run, reporter, options.skip, interrupt.signal);
    reporter.end();
    printResult(run, outcome.report, options);
    return exitCodeOfRun(outcome);
  } finally {
    reporter.end();
    interrupt.release();
  }
}

/** Ends with the run, or when nobody wants to look any more. */
async function watch(run: RunDirectory, reporter: Reporter, skip: number, signal: AbortSignal): Promise<RunOutcome> {
  let left = skip;
  for await (const line of followLog(run.folder, () => signal.aborted)) {
    if (left-- > 0 && !line.includes('"logged":')) continue;
    reporter.onEvent(JSON.parse(line) as PipelineEvent);
  }
  return signal.aborted ? { state: 'interrupted', problems: [] } : outcomeOf(run);
}
