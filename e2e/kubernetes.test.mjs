// infersight kubernetes run on a real API server, scheduler and kubelet.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { IMAGE, startCluster } from './kubernetes/cluster.mjs';

const MAIN = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/cli/main.js');
const MEASURED = [0, 5, 6];

const pipeline = (seconds) => `version: 1
name: fleet
models:
  camera: { backend: synthetic, build: { service: 5 ms, work: sleep } }
  lidar: { backend: synthetic, build: { service: 3 ms, work: sleep } }
scenarios:
  street: { warmup: 0 s, duration: ${seconds} s, steady: off, tasks: [ { model: camera, rate: 20 Hz }, { model: lidar, rate: 10 Hz } ] }
  park: { warmup: 0 s, duration: 2 s, steady: off, tasks: [ { model: camera, rate: 10 Hz } ] }
`;

/** prepare, two builds, a profile, twice layers and explore, report. */
const NINE = `version: 1
name: nine
models:
  classifier: { file: classifier.onnx, backend: onnxruntime, inputs: { x: { shape: [1, 3, 48, 192] } } }
  vad:
    file: vad.onnx
    backend: onnxruntime
    inputs: { input: { shape: [1, 512] }, state: { shape: [2, 1, 128], feedback: stateN }, sr: { data: 16000 } }
scenarios:
  street: { warmup: 0 s, duration: 2 s, steady: off, tasks: [ { model: classifier, rate: 10 Hz }, { model: vad, rate: 20 Hz } ] }
`;

let cluster;
const folder = mkdtempSync(join(tmpdir(), 'infersight-e2e-'));

before(async () => {
  cluster = await startCluster();
  writeFileSync(join(folder, 'short.yaml'), pipeline(2));
  writeFileSync(join(folder, 'long.yaml'), pipeline(15));
  writeFileSync(
    join(folder, 'fleet.yaml'),
    `version: 1\nimage: ${IMAGE}\npull_policy: Never\ndevices:\n  edge: { node: ${cluster.node}, data: { host_path: ${cluster.data} } }\n`,
  );
  // One node stands for two devices, which have volumes of their own.
  const device = (id) => `  ${id}: { node: ${cluster.node}, data: { host_path: ${cluster.data}-${id} } }\n`;
  writeFileSync(
    join(folder, 'two.yaml'),
    `version: 1\nimage: ${IMAGE}\npull_policy: Never\nmodels_path: /opt/models\ndevices:\n${device('edge')}${device('depot')}`,
  );
  writeFileSync(join(folder, 'nine.yaml'), NINE);
});
after(async () => {
  await cluster?.stop();
});

function infersight(args, onLine = () => {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part) => {
      text += part;
      for (const line of part.split('\n')) onLine(line, child);
    });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, text })));
}

const onFleet = (file, name, onLine) =>
  infersight(['kubernetes', 'run', file, '--fleet', 'fleet.yaml', '--name', name], onLine);

/** Begin and end of the pods that had the device. */
async function watchDevice() {
  const child = spawn(
    'sh',
    [
      '-c',
      'while :; do date +%s%N; kubectl get pods -l infersight.dev/exclusive -o jsonpath="{range .items[?(@.status.phase==\\"Running\\")]}{.metadata.name} {end}"; echo; sleep 0.3; done',
    ],
    {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig, PATH: `${cluster.bin ?? ''}:${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  let most = 0;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    for (const line of text.split('\n')) {
      const names = line.split(' ').filter((n) => n.startsWith('infersight'));
      most = Math.max(most, names.length);
    }
  });
  return {
    stop() {
      child.kill('SIGKILL');
      return most;
    },
  };
}

test('every stage is a Job, and the results lie on the device', { timeout: 240_000 }, async () => {
  const { code, text } = await onFleet('short.yaml', 'first');
  assert.ok(MEASURED.includes(code), text);
  for (const stage of ['prepare', 'build:camera', 'build:lidar', 'profile:street', 'profile:park', 'report'])
    assert.match(text, new RegExp(`${stage} (done|from the cache)`), text);
  // What happens inside a pod is told as it happens.
  assert.match(text, /measure \d/);
  const there = join(cluster.data, 'runs/first.edge');
  if (existsSync(cluster.data)) {
    assert.ok(existsSync(join(there, 'report.html')));
    assert.match(readFileSync(join(there, 'profile_report.yaml'), 'utf8'), /hostname: edge/);
  }
  assert.equal(cluster.kubectl('get', 'jobs', '-o', 'name').trim(), '', 'Jobs that were done are gone');
});

test('nine stages of real models on two devices, and their results here', { timeout: 300_000 }, async () => {
  const { code, text } = await infersight(['kubernetes', 'run', 'nine.yaml', '--fleet', 'two.yaml', '--name', 'nine']);
  assert.ok(MEASURED.includes(code), text);
  for (const device of ['edge', 'depot']) {
    const here = join(folder, `runs/nine.${device}`);
    const { stages } = JSON.parse(readFileSync(join(here, 'run.json'), 'utf8'));
    assert.equal(stages.length, 9);
    for (const { id } of stages) assert.match(text, new RegExp(`\\[${device}\\] .*${id} (done|from the cache)`), text);
    assert.ok(existsSync(join(here, 'report.html')));
    assert.ok(existsSync(join(here, 'engines/vad/explore.json')));
    assert.ok(!existsSync(join(here, 'models')));
  }
  const list = await infersight(['compare', 'runs/nine.edge', 'runs/nine.depot']);
  assert.match(list.text, /vad/);
  assert.equal(cluster.kubectl('get', 'jobs', '-o', 'name').trim(), '');
});

test('two orchestrators at once never share the device', { timeout: 300_000 }, async () => {
  const watch = await watchDevice();
  const both = await Promise.all([onFleet('short.yaml', 'one'), onFleet('short.yaml', 'two')]);
  const most = watch.stop();
  for (const { code, text } of both) assert.ok(MEASURED.includes(code), text);
  assert.equal(most, 1);
  assert.match(both.map((b) => b.text).join('\n'), /waits: another stage has the device/);
});

test('a pod that is deleted ends its stage, and no second one is made', { timeout: 240_000 }, async () => {
  let deleted = false;
  const { code, text } = await onFleet('long.yaml', 'deleted', (line) => {
    if (!deleted && /measure \d/.test(line)) {
      deleted = true;
      spawn('sh', ['-c', 'kubectl delete pod -l infersight.dev/stage-kind=profile --wait=false'], {
        env: { ...process.env, KUBECONFIG: cluster.kubeconfig, PATH: `${cluster.bin ?? ''}:${process.env.PATH}` },
      });
    }
  });
  assert.notEqual(code, 0, text);
  assert.ok(deleted);
  const pods = JSON.parse(
    cluster.kubectl('get', 'pods', '-l', 'infersight.dev/stage-kind=profile', '-o', 'json'),
  ).items;
  const own = pods.filter((p) => p.metadata.labels['batch.kubernetes.io/job-name']?.startsWith('infersight-deleted'));
  assert.ok(own.length <= 1, `${own.length} pods`);
  cluster.kubectl('delete', 'jobs', '--all');
});

test('a restart of the API server in the middle is outlived', {
  timeout: 240_000,
  skip: process.env.INFERSIGHT_E2E_KUBECONFIG && 'of a cluster of its own',
}, async () => {
  let killed = false;
  const { code, text } = await onFleet('long.yaml', 'restarted', (line) => {
    if (!killed && /measure \d/.test(line)) {
      killed = true;
      cluster.killApiServer();
    }
  });
  assert.ok(killed);
  assert.ok(MEASURED.includes(code), text);
  assert.match(text, /report done/);
});

test('a driver that was killed goes on with the same Jobs', { timeout: 240_000 }, async () => {
  let killed = false;
  const first = await onFleet('long.yaml', 'left', (line, child) => {
    if (!killed && /measure \d/.test(line)) {
      killed = true;
      child.kill('SIGKILL');
    }
  });
  assert.equal(first.code, null);
  const { code, text } = await onFleet('long.yaml', 'left');
  assert.ok(MEASURED.includes(code), text);
  if (existsSync(cluster.data))
    assert.match(readFileSync(join(cluster.data, 'runs/left.edge/profile_report.yaml'), 'utf8'), /released: 300/);
});

test('Ctrl-C ends the stage that runs, and the run', { timeout: 240_000 }, async () => {
  let sent = false;
  const { code, text } = await onFleet('long.yaml', 'stopped', (line, child) => {
    if (!sent && /measure \d/.test(line)) {
      sent = true;
      child.kill('SIGINT');
    }
  });
  assert.equal(code, 130, text);
  assert.match(text, /interrupted/);
});

test('a pod that cannot begin says why', { timeout: 240_000 }, async () => {
  writeFileSync(
    join(folder, 'away.yaml'),
    `version: 1\nimage: localhost/none:1\npull_policy: Never\ndevices:\n  edge: { node: ${cluster.node}, data: { host_path: ${cluster.data} } }\n`,
  );
  const { code, text } = await infersight([
    'kubernetes',
    'run',
    'short.yaml',
    '--fleet',
    'away.yaml',
    '--name',
    'away',
  ]);
  assert.equal(code, 4, text);
  assert.match(text, /ErrImageNeverPull/);
});
