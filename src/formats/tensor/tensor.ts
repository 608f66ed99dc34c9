/** Tensors as names, element types and shapes, in ONNX's own words. */
export const DTYPES = [
  'undefined',
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'uint4',
  'int4',
  'float4e2m1',
  'float8e8m0',
  'uint2',
  'int2',
] as const;
/** Index in the list is the number in TensorProto.DataType and in ONNX Runtime's enumeration. */
export type Dtype = (typeof DTYPES)[number];

/** Bytes of one element; 0 where it has no fixed number of whole bytes. */
export const ELEMENT_BYTES: Record<Dtype, number> = {
  undefined: 0,
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  string: 0,
  bool: 1,
  float16: 2,
  float64: 8,
  uint32: 4,
  uint64: 8,
  complex64: 8,
  complex128: 16,
  bfloat16: 2,
  float8e4m3fn: 1,
  float8e4m3fnuz: 1,
  float8e5m2: 1,
  float8e5m2fnuz: 1,
  uint4: 0.5,
  int4: 0.5,
  float4e2m1: 0.5,
  float8e8m0: 1,
  uint2: 0.25,
  int2: 0.25,
};

/** A known size, or the name of a symbolic dimension; an empty name is an unnamed one. */
export type Dimension = number | string;

/** An input or output of a model. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: Dtype;
  /** Absent when the model states no rank. */
  readonly shape?: readonly Dimension[] | undefined;
}

/** Elements; integers of 64 bits are bigint, text is a list of strings. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

/** Elements with their type and shape. */
export interface Tensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** float16 and bfloat16 as the bits in a Uint16Array, float8 as those in a Uint8Array, bool as Uint8Array, int64 as BigInt64Array. */
  readonly data: TensorData;
}

/** Product of the dimensions. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** `float32[1,3,h,w]` */
export const tensorText = (tensor: Pick<TensorSpec, 'dtype' | 'shape'>): string =>
  `${tensor.dtype}${tensor.shape ? `[${tensor.shape.map((d) => (d === '' ? '?' : d)).join(',')}]` : '[...]'}`;

const CONSTRUCTORS = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float8e4m3fn: Uint8Array,
  float8e5m2: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const;

/** Element types that have a JavaScript array. */
export const hasArray = (dtype: Dtype): dtype is keyof typeof CONSTRUCTORS => dtype in CONSTRUCTORS;

/** Whether a value is an array of an element type, not of another that has as many bytes. */
export const isArrayOf = (dtype: keyof typeof CONSTRUCTORS, value: unknown): value is Exclude<TensorData, string[]> =>
  value instanceof CONSTRUCTORS[dtype] || (dtype === 'uint8' && value instanceof Uint8ClampedArray);

/** A view of `buffer`, or a new off-heap array (never moved by the collector) of `count` elements. */
export function arrayOf(
  dtype: keyof typeof CONSTRUCTORS,
  count: number,
  buffer?: ArrayBuffer,
): Exclude<TensorData, string[]> {
  const bytes = ELEMENT_BYTES[dtype] * count;
  return new CONSTRUCTORS[dtype](buffer ?? new ArrayBuffer(Math.max(bytes, 1)), 0, count);
}
