import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../../base/problem.js';
import type { ProfileReport } from '../../formats/report/report.js';
import { planStages } from '../../formats/run/plan.js';
import { runLocally } from '../../orchestrators/local.js';
import { LocalRunner } from '../../orchestrators/runner.js';
import { createRun } from '../../pipeline/new-run.js';
import { RunDirectory, readSpec } from '../../store/run-directory.js';
import { type ExitCode, exitCodeOfRun } from '../exit.js';
import { onInterrupt } from '../interrupt.js';
import { readPipeline } from '../read-pipeline.js';
import { chooseReporter, type ReporterKind } from '../reporters/index.js';
import { writeStepSummary } from '../step-summary.js';
import { summaryText } from '../summary.js';
import { widthOf } from '../text.js';

/** Options of `infersight run`. */
export interface RunOptions {
  readonly runs: string;
  readonly id?: string;
  readonly resume?: string;
  readonly plan?: true;
  readonly simulate?: true;
  readonly solo?: true;
  readonly serviceFrom?: string;
  readonly cache?: string;
  readonly reporter: ReporterKind;
  readonly quiet?: true;
  readonly json?: true;
  readonly force?: true;
}

/** Runs a pipeline, goes on with a run, or prints the plan. */
export async function run(file: string, options: RunOptions): Promise<ExitCode> {
  if (options.serviceFrom && !options.simulate) fail('usage', '--service-from goes with --simulate');
  if (options.serviceFrom && options.solo)
    fail(
      'usage',
      '--solo cannot go with --service-from',
      'service times that were measured together hold what the tasks do to each other; use synthetic models with contention',
    );
  if (options.resume) refuseBesideResume(options);
  if (options.plan) return plan(file, options);
  const directory = options.resume ? RunDirectory.open(options.resume) : await create(file, options);
  const reporter = await chooseReporter(options.reporter, options.quiet ?? false);
  const resume = `go on with: infersight run --resume ${directory.folder}`;
  const interrupt = onInterrupt((text) => reporter.say(text), `killed; ${resume}`);
  try {
    const runner = new LocalRunner(directory, { force: options.force ?? false });
    const outcome = await runLocally(directory, reporter.onEvent, interrupt.signal, runner);
    reporter.end();
    printResult(directory, outcome.report, options);
    if (outcome.state === 'interrupted' && outcome.report) reporter.say(resume);
    return exitCodeOfRun(outcome);
  } catch (error) {
    reporter.end();
    throw error;
  } finally {
    interrupt.release();
  }
}

/** A run keeps what it began with. */
function refuseBesideResume(options: RunOptions): void {
  const given = (
    [
      ['--id', options.id],
      ['--simulate', options.simulate],
      ['--solo', options.solo],
      ['--service-from', options.serviceFrom],
    ] as const
  ).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length > 0)
    fail('usage', `${given.join(', ')} cannot go with --resume`, 'a run keeps the options that it began with');
}

const create = (file: string, { runs, id, simulate, solo, serviceFrom, cache }: RunOptions): Promise<RunDirectory> =>
  createRun({
    text: readPipeline(file),
    file,
    runs,
    ...(id === undefined ? {} : { id }),
    simulate: simulate ?? false,
    solo: solo ?? false,
    ...(serviceFrom === undefined ? {} : { serviceFrom }),
    ...(cache === undefined ? {} : { cache }),
  });

function plan(file: string, { json, simulate, solo }: RunOptions): ExitCode {
  const stages = planStages(readSpec(readPipeline(file), file, solo ?? false), simulate ?? false);
  if (json) process.stdout.write(`${JSON.stringify(stages, null, 2)}\n`);
  else
    for (const { id, needs, after } of stages) {
      const before = [...needs, ...after];
      process.stdout.write(`${id}${before.length > 0 ? `  after ${before.join(', ')}` : ''}\n`);
    }
  return 0;
}

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

function printResult(
  directory: RunDirectory,
  report: ProfileReport | undefined,
  { quiet, json, reporter }: RunOptions,
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
