/** Files of one engine, in any order -> one EngineReport. */
import { fail, problemsOf } from '../base/problem.js';
import { type EngineReport, readEngineReport } from '../formats/engine/engine-report.js';
import { type LayerTable, readLayerTable } from '../formats/engine/layer-table.js';
import { type Detected, detect, detectOrFail, EXPECTED, type FileKind } from './detect.js';
import { type EngineLog, mergeLogs } from './engine-log.js';
import { type ModelTable, mergeTimes } from './merge-times.js';
import { type LayerInfo, readLayerInfo } from './readers/layer-info.js';
import { readOnnxRuntimeProfile } from './readers/onnxruntime-profile.js';
import { type LayerProfile, readLayerProfile } from './readers/profile.js';
import { type QueryTimes, readQueryTimes } from './readers/times.js';
import { readCudaAttributes, readTrexMetadata } from './readers/trex-metadata.js';
import { readTrtexecLog } from './readers/trtexec-log.js';
import { reportEngine } from './report.js';
import { tensorRtTable } from './tensorrt/tensorrt-table.js';

export interface SourceFile {
  /** As problems name it. */
  readonly file: string;
  readonly text: string;
  /** What it must be; undefined: whatever it is. */
  readonly expect?: FileKind;
  /** Found beside others in a folder: left out when it is nothing that is known. */
  readonly optional?: boolean;
}

export interface SourceOptions {
  readonly name: string;
  readonly optimizationProfile?: number;
  /** Table of the ONNX model that the engine runs, such as ONNX Runtime's optimised model. */
  readonly model?: ModelTable;
  readonly asked?: readonly string[];
  readonly toolVersion?: string;
}

/** What the files hold, read. */
interface Parts {
  info?: { readonly value: LayerInfo; readonly file: string };
  profile?: LayerProfile;
  times?: QueryTimes;
  table?: { readonly value: LayerTable; readonly file: string };
  report?: EngineReport;
  readonly logs: EngineLog[];
  readonly notes: string[];
}

/** What `--profile` and its kin must name. */
const ALSO: Partial<Record<FileKind, readonly FileKind[]>> = {
  log: ['log', 'trex-metadata', 'cuda-attributes'],
  profile: ['profile', 'onnxruntime-profile', 'layer-table'],
};
const WORDS: Readonly<Record<FileKind, string>> = {
  'layer-info': 'a layer file of trtexec (--exportLayerInfo)',
  profile: 'a profile of trtexec (--exportProfile)',
  times: 'times of trtexec (--exportTimes)',
  'trex-metadata': 'a metadata file of TREx',
  'cuda-attributes': "a list of a GPU's attributes",
  'onnxruntime-profile': 'a profile of ONNX Runtime',
  'layer-table': 'layers.json of a run',
  'engine-report': 'explore.json of a run',
  'engine-manifest': 'engine.json of a run',
  log: 'a log of trtexec',
};

/** @throws ProblemError `file` when a file is not what it should be, or no file holds layers */
export function reportSources(files: readonly SourceFile[], options: SourceOptions): EngineReport {
  const parts: Parts = { logs: [], notes: [] };
  for (const file of files) {
    const detected = file.optional ? detectBeside(file, parts.notes) : detectOrFail(file.text, file.file);
    if (!detected) continue;
    const wanted = file.expect && (ALSO[file.expect] ?? [file.expect]);
    if (wanted && !wanted.includes(detected.kind))
      fail('usage', `${file.file} is ${WORDS[detected.kind]}, expected ${WORDS[file.expect as FileKind]}`);
    if (detected.mended)
      parts.notes.push(`${file.file} is no valid JSON, as names stand in it unescaped; it was mended`);
    take(parts, detected, file);
  }
  if (parts.report) {
    if (files.length > 1)
      fail(
        'usage',
        `${files.find((f) => f.expect)?.file ?? files[1].file}: cannot be joined with explore.json, which is made from the files already`,
        'name the layer file, or the folder that holds it',
      );
    return parts.report;
  }
  const log = mergeLogs(parts.logs);
  const named = files[0]?.file ?? options.name;
  const table = withNotes(tableOf(parts, log, options, named), parts.notes);
  return reportEngine({
    name: options.name,
    file: parts.info?.file ?? parts.table?.file ?? named,
    table,
    ...(parts.times ? { times: parts.times } : {}),
    ...(log ? { log } : {}),
    ...(options.asked ? { asked: options.asked } : {}),
    ...(options.toolVersion ? { toolVersion: options.toolVersion } : {}),
  });
}

/** A file that stands beside others may be anything, such as a page of notes that begins with a bracket. */
function detectBeside({ text, file }: SourceFile, notes: string[]): Detected | undefined {
  try {
    return detect(text, file);
  } catch (error) {
    const problems = problemsOf(error);
    if (!problems) throw error;
    notes.push(`left out: ${problems[0].message}`);
    return undefined;
  }
}

const withNotes = (table: LayerTable, notes: readonly string[]): LayerTable =>
  notes.length === 0 ? table : { ...table, notes: [...notes, ...table.notes] };

function take(parts: Parts, { kind, data }: Detected, { file, text }: SourceFile): void {
  const once = (what: string): never =>
    fail(
      'usage',
      `${file}: there is ${what} already`,
      'name the files of one engine; two engines are compared as two arguments',
    );
  switch (kind) {
    case 'layer-info':
      if (parts.info) once('a layer file');
      parts.info = { value: readLayerInfo(data, file), file };
      break;
    case 'profile':
      if (parts.profile) once('a profile');
      parts.profile = readLayerProfile(data, file);
      break;
    case 'times':
      if (parts.times) once('a file of times');
      parts.times = readQueryTimes(data, file);
      break;
    case 'onnxruntime-profile':
      if (parts.table) once('a profile');
      parts.table = { value: readOnnxRuntimeProfile(data, file, 0), file };
      break;
    case 'layer-table':
      if (parts.table) once('a table of layers');
      parts.table = { value: readLayerTable(text, file), file };
      break;
    case 'engine-report':
      parts.report = readEngineReport(text, file);
      break;
    case 'trex-metadata':
      parts.logs.push(readTrexMetadata(data));
      break;
    case 'cuda-attributes':
      // What trtexec printed of the device is nearer to the run.
      parts.logs.unshift(readCudaAttributes(data));
      break;
    case 'log':
      parts.logs.push(readTrtexecLog(text));
      break;
    case 'engine-manifest':
      break;
  }
}

function tableOf(parts: Parts, log: EngineLog | undefined, options: SourceOptions, file: string): LayerTable {
  if (parts.info || parts.profile)
    return tensorRtTable(
      {
        ...(parts.info ? { info: parts.info.value } : {}),
        ...(parts.profile ? { profile: parts.profile } : {}),
        ...(log ? { log } : {}),
        optimizationProfile: options.optimizationProfile ?? 0,
      },
      parts.info?.file ?? file,
    );
  if (options.model) return parts.table ? mergeTimes(options.model, parts.table.value) : options.model(new Map());
  if (parts.table) return parts.table.value;
  return fail('file', `${file}: holds no layers`, EXPECTED);
}
