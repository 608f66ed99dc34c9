import { fleetJsonSchema } from '../../formats/fleet/fleet.js';
import { pipelineJsonSchema } from '../../formats/pipeline/schema.js';
import type { ExitCode } from '../exit.js';

/** Prints the JSON Schema of pipeline.yaml or fleet.yaml. */
export async function schema(file: 'pipeline' | 'fleet'): Promise<ExitCode> {
  process.stdout.write(`${JSON.stringify(file === 'fleet' ? fleetJsonSchema() : pipelineJsonSchema(), null, 2)}\n`);
  return 0;
}
