/** The CUDA driver (libcuda): devices, memory, streams, events, graphs. No CUDA toolkit is needed. */
import koffi from 'koffi';
import { fail, messageOf, type Problem, ProblemError } from '../../base/problem.js';
import { growNativeStack } from '../../machine/native-stack.js';

const P = 'void *';
/** Handles and addresses: below 2^47, so numbers hold them, and making one is no garbage. */
const H = 'uint64_t';

const CALLS = {
  cuInit: ['uint32_t'],
  cuDriverGetVersion: [P],
  cuDeviceGetCount: [P],
  cuDeviceGet: [P, 'int'],
  cuDeviceGetName: [P, 'int', 'int'],
  cuDeviceTotalMem_v2: [P, 'int'],
  cuDeviceGetAttribute: [P, 'int', 'int'],
  cuDevicePrimaryCtxRetain: [P, 'int'],
  cuCtxSetCurrent: [H],
  cuCtxGetStreamPriorityRange: [P, P],
  cuMemGetInfo_v2: [P, P],
  cuMemAlloc_v2: [P, 'size_t'],
  cuMemFree_v2: [H],
  cuMemHostAlloc: [P, 'size_t', 'uint32_t'],
  cuMemFreeHost: [H],
  cuMemHostRegister_v2: [H, 'size_t', 'uint32_t'],
  cuMemHostUnregister: [H],
  cuMemHostGetDevicePointer_v2: [P, H, 'uint32_t'],
  cuMemcpyHtoDAsync_v2: [H, H, 'size_t', H],
  cuMemcpyDtoHAsync_v2: [H, H, 'size_t', H],
  cuMemcpyDtoDAsync_v2: [H, H, 'size_t', H],
  cuMemsetD8Async: [H, 'uint8_t', 'size_t', H],
  cuStreamCreateWithPriority: [P, 'uint32_t', 'int'],
  cuStreamSynchronize: [H],
  cuStreamWaitEvent: [H, H, 'uint32_t'],
  cuStreamDestroy_v2: [H],
  cuEventCreate: [P, 'uint32_t'],
  cuEventRecord: [H, H],
  cuEventQuery: [H],
  cuEventSynchronize: [H],
  cuEventElapsedTime: [P, H, H],
  cuEventDestroy_v2: [H],
  cuStreamBeginCapture_v2: [H, 'int'],
  cuStreamEndCapture: [H, P],
  cuGraphInstantiateWithFlags: [P, H, 'uint64_t'],
  cuGraphLaunch: [H, H],
  cuGraphExecDestroy: [H],
  cuGraphDestroy: [H],
} as const satisfies Record<string, readonly string[]>;

type Name = keyof typeof CALLS;
type Call = (...args: unknown[]) => number;

const SUCCESS = 0;
/** A result of `cuEventQuery` that is no error. */
export const NOT_READY = 600;
const DEVICE_MAPPED = 2;
const PORTABLE = 1;
const NON_BLOCKING_STREAM = 1;
const ATTRIBUTE = { sms: 16, integrated: 18, major: 75, minor: 76 } as const;
/** Of `cuEventCreate`: default, blocking sync, no timing. */
const EVENT_FLAGS = { time: 0, sleep: 1, order: 2 } as const;
/** Of `cuStreamBeginCapture`: other threads may go on allocating. */
const CAPTURE_THREAD_LOCAL = 1;
const NAME_BYTES = 256;

/** One GPU. */
export interface GpuDevice {
  readonly index: number;
  readonly name: string;
  /** `8.7` */
  readonly computeCapability: string;
  readonly memoryBytes: number;
  readonly multiprocessors: number;
  /** Shares its memory with the CPU, as on a Jetson. */
  readonly integrated: boolean;
}

/** Memory of the host that the GPU reads and writes. */
export interface HostMemory {
  readonly host: number;
  readonly view: Uint8Array<ArrayBuffer>;
}

const NAMES = [
  'libcuda.so.1',
  '/usr/lib/aarch64-linux-gnu/nvidia/libcuda.so.1',
  '/usr/lib/aarch64-linux-gnu/tegra/libcuda.so.1',
  '/usr/lib/wsl/lib/libcuda.so.1',
];

const MISSING: Problem = {
  code: 'backend',
  message: 'the CUDA driver (libcuda.so.1) is not here',
  hint: 'it comes with the NVIDIA driver (PC) or with L4T (Jetson: nvidia-l4t-cuda); in a container start it with --runtime nvidia or --gpus all',
};

let loaded: Cuda | undefined;

/** The driver, loaded and started once per thread. @throws ProblemError `backend` */
export function loadCuda(): Cuda {
  if (loaded) return loaded;
  growNativeStack();
  const named = process.env.CUDA_DRIVER_LIB;
  for (const name of named ? [named] : NAMES) {
    let handle: ReturnType<typeof koffi.load>;
    try {
      handle = koffi.load(name);
    } catch {
      continue;
    }
    try {
      const cuda = new Cuda(handle);
      cuda.check(cuda.call.cuInit(0), 'start');
      loaded = cuda;
      return cuda;
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      return fail(
        'backend',
        `${name} is no CUDA driver that can be used: ${messageOf(error)}`,
        'CUDA 11.4 or newer is needed',
      );
    }
  }
  throw new ProblemError(
    named
      ? {
          ...MISSING,
          message: `CUDA_DRIVER_LIB names ${named}, which cannot be loaded`,
          hint: 'name the file libcuda.so.1',
        }
      : MISSING,
  );
}

const cell = (): BigUint64Array<ArrayBuffer> => new BigUint64Array(new ArrayBuffer(8));

/** Calls of the driver, each checked. */
export class Cuda {
  readonly call: Readonly<Record<Name, Call>>;
  readonly #handle: ReturnType<typeof koffi.load>;
  readonly #out = cell();
  readonly #ints = new Int32Array(new ArrayBuffer(8));

  constructor(handle: ReturnType<typeof koffi.load>) {
    this.#handle = handle;
    this.call = Object.fromEntries(
      Object.entries(CALLS).map(([name, args]) => [name, handle.func(name, 'int', [...args])]),
    ) as unknown as Record<Name, Call>;
  }

  /** @throws ProblemError with CUDA's name of the error */
  check(result: number, doing: string): void {
    if (result !== SUCCESS) this.#fail(result, doing);
  }

  /** Of the driver, as CUDA counts: `12.8`. */
  get driverVersion(): string {
    this.check(this.call.cuDriverGetVersion(this.#ints), 'tell its version');
    const [version = 0] = this.#ints;
    return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
  }

  /** All GPUs; making no context on any. */
  devices(): GpuDevice[] {
    this.check(this.call.cuDeviceGetCount(this.#ints), 'count devices');
    const [count = 0] = this.#ints;
    return Array.from({ length: count }, (_, index) => this.#device(index));
  }

  /** Makes the device's context the one of this thread. */
  use(index: number): void {
    this.check(this.call.cuDevicePrimaryCtxRetain(this.#out, this.#deviceOf(index)), 'open the device');
    this.check(this.call.cuCtxSetCurrent(this.#taken()), 'use the device');
  }

  /** Bytes of the device's memory. */
  memory(): { readonly free: number; readonly total: number } {
    const total = cell();
    this.check(this.call.cuMemGetInfo_v2(this.#out, total), 'tell its memory');
    return { free: this.#taken(), total: Number(total[0]) };
  }

  /** Least and greatest priority of streams; the greatest is the lower number. */
  priorities(): { readonly least: number; readonly greatest: number } {
    const greatest = new Int32Array(new ArrayBuffer(8));
    this.check(this.call.cuCtxGetStreamPriorityRange(this.#ints, greatest), 'tell the priorities of streams');
    return { least: this.#ints[0] ?? 0, greatest: greatest[0] ?? 0 };
  }

  /** Address on the device. */
  allocate(bytes: number, what: string): number {
    this.check(this.call.cuMemAlloc_v2(this.#out, Math.max(1, bytes)), `allocate ${bytes} bytes for ${what}`);
    return this.#taken();
  }

  /** Memory of the host that is not paged out, which the device can also reach by itself. */
  allocateHost(bytes: number, what: string): HostMemory {
    const size = Math.max(8, bytes);
    this.check(
      this.call.cuMemHostAlloc(this.#out, size, DEVICE_MAPPED | PORTABLE),
      `allocate ${bytes} bytes of host memory for ${what}`,
    );
    const host = this.#taken();
    return { host, view: new Uint8Array(koffi.view(BigInt(host), size)) };
  }

  /** Pins memory that is there already; false where the system does not let it. */
  register(host: number, bytes: number): boolean {
    return this.call.cuMemHostRegister_v2(host, bytes, DEVICE_MAPPED | PORTABLE) === SUCCESS;
  }

  /** The address under which the device reaches pinned memory of the host. */
  deviceAddress(host: number): number {
    this.check(this.call.cuMemHostGetDevicePointer_v2(this.#out, host, 0), 'map host memory');
    return this.#taken();
  }

  /** @param priority as `priorities` tells */
  stream(priority: number): number {
    this.check(this.call.cuStreamCreateWithPriority(this.#out, NON_BLOCKING_STREAM, priority), 'make a stream');
    return this.#taken();
  }

  /** @param kind `time` tells times, `sleep` too and `cuEventSynchronize` sleeps for it, `order` only orders streams */
  event(kind: keyof typeof EVENT_FLAGS): number {
    this.check(this.call.cuEventCreate(this.#out, EVENT_FLAGS[kind]), 'make an event');
    return this.#taken();
  }

  /** What `enqueue` puts on the stream, as a graph that is launched at once. @throws ProblemError saying why not */
  capture(stream: number, enqueue: () => void): { readonly launch: number; free(): void } {
    this.check(this.call.cuStreamBeginCapture_v2(stream, CAPTURE_THREAD_LOCAL), 'begin a CUDA graph');
    let problem: unknown;
    try {
      enqueue();
    } catch (error) {
      problem = error;
    }
    const ended = this.call.cuStreamEndCapture(stream, this.#out);
    if (problem) throw problem;
    this.check(ended, 'end a CUDA graph');
    const graph = this.#taken();
    this.check(this.call.cuGraphInstantiateWithFlags(this.#out, graph, 0), 'make a CUDA graph');
    const launch = this.#taken();
    return {
      launch,
      free: () => {
        this.call.cuGraphExecDestroy(launch);
        this.call.cuGraphDestroy(graph);
      },
    };
  }

  #taken(): number {
    return Number(this.#out[0]);
  }

  #deviceOf(index: number): number {
    this.check(this.call.cuDeviceGet(this.#ints, index), `find device ${index}`);
    return this.#ints[0] ?? 0;
  }

  #device(index: number): GpuDevice {
    const device = this.#deviceOf(index);
    const attribute = (which: number): number => {
      this.check(this.call.cuDeviceGetAttribute(this.#ints, which, device), 'describe a device');
      return this.#ints[0] ?? 0;
    };
    const name = new Uint8Array(new ArrayBuffer(NAME_BYTES));
    this.check(this.call.cuDeviceGetName(name, NAME_BYTES, device), 'name a device');
    this.check(this.call.cuDeviceTotalMem_v2(this.#out, device), 'tell the memory of a device');
    return {
      index,
      name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
      memoryBytes: this.#taken(),
      computeCapability: `${attribute(ATTRIBUTE.major)}.${attribute(ATTRIBUTE.minor)}`,
      multiprocessors: attribute(ATTRIBUTE.sms),
      integrated: attribute(ATTRIBUTE.integrated) === 1,
    };
  }

  #fail(result: number, doing: string): never {
    const text = (call: string): string => {
      const out = cell();
      const found = this.#handle.func(call, 'int', ['int', P])(result, out) as number;
      return found === SUCCESS && out[0] ? (koffi.decode.string(out[0]) as string) : '';
    };
    const name = text('cuGetErrorName') || `error ${result}`;
    const words = text('cuGetErrorString');
    return fail('backend', `CUDA could not ${doing}: ${name}${words ? `, ${words}` : ''}`, HINTS[name]);
  }
}

const HINTS: Readonly<Record<string, string>> = {
  CUDA_ERROR_OUT_OF_MEMORY:
    'the models and whatever else runs need more memory than the device has: stop other programs, or use smaller engines',
  CUDA_ERROR_NO_DEVICE: 'the driver sees no GPU: check nvidia-smi, and in a container --runtime nvidia or --gpus all',
  CUDA_ERROR_SYSTEM_DRIVER_MISMATCH:
    'the driver in the kernel is of another version than the library: restart the machine',
  CUDA_ERROR_INSUFFICIENT_DRIVER: 'the driver is too old for this library: update it',
};
