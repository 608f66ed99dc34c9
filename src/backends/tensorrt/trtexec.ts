/** trtexec of any version from 8.5 to 11: which options it has, and the command line that builds an engine with it. */
import type { Problem } from '../../base/problem.js';
import type { TensorrtBuild } from '../../formats/backends/tensorrt.js';
import type { Precision } from '../../formats/pipeline/types.js';
import { isBefore, type Version, versionOf, versionText } from './tables/index.js';

/** What a trtexec is. */
export interface Trtexec {
  readonly version: Version;
  /** Names of its options, with their dashes, as its own help lists them. */
  readonly options: ReadonlySet<string>;
}

const BANNER = /^&&&& RUNNING TensorRT\.trtexec \[TensorRT v(\d{4,6})\](?: \[b(\d+)\])?/m;
const OPTION = /^\s+(?:-\w, )?(--[A-Za-z0-9]+)/gm;

/** From the text of `trtexec --help`; undefined for another program. Vendors' builds differ, so what it lists counts, not its version. */
export function readHelp(text: string): Trtexec | undefined {
  const [, number] = BANNER.exec(text) ?? [];
  if (number === undefined) return undefined;
  const listed = [...text.matchAll(OPTION)].map(([, name = '']) => name);
  return { version: versionOf(Number(number)), options: new Set(listed) };
}

/** What a build is made of. */
export interface TrtexecRequest {
  readonly onnx: string;
  readonly plan: string;
  readonly precision: Precision;
  readonly options: TensorrtBuild;
  /** Shapes of inputs with open dimensions, where no profile is given. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly device: number;
  readonly dlaCore?: number;
  readonly timingCache?: string;
}

/** A command line, or everything that this trtexec cannot be asked for. */
export type CommandLine = { readonly args: readonly string[] } | { readonly problems: readonly Problem[] };

const MIB = 2 ** 20;
/** A plain number is MiB in all versions; suffixes are not read by 8.x. */
const mib = (bytes: number): string => String(Math.max(1, Math.round(bytes / MIB)));
const dims = (shape: readonly number[]): string => (shape.length === 0 ? 'scalar' : shape.join('x'));
/** A colon in a name would end it. */
const quoted = (name: string): string => (name.includes(':') ? `'${name}'` : name);
const shapesOf = (entries: readonly (readonly [string, readonly number[]])[]): string =>
  entries.map(([name, shape]) => `${quoted(name)}:${dims(shape)}`).join(',');

/** Options in the order in which people write them. */
export function commandLine(trtexec: Trtexec, request: TrtexecRequest): CommandLine {
  const line = new Line(trtexec);
  const { options, precision, dlaCore, timingCache } = request;
  line.add('--onnx', request.onnx);
  line.add('--saveEngine', request.plan);
  line.add(line.has('--skipInference') ? '--skipInference' : '--buildOnly');
  addPrecision(line, precision);
  addShapes(line, request);
  line.add('--profilingVerbosity', 'detailed');
  if (line.has('--builderOptimizationLevel'))
    line.add('--builderOptimizationLevel', String(options.optimization_level));
  if (options.workspace_bytes !== undefined) line.pool('workspace', options.workspace_bytes);
  if (dlaCore !== undefined) {
    line.add('--useDLACore', String(dlaCore));
    if (options.dla.fallback) line.add('--allowGPUFallback');
    if (options.dla.sram_bytes !== undefined) line.pool('dlaSRAM', options.dla.sram_bytes);
  }
  line.addPools();
  addLayers(line, options);
  if (options.sparsity !== 'disable') line.add('--sparsity', options.sparsity);
  for (const plugin of options.plugins) line.add(line.has('--staticPlugins') ? '--staticPlugins' : '--plugins', plugin);
  addFormats(line, options, trtexec.version);
  if (options.calibration_cache !== undefined) line.add('--calib', options.calibration_cache);
  if (timingCache === undefined) line.add('--noBuilderCache');
  else line.add('--timingCacheFile', timingCache);
  if (options.hardware_compatibility !== 'none')
    line.add(
      '--hardwareCompatibilityLevel',
      options.hardware_compatibility === 'ampere+' ? 'ampere+' : 'sameComputeCapability',
    );
  if (options.version_compatible) line.add('--versionCompatible');
  if (options.strip_weights) line.add('--stripWeights');
  if (options.refit) line.add('--refit');
  if (options.weight_streaming) line.add('--allowWeightStreaming');
  if (request.device > 0) line.add('--device', String(request.device));
  return line.result();
}

/** Options that are there, and problems for those that are not. */
class Line {
  readonly #trtexec: Trtexec;
  readonly #args: string[] = [];
  readonly #problems: Problem[] = [];
  readonly #pools: string[] = [];

  constructor(trtexec: Trtexec) {
    this.#trtexec = trtexec;
  }

  get version(): Version {
    return this.#trtexec.version;
  }

  has(option: string): boolean {
    return this.#trtexec.options.has(option);
  }

  add(option: string, value?: string): void {
    if (this.has(option)) this.#args.push(value === undefined ? option : `${option}=${value}`);
    else
      this.problem(
        `trtexec of TensorRT ${versionText(this.version)} has no ${option}`,
        'leave the setting out, or use another version',
      );
  }

  problem(message: string, hint: string): void {
    this.#problems.push({ code: 'build', message, hint });
  }

  /** 8.4 and later; one option holds all pools. */
  pool(name: string, bytes: number): void {
    this.#pools.push(`${name}:${mib(bytes)}`);
  }

  addPools(): void {
    if (this.#pools.length > 0) this.add('--memPoolSize', this.#pools.join(','));
  }

  result(): CommandLine {
    return this.#problems.length > 0 ? { problems: this.#problems } : { args: this.#args };
  }
}

function addPrecision(line: Line, precision: Precision): void {
  const { version } = line;
  if (precision === 'as_is') {
    // From 11 on there is no other mode, and the flag only warns.
    if (version.major < 11 && line.has('--stronglyTyped')) line.add('--stronglyTyped');
    return;
  }
  if (precision === 'fp32') line.add('--noTF32');
  else if (version.major >= 11 && precision !== 'tf32')
    line.problem(
      `precision: ${precision} cannot be asked of trtexec of TensorRT ${versionText(version)}: it takes the types of the model itself`,
      'convert the model (ModelOpt AutoCast for FP16 and BF16, Q/DQ nodes for INT8 and FP8) and use precision: as_is',
    );
  else if (precision !== 'tf32') line.add(`--${precision}`);
}

function addShapes(line: Line, { options, shapes }: TrtexecRequest): void {
  const profiles = options.profiles;
  if (profiles.length > 1 && !line.has('--profile')) {
    line.problem(
      `trtexec of TensorRT ${versionText(line.version)} builds one optimisation profile, and ${profiles.length} are asked for`,
      'build through the library (via: library), or use TensorRT 9.1 or newer',
    );
    return;
  }
  const own = Object.entries(shapes);
  const filled = profiles.length > 0 ? profiles : own.length > 0 ? [{}] : [];
  filled.forEach((profile, i) => {
    const ranges = Object.entries({
      ...Object.fromEntries(own.map(([name, shape]) => [name, { min: shape, opt: shape, max: shape }])),
      ...profile,
    });
    if (filled.length > 1) line.add('--profile', String(i));
    for (const which of ['min', 'opt', 'max'] as const)
      line.add(`--${which}Shapes`, shapesOf(ranges.map(([name, range]) => [name, range[which]] as const)));
  });
}

function addLayers(line: Line, { layers }: TensorrtBuild): void {
  const entries = Object.entries(layers);
  const precisions = entries.flatMap(([name, { precision }]) =>
    precision ? [`${globOf(line, name)}:${precision}`] : [],
  );
  const devices = entries.flatMap(([name, { device }]) =>
    device ? [`${globOf(line, name)}:${device.toUpperCase()}`] : [],
  );
  if (precisions.length > 0) {
    line.add('--precisionConstraints', 'obey');
    line.add('--layerPrecisions', precisions.join(','));
    line.add('--layerOutputTypes', precisions.join(','));
  }
  if (devices.length > 0) line.add('--layerDeviceTypes', devices.join(','));
}

/** trtexec knows names, and from 9.1 on one star in them; a pattern that is more than that it cannot be told. */
function globOf(line: Line, pattern: string): string {
  const glob = pattern.replaceAll('.*', '*').replaceAll('\\.', '.');
  const stars = glob.split('*').length - 1;
  if (/[[\](){}|^$+?\\]/.test(glob) || stars > 1 || (stars === 1 && isBefore(line.version, '9.1.0')))
    line.problem(
      `build.layers: trtexec of TensorRT ${versionText(line.version)} cannot be told the pattern "${pattern}"`,
      'name the layer, use one ".*" (TensorRT 9.1 or newer), or build through the library (via: library)',
    );
  return quoted(glob);
}

/** Type and format up to 10; the type is the model's from 11 on. trtexec takes one entry per tensor, in its order, or one for all. */
function addFormats(line: Line, { io_formats: formats }: TensorrtBuild, version: Version): void {
  const texts = [...new Set(Object.values(formats))];
  if (texts.length === 0) return;
  if (texts.length > 1) {
    line.problem(
      'build.io_formats: trtexec is told one format for all here',
      'build through the library (via: library)',
    );
    return;
  }
  const [text = ''] = texts;
  const [format = '', type = 'fp32'] = text.split(':').toReversed();
  line.add('--inputIOFormats', version.major >= 11 ? format : `${type}:${format}`);
}
