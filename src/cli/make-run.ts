/** The run of a pipeline file, by the options of the command. */
import { createRun } from '../pipeline/new-run.js';
import type { RunDirectory } from '../store/run-directory.js';
import { readPipeline } from './read-pipeline.js';
import type { ReporterKind } from './reporters/index.js';

/** Options of `infersight run`. */
export interface RunOptions {
  readonly runs: string;
  readonly id?: string;
  readonly resume?: string;
  readonly plan?: true;
  readonly simulate?: true;
  readonly solo?: true;
  /** Asked for by a command of its own. */
  readonly calibrate?: true;
  readonly serviceFrom?: string;
  readonly cache?: string;
  readonly reporter: ReporterKind;
  readonly quiet?: true;
  readonly json?: true;
  readonly force?: true;
  readonly on: readonly string[];
  /** Values that stand instead of those of the file. */
  readonly set?: readonly string[];
}

/** Makes the run of a file. */
export const create = (
  file: string,
  { runs, id, simulate, solo, calibrate, serviceFrom, cache, set }: RunOptions,
): Promise<RunDirectory> =>
  createRun({
    text: readPipeline(file, set),
    file,
    runs,
    ...(id === undefined ? {} : { id }),
    simulate: simulate ?? false,
    solo: solo ?? false,
    calibrate: calibrate ?? false,
    ...(serviceFrom === undefined ? {} : { serviceFrom }),
    ...(cache === undefined ? {} : { cache }),
  });
