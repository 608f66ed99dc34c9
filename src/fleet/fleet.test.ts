/** Pods, Jobs and DAGs of a pipeline on a fleet. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readFleet } from '../formats/fleet/fleet.js';
import { parsePipeline } from '../formats/pipeline/parse.js';
import { planStages } from '../formats/run/plan.js';
import { dagDocument, poolsDocument } from './dag.js';
import { type FleetRun, fleetManifests, jobOf } from './jobs.js';
import { objectName, taskName } from './names.js';

const pipelineText = `version: 1
name: t
models:
  a: { backend: synthetic, build: { service: 1 ms } }
scenarios:
  s: { tasks: [ { model: a, rate: 10 Hz } ] }
`;
const fleetText = `version: 1
image: robots/infersight:1
models: { claim: models }
devices:
  orin-7: { resource: nvidia.com/gpu, runtime_class: nvidia, tolerations: [ { key: edge, operator: Exists } ], env: { BRACES: "{{ x }}" } }
  xavier: { node: node-3, data: { claim: xavier-data } }
`;
const run: FleetRun = {
  fleet: readFleet(fleetText, 'fleet.yaml'),
  plan: planStages(parsePipeline(pipelineText, 't.yaml'), false),
  pipelineText,
  name: 'friday',
  solo: false,
  hash: (text) => createHash('sha256').update(text).digest('hex'),
};

interface Pod {
  readonly containers: readonly { args: string[]; resources: object; env: { name: string; value?: string }[] }[];
  readonly nodeSelector: object;
  readonly affinity?: object;
  readonly runtimeClassName?: string;
  readonly volumes: readonly object[];
}
const podsOf = () =>
  (fleetManifests(run) as unknown as { kind: string; metadata: { name: string }; spec: { template: { spec: Pod } } }[])
    .filter((m) => m.kind === 'Job')
    .map((m) => ({ name: m.metadata.name, pod: m.spec.template.spec }));

describe('a fleet', () => {
  it('has a Job for each stage on each device, and names that Kubernetes takes', () => {
    const names = podsOf().map((p) => p.name);
    expect(names).toHaveLength(run.plan.length * 2);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/);
  });

  it('keeps stages that use the device apart, on its own node, with what it asks for', () => {
    const at = (name: RegExp) => podsOf().find((p) => name.test(p.name))?.pod ?? expect.fail(String(name));
    const profile = at(/orin-7-profile/);
    expect(profile.affinity).toMatchObject({
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { 'infersight.dev/exclusive': 'orin-7' } }, namespaceSelector: {} },
        ],
      },
    });
    expect(profile.containers[0].resources).toMatchObject({ limits: { 'nvidia.com/gpu': '1' } });
    expect([profile.runtimeClassName, profile.nodeSelector]).toEqual([
      'nvidia',
      { 'kubernetes.io/hostname': 'orin-7' },
    ]);
    const report = at(/orin-7-report/);
    expect(report.affinity).toBeUndefined();
    expect(report.containers[0].resources).not.toHaveProperty('limits');
    const prepare = at(/xavier-prepare/);
    expect(prepare.containers[0].args).toEqual(
      expect.arrayContaining(['--pipeline', '/pipeline/pipeline.yaml', '--source', '/models']),
    );
    expect(prepare.nodeSelector).toEqual({ 'kubernetes.io/hostname': 'node-3' });
    expect(prepare.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'xavier-data' } });
  });

  it('tells the same Job from another of its name', () => {
    const [device] = run.fleet.devices;
    const [stage] = run.plan;
    const spec = (r: FleetRun) =>
      (jobOf(r, device, stage).metadata as { annotations: Record<string, string> }).annotations['infersight.dev/spec'];
    expect(spec(run)).toBe(spec({ ...run }));
    expect(spec(run)).not.toBe(spec({ ...run, pipelineText: `${pipelineText}# other\n` }));
  });

  it('says all that is wrong with a fleet file', () => {
    expect(() =>
      readFleet('version: 1\nimage: x\ndevices: { "A B": { data: { host_path: x } } }\n', 'fleet.yaml'),
    ).toThrow(/lower-case letters|absolute path/);
    expect(() => readFleet('version: 2\nimage: x\ndevices: {}\n', 'fleet.yaml')).toThrow(/version/);
  });
});

describe('a DAG', () => {
  const options = { id: 'd', connection: 'kubernetes_default', deferrable: false, xcom: true };
  const dag = dagDocument(run, options) as unknown as {
    devices: {
      id: string;
      pool: string;
      stages: {
        id: string;
        needs: string[];
        retries: number;
        skip_on_exit_code: number[];
        xcom: boolean;
        pod: { spec: Pod };
      }[];
    }[];
  };

  it('never repeats a measurement, and takes an open verdict as skipped', () => {
    const stages = new Map(dag.devices[0].stages.map((s) => [s.id, s]));
    expect(stages.get('profile.s')?.retries).toBe(0);
    expect(stages.get('build.a')?.retries).toBe(1);
    expect(stages.get('report')).toMatchObject({ retries: 0, skip_on_exit_code: [6], xcom: true });
    expect(stages.get('profile.s')?.needs).toEqual(['build.a']);
    expect(Object.keys(poolsDocument(run))).toEqual(['infersight_orin_7', 'infersight_xavier']);
  });

  it('has the run of Airflow in its paths, and braces that are data stay data', () => {
    const { args, env } = dag.devices[0].stages[0].pod.spec.containers[0];
    expect(args).toContain('/infersight/runs/{{ run_id | replace(":", "-") | replace("+", "-") }}.orin-7');
    expect(env.find((e) => e.name === 'BRACES')?.value).toBe("{{ '{{' }} x }}");
  });
});

it('names are short, plain, and differ when their texts do', () => {
  const long = 'x'.repeat(80);
  expect(objectName('a', 'b')).toBe('a-b');
  expect(objectName(`${long}1`)).not.toBe(objectName(`${long}2`));
  expect(objectName('Über', 'profile:Straße')).toMatch(/^[a-z0-9-]{1,52}$/);
  expect(objectName('build:a')).not.toBe(objectName('build.a'));
  expect(taskName('build:detector@gpu-1')).toBe('build.detector.gpu-1');
});
