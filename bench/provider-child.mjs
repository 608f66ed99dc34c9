// One network on one execution provider of ONNX Runtime, back to back: prints the time of a run as JSON. A process of its own, as a
// provider that does not fit its libraries may end it. Arguments: file, shapes as JSON, provider, provider options as JSON.
import { makeFeeds } from '../dist/backends/make-feeds.js';
import { OrtSession } from '../dist/backends/onnxruntime/session.js';
import { median, round, work } from './support.mjs';

const [, , file, shapesText, provider, optionsText = '{}'] = process.argv;
const shapes = JSON.parse(shapesText);
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
// The first runs load kernels, which can take a minute.
for (let i = 0; i < 100; i++) session.infer();
const times = [];
const begin = performance.now();
while (times.length < 1000 && performance.now() - begin < 20_000) {
  const start = performance.now();
  session.infer();
  times.push(performance.now() - start);
}
console.log(JSON.stringify({ p50: round(median(times), 4), runs: times.length, loaded_s: round(begin / 1000, 1) }));
session.close();
