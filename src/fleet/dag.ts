/** A pipeline on a fleet -> an Airflow DAG: one static Python file, and what varies in a JSON file beside it. */
import { type FleetRun, limitOf, pipelineName, soloOption } from './jobs.js';
import { objectName, taskName } from './names.js';
import { type Manifest, podOf } from './pod.js';

/** Of a DAG. */
export interface DagOptions {
  /** As Airflow calls it. */
  readonly id: string;
  /** Cron or preset; by hand without. */
  readonly schedule?: string;
  readonly connection: string;
  readonly deferrable: boolean;
  /** The last task of a device returns its summary. */
  readonly xcom: boolean;
}

/** A folder's name out of Airflow's id of a run, which has colons. */
const RUN = '{{ run_id | replace(":", "-") | replace("+", "-") }}';
const PLACE = '@RUN@';

/** Airflow renders the pod as a Jinja template, so braces that are data must not look like one. */
const jinjaSafe = (text: string): string => text.replace(/\{[{%#]/g, (brace) => `{{ '${brace}' }}`);

function mapTexts(value: unknown, of: (text: string) => string): unknown {
  if (typeof value === 'string') return of(value);
  if (Array.isArray(value)) return value.map((v) => mapTexts(v, of));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, mapTexts(v, of)]));
}

const poolOf = (device: string): string => `infersight_${device.replaceAll('-', '_')}`;

/** What the Python file reads. */
export function dagDocument(run: FleetRun, options: DagOptions): Manifest {
  return {
    dag_id: options.id,
    schedule: options.schedule ?? null,
    namespace: run.fleet.namespace,
    kubernetes_conn_id: options.connection,
    deferrable: options.deferrable,
    devices: run.fleet.devices.map((device) => ({
      id: device.id,
      pool: poolOf(device.id),
      stages: run.plan.map((stage) => {
        const report = stage.kind === 'report';
        const { labels, spec } = podOf(stage, {
          fleet: run.fleet,
          device,
          run: PLACE,
          pipeline: pipelineName(run.name),
          options: [
            ...soloOption(run, stage),
            ...(report && options.xcom ? ['--summary', '/airflow/xcom/return.json'] : []),
          ],
        });
        const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { labels }, spec };
        return {
          id: taskName(stage.id),
          name: objectName('infersight', device.id, stage.id),
          needs: stage.needs.map(taskName),
          after: stage.after.map(taskName),
          exclusive: stage.exclusive !== undefined,
          // A build can be tried again; a measurement that was disturbed, or a verdict, is an answer.
          retries: stage.kind === 'prepare' || stage.kind === 'build' ? 1 : 0,
          skip_on_exit_code: report ? [6] : [],
          xcom: report && options.xcom,
          timeout_s: limitOf(stage),
          pod: mapTexts(mapTexts(pod, jinjaSafe), (text) => text.replaceAll(PLACE, `${RUN}.${device.id}`)),
        };
      }),
    })),
  };
}

/** For `airflow pools import`: worker slots of a device; what keeps it to one stage is in the pods. */
export const poolsDocument = ({ fleet }: FleetRun): Manifest =>
  Object.fromEntries(
    fleet.devices.map(({ id }) => [
      poolOf(id),
      { slots: 1, description: `device ${id}: one stage at a time`, include_deferred: true },
    ]),
  );
