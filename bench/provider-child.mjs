// One network on one execution provider of ONNX Runtime, back to back: prints the time of a run as JSON. A process of its own, as a
// provider that does not fit its libraries may end it. Arguments: file, shapes as JSON, provider, provider options as JSON.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeFeeds } from '../dist/backends/make-feeds.js';
import { OrtSession } from '../dist/backends/onnxruntime/session.js';
import { median, round, work } from './support.mjs';

const [, , file, shapesText, provider, optionsText = '{}'] = process.argv;
const shapes = JSON.parse(shapesText);
const cache = join(work, 'ort-trt');
mkdirSync(cache, { recursive: true });
const session = new OrtSession(file, {
  provider,
  providerOptions: JSON.parse(optionsText),
  level: 'all',
  threads: 4,
  freeDimensions: {},
  sessionConfig: {},
  customOps: [],
  logId: 'bench',
});
session.bind(makeFeeds(session.inputs, {}, shapes, 1, work));
const times = [];
const begin = performance.now();
for (let i = 0; i < 1100; i++) {
  const start = performance.now();
  session.infer();
  const end = performance.now();
  if (i >= 100) times.push(end - start);
  if (end - begin > 20_000) break;
}
console.log(JSON.stringify({ p50: round(median(times), 4), runs: times.length, loaded_s: round(begin / 1000, 1) }));
session.close();
