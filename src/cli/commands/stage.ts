import { runStage } from '../../pipeline/stage.js';
import { RunDirectory } from '../../store/run-directory.js';
import { type ExitCode, exitCodeOfRun } from '../exit.js';
import { onInterrupt } from '../interrupt.js';
import { chooseReporter, type ReporterKind } from '../reporters/index.js';

export async function stage(
  id: string,
  options: { run: string; reporter: ReporterKind; quiet?: true },
): Promise<ExitCode> {
  const run = RunDirectory.open(options.run);
  const reporter = await chooseReporter(
    options.reporter === 'auto' ? 'plain' : options.reporter,
    options.quiet ?? false,
  );
  const interrupt = onInterrupt((text) => reporter.say(text));
  let verdict: string | undefined;
  try {
    const outcome = await runStage(
      run,
      id,
      (event) => {
        if (event.kind === 'verdict') verdict = event.verdict;
        reporter.onEvent(event);
      },
      interrupt.signal,
    );
    const over = run.document.stages.every((s) => s.state === 'done');
    await run.update({ state: over ? 'done' : outcome.state === 'done' ? 'running' : outcome.state });
    return exitCodeOfRun({
      state: outcome.state,
      problems: outcome.problems.map((p) => ({ ...p, stage: id })),
      ...(verdict ? { verdict } : {}),
    });
  } finally {
    reporter.end();
    interrupt.release();
  }
}
