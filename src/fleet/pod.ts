/** A stage on a device -> its pod. What every way to run stages in a cluster uses. */
import type { Fleet, FleetDevice, FleetVolume } from '../formats/fleet/fleet.js';
import type { PlannedStage } from '../formats/run/plan.js';
import { objectName } from './names.js';

/** Labels and annotations of ours. */
export const OWN = 'infersight.dev';
/** Only one pod with this label and the same value may be on a node: it is the device. */
const EXCLUSIVE = `${OWN}/exclusive`;
/** Where the volume of a device is in its pods. */
const DATA = '/infersight';
const PIPELINE = '/pipeline';
const MODELS = '/models';

/** Data of Kubernetes, as it is sent. */
export type Manifest = { readonly [key: string]: unknown };

/** What a pod belongs to. */
export interface PodContext {
  readonly fleet: Fleet;
  readonly device: FleetDevice;
  /** Name of the run on that device, or a template of it. */
  readonly run: string;
  /** ConfigMap with the pipeline file. */
  readonly pipeline: string;
  /** Options of `infersight stage`, besides its run. */
  readonly options?: readonly string[];
}

const volumeOf = (volume: FleetVolume, type: string): Manifest =>
  'claim' in volume
    ? { persistentVolumeClaim: { claimName: volume.claim } }
    : { hostPath: { path: volume.host_path, type } };

/** @param stage of the plan @returns spec and labels of a pod */
export function podOf(stage: PlannedStage, context: PodContext): { labels: Manifest; spec: Manifest } {
  const { fleet, device } = context;
  const onDevice = stage.exclusive !== undefined;
  const labels = {
    'app.kubernetes.io/name': 'infersight',
    'app.kubernetes.io/managed-by': 'infersight',
    [`${OWN}/stage-kind`]: stage.kind,
    [`${OWN}/device`]: device.id,
    ...(onDevice ? { [EXCLUSIVE]: device.id } : {}),
  };
  const spec = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // Without a DNS of the cluster nothing is missing.
    dnsPolicy: 'Default',
    nodeSelector: device.selector,
    hostname: objectName(device.id),
    ...(device.tolerations ? { tolerations: device.tolerations } : {}),
    ...(device.runtime_class ? { runtimeClassName: device.runtime_class } : {}),
    ...(fleet.pullSecret ? { imagePullSecrets: [{ name: fleet.pullSecret }] } : {}),
    // To end a measurement cleanly and write what was recorded.
    terminationGracePeriodSeconds: 60,
    ...(onDevice ? { affinity: alone(device.id) } : {}),
    containers: [containerOf(stage, context, onDevice)],
    volumes: [
      { name: 'data', ...volumeOf(device.data, 'DirectoryOrCreate') },
      { name: 'pipeline', configMap: { name: context.pipeline } },
      ...(fleet.models ? [{ name: 'models', ...volumeOf(fleet.models, 'Directory') }] : []),
      // The stamps of a measurement lie in /dev/shm, which is 64 MiB in a container.
      { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
    ],
  };
  return { labels, spec };
}

/** The scheduler's own rule: nothing to install, no rights on nodes, free again when the pod has ended. */
const alone = (device: string): Manifest => ({
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      {
        labelSelector: { matchLabels: { [EXCLUSIVE]: device } },
        namespaceSelector: {},
        topologyKey: 'kubernetes.io/hostname',
      },
    ],
  },
});

/** Folder of the run in the pods of its device. */
export const runFolder = ({ run }: Pick<PodContext, 'run'>): string => `${DATA}/runs/${run}`;

function containerOf(
  { id, kind }: PlannedStage,
  { fleet, device, run, options = [] }: PodContext,
  onDevice: boolean,
): Manifest {
  const folder = runFolder({ run });
  const models = fleet.models ? MODELS : fleet.modelsPath;
  const make =
    kind === 'prepare'
      ? ['--pipeline', `${PIPELINE}/pipeline.yaml`, '--cache', `${DATA}/cache`, ...(models ? ['--source', models] : [])]
      : [];
  return {
    // The name that Airflow wants.
    name: 'base',
    image: fleet.image,
    imagePullPolicy: fleet.pullPolicy,
    command: ['infersight'],
    args: ['stage', id, '--run', folder, ...make, ...options],
    env: [
      { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      // Pods, people and other tools on the device wait for each other.
      { name: 'INFERSIGHT_LOCK', value: `${DATA}/device.lock` },
      ...Object.entries(device.env ?? {}).map(([name, value]) => ({ name, value })),
    ],
    volumeMounts: [
      { name: 'data', mountPath: DATA },
      { name: 'pipeline', mountPath: PIPELINE, readOnly: true },
      ...(fleet.models ? [{ name: 'models', mountPath: MODELS, readOnly: true }] : []),
      { name: 'shm', mountPath: '/dev/shm' },
    ],
    terminationMessagePolicy: 'FallbackToLogsOnError',
    resources: {
      requests: { cpu: onDevice ? (device.cpu ?? '100m') : '50m', memory: '128Mi' },
      ...(onDevice && device.resource ? { limits: { [device.resource]: '1' } } : {}),
    },
  };
}
