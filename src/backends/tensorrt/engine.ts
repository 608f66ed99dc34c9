/** An engine in memory: loaded once for all tasks that run it, which share its weights. */
import { readFileSync } from 'node:fs';
import { fail, messageOf } from '../../base/problem.js';
import { elementCount } from '../../formats/tensor/tensor.js';
import { askChild } from '../../machine/child.js';
import { withLock } from '../../machine/lock.js';
import type { OpenContext } from '../backend.js';
import type { EngineTensor } from './buffers.js';
import { type Callback, silentLogger } from './callbacks.js';
import { bytesOf, dtypeOf, FORMATS } from './element-types.js';
import { explainPlan, planVersion } from './explain.js';
import { initPlugins, loadPlugin, loadTensorRt, type TrtLibrary } from './library.js';
import { dimsArgument, TrtObject } from './objects.js';
import { makeRuntime, type PlanQuestion, type PlanRequest, planArguments } from './runtime.js';
import { versionText } from './tables/index.js';

const INPUT = 1;
const HOST = 1;
const OPTIMUM = 1;
/** Words of the memory that sessions of one engine share: lock, sessions; then the addresses of engine and runtime. */
const LOCK = 0;
const USERS = 1;
const SHARED_BYTES = 24;
/** Context memory is allocated with the context. */
const STATIC = 0;
const JSON_FORMAT = 1;
const WHY_LIMIT_MS = 60_000;

/** An input or output as the engine has it, before shapes are chosen. */
export interface EngineSide extends Omit<EngineTensor, 'bytes'> {
  readonly input: boolean;
  /** `chw`, `hwc8`, ... */
  readonly format: string;
  readonly vectorDimension: number;
  readonly componentsPerElement: number;
  /** The values of this input decide shapes. */
  readonly shapeInput: boolean;
}

/** An engine that is loaded. */
export class TrtEngine {
  readonly library: TrtLibrary;
  readonly object: TrtObject;
  readonly sides: readonly EngineSide[];
  readonly #close: () => void;

  constructor(library: TrtLibrary, object: TrtObject, close: () => void) {
    this.library = library;
    this.object = object;
    this.#close = close;
    const count = object.call('getNbIOTensors') as number;
    this.sides = Array.from({ length: count }, (_, i) => sideOf(object, object.call('getIOTensorName', i) as string));
  }

  /** Bytes that one context needs for what lies between layers. */
  get contextBytes(): number {
    return Number(
      this.object.call(this.object.has('getDeviceMemorySizeV2') ? 'getDeviceMemorySizeV2' : 'getDeviceMemorySize'),
    );
  }

  get profiles(): number {
    return this.object.call('getNbOptimizationProfiles') as number;
  }

  /** Least, best and largest shape of an input in one profile. */
  profileShapes(name: string, profile: number): { min: number[]; opt: number[]; max: number[] } {
    const [min = [], opt = [], max = []] = [0, OPTIMUM, 2].map((which) =>
      this.object.shape('getProfileShape', name, profile, which),
    );
    return { min, opt, max };
  }

  /** @throws ProblemError when the device has no memory for it */
  context(): TrtObject {
    return this.library.version.major < 10
      ? this.object.make('VExecutionContext', 'createExecutionContext')
      : this.object.make('VExecutionContext', 'createExecutionContext', STATIC);
  }

  /** What trtexec --exportLayerInfo writes. */
  inspect(): string {
    const inspector = this.object.make('VEngineInspector', 'createEngineInspector');
    try {
      return inspector.call('getEngineInformation', JSON_FORMAT) as string;
    } finally {
      inspector.delete();
    }
  }

  close(): void {
    this.#close();
  }
}

function sideOf(engine: TrtObject, name: string): EngineSide {
  return {
    name,
    input: engine.call('getTensorIOMode', name) === INPUT,
    dtype: dtypeOf(engine.call('getTensorDataType', name) as number),
    shape: engine.shape('getTensorShape', name),
    onHost: engine.call('getTensorLocation', name) === HOST,
    shapeInput: Boolean(engine.call('isShapeInferenceIO', name)),
    format: FORMATS[engine.call('getTensorFormat', name) as number] ?? 'unknown',
    vectorDimension: engine.call('getTensorVectorizedDim', name) as number,
    componentsPerElement: engine.call('getTensorComponentsPerElement', name) as number,
  };
}

/** With its shape known, and the padding that its format needs. */
export function sized(side: EngineSide, shape: readonly number[]): EngineTensor {
  const { name, dtype, onHost, vectorDimension, componentsPerElement } = side;
  const padded = shape.map((d, i) =>
    i === vectorDimension ? Math.ceil(d / componentsPerElement) * componentsPerElement : d,
  );
  const known = shape.every((d) => d >= 0);
  return { name, dtype, shape, onHost, bytes: known ? bytesOf(dtype, elementCount(padded)) : 0 };
}

/** Tells a context the shape of an input. @throws ProblemError naming the shapes that the engine takes */
export function setInputShape(
  engine: TrtEngine,
  context: TrtObject,
  side: EngineSide,
  shape: readonly number[],
  profile: number,
): void {
  if (context.call('setInputShape', side.name, dimsArgument(engine.library, shape, true))) return;
  const { min, max } = engine.profileShapes(side.name, profile);
  fail(
    'task',
    `input ${side.name}: the engine takes [${min.join(',')}] to [${max.join(',')}], found [${shape.join(',')}]`,
    'build it with these shapes: build: { shapes: { NAME: { min, opt, max } } }',
  );
}

/** The first profile that all shapes lie in. @throws ProblemError when there is none */
export function chooseProfile(engine: TrtEngine, shapes: Readonly<Record<string, readonly number[]>>): number {
  const inputs = engine.sides.filter((s) => s.input && !s.onHost);
  for (let profile = 0; profile < engine.profiles; profile++) {
    const fits = inputs.every(({ name, shape: declared }) => {
      const { min, max } = engine.profileShapes(name, profile);
      const shape = shapes[name] ?? declared;
      return shape.length === min.length && shape.every((d, i) => d >= (min[i] ?? 0) && d <= (max[i] ?? 0));
    });
    if (fits) return profile;
  }
  const { name = '', shape: declared = [] } = inputs.find((s) => s.shape.some((d) => d < 0)) ?? inputs[0] ?? {};
  const { min, max } = engine.profileShapes(name, 0);
  return fail(
    'task',
    `no optimisation profile of the engine takes [${(shapes[name] ?? declared).join(',')}] for input ${name}; profile 0 takes [${min.join(',')}] to [${max.join(',')}]`,
    'build it with these shapes: build: { shapes: { NAME: { min, opt, max } } }',
  );
}

/** Words of all runtimes that were made here; never released, as TensorRT keeps the first logger for good. */
let silent: Callback | undefined;

/**
 * The engine of a plan; sessions of the run that name the same plan share one. @throws ProblemError `backend` in TensorRT's words
 * @param key of the engine @param device number of the GPU @param shared memory that the sessions of the run have in common
 */
export async function openEngine(
  request: PlanRequest,
  key: string,
  device: number,
  shared: OpenContext['shared'] | undefined,
): Promise<TrtEngine> {
  const library = loadTensorRt();
  for (const plugin of request.plugins) loadPlugin(plugin);
  const words =
    (await shared?.(`tensorrt/${key}/${request.dlaCore ?? 'gpu'}`, SHARED_BYTES)) ??
    new SharedArrayBuffer(SHARED_BYTES);
  const counters = new Int32Array(words);
  const addresses = new BigInt64Array(words, 8);
  const lock = counters.subarray(LOCK, LOCK + 1);
  const make = (): TrtObject => {
    if (addresses[0]) return new TrtObject(library, 'VCudaEngine', addresses[0]);
    const { engine, runtime } = deserialize(library, request);
    addresses[0] = engine.pointer;
    addresses[1] = runtime.pointer;
    return engine;
  };
  try {
    return withLock(lock, () => {
      const object = make();
      Atomics.add(counters, USERS, 1);
      return new TrtEngine(library, object, () =>
        withLock(lock, () => {
          if (Atomics.sub(counters, USERS, 1) > 1) return;
          object.delete();
          new TrtObject(library, 'VRuntime', addresses[1] ?? 0n).delete();
          addresses.fill(0n);
        }),
      );
    });
  } catch (error) {
    if (error !== REFUSED) throw error;
    return fail('backend', ...(await whyNot(library, request, device)));
  }
}

const REFUSED = new Error('the plan was refused');

interface Loaded {
  readonly engine: TrtObject;
  readonly runtime: TrtObject;
}

function readPlan({ path }: PlanRequest): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    return fail('file', `${path} cannot be read: ${messageOf(error)}`);
  }
}

/** TensorRT itself tells a plan of another version in some releases, and in others only by what goes wrong later. */
function checkVersion(library: TrtLibrary, plan: Uint8Array, request: PlanRequest): void {
  const writtenBy = planVersion(plan);
  const version = versionText(library.version);
  if (writtenBy === undefined || request.hostCode || writtenBy.startsWith(`${version}.`)) return;
  fail('backend', ...explainPlan([], { ...request, writtenBy }, version));
}

function deserialize(library: TrtLibrary, request: PlanRequest): Loaded {
  const plan = readPlan(request);
  checkVersion(library, plan, request);
  silent ??= silentLogger(library);
  initPlugins(library, silent.pointer);
  const runtime = makeRuntime(library, silent.pointer, request);
  const pointer = runtime.call('deserializeCudaEngine', ...planArguments(library, plan)) as bigint | null;
  if (pointer) return { runtime, engine: new TrtObject(library, 'VCudaEngine', pointer) };
  runtime.delete();
  throw REFUSED;
}

const headOf = (plan: Uint8Array): { writtenBy?: string } => {
  const writtenBy = planVersion(plan);
  return writtenBy === undefined ? {} : { writtenBy };
};

/** Loads it once more in a process of its own, where what TensorRT says can be heard. */
async function whyNot(
  library: TrtLibrary,
  request: PlanRequest,
  device: number,
): Promise<[message: string, hint?: string]> {
  const { signal } = new AbortController();
  const question: PlanQuestion = { ...request, device };
  const result = await askChild<string[]>(new URL('./plan-child.js', import.meta.url), question, {
    signal,
    limitMs: WHY_LIMIT_MS,
  });
  const lines = 'answer' in result ? result.answer : [`loading it ended the process: ${result.end.lastWords}`];
  return explainPlan(lines, { ...request, ...headOf(readPlan(request)) }, versionText(library.version));
}
