/** Element types and tensor formats of TensorRT, in ONNX's words. */
import { fail } from '../../base/problem.js';
import { arrayOf, type Dtype, ELEMENT_BYTES, hasArray, type TensorData } from '../../formats/tensor/tensor.js';
import { fill } from '../make-feeds.js';
import { valueReader } from '../verify.js';

/** Position is the number in `nvinfer1::DataType`. */
const DATA_TYPES: readonly Dtype[] = [
  'float32',
  'float16',
  'int8',
  'int32',
  'bool',
  'uint8',
  'float8e4m3fn',
  'bfloat16',
  'int64',
  'int4',
  'float4e2m1',
  'float8e8m0',
];

/** Names of tensor formats as trtexec has them; position is the number in `nvinfer1::TensorFormat`. */
export const FORMATS = [
  'chw',
  'chw2',
  'hwc8',
  'chw4',
  'chw16',
  'chw32',
  'dhwc8',
  'cdhw32',
  'hwc',
  'dla_linear',
  'dla_hwc4',
  'hwc16',
  'dhwc',
] as const;

/** @throws ProblemError for a number that this program does not know */
export const dtypeOf = (number: number): Dtype =>
  DATA_TYPES[number] ?? fail('backend', `TensorRT gave element type ${number}, which is not known here`);

/** Undefined where TensorRT has no such type. */
export function dataTypeOf(dtype: Dtype): number | undefined {
  const place = DATA_TYPES.indexOf(dtype);
  return place < 0 ? undefined : place;
}

/** Types of a model that TensorRT of some version runs as another. */
const STANDS_FOR: Partial<Record<Dtype, readonly Dtype[]>> = {
  int64: ['int32'],
  float64: ['float32'],
  uint32: ['int32'],
  uint64: ['int64', 'int32'],
  int16: ['int32'],
  uint16: ['int32'],
  bool: ['uint8', 'int8'],
  uint8: ['int32', 'int8'],
  int32: ['int64'],
  float32: ['float16', 'bfloat16'],
  float16: ['float32'],
  bfloat16: ['float32'],
};

/** Whether values of a model's type can be handed to an engine that wants another. */
export const mayStandFor = (model: Dtype, engine: Dtype): boolean =>
  model === engine || (STANDS_FOR[model]?.includes(engine) ?? false);

/** Bytes of so many elements; types below a byte are packed. */
export const bytesOf = (dtype: Dtype, count: number): number => Math.ceil(ELEMENT_BYTES[dtype] * count);

/** Values of one type as another, value by value. */
export function convert(data: TensorData, from: Dtype, to: Dtype): Exclude<TensorData, string[]> {
  if (Array.isArray(data)) return fail('task', `${from} cannot be converted to ${to}`);
  const read = valueReader(from);
  return fill(to, data.length, (i) => read(data[i] ?? 0));
}

/** A view of a tensor's bytes; types without an array are bytes. */
export function viewOf(dtype: Dtype, count: number, buffer: ArrayBuffer): Exclude<TensorData, string[]> {
  return hasArray(dtype) ? arrayOf(dtype, count, buffer) : new Uint8Array(buffer, 0, bytesOf(dtype, count));
}
