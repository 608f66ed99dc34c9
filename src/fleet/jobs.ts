/** A pipeline on a fleet -> the objects of Kubernetes that run it: the pipeline file, and a Job for each stage on each device. */
import { canonicalJson } from '../base/canonical-json.js';
import type { Fleet, FleetDevice } from '../formats/fleet/fleet.js';
import type { PlannedStage } from '../formats/run/plan.js';
import { objectName } from './names.js';
import { type Manifest, OWN, podOf, runFolder } from './pod.js';

/** Annotations of a Job. */
const STAGE = `${OWN}/stage`;
/** What the Job was made from: equal texts are the same Job. */
export const SPEC_ANNOTATION = `${OWN}/spec`;

/** Longest time of a stage, s. */
const LIMITS: Readonly<Record<PlannedStage['kind'], number>> = {
  prepare: 3600,
  build: 7200,
  profile: 86_400,
  layers: 3600,
  explore: 3600,
  report: 3600,
};
/** Results are there after that, s. */
const SHELF_S = 1800;
/** A Job that nobody deleted goes by itself, s. */
const KEPT = 86_400;

/** A pipeline on a fleet, by name. */
export interface FleetRun {
  readonly fleet: Fleet;
  readonly plan: readonly PlannedStage[];
  readonly pipelineText: string;
  readonly name: string;
  /** Tasks are recorded alone, too. */
  readonly solo: boolean;
  /** SHA-256 in hexadecimal. */
  readonly hash: (text: string) => string;
}

/** Name of the run on a device: its folder there. */
export const runOn = (name: string, { id }: FleetDevice): string => `${name}.${id}`;

/** Name of the ConfigMap that has the pipeline file. */
export const pipelineName = (run: string): string => objectName('infersight', run, 'pipeline');

/** The pipeline file, for all devices. */
export const pipelineConfigMap = ({ fleet, name, pipelineText }: FleetRun): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: pipelineName(name),
    namespace: fleet.namespace,
    labels: { 'app.kubernetes.io/name': 'infersight' },
  },
  data: { 'pipeline.yaml': pipelineText },
});

/** Longest time of a stage, s. */
export const limitOf = (stage: PlannedStage): number => LIMITS[stage.kind];

/** Said where a run is made. */
export const soloOption = ({ solo }: FleetRun, { kind }: PlannedStage): string[] =>
  solo && kind === 'prepare' ? ['--solo'] : [];

/** A Job that makes one pod, and never a second: a measurement that was disturbed is not repeated unasked. */
export function jobOf(run: FleetRun, device: FleetDevice, stage: PlannedStage): Manifest {
  const { labels, spec } = podOf(stage, {
    fleet: run.fleet,
    device,
    run: runOn(run.name, device),
    pipeline: pipelineName(run.name),
    options: ['--reporter', 'json', ...soloOption(run, stage)],
  });
  const job = {
    backoffLimit: 0,
    activeDeadlineSeconds: limitOf(stage),
    ttlSecondsAfterFinished: KEPT,
    podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
    podReplacementPolicy: 'Failed',
    template: { metadata: { labels }, spec },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: objectName('infersight', run.name, device.id, stage.id),
      namespace: run.fleet.namespace,
      labels,
      annotations: {
        [STAGE]: stage.id,
        [`${OWN}/run`]: runOn(run.name, device),
        [`${OWN}/needs`]: [...stage.needs, ...stage.after].join(' '),
        [SPEC_ANNOTATION]: run.hash(canonicalJson([job, run.pipelineText])).slice(0, 16),
      },
    },
    spec: job,
  };
}

/** A Job whose pod does nothing beside the volume of the device, for as long as results are taken from it. */
export function shelfOf(
  run: FleetRun,
  device: FleetDevice,
): { readonly job: Manifest; readonly name: string; readonly folder: string } {
  const prepare: PlannedStage = {
    id: 'fetch',
    kind: 'prepare',
    subject: '',
    needs: [],
    after: [],
    inputs: [],
    outputs: [],
  };
  const context = { fleet: run.fleet, device, run: runOn(run.name, device), pipeline: pipelineName(run.name) };
  const { labels, spec } = podOf(prepare, context);
  const [container] = spec.containers as Manifest[];
  const name = objectName('infersight', run.name, device.id, 'fetch');
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: run.fleet.namespace, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: SHELF_S,
      ttlSecondsAfterFinished: 60,
      template: {
        metadata: { labels },
        spec: {
          ...spec,
          terminationGracePeriodSeconds: 1,
          containers: [{ ...container, command: ['sleep'], args: [String(SHELF_S)] }],
        },
      },
    },
  };
  return { job, name, folder: runFolder(context) };
}

/** Everything, in the order in which it can be created; what waits for what is in the annotations. */
export const fleetManifests = (run: FleetRun): Manifest[] => [
  pipelineConfigMap(run),
  ...run.fleet.devices.flatMap((device) => run.plan.map((stage) => jobOf(run, device, stage))),
];
