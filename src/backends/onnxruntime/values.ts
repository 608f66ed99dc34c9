/** OrtValues: from arrays, to arrays. */
import { fail } from '../../base/problem.js';
import {
  arrayOf,
  type Dimension,
  DTYPES,
  type Dtype,
  ELEMENT_BYTES,
  elementCount,
  hasArray,
  type Tensor,
  type TensorSpec,
} from '../../formats/tensor/tensor.js';
import { addressOf, cStrings, memoryAt, type OrtLibrary, readCString } from './library.js';

const pointerCell = (): BigUint64Array => new BigUint64Array(new ArrayBuffer(8));

const shapeCells = (shape: readonly number[]): BigInt64Array => {
  const cells = new BigInt64Array(new ArrayBuffer(Math.max(8, 8 * shape.length)));
  shape.forEach((d, i) => {
    cells[i] = BigInt(d);
  });
  return cells;
};

/** A tensor that is bound, and the memory that it must not outlive. */
export interface BoundValue {
  readonly pointer: bigint;
  /** What must not be collected while the value lives. */
  readonly keep: unknown;
}

/** Copies nothing: the value reads the tensor's array in place. Strings are copied into ONNX Runtime. */
export function toOrtValue(ort: OrtLibrary, name: string, tensor: Tensor): BoundValue {
  const out = pointerCell();
  const shape = shapeCells(tensor.shape);
  const type = DTYPES.indexOf(tensor.dtype);
  if (Array.isArray(tensor.data)) {
    ort.check(
      ort.api.CreateTensorAsOrtValue(ort.allocator, shape, tensor.shape.length, type, out),
      'task',
      `make input ${name}`,
    );
    const texts = cStrings(tensor.data);
    ort.check(ort.api.FillStringTensor(out[0], texts.pointers, tensor.data.length), 'task', `fill input ${name}`);
    return { pointer: out[0], keep: texts };
  }
  const array = offHeap(tensor);
  ort.check(
    ort.api.CreateTensorWithDataAsOrtValue(
      ort.cpuMemory,
      addressOf(array),
      array.byteLength,
      shape,
      tensor.shape.length,
      type,
      out,
    ),
    'task',
    `make input ${name}`,
  );
  return { pointer: out[0], keep: array };
}

/** Small typed arrays may lie on the heap and move; one with a buffer of its own does not. */
function offHeap(tensor: Tensor): Exclude<Tensor['data'], string[]> {
  const data = tensor.data as Exclude<Tensor['data'], string[]>;
  if (data.byteLength > 64) return data;
  const buffer = new ArrayBuffer(Math.max(8, data.byteLength));
  new Uint8Array(buffer).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (!hasArray(tensor.dtype)) return fail('task', `element type ${tensor.dtype} has no array`);
  return arrayOf(tensor.dtype, data.length, buffer);
}

/** A view of the value's memory, valid until the next run; strings are copied. */
export function fromOrtValue(ort: OrtLibrary, name: string, value: bigint): Tensor {
  const isTensor = new Int32Array(new ArrayBuffer(4));
  ort.check(ort.api.IsTensor(value, isTensor), 'task', `read output ${name}`);
  if (isTensor[0] === 0) return fail('task', `output ${name} is a sequence, map or optional, not a tensor`);
  const out = pointerCell();
  ort.check(ort.api.GetTensorTypeAndShape(value, out), 'task', `read output ${name}`);
  const type = out[0];
  const { dtype, shape } = readShape(ort, type);
  ort.free.ReleaseTensorTypeAndShapeInfo(type);
  const sizes = shape as number[];
  const count = elementCount(sizes);
  if (dtype === 'string') return { dtype, shape: sizes, data: readStrings(ort, name, value, count) };
  if (!hasArray(dtype)) return fail('task', `output ${name} has element type ${dtype}, which has no array`);
  if (count === 0) return { dtype, shape: sizes, data: arrayOf(dtype, 0) };
  ort.check(ort.api.GetTensorMutableData(value, out), 'task', `read output ${name}`);
  return { dtype, shape: sizes, data: arrayOf(dtype, count, memoryAt(out[0], count * ELEMENT_BYTES[dtype])) };
}

function readStrings(ort: OrtLibrary, name: string, value: bigint, count: number): string[] {
  const length = new BigUint64Array(new ArrayBuffer(8));
  ort.check(ort.api.GetStringTensorDataLength(value, length), 'task', `read output ${name}`);
  const total = Number(length[0]);
  const bytes = new Uint8Array(new ArrayBuffer(Math.max(1, total)));
  const offsets = new BigUint64Array(new ArrayBuffer(8 * Math.max(1, count)));
  ort.check(ort.api.GetStringTensorContent(value, bytes, total, offsets, count), 'task', `read output ${name}`);
  const decoder = new TextDecoder();
  return Array.from({ length: count }, (_, i) =>
    decoder.decode(bytes.subarray(Number(offsets[i]), i + 1 < count ? Number(offsets[i + 1]) : total)),
  );
}

function readShape(ort: OrtLibrary, info: bigint): { dtype: Dtype; shape: Dimension[] } {
  const type = new Int32Array(new ArrayBuffer(4));
  ort.check(ort.api.GetTensorElementType(info, type), 'task', 'read an element type');
  const rank = new BigUint64Array(new ArrayBuffer(8));
  ort.check(ort.api.GetDimensionsCount(info, rank), 'task', 'read a shape');
  const n = Number(rank[0]);
  const sizes = new BigInt64Array(new ArrayBuffer(8 * Math.max(1, n)));
  ort.check(ort.api.GetDimensions(info, sizes, n), 'task', 'read a shape');
  const names = new BigUint64Array(new ArrayBuffer(8 * Math.max(1, n)));
  ort.check(ort.api.GetSymbolicDimensions(info, names, n), 'task', 'read a shape');
  const shape = Array.from({ length: n }, (_, i) =>
    sizes[i] >= 0n ? Number(sizes[i]) : names[i] ? readCString(names[i]) : '',
  );
  return { dtype: DTYPES[type[0]] ?? 'undefined', shape };
}

/** Names, element types and shapes of the session's inputs or outputs. */
export function describe(ort: OrtLibrary, session: bigint, side: 'Input' | 'Output'): TensorSpec[] {
  const count = new BigUint64Array(new ArrayBuffer(8));
  const out = pointerCell();
  ort.check(ort.api[`SessionGet${side}Count`](session, count), 'task', 'count inputs and outputs');
  return Array.from({ length: Number(count[0]) }, (_, i) => {
    ort.check(ort.api[`SessionGet${side}Name`](session, i, ort.allocator, out), 'task', 'read a name');
    const name = readCString(out[0]);
    ort.check(ort.api.AllocatorFree(ort.allocator, out[0]), 'task', 'free a name');
    ort.check(ort.api[`SessionGet${side}TypeInfo`](session, i, out), 'task', `describe ${name}`);
    const info = out[0];
    ort.check(ort.api.CastTypeInfoToTensorInfo(info, out), 'task', `describe ${name}`);
    const spec = out[0] ? { name, ...readShape(ort, out[0]) } : { name, dtype: 'undefined' as const };
    ort.free.ReleaseTypeInfo(info);
    return spec;
  });
}
