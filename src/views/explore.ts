/** Files of an engine on disk -> its report, with the ONNX model beside it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, messageOf, problemsOf } from '../base/problem.js';
import { isEngineReport, mayBeKnown } from '../explorer/detect.js';
import type { ModelTable } from '../explorer/merge-times.js';
import type { FileKind } from '../explorer/readers/index.js';
import { reportEngine } from '../explorer/report.js';
import type { BuiltEngine } from '../explorer/rules/rule.js';
import { reportSources, type SourceFile } from '../explorer/sources.js';
import { backendVersion, tensorrtEngine } from '../formats/backends/index.js';
import { layerSource } from '../formats/backends/layer-sources.js';
import { type EngineManifest, readEngineManifest } from '../formats/engine/engine.js';
import type { EngineReport } from '../formats/engine/engine-report.js';
import type { LayerTable } from '../formats/engine/layer-table.js';
import { modelTable } from '../onnx/layer-table.js';
import { feedsOf } from '../onnx/read/graph.js';
import { withFile } from '../store/file-source.js';
import { isOnnxFile, readOnnxFile } from '../store/onnx-file.js';

/** Beyond this a file is no layer file of an engine; V8 holds no string of twice the size. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Files of one engine, and what is known besides. */
export interface ExploreRequest {
  /** A layer file, a profile, an ONNX model, or a folder with the files of one engine. */
  readonly path: string;
  readonly profile?: string;
  readonly times?: string;
  readonly logs?: readonly string[];
  readonly onnx?: string;
  readonly optimizationProfile?: number;
  /** Sizes of inputs that the ONNX model leaves open. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly name?: string;
}

/** An engine, and the model that it came from. */
export interface Explored {
  readonly report: EngineReport;
  /** The model that the engine was built from. */
  readonly model?: EngineReport;
}

/** @throws ProblemError `file`, `model` or `usage` */
export function exploreEngine(request: ExploreRequest): Explored {
  const { path, onnx, shapes = {} } = request;
  const found = collect(path);
  const name =
    request.name ?? found.manifest?.model.name ?? basename(resolve(path)).replace(/\.(onnx|json|log|txt)$/, '');
  const files = [
    ...found.files,
    ...named(request.profile, 'profile'),
    ...named(request.times, 'times'),
    ...(request.logs ?? []).flatMap((log) => named(log, 'log')),
  ];
  const sizes = { ...found.manifest?.build.shapes, ...shapes };
  const model = onnx === undefined ? undefined : tablesOf(onnx, sizes)(new Map());
  const own = found.onnx === undefined ? undefined : tablesOf(found.onnx, sizes);
  if (files.length === 0 && own) return { report: reportEngine({ name, file: path, table: own(new Map()) }) };
  // ONNX Runtime's own file is the engine; beside compiled layers it is the model that they were built from.
  let origin: LayerTable | undefined;
  const report = reportSources(files, {
    name,
    ...(own ? { model: own } : {}),
    origin: (table) => {
      origin = model ?? (layerSource(table).compiled ? own?.(new Map()) : undefined);
      return origin;
    },
    ...(request.optimizationProfile === undefined ? {} : { optimizationProfile: request.optimizationProfile }),
    ...factsOf(found.manifest),
    ...builtOf(found.manifest, path),
  });
  const file = onnx ?? found.onnx;
  if (!origin || file === undefined) return { report };
  return { report, model: reportEngine({ name: basename(file), file, table: origin }) };
}

function factsOf(manifest: EngineManifest | undefined): { asked?: readonly string[]; toolVersion?: string } {
  if (!manifest) return {};
  const { build } = manifest;
  const version = backendVersion(manifest);
  const asked = build.precision === 'as_is' ? [] : build.precision.toUpperCase().split('+');
  return { ...(asked.length > 0 ? { asked } : {}), ...(version ? { toolVersion: version } : {}) };
}

/** @param folder of the engine, beside which others may lie */
function builtOf(manifest: EngineManifest | undefined, folder: string): { built?: BuiltEngine } {
  const options = manifest && tensorrtEngine(manifest.build);
  if (!manifest || !options) return {};
  const { build, trial, model } = manifest;
  return {
    built: {
      precision: build.precision,
      options,
      shapes: build.shapes,
      profiles: options.profiles,
      ...(trial ? { trial } : {}),
      siblings: model.sha256 === '' ? [] : siblingsOf(manifest, folder),
    },
  };
}

/** Engines in the folders beside, of the same model with the same shapes. */
function siblingsOf({ model, build }: EngineManifest, folder: string): BuiltEngine['siblings'] {
  const own = resolve(folder);
  return enginesIn(dirname(own))
    .filter((path) => path !== own)
    .flatMap((path) => {
      const { model: other, build: theirs, trial } = readEngineManifest(readText(join(path, 'engine.json')), path);
      const same = other.sha256 === model.sha256 && JSON.stringify(theirs.shapes) === JSON.stringify(build.shapes);
      return same && trial
        ? [{ name: other.name, precision: theirs.precision, gpu_ms: trial.graph_gpu_ms ?? trial.gpu_ms }]
        : [];
    });
}

/** @throws ProblemError `usage` when the model has no input of a name */
function tablesOf(path: string, shapes: Readonly<Record<string, readonly number[]>>): ModelTable {
  const { model } = readOnnxFile(path);
  const inputs = feedsOf(model.graph).map((v) => v.name);
  const given = Object.keys(shapes);
  // Of two models that are compared each takes its own.
  if (given.length > 0 && !given.some((name) => inputs.includes(name)))
    fail('usage', `${path} has no input "${given[0]}"`, `its inputs are ${inputs.map((n) => `"${n}"`).join(', ')}`);
  return (seen) => modelTable(model, path, shapes, seen);
}

const named = (path: string | undefined, expect: FileKind): SourceFile[] =>
  path === undefined ? [] : [{ file: path, text: readText(path), expect }];

interface Collected {
  readonly files: readonly SourceFile[];
  readonly onnx?: string;
  readonly manifest?: EngineManifest;
}

function collect(path: string): Collected {
  let folder: boolean;
  try {
    folder = statSync(path).isDirectory();
  } catch (error) {
    return fail(
      'file',
      `${path} cannot be read: ${messageOf(error)}`,
      'name a layer file, an ONNX model, or a folder with the files of one engine',
    );
  }
  if (folder) return collectFolder(path);
  return looksBinary(path) ? { files: [], onnx: path } : { files: [{ file: path, text: readText(path) }] };
}

/** Everything in the folder that is known; explore.json only when there is nothing else, as it is made from the rest. */
function collectFolder(folder: string): Collected {
  const engines = enginesIn(folder);
  if (engines.length > 0)
    fail('usage', `${folder} holds engines, and is none itself`, `name one: ${engines.join(', ')}`);
  const files: SourceFile[] = [];
  const models: string[] = [];
  let manifest: EngineManifest | undefined;
  let report: SourceFile | undefined;
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    if (looksBinary(path)) {
      if (isOnnxFile(path)) models.push(path);
      continue;
    }
    const file = { file: path, text: readText(path), optional: true };
    if (isEngineReport(file.text)) report = { ...file, optional: false };
    else if (name === 'engine.json') manifest = readEngineManifest(file.text, path);
    else files.push(file);
  }
  if (models.length > 1) fail('usage', `${folder} holds ${models.length} ONNX models`, 'name the files of one engine');
  const facts = { ...(models.length > 0 ? { onnx: models[0] } : {}), ...(manifest ? { manifest } : {}) };
  const known = files.filter((f) => mayBeKnown(f.text));
  if (known.length === 0 && models.length === 0 && report) return { files: [report] };
  if (known.length === 0 && models.length === 0)
    fail(
      'file',
      `${folder} holds no file of an engine`,
      'expected trtexec files (--exportLayerInfo, --exportProfile), a log, or an ONNX model',
    );
  return { files: known, ...facts };
}

/** Of a run, or of a folder of engines. */
function enginesIn(folder: string): string[] {
  const inside = existsSync(join(folder, 'engines')) ? join(folder, 'engines') : folder;
  return readdirSync(inside, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(inside, entry.name, 'engine.json')))
    .map((entry) => join(inside, entry.name));
}

/** Text has no zero bytes; a protobuf of ONNX begins with its first field. */
const looksBinary = (path: string): boolean =>
  withFile(path, ({ size, read }) => {
    const head = read(0, Math.min(size, 4096));
    return head.includes(0) || head[0] === 0x08;
  });

/** @throws ProblemError `file` when it is missing or larger than any file of an engine */
function readText(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > MOST_BYTES)
      return fail(
        'file',
        `${path}: ${Math.round(size / 1e6)} MB, expected at most ${Math.round(MOST_BYTES / 1e6)} MB`,
        'this is larger than any layer file of an engine; --exportTimes of a shorter run is enough',
      );
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (problemsOf(error)) throw error;
    return fail('file', `${path} cannot be read: ${messageOf(error)}`);
  }
}
