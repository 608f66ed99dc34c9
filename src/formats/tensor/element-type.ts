/** Element types under one name each, whatever the tool calls them. */

/** Bytes of one element, by TensorRT's and ONNX's names. */
const TYPES: readonly (readonly [pattern: RegExp, dtype: string, bytes: number])[] = [
  [/^(fp4|fp4e2m1|float4e2m1)$/, 'FP4', 0.5],
  [/^(fp8|float8e4m3fn|float8e4m3fnuz|float8e5m2|float8e5m2fnuz|fp8e4m3|e8m0)$/, 'FP8', 1],
  [/^(bf16|bfloat16)$/, 'BF16', 2],
  [/^(fp16|half|float16)$/, 'FP16', 2],
  [/^(tf32)$/, 'TF32', 4],
  [/^(fp32|float|float32)$/, 'FP32', 4],
  [/^(fp64|double|float64)$/, 'FP64', 8],
  [/^(int4|uint4)$/, 'INT4', 0.5],
  [/^int8$/, 'INT8', 1],
  [/^uint8$/, 'UINT8', 1],
  [/^int16$/, 'INT16', 2],
  [/^uint16$/, 'UINT16', 2],
  [/^int32$/, 'INT32', 4],
  [/^uint32$/, 'UINT32', 4],
  [/^int64$/, 'INT64', 8],
  [/^uint64$/, 'UINT64', 8],
  [/^bool$/, 'BOOL', 1],
  [/^(floatcomplex|complex64)$/, 'C64', 8],
  [/^(doublecomplex|complex128)$/, 'C128', 16],
];

/** Stands for a type that was not told. */
export const UNKNOWN_TYPE = '?';

/** Element type of a word; undefined when it is none. */
export function dtypeOf(word: string): { dtype: string; bytes: number } | undefined {
  const key = word.toLowerCase();
  const found = TYPES.find(([pattern]) => pattern.test(key));
  return found && { dtype: found[1], bytes: found[2] };
}

const BYTES = new Map(TYPES.map(([, dtype, bytes]) => [dtype, bytes]));

/** Bytes of one element; undefined for a type that is not known. */
export const elementBytes = (dtype: string): number | undefined => BYTES.get(dtype);

/** Bytes of a tensor; undefined when a size is open or the type is not known. */
export function tensorBytes(dtype: string, shape: readonly number[] | undefined): number | undefined {
  const size = elementBytes(dtype);
  if (size === undefined || shape === undefined || shape.some((d) => d < 0)) return undefined;
  return Math.ceil(shape.reduce((a, b) => a * b, 1) * size);
}
