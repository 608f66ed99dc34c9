/** fleet.yaml and a pipeline file -> what is run where. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { suggest } from '../base/nearest.js';
import { fail, messageOf, ProblemError } from '../base/problem.js';
import type { FleetRun } from '../fleet/jobs.js';
import { readFleet } from '../formats/fleet/fleet.js';
import { planStages } from '../formats/run/plan.js';
import { readSpec } from '../store/run-directory.js';
import { readPipeline } from './read-pipeline.js';

/** Options that all commands over fleets have. */
export interface FleetOptions {
  readonly fleet: string;
  readonly name?: string;
  readonly device: readonly string[];
  readonly solo?: true;
  readonly set: readonly string[];
}

/** @throws ProblemError `config`, `file`, `usage` */
export function readFleetRun(file: string, { fleet: fleetFile, name, device, solo, set }: FleetOptions): FleetRun {
  const text = readPipeline(file, set);
  const spec = readSpec(text, file, { solo: solo ?? false });
  const fleet = readFleet(read(fleetFile), fleetFile);
  const ids = fleet.devices.map((d) => d.id);
  for (const id of device)
    if (!ids.includes(id))
      throw new ProblemError({ code: 'usage', message: `the fleet has no device "${id}"`, hint: suggest(id, ids) });
  const backends = spec.models.filter((m) => m.backend.startsWith('.') || m.backend.startsWith('/'));
  const away = spec.models.some((m) => m.file !== undefined || m.engine !== undefined) || backends.length > 0;
  if (away && fleet.models === undefined && fleet.modelsPath === undefined)
    fail(
      'config',
      `${fleetFile} does not say where the models of the pipeline are on the devices`,
      'models: { host_path: /var/lib/models } or { claim: models }, or models_path: a folder of the image',
    );
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return {
    fleet: { ...fleet, devices: fleet.devices.filter((d) => device.length === 0 || device.includes(d.id)) },
    plan: planStages(spec, false),
    pipelineText: text,
    name: name ?? `${spec.name}-${time}`,
    solo: solo ?? false,
    hash: (data) => createHash('sha256').update(data).digest('hex'),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return fail('file', `${file} cannot be read: ${messageOf(error)}`);
  }
}
