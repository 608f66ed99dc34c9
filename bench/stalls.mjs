// A run whose executor is stopped for 300 ms (SIGSTOP) in the middle: who is blamed? On the real clock.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { childrenOf, main, work } from './support.mjs';

const STOP_MS = 300;
const camera = 'cam: { backend: synthetic, build: { service: 3 ms, work: sleep } }';
const trace = Array.from({ length: 400 }, (_, i) => `${i * 20} ms`).join(', ');
/** Name, models, tasks, mode, and whether the stop makes the run invalid: it does where it is longer than a period. */
const SET_UPS = [
  ['one task at 50 Hz', [camera], '{ model: cam, rate: 50 Hz, overrun: latest }', 'periodic', true],
  [
    'two tasks whose jobs overlap',
    [camera, 'big: { backend: synthetic, build: { service: 220 ms, work: sleep } }'],
    '{ model: cam, rate: 50 Hz, overrun: latest }, { model: big, rate: 4 Hz, overrun: latest }',
    'periodic',
    true,
  ],
  [
    'the same, busy on their CPUs',
    [camera.replace('sleep', 'busy'), 'big: { backend: synthetic, build: { service: 220 ms, work: busy } }'],
    '{ model: cam, rate: 50 Hz, overrun: latest, accelerator: cpu }, { model: big, rate: 4 Hz, overrun: latest, accelerator: cpu }',
    'periodic',
    true,
  ],
  [
    'releases by a trace',
    [camera],
    `{ model: cam, trace: [${trace}], deadline: 20 ms, overrun: latest }`,
    'periodic',
    true,
  ],
  [
    'closed load',
    [camera, 'big: { backend: synthetic, build: { service: 20 ms, work: sleep } }'],
    '{ model: cam }, { model: big }',
    'async',
    true,
  ],
  ['one task at 2 Hz, deadline 250 ms', [camera], '{ model: cam, rate: 2 Hz, deadline: 250 ms }', 'periodic', false],
];

async function stopped(index, [, models, tasks, mode]) {
  const file = join(work, `stall-${index}.yaml`);
  const id = `stall-${index}-${process.pid}`;
  writeFileSync(
    file,
    `version: 1\nname: stall\nmodels:\n${models.map((m) => `  ${m}`).join('\n')}\nscenarios:\n  s: { mode: ${mode}, duration: 8 s, warmup: 0 s, tasks: [ ${tasks} ] }\n`,
  );
  const runs = join(work, 'runs');
  const child = spawn(process.execPath, [main, 'run', file, '--runs', runs, '--id', id, '--quiet'], {
    cwd: work,
    stdio: 'ignore',
  });
  const ended = new Promise((done) => child.on('close', done));
  let executor;
  while (executor === undefined) {
    await sleep(20);
    executor = childrenOf(child.pid, 'executor')[0];
  }
  await sleep(4000);
  process.kill(executor, 'SIGSTOP');
  await sleep(STOP_MS);
  process.kill(executor, 'SIGCONT');
  await ended;
  const report = parse(readFileSync(join(runs, id, 'profile_report.yaml'), 'utf8'));
  rmSync(join(runs, id), { recursive: true, force: true });
  return report.scenarios[0];
}

export async function stalls() {
  const rows = [];
  for (const [index, setUp] of SET_UPS.entries()) {
    const [name, , , , invalid] = setUp;
    const scenario = await stopped(index, setUp);
    const halt = scenario.findings.find((f) => f.id === 'process_stopped');
    const causes = {};
    for (const task of scenario.tasks)
      for (const [cause, n] of Object.entries(task.miss_pattern?.causes ?? {}))
        causes[cause] = (causes[cause] ?? 0) + n;
    const all = Object.values(causes).reduce((a, b) => a + b, 0);
    const wrong = scenario.findings.filter(
      (f) =>
        ['cpu_contention', 'foreign_cpu_load', 'overloaded_by_construction'].includes(f.id) && f.severity !== 'info',
    );
    rows.push({
      name: `stopped for ${STOP_MS} ms: ${name}`,
      measured: `${scenario.valid ? 'valid' : 'not valid'}; ${halt ? `process_stopped, ${halt.evidence.worst_ms} ms` : 'not found'}`,
      limit: invalid ? 'not valid, named, misses booked to it' : 'valid, named',
      note:
        all === 0
          ? 'no misses'
          : `misses by cause: ${Object.entries(causes)
              .map(([k, n]) => `${k} ${n}`)
              .join(', ')}`,
      holds:
        scenario.valid === !invalid &&
        Math.abs((halt?.evidence.worst_ms ?? 0) - STOP_MS) < 50 &&
        (causes.stopped ?? 0) >= 0.8 * all &&
        wrong.length === 0,
    });
  }
  return rows;
}
