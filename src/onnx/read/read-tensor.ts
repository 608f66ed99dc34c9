/** Tensors: what they are, and the values of small ones; payloads are skipped. */
import { BYTES, VARINT, type Wire } from '../../base/protobuf/wire.js';
import { type Dtype, ELEMENT_BYTES, elementCount } from '../../formats/tensor/tensor.js';
import type { TensorInfo } from './graph.js';
import { dtypeOf, MAX_RANK } from './read-value.js';

/** Payloads up to this many bytes are read. */
export const SMALL_TENSOR = 1024;

type TensorFacts = Omit<TensorInfo, 'span'>;

/** SparseTensorProto. */
export function readSparse(wire: Wire, end: number): TensorFacts {
  let values: TensorFacts | undefined;
  let indices = 0;
  const shape: number[] = [];
  while (wire.next(end)) {
    if (wire.field === 1) values = wire.message((inner) => readTensor(wire, inner));
    else if (wire.field === 2) indices = wire.message((inner) => readTensor(wire, inner)).bytes;
    else if (wire.field === 3) wire.numbers(shape, MAX_RANK);
    else wire.skip();
  }
  return {
    name: values?.name ?? '',
    dtype: values?.dtype ?? 'undefined',
    shape,
    bytes: (values?.bytes ?? 0) + indices,
  };
}

/** TensorProto; data above 1 KB is skipped. */
export function readTensor(wire: Wire, end: number): TensorFacts {
  const shape: number[] = [];
  const numbers: number[] = [];
  const external = new Map<string, string>();
  let dtype: Dtype = 'undefined';
  let name = '';
  let raw: Uint8Array | undefined;
  while (wire.next(end)) {
    const length = wire.payloadEnd - wire.at;
    if (wire.field === 1) wire.numbers(shape, MAX_RANK);
    else if (wire.field === 2) dtype = dtypeOf(wire.number());
    else if (wire.field === 8) name = wire.string();
    else if (wire.field === 9 && wire.type === BYTES && length <= SMALL_TENSOR) raw = wire.bytes();
    else if ((wire.field === 5 || wire.field === 7) && (wire.type === VARINT || length <= SMALL_TENSOR))
      wire.numbers(numbers, SMALL_TENSOR);
    else if (wire.field === 13) wire.message((inner) => readEntry(wire, inner, external));
    else wire.skip();
  }
  if (shape.some((d) => d < 0)) wire.broken(`tensor "${name}" has a negative dimension`);
  return tensorInfo({ name, dtype, shape, numbers, raw, external }, wire);
}

function readEntry(wire: Wire, end: number, into: Map<string, string>): void {
  let key = '';
  let value = '';
  while (wire.next(end)) {
    if (wire.field === 1) key = wire.string();
    else if (wire.field === 2) value = wire.string();
    else wire.skip();
  }
  into.set(key, value);
}

interface TensorParts {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly numbers: readonly number[];
  readonly raw: Uint8Array | undefined;
  readonly external: ReadonlyMap<string, string>;
}

function tensorInfo({ name, dtype, shape, numbers, raw, external }: TensorParts, wire: Wire): TensorFacts {
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count * 16)) wire.broken(`tensor "${name}" has ${shape.join(' x ')} elements`);
  const values = raw ? integers(raw, dtype) : numbers.length > 0 ? numbers : undefined;
  const location = external.get('location');
  const natural = (key: string): number | undefined => {
    const text = external.get(key);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 0)
      wire.broken(`tensor "${name}": external ${key} "${text.slice(0, 40)}"`);
    return value;
  };
  const length = natural('length');
  return {
    name,
    dtype,
    shape,
    bytes: Math.ceil(count * ELEMENT_BYTES[dtype]),
    ...(location === undefined
      ? {}
      : { external: { location, offset: natural('offset') ?? 0, ...(length === undefined ? {} : { length }) } }),
    ...(values && values.length === count ? { values } : {}),
  };
}

/** Little-endian integers of a small tensor; other element types play no part in shapes. */
function integers(raw: Uint8Array, dtype: Dtype): number[] | undefined {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read = (size: number, at: (offset: number) => number) =>
    Array.from({ length: Math.floor(raw.length / size) }, (_, i) => at(i * size));
  switch (dtype) {
    case 'int64':
      return read(8, (o) => Number(view.getBigInt64(o, true)));
    case 'int32':
      return read(4, (o) => view.getInt32(o, true));
    case 'float32':
      return read(4, (o) => view.getFloat32(o, true));
    case 'bool':
    case 'uint8':
      return [...raw];
    default:
      return undefined;
  }
}
