/** Files of one engine, in any order -> what they hold -> its table of layers -> its report. */
import { fail, problemsOf } from '../base/problem.js';
import { layerSource } from '../formats/backends/layer-sources.js';
import type { EngineReport } from '../formats/engine/engine-report.js';
import type { LayerTable } from '../formats/engine/layer-table.js';
import { type Detected, detect, detectOrFail, EXPECTED } from './detect.js';
import { type EngineLog, mergeLogs } from './engine-log.js';
import { type ModelTable, mergeTimes } from './merge-times.js';
import { withOrigins } from './origin.js';
import { type FileKind, readerOf } from './readers/index.js';
import type { LayerInfo } from './readers/layer-info.js';
import type { LayerProfile } from './readers/profile.js';
import type { QueryTimes } from './readers/times.js';
import { reportEngine } from './report.js';
import type { BuiltEngine } from './rules/rule.js';
import { tensorRtTable } from './tensorrt/tensorrt-table.js';

/** A file that is at hand. */
export interface SourceFile {
  /** As problems name it. */
  readonly file: string;
  readonly text: string;
  /** What it must be; undefined: whatever it is. */
  readonly expect?: FileKind;
  /** Found beside others in a folder: left out when it is nothing that is known. */
  readonly optional?: boolean;
}

/** What is known of an engine besides its files. */
export interface SourceOptions {
  readonly name: string;
  readonly optimizationProfile?: number;
  /** Table of the ONNX model that the engine runs, such as ONNX Runtime's optimised model. */
  readonly model?: ModelTable;
  /** Table of the model that an engine with these layers was built from: their origins. */
  readonly origin?: (table: LayerTable) => LayerTable | undefined;
  readonly asked?: readonly string[];
  readonly toolVersion?: string;
  readonly built?: BuiltEngine;
}

/** What the files of one engine hold, read. */
export interface EngineFiles {
  readonly info?: { readonly value: LayerInfo; readonly file: string };
  readonly profile?: LayerProfile;
  readonly times?: QueryTimes;
  readonly table?: { readonly value: LayerTable; readonly file: string };
  readonly report?: EngineReport;
  readonly logs: readonly EngineLog[];
  /** Tables that a log prints; a file of its own says more. */
  readonly printed: {
    readonly profile?: LayerProfile;
    readonly info?: { readonly value: LayerInfo; readonly file: string };
  };
  readonly notes: readonly string[];
}

/** Nouns for what an engine has one of. */
const ONCE = { info: 'a layer file', profile: 'a profile', times: 'a file of times', table: 'a table of layers' };

/** @throws ProblemError `file` or `usage` when a file is not what it should be, or two tell the same thing */
export function readEngineFiles(files: readonly SourceFile[]): EngineFiles {
  let found: EngineFiles = { logs: [], printed: {}, notes: [] };
  for (const file of files) {
    const { detected, note } = file.optional ? detectBeside(file) : { detected: detectOrFail(file.text, file.file) };
    if (note) found = { ...found, notes: [...found.notes, note] };
    if (!detected) continue;
    checkExpected(file, detected.kind);
    if (detected.mended)
      found = {
        ...found,
        notes: [...found.notes, `${file.file} is no valid JSON, as names stand in it unescaped; it was mended`],
      };
    found = withPart(found, detected, file);
  }
  return found;
}

function checkExpected({ file, expect }: SourceFile, kind: FileKind): void {
  if (expect === undefined || expect === kind || readerOf(kind).alsoAs === expect) return;
  fail('usage', `${file} is ${readerOf(kind).words}, expected ${readerOf(expect).words}`);
}

/** A file that stands beside others may be anything, such as a page of notes that begins with a bracket. */
function detectBeside({ text, file }: SourceFile): { detected?: Detected | undefined; note?: string } {
  try {
    return { detected: detect(text, file) };
  } catch (error) {
    const problems = problemsOf(error);
    if (!problems) throw error;
    return { note: `left out: ${problems[0]?.message}` };
  }
}

function withPart(found: EngineFiles, { kind, data }: Detected, { file, text, optional }: SourceFile): EngineFiles {
  const read = readerOf(kind).read({ file, text, data });
  const once = (what: keyof typeof ONCE): void => {
    if (found[what])
      fail(
        'usage',
        `${file}: there is ${ONCE[what]} already`,
        'name the files of one engine; two engines are compared as two arguments',
      );
  };
  switch (read.part) {
    case 'info':
      // trtexec's file and the inspector's own lie beside each other and tell the same.
      if (found.info && optional && found.info.value.layers.length === read.value.layers.length)
        return {
          ...found,
          notes: [...found.notes, `${file} tells the same layers as ${found.info.file}; it was left out`],
        };
      once('info');
      return { ...found, info: { value: read.value, file } };
    case 'profile':
      once('profile');
      return { ...found, profile: read.value };
    case 'times':
      once('times');
      return { ...found, times: read.value };
    case 'table':
      once('table');
      return { ...found, table: { value: read.value, file } };
    case 'report':
      return { ...found, report: read.value };
    case 'log':
      return {
        ...found,
        logs: read.first ? [read.value, ...found.logs] : [...found.logs, read.value],
        printed: {
          ...found.printed,
          ...(read.profile ? { profile: read.profile } : {}),
          ...(read.info ? { info: { value: read.info, file } } : {}),
        },
      };
    case 'nothing':
      return found;
  }
}

/** @throws ProblemError `file` when a file is not what it should be, or no file holds layers */
export function reportSources(files: readonly SourceFile[], options: SourceOptions): EngineReport {
  const found = readEngineFiles(files);
  if (found.report) {
    if (files.length > 1)
      fail(
        'usage',
        `${files.find((f) => f.expect)?.file ?? files[1]?.file}: cannot be joined with explore.json, which is made from the files already`,
        'name the layer file, or the folder that holds it',
      );
    return found.report;
  }
  const log = mergeLogs(found.logs);
  const named = files[0]?.file ?? options.name;
  const plain = withNotes(tableOf(found, log, options, named), found.notes);
  const origin = options.origin?.(plain);
  return reportEngine({
    name: options.name,
    file: found.info?.file ?? found.table?.file ?? named,
    table: origin ? withOrigins(plain, origin) : plain,
    ...(found.times ? { times: found.times } : {}),
    ...(log ? { log } : {}),
    ...(options.asked ? { asked: options.asked } : {}),
    ...(options.toolVersion ? { toolVersion: options.toolVersion } : {}),
    ...(options.built ? { built: options.built } : {}),
  });
}

const withNotes = (table: LayerTable, notes: readonly string[]): LayerTable =>
  notes.length === 0 ? table : { ...table, notes: [...notes, ...table.notes] };

function tableOf(found: EngineFiles, log: EngineLog | undefined, options: SourceOptions, file: string): LayerTable {
  const { table, printed } = found;
  // What a log prints beside a table of its own kind would be told twice.
  const profile = found.profile ?? (table ? undefined : printed.profile);
  const info = found.info ?? (table || profile ? undefined : printed.info);
  // A table of compiled layers was made from the layer file beside it, and has the times besides.
  if (table && !found.profile && layerSource(table.value).compiled) return table.value;
  if (info || profile)
    return tensorRtTable(
      {
        ...(info ? { info: info.value } : {}),
        ...(profile ? { profile } : {}),
        ...(log ? { log } : {}),
        optimizationProfile: options.optimizationProfile ?? 0,
      },
      info?.file ?? file,
    );
  if (options.model) return table ? mergeTimes(options.model, table.value) : options.model(new Map());
  if (table) return table.value;
  if (found.logs.length > 0)
    return fail(
      'file',
      `${file}: a log that prints no layers`,
      'run trtexec with --dumpProfile or --dumpLayerInfo, or name its layer file (--exportLayerInfo) or profile (--exportProfile)',
    );
  return fail('file', `${file}: holds no layers`, EXPECTED);
}
