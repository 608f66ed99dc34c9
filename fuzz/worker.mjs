// One worker: takes inputs one after another, guided by the code that they reach, and says where it is, so that a hang is
// seen from outside.
import { Session } from 'node:inspector';
import { parentPort, workerData } from 'node:worker_threads';
import { generator } from './random.mjs';
import { TARGETS } from './targets.mjs';

const { names, seed, until, most, clock } = workerData;
const now = new Int32Array(clock);
const session = new Session();
session.connect();
const post = (method, params = {}) =>
  new Promise((resolve, reject) =>
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result))),
  );
await post('Profiler.enable');
await post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });

/** Blocks of the product's code that have been reached. */
const reached = new Set();
async function newBlocks() {
  const { result } = await post('Profiler.takePreciseCoverage');
  let found = 0;
  for (const { url, functions } of result) {
    if (!url.includes('/dist/')) continue;
    for (const { ranges } of functions)
      for (const { startOffset, endOffset, count } of ranges) {
        if (count === 0) continue;
        const key = `${url}:${startOffset}:${endOffset}`;
        if (reached.has(key)) continue;
        reached.add(key);
        found++;
      }
  }
  return found;
}

const BATCH = 64;
const MOST_KEPT = 2000;
const counts = Object.fromEntries(names.map((name) => [name, 0]));
const kept = Object.fromEntries(names.map((name) => [name, [...TARGETS[name].seeds]]));
let total = 0;

function tryOne(name, input) {
  const begin = performance.now();
  Atomics.store(now, 0, Math.floor(begin));
  parentPort.postMessage({ kind: 'last', name, input });
  try {
    TARGETS[name].read(input);
  } catch (error) {
    if (!error?.problems) {
      parentPort.postMessage({ kind: 'failure', name, input, what: String(error?.stack ?? error) });
    }
  }
  return performance.now() - begin;
}

for (let round = 0; Date.now() < until && total < most; round++) {
  const name = names[round % names.length];
  const { mutate } = TARGETS[name];
  const random = generator(seed + round * 7919);
  const corpus = kept[name];
  const batch = [];
  let spent = 0;
  // A slow reader gets fewer inputs a round than a fast one, not less time.
  for (let i = 0; i < BATCH && spent < 400; i++) {
    const input = mutate(random.pick(corpus), random, TARGETS[name].seeds);
    batch.push(input);
    spent += tryOne(name, input);
  }
  total += batch.length;
  counts[name] += batch.length;
  if ((await newBlocks()) > 0 && corpus.length < MOST_KEPT)
    corpus.push(random.pick(batch), random.pick(batch), random.pick(batch));
  Atomics.store(now, 0, 0);
}
parentPort.postMessage({ kind: 'end', counts, blocks: reached.size });
