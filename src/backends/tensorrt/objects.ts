/**
 * Objects of TensorRT: a method is found in the object's own table and called with the object behind the shell as `this`. Which
 * arguments a method takes stands here; where it stands in the table, in tables/.
 */
import koffi from 'koffi';
import { fail } from '../../base/problem.js';
import type { TrtLibrary } from './library.js';
import { placeOf, versionText } from './tables/index.js';

const P = 'void *';
const POINTER_BYTES = 8;
/** Deleting destructor of a public object. */
const DELETE = 1;
/** Dimensions that TensorRT's `Dims` holds at most. */
const MOST_DIMENSIONS = 8;

type Call = ((...args: unknown[]) => unknown) & { readonly async: (...args: unknown[]) => void };
type KoffiType = ReturnType<typeof koffi.struct>;
type Argument = string | KoffiType;

/** A shape as TensorRT hands it over. */
interface RawDims {
  readonly nbDims: number;
  readonly d: readonly number[];
}

const DIMS_32 = koffi.struct({ nbDims: 'int32_t', d: koffi.array('int32_t', MOST_DIMENSIONS, 'Array') });
const DIMS_64 = koffi.struct({ nbDims: 'int32_t', d: koffi.array('int64_t', MOST_DIMENSIONS, 'Array') });
/** Stands for `Dims` by value. */
const DIMS = 'Dims';

/** Result, then arguments; by major version where they differ. */
type Signature = readonly [result: string, ...args: string[]];
const SIGNATURES: Readonly<Record<string, Signature | Readonly<Record<number, Signature>>>> = {
  'VRuntime.deserializeCudaEngine': { 8: [P, P, 'size_t', P], 10: [P, P, 'size_t'], 11: [P, P, 'size_t'] },
  'VRuntime.setDLACore': ['void', 'int32_t'],
  'VRuntime.getNbDLACores': ['int32_t'],
  'VRuntime.setEngineHostCodeAllowed': ['void', 'bool'],
  'VCudaEngine.getNbIOTensors': ['int32_t'],
  'VCudaEngine.getIOTensorName': ['str', 'int32_t'],
  'VCudaEngine.getTensorIOMode': ['int32_t', 'str'],
  'VCudaEngine.getTensorDataType': ['int32_t', 'str'],
  'VCudaEngine.getTensorLocation': ['int32_t', 'str'],
  'VCudaEngine.isShapeInferenceIO': ['bool', 'str'],
  'VCudaEngine.getTensorShape': [DIMS, 'str'],
  'VCudaEngine.getProfileShape': [DIMS, 'str', 'int32_t', 'int32_t'],
  'VCudaEngine.getTensorFormatDesc': ['str', 'str'],
  'VCudaEngine.getTensorFormat': ['int32_t', 'str'],
  'VCudaEngine.getTensorVectorizedDim': ['int32_t', 'str'],
  'VCudaEngine.getTensorComponentsPerElement': ['int32_t', 'str'],
  'VCudaEngine.getNbOptimizationProfiles': ['int32_t'],
  'VCudaEngine.getNbLayers': ['int32_t'],
  'VCudaEngine.getDeviceMemorySize': ['size_t'],
  'VCudaEngine.getDeviceMemorySizeV2': ['int64_t'],
  'VCudaEngine.createEngineInspector': [P],
  'VCudaEngine.createExecutionContext': { 8: [P], 10: [P, 'int32_t'], 11: [P, 'int32_t'] },
  'VExecutionContext.setProfiler': ['void', P],
  'VExecutionContext.setOptimizationProfileAsync': ['bool', 'int32_t', P],
  'VExecutionContext.setInputShape': ['bool', 'str', P],
  'VExecutionContext.getTensorShape': [DIMS, 'str'],
  'VExecutionContext.setTensorAddress': ['bool', 'str', P],
  'VExecutionContext.setOutputAllocator': ['bool', 'str', P],
  'VExecutionContext.getMaxOutputSize': ['int64_t', 'str'],
  'VExecutionContext.enqueueV3': ['bool', 'uint64_t'],
  'VEngineInspector.getEngineInformation': ['str', 'int32_t'],
  'VBuilder.createBuilderConfig': [P],
  'VBuilder.createNetworkV2': [P, 'uint32_t'],
  'VBuilder.createOptimizationProfile': [P],
  'VBuilder.buildSerializedNetwork': [P, P, P],
  'VBuilder.getNbDLACores': ['int32_t'],
  'VBuilder.platformHasFastFp16': ['bool'],
  'VBuilder.platformHasFastInt8': ['bool'],
  'VBuilderConfig.setFlag': ['void', 'int32_t'],
  'VBuilderConfig.clearFlag': ['void', 'int32_t'],
  'VBuilderConfig.setMemoryPoolLimit': ['void', 'int32_t', 'size_t'],
  'VBuilderConfig.setProfilingVerbosity': ['void', 'int32_t'],
  'VBuilderConfig.setBuilderOptimizationLevel': ['void', 'int32_t'],
  'VBuilderConfig.setHardwareCompatibilityLevel': ['void', 'int32_t'],
  'VBuilderConfig.setDefaultDeviceType': ['void', 'int32_t'],
  'VBuilderConfig.setDLACore': ['void', 'int32_t'],
  'VBuilderConfig.setDeviceType': ['void', P, 'int32_t'],
  'VBuilderConfig.canRunOnDLA': ['bool', P],
  'VBuilderConfig.addOptimizationProfile': ['int32_t', P],
  'VBuilderConfig.setInt8Calibrator': ['void', P],
  'VBuilderConfig.setProgressMonitor': ['void', P],
  'VBuilderConfig.createTimingCache': [P, P, 'size_t'],
  'VBuilderConfig.setTimingCache': ['bool', P, 'bool'],
  'VBuilderConfig.getTimingCache': [P],
  'VBuilderConfig.setPluginsToSerialize': ['void', P, 'int32_t'],
  'VTimingCache.serialize': [P],
  'VHostMemory.data': [P],
  'VHostMemory.size': ['size_t'],
  'VOptimizationProfile.setDimensions': {
    8: ['bool', 'str', 'int32_t', DIMS],
    10: ['bool', 'str', 'int32_t', P],
    11: ['bool', 'str', 'int32_t', P],
  },
  'VOptimizationProfile.setShapeValues': ['bool', 'str', 'int32_t', P, 'int32_t'],
  'VOptimizationProfile.setShapeValuesV2': ['bool', 'str', 'int32_t', P, 'int32_t'],
  'VOptimizationProfile.isValid': ['bool'],
  'VNetworkDefinition.getNbLayers': ['int32_t'],
  'VNetworkDefinition.getLayer': [P, 'int32_t'],
  'VNetworkDefinition.getNbInputs': ['int32_t'],
  'VNetworkDefinition.getInput': [P, 'int32_t'],
  'VNetworkDefinition.getNbOutputs': ['int32_t'],
  'VNetworkDefinition.getOutput': [P, 'int32_t'],
  'VNetworkDefinition.addInput': {
    8: [P, 'str', 'int32_t', DIMS],
    10: [P, 'str', 'int32_t', P],
    11: [P, 'str', 'int32_t', P],
  },
  'VNetworkDefinition.addActivation': [P, P, 'int32_t'],
  'VNetworkDefinition.markOutput': ['void', P],
  'VTensor.getName': ['str'],
  'VTensor.setName': ['void', 'str'],
  'VTensor.getType': ['int32_t'],
  'VTensor.setType': ['void', 'int32_t'],
  'VTensor.getDimensions': [DIMS],
  'VTensor.isShapeTensor': ['bool'],
  'VTensor.setAllowedFormats': ['void', 'uint32_t'],
  'VLayer.getName': ['str'],
  'VLayer.getType': ['int32_t'],
  'VLayer.getNbOutputs': ['int32_t'],
  'VLayer.getOutput': [P, 'int32_t'],
  'VLayer.setPrecision': ['void', 'int32_t'],
  'VLayer.setOutputType': ['void', 'int32_t', 'int32_t'],
  'IParser.parseFromFile': ['bool', 'str', 'int32_t'],
  'IParser.supportsOperator': ['bool', 'str'],
  'IParser.getNbErrors': ['int32_t'],
  'IParser.getError': [P, 'int32_t'],
  'IParserError.desc': ['str'],
  'IParserError.node': ['int32_t'],
  'IParserError.nodeName': ['str'],
  'IParserError.nodeOperator': ['str'],
};

/** Methods that are called here, as `class.method`. */
export const METHODS_USED: readonly string[] = Object.keys(SIGNATURES);

const bound = new Map<string, Call>();

/** An object of TensorRT behind a pointer to its public class. */
export class TrtObject {
  readonly pointer: bigint;
  readonly #library: TrtLibrary;
  readonly #class: string;
  /** What `this` is for its methods. */
  readonly #self: bigint;
  readonly #methods = new Map<string, Call>();

  /** @param className `VRuntime` for an `IRuntime`; `IParser` is its own */
  constructor(library: TrtLibrary, className: string, pointer: bigint) {
    this.pointer = pointer;
    this.#library = library;
    this.#class = className;
    this.#self = className.startsWith('V') ? (koffi.decode(pointer, POINTER_BYTES, P) as bigint) : pointer;
  }

  /** Whether this release has the method. */
  has(method: string): boolean {
    return placeOf(this.#library.version, this.#class, method) !== undefined;
  }

  /** @throws ProblemError when this release lacks the method, before anything is called */
  call(method: string, ...args: unknown[]): unknown {
    return this.#method(method)(this.#self, ...args);
  }

  /** Calls the method in a thread of its own, so that what it says meanwhile is heard. */
  callAsync(method: string, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#method(method).async(this.#self, ...args, (error: Error | null, result: unknown) =>
        error ? reject(error) : resolve(result),
      );
    });
  }

  /** The method with its `this`, for a loop that calls it often. */
  bind(method: string): (...args: unknown[]) => unknown {
    const call = this.#method(method);
    const self = this.#self;
    return (...args) => call(self, ...args);
  }

  /** The object that a method gives. @throws ProblemError when it gives none */
  make(className: string, method: string, ...args: unknown[]): TrtObject {
    const pointer = this.call(method, ...args) as bigint | null;
    if (!pointer) return fail('backend', `TensorRT gave no result of ${method}`);
    return new TrtObject(this.#library, className, pointer);
  }

  /** A shape; -1 is a size that is open. A shape that is not known has none. */
  shape(method: string, ...args: unknown[]): number[] {
    const { nbDims, d } = this.call(method, ...args) as RawDims;
    return d.slice(0, Math.max(0, nbDims)).map(Number);
  }

  /** Frees it. */
  delete(): void {
    const table = koffi.decode(this.pointer, P) as bigint;
    const address = koffi.decode(table, DELETE * POINTER_BYTES, P) as bigint;
    callable(address, 'void', [P])(this.pointer);
  }

  #method(name: string): Call {
    const known = this.#methods.get(name);
    if (known) return known;
    const { version } = this.#library;
    const place = placeOf(version, this.#class, name);
    const signature = SIGNATURES[`${this.#class}.${name}`];
    if (place === undefined || !signature)
      return fail('backend', `TensorRT ${versionText(version)} has no ${this.#class.slice(1)}::${name}`);
    const [result = 'void', ...args] = isSignature(signature) ? signature : (signature[version.major] ?? []);
    const table = koffi.decode(this.#self, P) as bigint;
    const address = koffi.decode(table, place * POINTER_BYTES, P) as bigint;
    const call = callable(address, typeOf(result, version.major), [P, ...args.map((a) => typeOf(a, version.major))]);
    this.#methods.set(name, call);
    return call;
  }
}

const isSignature = (value: Signature | Readonly<Record<number, Signature>>): value is Signature =>
  Array.isArray(value);
const typeOf = (name: string, major: number): Argument => (name === DIMS ? (major < 10 ? DIMS_32 : DIMS_64) : name);

function callable(address: bigint, result: Argument, args: readonly Argument[]): Call {
  const key = `${address} ${[result, ...args].map((t) => (typeof t === 'string' ? t : t.name)).join()}`;
  const known = bound.get(key);
  if (known) return known;
  const call = koffi.decode(address, koffi.proto(result, [...args])) as Call;
  bound.set(key, call);
  return call;
}

/** What a method that wants `Dims` is given: the value itself up to TensorRT 9, a reference from 10 on. */
export function dimsArgument(library: TrtLibrary, shape: readonly number[], byReference: boolean): unknown {
  const value = {
    nbDims: shape.length,
    d: Array.from({ length: MOST_DIMENSIONS }, (_, i) => shape[i] ?? 0),
  };
  const wide = library.version.major >= 10;
  if (!byReference && !wide) return value;
  const type = wide ? DIMS_64 : DIMS_32;
  const bytes = new Uint8Array(new ArrayBuffer(koffi.sizeof(type)));
  koffi.encode(bytes, type, value);
  return bytes;
}

/** @throws ProblemError `backend` with the last word of the log where there is one */
export function objectOf(library: TrtLibrary, className: string, pointer: bigint | null, what: string): TrtObject {
  if (!pointer) return fail('backend', `TensorRT ${versionText(library.version)} made no ${what}`);
  return new TrtObject(library, className, pointer);
}
