// infersight airflow render: the DAG in real Airflows, its pods on a real cluster.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { installAirflow } from './airflow/airflow.mjs';
import { IMAGE, startCluster } from './kubernetes/cluster.mjs';

const MAIN = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'infersight-e2e-'));
const dags = join(folder, 'dags');
let cluster;

const infersight = (...args) => execFileSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: 'utf8' });

before(async () => {
  cluster = await startCluster();
  writeFileSync(
    join(folder, 'pipeline.yaml'),
    `version: 1
name: fleet
models:
  camera: { backend: synthetic, build: { service: 5 ms, work: sleep } }
scenarios:
  street: { warmup: 0 s, duration: 10 s, steady: off, tasks: [ { model: camera, rate: 50 Hz } ] }
requirements:
  - { task: camera, metric: response, quantile: p50, max: 20 ms }
`,
  );
  writeFileSync(
    join(folder, 'fleet.yaml'),
    `version: 1\nimage: ${IMAGE}\npull_policy: Never\ndevices:\n  edge: { node: ${cluster.node}, data: { host_path: ${cluster.data} } }\n`,
  );
  mkdirSync(dags);
  infersight('airflow', 'render', 'pipeline.yaml', '--fleet', 'fleet.yaml', '--out', dags, '--xcom');
  cluster.kubectl('apply', '-f', join(dags, 'infersight_fleet.pipeline.yaml'));
});
after(async () => {
  await cluster?.stop();
});

for (const version of ['3.3.2', '2.11.2'])
  test(`Airflow ${version} runs all stages, and has the summary`, { timeout: 420_000 }, () => {
    const { airflow, python, env } = installAirflow(version, join(folder, version), dags, cluster.kubeconfig);
    const checked = execFileSync(process.execPath, [MAIN, 'airflow', 'check', dags, '--python', python], {
      encoding: 'utf8',
      env,
    });
    assert.match(checked, new RegExp(`^Airflow ${version}`));
    assert.match(checked, /edge\.profile\.street/);
    airflow('pools', 'import', join(dags, 'pools.json'));
    const { code, text } = airflow('dags', 'test', 'infersight_fleet');
    assert.equal(code, 0, text.slice(-4000));
    assert.match(text, /state[=:]\s*(?:<DagRunState\.SUCCESS: ')?success/i, text.slice(-3000));
    assert.match(text, /profile:street/, 'what a pod prints is in the log of its task');
    if (existsSync(cluster.data)) {
      const runs = execFileSync('ls', [join(cluster.data, 'runs')], { encoding: 'utf8' })
        .trim()
        .split('\n');
      const last = runs.at(-1) ?? '';
      assert.match(readFileSync(join(cluster.data, 'runs', last, 'profile_report.yaml'), 'utf8'), /verdict: pass/);
    }
  });

test('a DAG that Airflow cannot read is told in words', { timeout: 120_000 }, () => {
  const broken = join(folder, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'd.py'), 'from airflow import DAG\nraise ValueError("no")\n');
  const { python, env } = installAirflow('3.3.2', join(folder, '3.3.2'), dags, cluster.kubeconfig);
  assert.throws(
    () =>
      execFileSync(process.execPath, [MAIN, 'airflow', 'check', broken, '--python', python], {
        encoding: 'utf8',
        env,
        stdio: 'pipe',
      }),
    /ValueError: no/,
  );
});
