import { fail } from '../../base/problem.js';
import { runStage } from '../../pipeline/stage.js';
import { type ReportFormat, writeReport } from '../../report/formats.js';
import { RunDirectory } from '../../store/run-directory.js';
import { type ExitCode, exitCodeOfRun } from '../exit.js';
import { chooseReporter } from '../reporters/index.js';
import { writeStepSummary } from '../step-summary.js';
import { summaryText } from '../summary.js';
import { widthOf } from '../text.js';

/** Options of `infersight report`. */
export interface ReportOptions {
  readonly format?: ReportFormat;
  readonly json?: true;
  readonly quiet?: true;
}

/** Recomputes the report of a run and prints it. */
export async function report(folder: string, { format, json, quiet }: ReportOptions): Promise<ExitCode> {
  if (json && format !== undefined && format !== 'json')
    fail('usage', `--json cannot go with --format ${format}`, 'give one of them');
  const run = RunDirectory.open(folder);
  const reporter = await chooseReporter('plain', true);
  const outcome = await runStage(run, 'report', reporter.onEvent, new AbortController().signal);
  if (outcome.state === 'done' && outcome.report) {
    const path = run.path('profile_report.yaml');
    const result = outcome.report;
    writeStepSummary(result);
    const form = format ?? (json ? 'json' : undefined);
    if (form) process.stdout.write(writeReport(result, form));
    else if (!quiet) process.stdout.write(`${summaryText(result, widthOf(process.stdout))}\nreport:  ${path}\n`);
  }
  return exitCodeOfRun({
    state: outcome.state,
    problems: outcome.problems.map((p) => ({ ...p, stage: 'report' })),
    ...(outcome.report ? { verdict: outcome.report.verdict } : {}),
  });
}
