// 64 tasks on this machine; analysis of 10 million jobs; a model of 1.5 GB; start-up.
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSeries } from '../dist/formats/recording/arrow.js';
import { readReport } from '../dist/index.js';
import { main, median, root, round, run, runPipeline, work } from './support.mjs';

export async function manyTasks() {
  const tasks = Array.from(
    { length: 64 },
    (_, i) => `{ model: m, name: t${i}, rate: 50 Hz, phase: ${((i * 20) / 64).toFixed(3)} ms }`,
  );
  const folder = runPipeline(
    'many',
    `version: 1
name: many
models:
  m: { backend: synthetic, build: { service: 100 us } }
scenarios:
  s: { warmup: 3 s, steady: off, duration: 60 s, tasks: [ ${tasks.join(', ')} ] }
`,
  );
  const [scenario] = (await readReport(folder)).scenarios;
  const path = join(folder, 'recordings/s/1/series.arrow');
  const rss = decodeSeries(readFileSync(path), path).find((s) => s.name === 'process.rss').value;
  const third = Math.floor(rss.length / 3);
  const growth = median(rss.slice(-third)) / median(rss.slice(third, 2 * third));
  const missed = scenario.tasks.reduce((sum, t) => sum + t.released - t.completed + t.late, 0);
  return [
    {
      name: '64 tasks at 50 Hz for 60 s',
      measured: `${scenario.valid ? 'valid' : scenario.invalid_reason}, ${missed} of ${scenario.tasks.reduce((s, t) => s + t.released, 0)} missed, ${round(median(rss) / 1e6, 0)} MB`,
      ratio: round(growth),
      limit: 'generator valid; memory of the last third / of the middle third <= 1.05',
      holds: scenario.valid && growth <= 1.05,
    },
  ];
}

export async function analysis() {
  const script = join(root, 'bench/analysis-child.mjs');
  const answer = JSON.parse(run(process.execPath, ['--max-old-space-size=4096', script, '10000000']).stdout);
  return [
    {
      name: 'analysis of 10 million jobs',
      measured: `${round(answer.seconds, 2)} s, ${round(answer.rss / 1e9, 2)} GB (read ${round(answer.read, 2)} s)`,
      limit: 'under 10 s and 1.5 GB',
      holds: answer.seconds + answer.read < 10 && answer.rss < 1.5e9,
    },
  ];
}

export async function inspectLarge() {
  const varint = (n) => (n < 128 ? [n] : [(n % 128) | 128, ...varint(Math.floor(n / 128))]);
  const text = (f, s) => [...varint(f * 8 + 2), ...varint(s.length), ...Buffer.from(s)];
  const elements = 375_000_000;
  const head = [...varint(8), ...varint(elements), ...varint(16), 1, ...text(8, 'w')];
  const raw = [...varint(9 * 8 + 2), ...varint(elements * 4)];
  const tensorLength = head.length + raw.length + elements * 4;
  const node = [...text(1, 'w'), ...text(2, 'y'), ...text(4, 'Relu')];
  const graphHead = [
    ...varint(1 * 8 + 2),
    ...varint(node.length),
    ...node,
    ...text(2, 'g'),
    ...varint(5 * 8 + 2),
    ...varint(tensorLength),
  ];
  const prefix = Buffer.from([
    8,
    8,
    ...varint(7 * 8 + 2),
    ...varint(graphHead.length + tensorLength),
    ...graphHead,
    ...head,
    ...raw,
  ]);
  const file = join(work, 'large-1500MB.onnx');
  const fd = openSync(file, 'w');
  writeSync(fd, prefix);
  ftruncateSync(fd, prefix.length + elements * 4);
  closeSync(fd);
  const script = `const { resourceUsage } = process; const t = performance.now(); const { runMain } = await import(${JSON.stringify(join(root, 'dist/cli/program.js'))});
    const code = await runMain(['node', 'infersight', 'inspect', ${JSON.stringify(file)}]); console.error(JSON.stringify({ code, ms: performance.now() - t, rss: process.resourceUsage().maxRSS * 1024 }));`;
  const empty = Number(
    run(process.execPath, ['--input-type=module', '-e', 'console.log(process.resourceUsage().maxRSS * 1024)']).stdout,
  );
  const answer = JSON.parse(
    run(process.execPath, ['--input-type=module', '-e', script]).stderr.trim().split('\n').at(-1),
  );
  return [
    {
      name: 'inspect of a 1.5 GB model',
      baseline: `node alone ${round(empty / 1e6, 0)} MB`,
      measured: `${round(answer.ms, 0)} ms, ${round(answer.rss / 1e6, 0)} MB`,
      limit: 'under 1 s and 100 MB',
      holds: answer.code === 0 && answer.ms < 1000 && answer.rss < 100e6,
    },
  ];
}

export async function startUp() {
  const time = (parameters) => {
    const begin = performance.now();
    run(process.execPath, parameters);
    return performance.now() - begin;
  };
  const bare = [];
  const help = [];
  for (let i = 0; i < 21; i++) {
    bare.push(time(['-e', '0']));
    help.push(time([main, '--help']));
  }
  return [
    {
      name: 'start-up of infersight --help',
      baseline: `node -e 0: ${round(median(bare), 1)} ms`,
      measured: `${round(median(help), 1)} ms`,
      ratio: round(median(help.map((v, i) => v / bare[i])), 2),
      limit: 'shown, no limit',
    },
  ];
}
