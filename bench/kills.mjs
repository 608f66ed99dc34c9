// Runs that are killed at random points: is what is left readable, and does the run go on? KILLS=200 node bench/run.mjs kills
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, main, round } from './support.mjs';

const KILLS = Number(process.env.KILLS ?? 20);
const WHOM = ['every process', 'infersight run', 'the executor'];
const PIPELINE = `version: 1
name: killed
models:
  a: { backend: synthetic, build: { service: 2 ms } }
  b: { backend: synthetic, build: { service: 20 ms } }
scenarios:
  s: { warmup: 200 ms, steady: off, duration: 1500 ms, repetitions: 2, tasks: [ { model: a, rate: 50 Hz }, { model: b, rate: 10 Hz } ] }
`;

/** Seeded, uniform in [0, 1). */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The command line in a folder, with a lock of its own: several run beside each other here. */
const cliIn =
  (folder) =>
  (...parameters) =>
    new Promise((done) => {
      const child = start(folder, parameters);
      const text = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr']) child[stream].on('data', (chunk) => (text[stream] += chunk));
      child.on('close', (status) => done({ status, ...text }));
    });

const start = (folder, parameters, options = {}) =>
  spawn(process.execPath, [main, ...parameters], {
    cwd: folder,
    env: { ...process.env, INFERSIGHT_LOCK: join(folder, 'lock') },
    ...options,
  });

async function killedAt(folder, ms, whom) {
  const child = start(folder, ['run', '--id', 'x', '--quiet'], { stdio: 'ignore', detached: true });
  const ended = new Promise((done) => child.on('close', done));
  await sleep(ms);
  const victim = whom === 2 ? childrenOf(child.pid, 'executor')[0] : undefined;
  try {
    process.kill(victim ?? (whom === 0 ? -child.pid : child.pid), 'SIGKILL');
  } catch {
    // It was done already.
  }
  await ended;
}

/** What is wrong with what a killed run left, in words. */
async function faults(folder) {
  const cli = cliIn(folder);
  const run = join(folder, 'runs/x');
  if (!existsSync(join(run, 'run.json'))) {
    // Killed before there was a run: making it anew must work.
    const again = await cli('run', '--id', 'x', '--quiet');
    return [0, 6].includes(again.status) || existsSync(join(run, 'profile_report.yaml'))
      ? { found: [], before: true }
      : { found: [`cannot be made again: ${again.stderr}`] };
  }
  const found = [];
  JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
  for (const command of ['status', 'report']) {
    const { status, stderr } = await cli(command, 'runs/x');
    if (status === 1 || / at .*\.js:\d+/.test(stderr)) found.push(`${command}: ${status} ${stderr}`);
  }
  const resumed = await cli('run', '--resume', 'runs/x', '--quiet');
  const { status: state } = JSON.parse((await cli('status', 'runs/x', '--json')).stdout);
  if (state !== 'done') found.push(`not resumed (${resumed.status}): ${state} ${resumed.stderr}`);
  const recordings = join(run, 'recordings/s');
  const parts = readdirSync(recordings);
  for (const n of ['1', '2'])
    if (!existsSync(join(recordings, n, 'jobs.arrow'))) found.push(`no recording of repetition ${n}`);
  return { found, parts: parts.filter((name) => name.includes('.')).length };
}

/** Some beside each other: most of the time of a run is waiting. */
const LANES = 4;

export async function kills() {
  const random = randomOf(7);
  const folders = Array.from({ length: LANES }, () => mkdtempSync(join(tmpdir(), 'infersight-kills-')));
  for (const folder of folders) writeFileSync(join(folder, 'pipeline.yaml'), PIPELINE);
  const begun = Date.now();
  await Promise.all(folders.map((folder) => cliIn(folder)('run', '--id', 'x', '--quiet')));
  const length = Date.now() - begun;
  const plan = Array.from({ length: KILLS }, (_, i) => ({ at: random() * length, whom: i % WHOM.length }));
  let next = 0;
  let bad = 0;
  let before = 0;
  let withParts = 0;
  const lane = async (folder) => {
    while (next < KILLS) {
      const { at, whom } = plan[next++];
      rmSync(join(folder, 'runs'), { recursive: true, force: true });
      await killedAt(folder, at, whom);
      const result = await faults(folder);
      if (result.before) before++;
      if (result.parts > 0) withParts++;
      if (result.found.length > 0) bad++;
      for (const fault of result.found) console.error(`${WHOM[whom]} killed at ${round(at, 0)} ms: ${fault}`);
    }
  };
  await Promise.all(folders.map(lane));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  return [
    {
      name: `runs killed (-9) at ${KILLS} random points: ${WHOM.join(', ')} in turn`,
      measured: `${KILLS - bad} readable and resumed`,
      limit: 'all',
      note: `a run takes ${round(length / 1000, 1)} s; ${before} killed before there was a run, ${withParts} with parts that were measured until then`,
      holds: bad === 0,
    },
  ];
}
