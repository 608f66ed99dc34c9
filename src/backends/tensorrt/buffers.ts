/** Memory of inputs and outputs: pinned on the host, and on the device where that is another memory. */
import koffi from 'koffi';
import { fail } from '../../base/problem.js';
import {
  type Dtype,
  elementCount,
  type Tensor,
  type TensorData,
  type TensorSpec,
} from '../../formats/tensor/tensor.js';
import type { Cuda, HostMemory } from './cuda.js';
import { bytesOf, convert, viewOf } from './element-types.js';

/** Smaller arrays are copied on each run, which takes less than pinning them is worth. */
const LEAST_PINNED_BYTES = 64 * 1024;

/** A tensor of an engine. */
export interface EngineTensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** -1 is a size that shows only when it runs. */
  readonly shape: readonly number[];
  /** Bytes with whatever padding its format needs. */
  readonly bytes: number;
  /** TensorRT reads and writes it in the host's memory: the values of shapes. */
  readonly onHost: boolean;
}

type Binary = Exclude<TensorData, string[]>;
const bytesView = (data: Binary): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** One input with its memory. */
export class InputBuffer {
  readonly name: string;
  readonly bytes: number;
  /** What TensorRT reads. */
  readonly address: number;
  /** Where the copy to the device comes from; undefined where the device reads the host's memory itself. */
  readonly copyFrom: number | undefined;
  readonly #cuda: Cuda;
  readonly #refresh: (() => void) | undefined;
  readonly #frees: (() => void)[] = [];

  /** @param declared type of the values that are given, which may be another than the engine's */
  constructor(cuda: Cuda, tensor: EngineTensor, feed: Tensor, declared: Dtype, integrated: boolean) {
    const { name, bytes, onHost, dtype } = tensor;
    this.#cuda = cuda;
    this.name = name;
    this.bytes = bytes;
    if (Array.isArray(feed.data)) fail('task', `input ${name}: TensorRT has no texts`);
    const data = feed.data as Binary;
    const inPlace = declared === dtype && !onHost && data.byteLength === bytes && this.#pin(data);
    let host: number;
    if (inPlace) host = Number(koffi.address(data));
    else {
      const memory = this.#hostMemory(bytes);
      host = memory.host;
      const source = (): Uint8Array => bytesView(declared === dtype ? data : convert(data, declared, dtype));
      const copied = Math.min(bytes, bytesOf(dtype, data.length));
      this.#refresh = () => memory.view.set(source().subarray(0, copied));
      this.#refresh();
    }
    if (onHost) {
      this.address = host;
      return;
    }
    if (integrated) {
      this.address = cuda.deviceAddress(host);
      return;
    }
    this.address = cuda.allocate(bytes, `input ${name}`);
    this.copyFrom = host;
    this.#frees.push(() => cuda.call.cuMemFree_v2(this.address));
  }

  /** Brings what stands in the array into the memory that is read, where that is a copy. */
  refresh(): void {
    this.#refresh?.();
  }

  free(): void {
    for (const free of this.#frees.splice(0)) free();
  }

  /** An array with memory of its own is read where it is. */
  #pin(data: Binary): boolean {
    if (data.byteLength < LEAST_PINNED_BYTES) return false;
    const host = Number(koffi.address(data));
    if (!this.#cuda.register(host, data.byteLength)) return false;
    this.#frees.push(() => {
      this.#cuda.call.cuMemHostUnregister(host);
      // Held until here, so that the memory is not given to something else while it is pinned.
      void data;
    });
    return true;
  }

  #hostMemory(bytes: number): HostMemory {
    const memory = this.#cuda.allocateHost(bytes, `input ${this.name}`);
    this.#frees.push(() => this.#cuda.call.cuMemFreeHost(memory.host));
    return memory;
  }
}

/** One output with its memory. */
export class OutputBuffer {
  readonly tensor: EngineTensor;
  /** What TensorRT writes; 0 where memory is given when it runs. */
  address = 0;
  /** Where the copy from the device goes; 0 where the device writes the host's memory itself. */
  copyTo = 0;
  /** Bytes of the last run. */
  bytes: number;
  readonly #cuda: Cuda;
  readonly #integrated: boolean;
  #shape: readonly number[];
  #host: HostMemory | undefined;
  #capacity = 0;

  constructor(cuda: Cuda, tensor: EngineTensor, integrated: boolean) {
    this.#cuda = cuda;
    this.#integrated = integrated;
    this.tensor = tensor;
    this.#shape = tensor.shape;
    this.bytes = tensor.bytes;
    if (!this.dynamic) this.#grow(tensor.bytes);
  }

  /** Its shape depends on the data. */
  get dynamic(): boolean {
    return this.tensor.shape.some((d) => d < 0);
  }

  /** As TensorRT asks for it in the middle of a run. */
  allocate(bytes: number): bigint {
    if (bytes > this.#capacity || this.address === 0) {
      this.free();
      this.#grow(bytes);
    }
    return BigInt(this.address);
  }

  /** As TensorRT tells it in the middle of a run. */
  tellShape(shape: readonly number[]): void {
    this.#shape = shape;
    this.bytes = bytesOf(this.tensor.dtype, elementCount(shape));
  }

  /** A view of the last run's values; types that the model declares otherwise are converted. */
  read(declared: TensorSpec | undefined): Tensor {
    const { dtype } = this.tensor;
    const count = elementCount(this.#shape);
    const data = viewOf(dtype, count, this.#host?.view.buffer ?? new ArrayBuffer(8));
    const wanted = declared?.dtype ?? dtype;
    return { dtype: wanted, shape: this.#shape, data: wanted === dtype ? data : convert(data, dtype, wanted) };
  }

  free(): void {
    if (this.copyTo !== 0) this.#cuda.call.cuMemFree_v2(this.address);
    if (this.#host) this.#cuda.call.cuMemFreeHost(this.#host.host);
    this.#host = undefined;
    this.address = 0;
    this.copyTo = 0;
    this.#capacity = 0;
  }

  #grow(bytes: number): void {
    const { name, onHost } = this.tensor;
    const size = Math.max(8, bytes);
    this.#host = this.#cuda.allocateHost(size, `output ${name}`);
    this.#capacity = size;
    if (onHost) this.address = this.#host.host;
    else if (this.#integrated) this.address = this.#cuda.deviceAddress(this.#host.host);
    else {
      this.address = this.#cuda.allocate(size, `output ${name}`);
      this.copyTo = this.#host.host;
    }
  }
}
