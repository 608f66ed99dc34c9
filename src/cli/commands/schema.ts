import { pipelineJsonSchema } from '../../formats/pipeline/schema.js';
import type { ExitCode } from '../exit.js';

/** Prints the JSON Schema of pipeline.yaml. */
export async function schema(): Promise<ExitCode> {
  process.stdout.write(`${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`);
  return 0;
}
