/** A whole run from a program. */
import { readFile } from 'node:fs/promises';
import { fail, messageOf } from '../base/problem.js';
import type { ProfileReport } from '../formats/report/report.js';
import type { OnEvent } from '../formats/run/events.js';
import { runLocally } from '../orchestrators/local.js';
import type { RunOutcome } from '../orchestrators/outcome.js';
import { createRun } from '../pipeline/new-run.js';

/** Options of a run from a program. */
export interface RunPipelineOptions {
  /** Folder that holds the runs; `runs` by default. */
  readonly runs?: string;
  /** Name of the run. */
  readonly id?: string;
  /** Run on a virtual clock. */
  readonly simulate?: boolean;
  /** Earlier run that gives the service times of a simulation. */
  readonly serviceFrom?: string;
  /** Folder of the engine cache. */
  readonly cache?: string;
  readonly onEvent?: OnEvent;
  readonly signal?: AbortSignal;
}

/** What became of it, and where it lies. */
export interface PipelineResult extends RunOutcome {
  /** The run directory. */
  readonly folder: string;
  /** Absent when nothing was recorded. */
  readonly report?: ProfileReport;
}

/**
 * Runs the pipeline of a file on this machine. What goes wrong in a stage is in `problems`.
 * @throws ProblemError `config` for a pipeline file with mistakes
 */
export async function runPipeline(file: string, options: RunPipelineOptions = {}): Promise<PipelineResult> {
  const { runs = 'runs', onEvent = () => {}, signal = new AbortController().signal, ...rest } = options;
  const text = await readFile(file, 'utf8').catch((error) =>
    fail('config', `${file} cannot be read: ${messageOf(error)}`),
  );
  const run = await createRun({ text, file, runs, ...rest });
  const outcome = await runLocally(run, onEvent, signal);
  return { ...outcome, folder: run.folder };
}
