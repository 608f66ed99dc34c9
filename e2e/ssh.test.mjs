// infersight run --on: a real sshd, a user without rights, a root without Node.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodePart, programPart } from '../dist/orchestrators/device-parts.js';
import { startDevice } from './sshd.mjs';

const MAIN = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/cli/main.js');
/** Done; not valid on a machine that stalls; a requirement that failed. */
const MEASURED = [0, 5, 6];

const pipeline = (seconds) => `version: 1
name: fleet
models:
  camera: { backend: synthetic, build: { service: 5 ms, work: sleep } }
scenarios:
  street: { warmup: 0 s, duration: ${seconds} s, steady: off, tasks: [ { model: camera, rate: 20 Hz } ] }
targets:
  orin: { ssh: robot }
  xavier: { ssh: robot-2 }
`;

let device;
const folder = mkdtempSync(join(tmpdir(), 'infersight-e2e-'));
const runs = join(folder, 'runs');

before(async () => {
  device = await startDevice();
  writeFileSync(join(folder, 'short.yaml'), pipeline(3));
  writeFileSync(join(folder, 'long.yaml'), pipeline(20));
});
after(() => device?.stop());

/** @param onLine called with each line that is printed */
function infersight(args, onLine = () => {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { ...process.env, INFERSIGHT_SSH: device.ssh, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let stdout = '';
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part) => {
      text += part;
      for (const line of part.split('\n')) onLine(line, child);
    });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, text, stdout })));
}

const remoteRuns = () => {
  const at = join(device.home, '.infersight/runs');
  return existsSync(at) ? readdirSync(at) : [];
};

test('a device without Node is given what it lacks, once, and the results come back', {
  timeout: 180_000,
}, async () => {
  const first = await infersight(['run', 'short.yaml', '--on', 'orin', '--id', 'first']);
  assert.ok(MEASURED.includes(first.code), first.text);
  assert.match(first.text, /robot is given Node/);
  assert.match(first.text, /profile:street done/);
  const report = readFileSync(join(runs, 'first/profile_report.yaml'), 'utf8');
  assert.match(report, /node: 22\./);
  assert.ok(existsSync(join(runs, 'first/recordings/street/1/jobs.arrow')));
  assert.ok(JSON.parse(readFileSync(join(runs, 'first/remote.json'), 'utf8')).fetched);
  assert.deepEqual(remoteRuns(), [], 'the device has its room back');
  const second = await infersight(['run', 'short.yaml', '--on', 'robot', '--id', 'second']);
  assert.ok(MEASURED.includes(second.code), second.text);
  assert.doesNotMatch(second.text, /robot is given/);
  // What happened there is in the log here, in its order, for a page that follows.
  const kinds = readFileSync(join(runs, 'second/events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).kind);
  assert.equal(kinds.at(-1), 'run-end');
  assert.ok(kinds.includes('progress'));
});

test('a device is calibrated from here, and advice is given here', { timeout: 120_000 }, async () => {
  const { code, text } = await infersight(['calibrate', 'short.yaml', '--on', 'robot', '--id', 'calibrated']);
  assert.ok(MEASURED.includes(code), text);
  for (const file of ['calibration.json', 'advice.json', 'report.html'])
    assert.ok(existsSync(join(runs, 'calibrated', file)), file);
  const advice = await infersight(['advise', 'runs/calibrated', '--json']);
  const [{ headroom }] = JSON.parse(advice.text);
  assert.ok(headroom[0].highest_rate_hz > 20, advice.text);
});

test('the parts for the other architecture can be had, and hold nothing of this one', {
  timeout: 240_000,
}, async () => {
  const files = [];
  for (const part of [await nodePart('arm64'), await programPart('arm64')]) {
    const { tar, done } = part.pack();
    const list = spawn('tar', ['-tf', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    list.stdout.setEncoding('utf8').on('data', (names) => {
      text += names;
    });
    tar.pipe(list.stdin);
    await Promise.all([done, new Promise((resolve) => list.once('close', resolve))]);
    files.push(...text.split('\n'));
  }
  for (const name of [
    /bin\/node$/,
    /koffi-linux-arm64/,
    /resvg-js-linux-arm64/,
    /linux-arm64\/libonnxruntime/,
    /dist\/cli\/main\.js$/,
  ])
    assert.ok(
      files.some((f) => name.test(f)),
      String(name),
    );
  assert.deepEqual(
    files.filter((f) => /linux-x64|\.test\.js$/.test(f)),
    [],
  );
});

test('several devices at once give one comparison', { timeout: 120_000 }, async () => {
  const { code, text } = await infersight(['run', 'short.yaml', '--on', 'all', '--id', 'both']);
  assert.ok(MEASURED.includes(code), text);
  assert.match(text, /orin.*xavier/);
  assert.match(text, /street\/camera.*p99/);
  // Both are one device here, and its lock lets one of them measure at a time.
  assert.match(text, /waiting for the device/);
  for (const name of ['both-orin', 'both-xavier']) assert.ok(existsSync(join(runs, name, 'report.html')), name);
});

test('Ctrl-C ends it there, and what was recorded is reported here; --resume goes on', {
  timeout: 120_000,
}, async () => {
  let sent = false;
  const { code, text } = await infersight(['run', 'long.yaml', '--on', 'orin', '--id', 'stopped'], (line, child) => {
    if (!sent && /measure \d/.test(line)) {
      sent = true;
      child.kill('SIGINT');
    }
  });
  assert.equal(code, 130, text);
  assert.ok(existsSync(join(runs, 'stopped/profile_report.yaml')), text);
  const again = await infersight(['run', '--resume', join(runs, 'stopped'), '--on', 'orin']);
  assert.ok(MEASURED.includes(again.code), again.text);
  assert.ok(existsSync(join(runs, 'stopped/recordings/street/1.1')), 'the part before is kept');
});

test('a connection that breaks does not end the measurement', { timeout: 120_000 }, async () => {
  let cut = false;
  const { code, text } = await infersight(['run', 'long.yaml', '--on', 'orin', '--id', 'broken'], (line) => {
    if (!cut && /measure \d/.test(line)) {
      cut = true;
      device.cut();
      setTimeout(device.up, 4000);
    }
  });
  assert.ok(MEASURED.includes(code), text);
  assert.match(text, /connection to robot lost/);
  const report = readFileSync(join(runs, 'broken/profile_report.yaml'), 'utf8');
  assert.match(report, /released: 400/, 'nothing of it is missing');
});

test('attach goes on where this program was killed', { timeout: 120_000 }, async () => {
  let killed = false;
  const { code } = await infersight(['run', 'long.yaml', '--on', 'orin', '--id', 'left'], (line, child) => {
    if (!killed && /measure \d/.test(line)) {
      killed = true;
      child.kill('SIGKILL');
    }
  });
  assert.equal(code, null);
  const { code: attached, text } = await infersight(['attach', join(runs, 'left')]);
  assert.ok(MEASURED.includes(attached), text);
  assert.match(readFileSync(join(runs, 'left/profile_report.yaml'), 'utf8'), /released: 400/);
});

test('doctor tells what the device has', { timeout: 60_000 }, async () => {
  const { text, stdout } = await infersight(['doctor', '--on', 'robot', '--json']);
  const facts = JSON.parse(stdout);
  assert.equal(facts.device.versions.node.split('.')[0], '22');
  assert.ok(
    facts.backends.some((b) => b.id === 'onnxruntime' && !b.problem),
    text,
  );
});

test('what cannot be reached is told in words', { timeout: 60_000 }, async () => {
  device.cut();
  const { code, text } = await infersight(['run', 'short.yaml', '--on', 'orin', '--id', 'none']);
  device.up();
  assert.equal(code, 4, text);
  assert.match(text, /robot cannot be reached: .*refused/i);
  assert.doesNotMatch(text, /at .*\.js:/);
  const wrong = await infersight(['run', 'short.yaml', '--on', '-oProxyCommand=x']);
  assert.equal(wrong.code, 2, wrong.text);
  assert.deepEqual(
    readdirSync(runs).filter((name) => name.startsWith('fleet-')),
    [],
    'nothing was made',
  );
});
