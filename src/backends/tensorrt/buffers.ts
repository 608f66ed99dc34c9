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
  #copyFrom: number | undefined;
  readonly #cuda: Cuda;
  readonly #dtype: Dtype;
  readonly #declared: Dtype;
  /** Memory of the host that values are copied into; undefined while the array itself is pinned. */
  #memory: HostMemory | undefined;
  #data: Binary;
  readonly #onDevice: boolean;

  /** @param declared type of the values that are given, which may be another than the engine's */
  constructor(cuda: Cuda, tensor: EngineTensor, feed: Tensor, declared: Dtype, integrated: boolean) {
    const { name, bytes, onHost, dtype } = tensor;
    this.#cuda = cuda;
    this.name = name;
    this.bytes = bytes;
    this.#dtype = dtype;
    this.#declared = declared;
    this.#data = binaryOf(feed, name);
    this.#onDevice = !onHost && !integrated;
    const inPlace = declared === dtype && !onHost && this.#data.byteLength === bytes && this.#pin();
    if (!inPlace) this.#memory = cuda.allocateHost(bytes, `input ${name}`);
    const host = this.#memory?.host ?? Number(koffi.address(this.#data));
    if (this.#onDevice) this.#copyFrom = host;
    this.address = onHost ? host : integrated ? cuda.deviceAddress(host) : cuda.allocate(bytes, `input ${name}`);
    this.refresh();
  }

  get copyFrom(): number | undefined {
    return this.#copyFrom;
  }

  /** Takes other values of the same shape; false where what TensorRT reads would have to move. */
  feed(feed: Tensor): boolean {
    if (!this.#memory) {
      if (!this.#onDevice) return false;
      this.#unpin();
      this.#memory = this.#cuda.allocateHost(this.bytes, `input ${this.name}`);
      this.#copyFrom = this.#memory.host;
    }
    this.#data = binaryOf(feed, this.name);
    this.refresh();
    return true;
  }

  /** Brings what stands in the array into the memory that is read, where that is a copy. */
  refresh(): void {
    if (!this.#memory) return;
    const same = this.#declared === this.#dtype;
    const source = bytesView(same ? this.#data : convert(this.#data, this.#declared, this.#dtype));
    this.#memory.view.set(source.subarray(0, Math.min(this.bytes, bytesOf(this.#dtype, this.#data.length))));
  }

  free(): void {
    if (this.#onDevice) this.#cuda.call.cuMemFree_v2(this.address);
    if (this.#memory) this.#cuda.call.cuMemFreeHost(this.#memory.host);
    else this.#unpin();
  }

  /** An array with memory of its own is read where it is. */
  #pin(): boolean {
    const { byteLength } = this.#data;
    return byteLength >= LEAST_PINNED_BYTES && this.#cuda.register(Number(koffi.address(this.#data)), byteLength);
  }

  #unpin(): void {
    this.#cuda.call.cuMemHostUnregister(Number(koffi.address(this.#data)));
  }
}

function binaryOf({ data }: Tensor, name: string): Binary {
  if (Array.isArray(data)) return fail('task', `input ${name}: TensorRT has no texts`);
  return data;
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
