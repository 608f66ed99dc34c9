// What is fuzzed: a reader with what stands behind it, the files it begins with, and how they are changed.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildReport } from '../dist/analysis/report.js';
import { runSummary } from '../dist/analysis/run-summary.js';
import { serviceTimesOf } from '../dist/analysis/service-times.js';
import { compareEngines } from '../dist/explorer/match/compare.js';
import { reportSources } from '../dist/explorer/sources.js';
import { readEngineManifest } from '../dist/formats/engine/engine.js';
import { readEngineMemory } from '../dist/formats/engine/memory.js';
import { readModelSummary } from '../dist/formats/engine/model.js';
import { parsePipeline } from '../dist/formats/pipeline/parse.js';
import { decodeJobs, decodeSeries } from '../dist/formats/recording/arrow.js';
import { readRecordingDocument } from '../dist/formats/recording/recording.js';
import { readServiceTimes } from '../dist/formats/recording/service-times.js';
import { parseTegrastats, readingsOf } from '../dist/formats/recording/tegrastats.js';
import { readProfileReport } from '../dist/formats/report/report.js';
import { planStages } from '../dist/formats/run/plan.js';
import { readRunDocument } from '../dist/formats/run/run.js';
import { readRunSummary } from '../dist/formats/run/run-summary.js';
import { readStageState } from '../dist/formats/run/stage-state.js';
import { readNpy } from '../dist/formats/tensor/npy.js';
import { modelTable } from '../dist/onnx/layer-table.js';
import { externalFiles } from '../dist/onnx/read/external.js';
import { looksLikeModel, readModel } from '../dist/onnx/read/read.js';
import { summarize } from '../dist/onnx/summary.js';
import { parseHeader, parseRow } from '../dist/probes/nvidia-smi.js';
import { reportCsv } from '../dist/report/csv.js';
import { reportJunit } from '../dist/report/junit.js';
import { reportMarkdown } from '../dist/report/markdown.js';
import { traceJson } from '../dist/report/trace.js';
import { engineSvgOf } from '../dist/views/engine-pictures.js';
import { mutateBytes, mutateText, mutateTree } from './mutate.mjs';

const fixtures = new URL('../test/fixtures/', import.meta.url).pathname;
const MOST_SEED = 120_000;

const files = (folder, pattern) =>
  readdirSync(join(fixtures, folder), { recursive: true })
    .map((name) => join(fixtures, folder, String(name)))
    .filter((path) => pattern.test(path) && statSync(path).isFile() && statSync(path).size < MOST_SEED);
const texts = (folder, pattern) => files(folder, pattern).map((path) => readFileSync(path, 'utf8'));
const blobs = (folder, pattern) => files(folder, pattern).map((path) => new Uint8Array(readFileSync(path)));
const lines = (name) =>
  readFileSync(join(fixtures, 'telemetry', name), 'utf8')
    .split('\n')
    .filter((l) => l && !l.startsWith('#'));

const memory = (bytes) => ({
  name: 'x.onnx',
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

function onnx(bytes) {
  const source = memory(bytes);
  looksLikeModel(source);
  const model = readModel(source);
  externalFiles(model, 'x.onnx');
  summarize(model, { name: 'x', file: 'x.onnx', sha256: '', bytes: bytes.length, external: [], shapes: {} });
  modelTable(model, 'x.onnx', {});
}

const engine = (text) => {
  const report = reportSources([{ file: 'x', text }], { name: 'x' });
  engineSvgOf(report, 'type');
  compareEngines(report, report);
};

/** Whole recordings: the table and the document beside it, all the way to the report. */
const run = 'run-v1/recordings/street/1/';
const jobsBytes = new Uint8Array(readFileSync(join(fixtures, run, 'jobs.arrow')));
const seriesBytes = new Uint8Array(readFileSync(join(fixtures, run, 'series.arrow')));
const recordingText = readFileSync(join(fixtures, run, 'recording.json'), 'utf8');
const pipelineText = readFileSync(join(fixtures, 'run-v1/pipeline.yaml'), 'utf8');
const spec = parsePipeline(pipelineText, 'pipeline.yaml');

function recording(jobs, series, document) {
  const names = document.tasks.map((t) => t.name);
  if (names.join('\n') !== jobs.tasks.join('\n')) return;
  const recorded = [{ document, jobs, series }];
  const scenario = spec.scenarios.find((s) => s.name === document.scenario);
  if (!scenario || names.join() !== scenario.tasks.map((t) => t.name).join()) return;
  const { report } = buildReport({ spec, toolVersion: '0', engines: [], recorded });
  runSummary(report, [{ jobs, scenario }], []);
  serviceTimesOf('x', spec, recorded);
  for (const form of [reportMarkdown, reportCsv, reportJunit]) form(report);
  let length = 0;
  for (const part of traceJson([{ name: 'x', tasks: scenario.tasks, jobs, series, measureFrom: 0, measureTo: 1e9 }]))
    length += part.length;
  return length;
}

const seriesOf = () => decodeSeries(seriesBytes, 'series.arrow');
const jobsOf = () => decodeJobs(jobsBytes, 'jobs.arrow');
const documentOf = () => readRecordingDocument(recordingText, 'recording.json');

function npyFile(descr, shape, bytes) {
  const head = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(118, ' ');
  return Uint8Array.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0, ...Buffer.from(head), ...new Uint8Array(bytes)]);
}

const TIMES = JSON.stringify(
  Array.from({ length: 20 }, (_, i) => ({
    startComputeMs: i,
    endComputeMs: i + 0.9,
    computeMs: 0.8,
    latencyMs: 1,
    enqMs: 0.1,
    inMs: 0.1,
    outMs: 0.1,
  })),
);

/** `text: true` for readers of text. */
export const TARGETS = {
  onnx: { seeds: blobs('', /\.onnx$/), mutate: mutateBytes, read: onnx },
  layers: {
    text: true,
    seeds: texts('trtexec', /graph[^/]*\.json$|layers?[^/]*\.json$/),
    mutate: mutateTree,
    read: engine,
  },
  profile: { text: true, seeds: texts('trtexec', /profile\.json$/), mutate: mutateTree, read: engine },
  times: { text: true, seeds: [TIMES, ...texts('trtexec', /metadata\.json$/)], mutate: mutateTree, read: engine },
  log: {
    text: true,
    seeds: texts('trtexec', /\.(log|txt)$/).map((t) => t.slice(0, 20_000)),
    mutate: mutateText,
    read: engine,
  },
  'explore.json': { text: true, seeds: texts('run-v1', /(explore|layers)\.json$/), mutate: mutateTree, read: engine },
  tegrastats: {
    text: true,
    seeds: [...lines('tegrastats.txt'), ...lines('tegrastats-more.txt')],
    mutate: mutateText,
    read: (text) => readingsOf(parseTegrastats(text)),
  },
  'nvidia-smi': {
    text: true,
    seeds: [lines('nvidia-smi.txt').join('\n')],
    mutate: mutateText,
    read: (text) => {
      const [head = '', ...rows] = text.split('\n');
      for (const row of rows) parseRow(parseHeader(head), row);
    },
  },
  'pipeline.yaml': {
    text: true,
    seeds: [pipelineText, ...texts('numbers', /\.yaml$/).map((t) => t.slice(0, 4000))],
    mutate: mutateText,
    read: (text) => planStages(parsePipeline(text, 'pipeline.yaml'), false),
  },
  npy: {
    seeds: [npyFile('<f4', '2, 3', 24), npyFile('<i8', '4,', 32), npyFile('|b1', '', 1)],
    mutate: mutateBytes,
    read: (bytes) => readNpy(bytes, 'x.npy'),
  },
  'jobs.arrow': {
    seeds: [jobsBytes],
    mutate: mutateBytes,
    read: (bytes) => recording(decodeJobs(bytes, 'jobs.arrow'), [], documentOf()),
  },
  'series.arrow': {
    seeds: [seriesBytes],
    mutate: mutateBytes,
    read: (bytes) => recording(jobsOf(), decodeSeries(bytes, 'series.arrow'), documentOf()),
  },
  'recording.json': {
    text: true,
    seeds: [recordingText],
    mutate: mutateTree,
    read: (text) => recording(jobsOf(), seriesOf(), readRecordingDocument(text, 'recording.json')),
  },
  'run.json': {
    text: true,
    seeds: texts('run-v1', /run\.json$/),
    mutate: mutateTree,
    read: (text) => readRunDocument(text, 'run.json'),
  },
  'engine.json': {
    text: true,
    seeds: texts('run-v1', /engine\.json$/),
    mutate: mutateTree,
    read: (text) => readEngineManifest(text, 'engine.json'),
  },
  documents: {
    text: true,
    seeds: [
      ...texts('run-v1', /(summary|model)\.json$/),
      '{"version":1,"id":"report","state":"done"}',
      '{"version":1,"rss_bytes":1}',
    ],
    mutate: mutateTree,
    read: (text) => {
      for (const read of [readRunSummary, readModelSummary, readStageState, readServiceTimes, readEngineMemory])
        try {
          read(text, 'x.json');
        } catch (error) {
          if (!error.problems) throw error;
        }
    },
  },
  'profile_report.yaml': {
    text: true,
    seeds: texts('run-v1', /profile_report\.yaml$/),
    mutate: mutateText,
    read: (text) => {
      const report = readProfileReport(text, 'profile_report.yaml');
      for (const form of [reportMarkdown, reportCsv, reportJunit]) form(report);
    },
  },
};
