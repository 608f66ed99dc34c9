// npm run fuzz -- [--seconds 30] [--inputs N] [--seed 1] [target...]
// Changed files of every kind that is read: each must give an answer or a Problem, within two seconds. Seeded; guided by the
// code that inputs reach (V8's block coverage). Failures are written to .cache/fuzz/ and end the run with 1.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { TARGETS } from './targets.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '30' },
    inputs: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
const unknown = names.filter((name) => !(name in TARGETS));
if (unknown.length > 0) {
  console.error(`no target ${unknown.join(', ')}; there are ${Object.keys(TARGETS).join(', ')}`);
  process.exit(2);
}
const SLOW_MS = 2000;
const folder = fileURLToPath(new URL('../.cache/fuzz', import.meta.url));
mkdirSync(folder, { recursive: true });
const until = Date.now() + 1000 * Number(values.seconds);
const workers = Number(values.workers);
const failures = new Map();

function fail(name, input, what) {
  // One of a kind is enough.
  const kind = `${name}: ${what.split('\n').slice(0, 2).join(' ')}`.slice(0, 300);
  if (failures.has(kind)) {
    failures.set(kind, failures.get(kind) + 1);
    return;
  }
  failures.set(kind, 1);
  const path = join(folder, `${name.replaceAll(/\W+/g, '-')}-${failures.size}`);
  writeFileSync(path, input);
  console.error(`FAILURE ${what.split('\n').slice(0, 4).join('\n  ')}\n  input: ${path}`);
}

function start(index) {
  return new Promise((resolve) => {
    const clock = new SharedArrayBuffer(4);
    const workerData = {
      names,
      seed: Number(values.seed) * 1000 + index,
      until,
      most: Number(values.inputs) / workers,
      clock,
    };
    const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    let last;
    let begun = 0;
    const watch = setInterval(() => {
      const at = Atomics.load(new Int32Array(clock), 0);
      if (at === 0 || at !== begun) {
        begun = at;
        since = Date.now();
      } else if (Date.now() - since > SLOW_MS) {
        if (last) fail(last.name, last.input, `took longer than ${SLOW_MS} ms`);
        clearInterval(watch);
        worker.terminate();
      }
    }, 100);
    let since = Date.now();
    let result = { counts: {}, blocks: 0 };
    worker.on('message', (message) => {
      if (message.kind === 'last') last = message;
      else if (message.kind === 'failure') fail(message.name, message.input, message.what);
      else result = message;
    });
    worker.on('error', (error) => fail(last?.name ?? 'worker', last?.input ?? '', String(error?.stack ?? error)));
    worker.on('exit', () => {
      clearInterval(watch);
      resolve(result);
    });
  });
}

const results = await Promise.all(Array.from({ length: workers }, (_, i) => start(i)));
const counts = {};
for (const { counts: part } of results)
  for (const [name, n] of Object.entries(part)) counts[name] = (counts[name] ?? 0) + n;
const total = Object.values(counts).reduce((a, b) => a + b, 0);
console.log(
  Object.entries(counts)
    .map(([name, n]) => `${name} ${n}`)
    .join(', '),
);
console.log(
  `${total} inputs, ${Math.max(0, ...results.map((r) => r.blocks))} blocks of code reached, ${failures.size} kinds of failure (seed ${values.seed})`,
);
process.exitCode = failures.size > 0 ? 1 : 0;
