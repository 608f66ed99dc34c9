/**
 * TensorRT's libraries: found, loaded, their version told. TensorRT is C++, but its public classes are shells of two pointers, whose
 * second points to an object with a table of virtual methods in an order that is known (tables/). So no header and no compiler is
 * needed on the device.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import koffi from 'koffi';
import { fail, messageOf, type Problem, ProblemError } from '../../base/problem.js';
import { jetPack } from '../../machine/jetson.js';
import { growNativeStack } from '../../machine/native-stack.js';
import { namesIn } from '../../machine/tree.js';
import { TABLES, type Version, versionOf, versionText } from './tables/index.js';

const P = 'void *';
/** Newest first. */
const MAJORS = Object.keys(TABLES)
  .map(Number)
  .sort((a, b) => b - a);
const SO = /^libnvinfer\.so\.(\d+)$/;

/** A library of TensorRT besides the first. */
export type TrtPart = 'nvonnxparser' | 'nvinfer_plugin';

/** TensorRT as it is loaded in this process. */
export interface TrtLibrary {
  readonly version: Version;
  /** The file, or the loader's own name of it. */
  readonly path: string;
  readonly createRuntime: (logger: bigint, version: number) => bigint | null;
  readonly createBuilder: (logger: bigint, version: number) => bigint | null;
  /** As the library tells it, which its entry points want to hear. */
  readonly number: number;
  /** The library of a given name of the same release; undefined where there is none. */
  part(name: TrtPart): ReturnType<typeof koffi.load> | undefined;
  /** Why the loader did not take a library that was asked for. */
  whyNot(name: TrtPart): string | undefined;
  /** Loads what the builder would look for by name, where it lies beside the library and not on the loader's path. */
  loadBuilderResources(): void;
  /** Keeps the handles alive: a library whose handle is collected is unloaded. */
  readonly handles: unknown[];
}

/** Where the files of a system may lie besides the loader's own places. */
function folders(environment: NodeJS.ProcessEnv): string[] {
  const venv = environment.VIRTUAL_ENV;
  const python = venv ? namesIn(join(venv, 'lib')).map((n) => join(venv, 'lib', n, 'site-packages/tensorrt_libs')) : [];
  return [
    '/usr/lib/aarch64-linux-gnu',
    '/usr/lib/x86_64-linux-gnu',
    '/usr/local/tensorrt/lib',
    '/opt/tensorrt/lib',
    '/usr/lib/aarch64-linux-gnu/nvidia',
    ...python,
  ];
}

/** Files named `libnvinfer.so.N`, newest first. */
const inFolder = (folder: string): string[] =>
  namesIn(folder)
    .filter((name) => SO.test(name))
    .sort((a, b) => Number(SO.exec(b)?.[1]) - Number(SO.exec(a)?.[1]))
    .map((name) => join(folder, name));

/** Names to try, in the order in which they are tried. */
export function candidates(environment: NodeJS.ProcessEnv = process.env): string[] {
  const named = environment.TENSORRT_LIB_DIR;
  if (named) return inFolder(named);
  return [...MAJORS.map((major) => `libnvinfer.so.${major}`), ...folders(environment).flatMap(inFolder)];
}

/** How TensorRT is installed on this kind of machine. */
function installTensorRt(): string {
  const jetson = jetPack();
  if (!jetson)
    return 'PC: apt install tensorrt-libs from NVIDIA, or pip install tensorrt-cu12-libs in an active venv, or unpack the archive and set TENSORRT_LIB_DIR';
  const version = { 4: '8.2', 5: '8.5', 6: '10.3', 7: '10.13' }[jetson.major] ?? '';
  return `JetPack ${jetson.major} has TensorRT ${version}: sudo apt install nvidia-tensorrt; in a container mount it, or use an image that has it`;
}

const notFound = (environment: NodeJS.ProcessEnv, tried: readonly string[]): Problem =>
  environment.TENSORRT_LIB_DIR
    ? {
        code: 'backend',
        message: `TENSORRT_LIB_DIR names ${environment.TENSORRT_LIB_DIR}, which holds no libnvinfer.so.N that can be loaded${tried.length > 0 ? `: ${tried.join('; ')}` : ''}`,
        hint: 'name the folder that holds libnvinfer.so.10 (or .8, .11) and the libraries beside it',
      }
    : {
        code: 'backend',
        message: 'TensorRT is not here (libnvinfer.so.8, .10 or .11)',
        hint: installTensorRt(),
      };

let loaded: TrtLibrary | undefined;

/** Loads TensorRT once per thread. @throws ProblemError `backend` */
export function loadTensorRt(environment: NodeJS.ProcessEnv = process.env): TrtLibrary {
  if (loaded) return loaded;
  if (process.platform !== 'linux')
    return fail('backend', 'TensorRT runs on Linux only here', 'use backend: onnxruntime');
  growNativeStack();
  const tried: string[] = [];
  for (const name of candidates(environment)) {
    try {
      loaded = open(name);
      return loaded;
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      // A name that the loader does not know says nothing; a file that is there and cannot be loaded does.
      if (name.includes('/')) tried.push(messageOf(error));
    }
  }
  const problem = notFound(environment, tried);
  throw new ProblemError(
    environment.TENSORRT_LIB_DIR || tried.length === 0
      ? problem
      : { ...problem, message: `TensorRT cannot be loaded: ${tried[0]}` },
  );
}

function open(name: string): TrtLibrary {
  const handle = koffi.load(name);
  const number = handle.func('int32_t getInferLibVersion()')() as number;
  const version = versionOf(number);
  if (!TABLES[version.major])
    return fail(
      'backend',
      `${name} is TensorRT ${versionText(version)}, a major version that is not known here`,
      `known are ${MAJORS.toReversed().join(', ')}; set TENSORRT_LIB_DIR to the folder of one of them`,
    );
  const folder = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : undefined;
  const handles: unknown[] = [handle];
  const reasons = new Map<string, string>();
  const beside = (file: string): ReturnType<typeof koffi.load> | undefined => {
    const path = folder && existsSync(join(folder, file)) ? join(folder, file) : file;
    try {
      const part = koffi.load(path);
      handles.push(part);
      return part;
    } catch (error) {
      reasons.set(file, messageOf(error));
      return undefined;
    }
  };
  return {
    version,
    number,
    path: name,
    createRuntime: handle.func('createInferRuntime_INTERNAL', P, [P, 'int32_t']) as TrtLibrary['createRuntime'],
    createBuilder: handle.func('createInferBuilder_INTERNAL', P, [P, 'int32_t']) as TrtLibrary['createBuilder'],
    part: (part) => beside(`lib${part}.so.${version.major}`),
    whyNot: (part) => reasons.get(`lib${part}.so.${version.major}`),
    loadBuilderResources: () => {
      if (folder)
        for (const file of namesIn(folder).filter((n) => n.startsWith('libnvinfer_builder_resource'))) beside(file);
    },
    handles,
  };
}

/** Registers the operators that come with TensorRT in a library of their own, where it is there. */
export function initPlugins(library: TrtLibrary, logger: bigint): boolean {
  const plugins = library.part('nvinfer_plugin');
  if (!plugins) return false;
  return Boolean(plugins.func('initLibNvInferPlugins', 'bool', [P, 'str'])(logger, ''));
}

const pluginLibraries = new Map<string, unknown>();

/** Loads a library of operators, which registers them when it is loaded. @throws ProblemError `build` */
export function loadPlugin(path: string): void {
  if (pluginLibraries.has(path)) return;
  try {
    pluginLibraries.set(path, koffi.load(path, { global: true }));
  } catch (error) {
    fail(
      'build',
      `plugins: ${path} cannot be loaded: ${messageOf(error)}`,
      'it must be a shared library for this system, built for this TensorRT',
    );
  }
}
