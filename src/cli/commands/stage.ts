/** One stage of one run. */
import { copyFileSync, existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fail } from '../../base/problem.js';
import { createRun } from '../../pipeline/new-run.js';
import { runStage } from '../../pipeline/stage.js';
import { RunDirectory } from '../../store/run-directory.js';
import { type ExitCode, exitCodeOfRun } from '../exit.js';
import { onInterrupt } from '../interrupt.js';
import { readPipeline } from '../read-pipeline.js';
import { chooseReporter, type ReporterKind } from '../reporters/index.js';

/** Options of `infersight stage`. */
export interface StageOptions {
  readonly run: string;
  readonly pipeline?: string;
  readonly simulate?: true;
  readonly solo?: true;
  readonly serviceFrom?: string;
  readonly cache?: string;
  readonly source?: string;
  readonly summary?: string;
  readonly reporter: ReporterKind;
  readonly quiet?: true;
  readonly force?: true;
}

/** Runs one stage; with --pipeline, prepare makes the run first. */
export async function stage(id: string, options: StageOptions): Promise<ExitCode> {
  const run = options.pipeline === undefined ? open(id, options.run) : await make(id, options.pipeline, options);
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
      { force: options.force ?? false },
    );
    if (options.summary !== undefined && existsSync(run.path('summary.json')))
      copyFileSync(run.path('summary.json'), options.summary);
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

function open(id: string, folder: string): RunDirectory {
  if (id === 'prepare' && !existsSync(folder))
    fail('file', `${folder} does not exist`, 'make it from a pipeline file: --pipeline pipeline.yaml');
  return RunDirectory.open(folder);
}

/** An orchestrator makes a run without running it. A folder that holds the same run already is gone on with. */
async function make(id: string, pipeline: string, options: StageOptions): Promise<RunDirectory> {
  if (id !== 'prepare')
    fail('usage', '--pipeline goes with the stage prepare', `infersight stage ${id} --run ${options.run}`);
  const text = readPipeline(pipeline);
  if (existsSync(join(options.run, 'run.json'))) {
    const run = RunDirectory.open(options.run);
    if (run.pipelineText === text) return run;
    fail('usage', `${options.run} is a run of another pipeline file`, 'choose another folder');
  }
  const { simulate, solo, serviceFrom, cache, source } = options;
  return createRun({
    text,
    file: pipeline,
    runs: dirname(resolve(options.run)),
    id: basename(resolve(options.run)),
    simulate: simulate ?? false,
    solo: solo ?? false,
    ...(serviceFrom === undefined ? {} : { serviceFrom }),
    ...(cache === undefined ? {} : { cache }),
    ...(source === undefined ? {} : { source }),
  });
}
