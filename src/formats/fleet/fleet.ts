/** fleet.yaml: devices that are nodes of a cluster, and what pods there need. */

import { ProblemError } from '../../base/problem.js';
import { z } from '../../base/zod.js';
import { issueProblems } from '../pipeline/issues.js';
import { YamlSource } from '../pipeline/source.js';

/** Of fleet.yaml. */
export const FLEET_VERSION = 1;

const label = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/, { error: 'expected lower-case letters, digits and "-", at most 42' });

const toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
});

/** Where files lie: a folder of the node, or a volume of the cluster. */
const volume = z.union([
  z.strictObject({ host_path: z.string().startsWith('/', { error: 'expected an absolute path' }) }),
  z.strictObject({ claim: z.string().min(1) }),
]);

const device = z.strictObject({
  node: z.string().min(1).optional().describe('kubernetes.io/hostname of its node; the name of the device by default'),
  selector: z.record(z.string(), z.string()).optional().describe('Labels of its node, instead of node'),
  data: volume.optional().describe('Runs and engine cache of the device; /var/lib/infersight of its node by default'),
  resource: z.string().min(1).optional().describe('Resource that the node advertises, such as nvidia.com/gpu'),
  runtime_class: z.string().min(1).optional().describe('Such as nvidia'),
  tolerations: z.array(toleration).optional(),
  env: z.record(z.string(), z.string()).optional(),
  cpu: z.string().min(1).optional().describe('CPU that stages on the device request, such as "2"'),
});

const schema = z
  .strictObject({
    version: z.literal(FLEET_VERSION, { error: `expected version: ${FLEET_VERSION}` }),
    namespace: label.optional(),
    image: z.string().min(1).describe('With infersight in it'),
    pull_policy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
    pull_secret: z.string().min(1).optional(),
    models: volume.optional().describe('Folder that the paths of the pipeline file are relative to; read only'),
    models_path: z.string().startsWith('/').optional().describe('The same, as a folder of the image'),
    cleanup: z
      .enum(['always', 'succeeded', 'never'])
      .optional()
      .describe('Jobs to delete when a run has ended; succeeded by default, the others go after a day'),
    devices: z.record(label, device).refine((d) => Object.keys(d).length > 0, { error: 'a fleet has a device' }),
  })
  .describe('Devices that are nodes of a cluster');

/** Where files lie. */
export type FleetVolume = z.infer<typeof volume>;

/** A device of a fleet. */
export interface FleetDevice extends Omit<z.infer<typeof device>, 'node' | 'selector' | 'data'> {
  readonly id: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly data: FleetVolume;
}

/** With defaults. */
export interface Fleet {
  readonly namespace: string;
  readonly image: string;
  readonly pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  readonly pullSecret?: string;
  readonly models?: FleetVolume;
  readonly modelsPath?: string;
  readonly cleanup: 'always' | 'succeeded' | 'never';
  readonly devices: readonly FleetDevice[];
}

/** @throws ProblemError with every mistake */
export function readFleet(text: string, file: string): Fleet {
  const source = new YamlSource(file, text);
  const syntax = source.syntaxProblems();
  if (syntax.length > 0) throw new ProblemError(syntax);
  const parsed = schema.safeParse(source.data());
  if (!parsed.success) throw new ProblemError(issueProblems(parsed.error.issues, source, schema));
  const { data } = parsed;
  return {
    namespace: data.namespace ?? 'default',
    image: data.image,
    pullPolicy: data.pull_policy ?? 'IfNotPresent',
    ...(data.pull_secret === undefined ? {} : { pullSecret: data.pull_secret }),
    ...(data.models === undefined ? {} : { models: data.models }),
    ...(data.models_path === undefined ? {} : { modelsPath: data.models_path }),
    cleanup: data.cleanup ?? 'succeeded',
    devices: Object.entries(data.devices).map(([id, { node, selector, data: place, ...rest }]) => ({
      ...rest,
      id,
      selector: selector ?? { 'kubernetes.io/hostname': node ?? id },
      data: place ?? { host_path: '/var/lib/infersight' },
    })),
  };
}

/** JSON Schema (2020-12) of fleet.yaml, for editors. */
export const fleetJsonSchema = (): Record<string, unknown> => ({
  title: 'infersight fleet.yaml',
  ...(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>),
});
