import { fail } from '../../base/problem.js';
import { planStages } from '../../formats/run/plan.js';
import { runLocally } from '../../orchestrators/local.js';
import { LocalRunner } from '../../orchestrators/runner.js';
import { RunDirectory, readSpec } from '../../store/run-directory.js';
import { type ExitCode, exitCodeOfRun } from '../exit.js';
import { onInterrupt } from '../interrupt.js';
import { create, type RunOptions } from '../make-run.js';
import { readPipeline } from '../read-pipeline.js';
import { chooseReporter } from '../reporters/index.js';
import { printResult } from '../run-result.js';

/** Runs a pipeline, goes on with a run, or prints the plan. @param onRun hears of the run once there is one */
export async function run(
  file: string,
  options: RunOptions,
  onRun?: (directory: RunDirectory) => void,
): Promise<ExitCode> {
  if (options.serviceFrom && !options.simulate) fail('usage', '--service-from goes with --simulate');
  if (options.serviceFrom && options.solo)
    fail(
      'usage',
      '--solo cannot go with --service-from',
      'service times that were measured together hold what the tasks do to each other; use synthetic models with contention',
    );
  if (options.resume) refuseBesideResume(options);
  if (options.plan) return plan(file, options);
  if (options.on.length > 0) return (await import('./run-on.js')).runOn(file, options);
  const directory = options.resume ? RunDirectory.open(options.resume) : await create(file, options);
  onRun?.(directory);
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
      ['--set', options.set?.[0]],
    ] as const
  ).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length > 0)
    fail('usage', `${given.join(', ')} cannot go with --resume`, 'a run keeps the options that it began with');
}

function plan(file: string, { json, simulate, solo, calibrate, set }: RunOptions): ExitCode {
  const stages = planStages(
    readSpec(readPipeline(file, set), file, { solo: solo ?? false, calibrate: calibrate ?? false }),
    simulate ?? false,
  );
  if (json) process.stdout.write(`${JSON.stringify(stages, null, 2)}\n`);
  else
    for (const { id, needs, after } of stages) {
      const before = [...needs, ...after];
      process.stdout.write(`${id}${before.length > 0 ? `  after ${before.join(', ')}` : ''}\n`);
    }
  return 0;
}
