/**
 * TensorRT's words for the format of a tensor -> element type and layout, by rule instead of by table, so that sentences
 * of versions to come are read too: `Thirty-two wide channel vectorized row major Int8 format` is INT8 NC/32HW32.
 */

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

export const UNKNOWN_TYPE = '?';

/** Element type of a word; undefined when it is none. */
export function dtypeOf(word: string): { dtype: string; bytes: number } | undefined {
  const key = word.toLowerCase();
  const found = TYPES.find(([pattern]) => pattern.test(key));
  return found && { dtype: found[1], bytes: found[2] };
}

export const elementBytes = (dtype: string): number | undefined => TYPES.find((t) => t[1] === dtype)?.[2];

const NUMBERS: Readonly<Record<string, number>> = {
  two: 2,
  four: 4,
  eight: 8,
  sixteen: 16,
  'thirty-two': 32,
  'sixty-four': 64,
};

export interface TensorFormat {
  readonly dtype: string;
  readonly layout?: string;
}

/** Layout of a sentence: major order, channels packed together, padding of the channels, number of spatial dimensions. */
function layoutOf(sentence: string): string | undefined {
  const space = /3 spatial dimensions/.test(sentence) ? 'DHW' : 'HW';
  const wide = /([\w-]+) wide channel vectorized/.exec(sentence)?.[1];
  if (wide !== undefined) {
    const k = NUMBERS[wide] ?? (Number(wide) || undefined);
    return k === undefined ? undefined : `NC/${k}${space}${k}`;
  }
  if (/channel major/.test(sentence)) {
    const k = /channel (?:%|==) (\d+)/.exec(sentence)?.[1];
    const single = k === undefined && /column stride %/.test(sentence) ? '1' : '';
    return `N${space}C${k ?? single}`;
  }
  return /row major/.test(sentence) ? `NC${space}` : undefined;
}

/** @param format a sentence of TensorRT 8 to 10, or a bare type such as `Half` of Myelin layers and TensorRT 11 */
export function parseFormat(format: string): TensorFormat {
  const sentence = format.replaceAll('.', '').trim().toLowerCase();
  const words = sentence.split(/[\s(),:]+/);
  const type = words.map(dtypeOf).find((t) => t !== undefined);
  const layout = layoutOf(sentence);
  return { dtype: type?.dtype ?? UNKNOWN_TYPE, ...(layout === undefined ? {} : { layout }) };
}

/** Bytes of a tensor; undefined when a size is open or the type is not known. */
export function tensorBytes(dtype: string, shape: readonly number[] | undefined): number | undefined {
  const size = elementBytes(dtype);
  if (size === undefined || shape === undefined || shape.some((d) => d < 0)) return undefined;
  return Math.ceil(shape.reduce((a, b) => a * b, 1) * size);
}
