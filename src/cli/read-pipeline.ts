/** The pipeline file that a command names. */
import { readFileSync } from 'node:fs';
import { fail, messageOf } from '../base/problem.js';

/** @throws ProblemError `config` */
export function readPipeline(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return fail(
      'config',
      `${file} cannot be read: ${messageOf(error)}`,
      'infersight init writes a pipeline.yaml; or name another file',
    );
  }
}
