/**
 * ONNX Runtime's C API through koffi. OrtGetApiBase()->GetApi(version) returns a table of function pointers whose order
 * is append-only (onnxruntime_c_api.h); the numbers below are places in that table.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import { messageOf, type Problem, ProblemError } from '../../base/problem.js';

type Pointer = bigint | null;
type Call = (...args: unknown[]) => Pointer;
type Signature = readonly [place: number, ...args: string[]];

const P = 'void *';
/** Functions that return an OrtStatus*, null on success. */
const STATUS_CALLS = {
  CreateEnv: [3, 'int', 'str', P],
  DisableTelemetryEvents: [6, P],
  CreateSession: [7, P, 'str', P, P],
  Run: [9, P, P, P, P, 'size_t', P, 'size_t', P],
  CreateSessionOptions: [10, P],
  SetOptimizedModelFilePath: [11, P, 'str'],
  EnableProfiling: [14, P, 'str'],
  SetSessionLogId: [20, P, 'str'],
  SetSessionLogSeverityLevel: [22, P, 'int'],
  SetSessionGraphOptimizationLevel: [23, P, 'int'],
  SetIntraOpNumThreads: [24, P, 'int'],
  SetInterOpNumThreads: [25, P, 'int'],
  SessionGetInputCount: [30, P, P],
  SessionGetOutputCount: [31, P, P],
  SessionGetInputTypeInfo: [33, P, 'size_t', P],
  SessionGetOutputTypeInfo: [34, P, 'size_t', P],
  SessionGetInputName: [36, P, 'size_t', P, P],
  SessionGetOutputName: [37, P, 'size_t', P, P],
  CreateTensorAsOrtValue: [48, P, P, 'size_t', 'int', P],
  CreateTensorWithDataAsOrtValue: [49, P, P, 'size_t', P, 'size_t', 'int', P],
  IsTensor: [50, P, P],
  GetTensorMutableData: [51, P, P],
  FillStringTensor: [52, P, P, 'size_t'],
  GetStringTensorDataLength: [53, P, P],
  GetStringTensorContent: [54, P, P, 'size_t', P, 'size_t'],
  CastTypeInfoToTensorInfo: [55, P, P],
  GetTensorElementType: [60, P, P],
  GetDimensionsCount: [61, P, P],
  GetDimensions: [62, P, P, 'size_t'],
  GetSymbolicDimensions: [63, P, P, 'size_t'],
  GetTensorTypeAndShape: [65, P, P],
  CreateCpuMemoryInfo: [69, 'int', 'int', P],
  AllocatorFree: [76, P, P],
  GetAllocatorWithDefaultOptions: [78, P],
  SessionEndProfiling: [110, P, P, P],
  AddFreeDimensionOverrideByName: [124, P, 'str', 'int64_t'],
  GetAvailableProviders: [125, P, P],
  ReleaseAvailableProviders: [126, P, 'int'],
  AddSessionConfigEntry: [130, P, 'str', 'str'],
  AppendTensorRt: [170, P, P],
  CreateTensorRtOptions: [171, P],
  UpdateTensorRtOptions: [172, P, P, P, 'size_t'],
  AppendCuda: [204, P, P],
  CreateCudaOptions: [205, P],
  UpdateCudaOptions: [206, P, P, P, 'size_t'],
  AppendProvider: [216, P, 'str', P, P, 'size_t'],
} as const satisfies Record<string, Signature>;

const RELEASE_CALLS = {
  ReleaseEnv: 92,
  ReleaseStatus: 93,
  ReleaseMemoryInfo: 94,
  ReleaseSession: 95,
  ReleaseValue: 96,
  ReleaseTypeInfo: 98,
  ReleaseTensorTypeAndShapeInfo: 99,
  ReleaseSessionOptions: 100,
  ReleaseTensorRtOptions: 174,
  ReleaseCudaOptions: 208,
} as const;

const GET_ERROR_CODE = 1;
const GET_ERROR_MESSAGE = 2;
/** Oldest API with every function above. */
const OLDEST_API = 12;
const TABLE_LENGTH = 217;

/** Calls that answer with a status. */
export type StatusCalls = Record<keyof typeof STATUS_CALLS, Call>;
type ReleaseCalls = Record<keyof typeof RELEASE_CALLS, (pointer: Pointer) => void>;

/** The library as it is loaded in this process. */
export interface OrtLibrary {
  readonly path: string;
  readonly version: string;
  readonly api: StatusCalls;
  readonly free: ReleaseCalls;
  /** The raw call for the hot loop: a status pointer, null on success. */
  readonly run: Call;
  /** Throws a ProblemError with ONNX Runtime's own words when `status` is one. */
  check(status: Pointer, code: Problem['code'], doing: string): void;
  readonly env: bigint;
  readonly allocator: bigint;
  readonly cpuMemory: bigint;
  /** Keeps the handle alive: when it is collected the library is unloaded. */
  readonly handle: unknown;
  /** OrtApiBase, which libraries of operators are given. */
  readonly base: bigint;
}

/** Without the place in ONNX Runtime's own source and the expression that was false there. */
const inWords = (message: string): string =>
  message.trim().replace(/^\/\S+\.(?:cc|h|cpp):\d+ .*?(?:\[ONNXRuntimeError\] : \d+ : \w+ : | was false\. )/s, '');

const LIBRARY_NAME = process.platform === 'darwin' ? 'libonnxruntime.1.dylib' : 'libonnxruntime.so.1';
const HERE = dirname(fileURLToPath(import.meta.url));

/** ORT_DYLIB_PATH, else the library inside onnxruntime-node, else the copy in this package. */
export function findLibrary(environment: NodeJS.ProcessEnv = process.env): { path: string } | { problem: Problem } {
  const named = environment.ORT_DYLIB_PATH;
  if (named) {
    const path = resolve(named);
    if (existsSync(path)) return { path };
    return {
      problem: {
        code: 'backend',
        message: `ORT_DYLIB_PATH names ${path}, which does not exist`,
        hint: 'name the file libonnxruntime.so',
      },
    };
  }
  const places: string[] = [
    join(HERE, '../../../vendor/onnxruntime', `${process.platform}-${process.arch}`, LIBRARY_NAME),
  ];
  try {
    const main = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    places.unshift(join(dirname(main), 'bin/napi-v6', process.platform, process.arch, LIBRARY_NAME));
  } catch {
    // Not installed: the copy in this package serves.
  }
  const path = places.find((p) => existsSync(p));
  if (path) return { path };
  return {
    problem: {
      code: 'backend',
      message: `no ONNX Runtime library for ${process.platform}-${process.arch}; looked at ${places.join(', ')}`,
      hint: 'set ORT_DYLIB_PATH to a libonnxruntime.so, or npm install onnxruntime-node',
    },
  };
}

let loaded: OrtLibrary | undefined;

/** Loads the library once per thread. @throws ProblemError `backend` */
export function loadLibrary(): OrtLibrary {
  if (loaded) return loaded;
  const found = findLibrary();
  if ('problem' in found) throw new ProblemError(found.problem);
  try {
    loaded = openLibrary(found.path);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError({
      code: 'backend',
      message: `${found.path} cannot be loaded: ${messageOf(error)}`,
      hint: 'it must be an ONNX Runtime shared library for this system; check ORT_DYLIB_PATH',
    });
  }
  return loaded;
}

function openLibrary(path: string): OrtLibrary {
  const handle = koffi.load(path);
  const base = handle.func('void *OrtGetApiBase()')() as bigint;
  const [getApiAt, getVersionAt] = koffi.decode(base, koffi.array(P, 2)) as bigint[];
  const version = koffi.decode(getVersionAt, koffi.proto('const char *', []))() as string;
  const table = apiTable(koffi.decode(getApiAt, koffi.proto(P, ['uint32_t'])) as (v: number) => Pointer, path, version);
  const status = (place: number, args: readonly string[]): Call =>
    koffi.decode(table[place], koffi.proto(P, [...args])) as Call;
  const api = Object.fromEntries(
    Object.entries(STATUS_CALLS).map(([name, [place, ...args]]) => [name, status(place, args)]),
  ) as StatusCalls;
  const free = Object.fromEntries(
    Object.entries(RELEASE_CALLS).map(([name, place]) => [name, koffi.decode(table[place], koffi.proto('void', [P]))]),
  ) as ReleaseCalls;
  const messageAt = koffi.decode(table[GET_ERROR_MESSAGE], koffi.proto('const char *', [P])) as (s: Pointer) => string;
  const codeAt = koffi.decode(table[GET_ERROR_CODE], koffi.proto('int', [P])) as (s: Pointer) => number;
  const check = (pointer: Pointer, code: Problem['code'], doing: string): void => {
    if (!pointer) return;
    const message = messageAt(pointer);
    const number = codeAt(pointer);
    free.ReleaseStatus(pointer);
    throw new ProblemError({
      code,
      message: `ONNX Runtime could not ${doing}: ${inWords(message)}`,
      cause: { ortCode: number },
    });
  };
  const out = new BigUint64Array(new ArrayBuffer(8));
  const WARNING = 2;
  check(api.CreateEnv(WARNING, 'infersight', out), 'backend', 'start');
  const env = out[0];
  check(api.DisableTelemetryEvents(env), 'backend', 'switch its telemetry off');
  check(api.GetAllocatorWithDefaultOptions(out), 'backend', 'give its allocator');
  const allocator = out[0];
  const ARENA = 1;
  check(api.CreateCpuMemoryInfo(ARENA, 0, out), 'backend', 'describe CPU memory');
  return { path, version, api, free, run: api.Run, check, env, allocator, cpuMemory: out[0], handle, base };
}

function apiTable(getApi: (version: number) => Pointer, path: string, version: string): bigint[] {
  // ONNX Runtime 1.N offers API N; asking for a newer one prints a complaint on stderr.
  for (let number = Number(version.split('.')[1]); number >= OLDEST_API; number--) {
    const api = getApi(number);
    if (api) return koffi.decode(api, koffi.array(P, TABLE_LENGTH)) as bigint[];
  }
  throw new ProblemError({
    code: 'backend',
    message: `${path} is ONNX Runtime ${version}, older than 1.${OLDEST_API}`,
    hint: 'use a newer library',
  });
}

/** Libraries of operators stay loaded as long as the sessions that use them may live. */
const operatorLibraries = new Map<string, (options: bigint, base: bigint) => Pointer>();

/** Registers the operators of a library with the options of a session. @throws ProblemError `build` */
export function registerOperators(ort: OrtLibrary, options: bigint, path: string): void {
  let register = operatorLibraries.get(path);
  if (!register) {
    try {
      register = koffi.load(path).func('RegisterCustomOps', P, [P, P]) as NonNullable<typeof register>;
    } catch (error) {
      throw new ProblemError({
        code: 'build',
        message: `custom_ops: ${path} cannot be used: ${messageOf(error)}`,
        hint: 'it must be a shared library for this system that exports RegisterCustomOps',
      });
    }
    operatorLibraries.set(path, register);
  }
  ort.check(register(options, ort.base), 'build', `register the operators of ${path}`);
}

/** An array of C strings that lives as long as the object. */
export function cStrings(texts: readonly string[]): {
  readonly pointers: BigUint64Array;
  readonly keep: readonly Uint8Array[];
} {
  const keep = texts.map((text) => {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const copy = new Uint8Array(new ArrayBuffer(bytes.length));
    copy.set(bytes);
    return copy;
  });
  const pointers = new BigUint64Array(new ArrayBuffer(Math.max(8, 8 * texts.length)));
  keep.forEach((bytes, i) => {
    pointers[i] = koffi.address(bytes);
  });
  return { pointers, keep };
}

/** Text behind a pointer of the library. */
export const readCString = (pointer: bigint): string => koffi.decode.string(pointer);

/** The bytes at an address; valid only while ONNX Runtime keeps them. */
export const memoryAt = (pointer: bigint, bytes: number): ArrayBuffer => koffi.view(pointer, bytes);

/** Where the memory of an array lies. */
export const addressOf = (array: ArrayBufferView): bigint => koffi.address(array);
