/** What is printed when a run has ended. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProfileReport } from '../formats/report/report.js';
import type { RunDirectory } from '../store/run-directory.js';
import type { RunOptions } from './make-run.js';
import { writeStepSummary } from './step-summary.js';
import { summaryText } from './summary.js';
import { widthOf } from './text.js';

/** What a person opens next in a browser. */
function pagesOf(directory: RunDirectory): string {
  const engines = directory.path('engines');
  const pages = [
    directory.path('report.html'),
    ...(existsSync(engines) ? readdirSync(engines).map((name) => join(engines, name, 'explore.html')) : []),
  ];
  return pages
    .filter((page) => existsSync(page))
    .map((page, i) => `${i === 0 ? 'pages:  ' : '        '} ${page}\n`)
    .join('');
}

/** What is printed at the end. */
export function printResult(
  directory: RunDirectory,
  report: ProfileReport | undefined,
  { quiet, json, reporter }: Pick<RunOptions, 'quiet' | 'json' | 'reporter'>,
): void {
  if (!report) {
    // The run has its own copy of the pipeline file, so a mistake in it is mended in the original and run anew.
    if (!quiet && reporter !== 'json' && directory.states().get('prepare')?.state !== 'failed')
      process.stderr.write(
        `see infersight status ${directory.folder}; go on with: infersight run --resume ${directory.folder}\n(the run has its own copies of the pipeline file and the models; after a change of those, run anew)\n`,
      );
    return;
  }
  const path = directory.path('profile_report.yaml');
  writeStepSummary(report);
  // The lines of the reporter are all that is on stdout then.
  if (reporter === 'json') return;
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else if (!quiet)
    process.stdout.write(`\n${summaryText(report, widthOf(process.stdout))}\nreport:  ${path}\n${pagesOf(directory)}`);
}
