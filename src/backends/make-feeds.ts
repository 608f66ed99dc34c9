/** What a task's inputs are fed with, made once before the run. The same seed gives the same bytes on every machine. */

import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fail, messageOf } from '../base/problem.js';
import { streamOf, uniform } from '../base/random.js';
import { own } from '../base/search.js';
import type { InputSpec } from '../formats/pipeline/types.js';
import { readNpy } from '../formats/tensor/npy.js';
import {
  arrayOf,
  type Dtype,
  ELEMENT_BYTES,
  elementCount,
  hasArray,
  type Tensor,
  type TensorSpec,
} from '../formats/tensor/tensor.js';
import type { Feeds } from './backend.js';
import { float8Bits, isFloat8 } from './float8.js';

const FLOATS: readonly Dtype[] = ['float32', 'float64', 'float16', 'bfloat16', 'float8e4m3fn', 'float8e5m2'];
const MAX_INPUT_BYTES = 4e9;

/** @param shapes concrete shape of every input @param folder that file names are relative to */
export function makeFeeds(
  inputs: readonly TensorSpec[],
  specs: Readonly<Record<string, InputSpec>>,
  shapes: Readonly<Record<string, readonly number[]>>,
  seed: number,
  folder: string,
): Feeds {
  return Object.fromEntries(
    inputs.map((input) => {
      const shape =
        own(shapes, input.name) ??
        (input.shape ?? []).map((d) =>
          typeof d === 'number' ? d : fail('task', `input ${input.name}: dimension "${d}" has no size`),
        );
      return [input.name, makeFeed(input, own(specs, input.name) ?? { data: { kind: 'random' } }, shape, seed, folder)];
    }),
  );
}

function makeFeed(input: TensorSpec, spec: InputSpec, shape: readonly number[], seed: number, folder: string): Tensor {
  const { dtype, name } = input;
  const count = elementCount(shape);
  if (count * Math.max(1, ELEMENT_BYTES[dtype]) > MAX_INPUT_BYTES)
    return fail('task', `input ${name}: ${dtype}[${shape.join(',')}] is larger than ${MAX_INPUT_BYTES / 1e9} GB`);
  if (dtype === 'string') return { dtype, shape, data: strings(spec, count) };
  if (!hasArray(dtype)) return fail('task', `input ${name}: element type ${dtype} cannot be fed`);
  const { data } = spec;
  switch (data.kind) {
    case 'zeros':
      return { dtype, shape, data: arrayOf(dtype, count) };
    case 'scalar':
      return { dtype, shape, data: fill(dtype, count, () => Number(data.value)) };
    case 'random':
      return { dtype, shape, data: random(input, spec, count, seed) };
    case 'file':
      return fromFile(input, shape, resolve(folder, data.path));
  }
}

function random(input: TensorSpec, spec: InputSpec, count: number, seed: number): Exclude<Tensor['data'], string[]> {
  const stream = streamOf(`input/${input.name}`);
  const float = FLOATS.includes(input.dtype);
  const [low, high] = spec.range ?? (float ? [0, 1] : [0, 2]);
  return fill(input.dtype, count, (i) => {
    const value = low + (high - low) * uniform(seed, stream, i);
    return float ? value : Math.floor(value);
  });
}

const strings = (spec: InputSpec, count: number): string[] =>
  Array.from({ length: count }, (_, i) =>
    spec.data.kind === 'scalar' ? String(spec.data.value) : spec.data.kind === 'zeros' ? '' : `text ${i}`,
  );

/** Values of any element type, rounded to it. */
export function fill(dtype: Dtype, count: number, valueAt: (i: number) => number): Exclude<Tensor['data'], string[]> {
  if (!hasArray(dtype)) return fail('task', `element type ${dtype} has no array`);
  const data = arrayOf(dtype, count);
  const big = dtype === 'int64' || dtype === 'uint64';
  const bits = encoderOf(dtype);
  for (let i = 0; i < count; i++) {
    const value = valueAt(i);
    if (big) (data as BigInt64Array)[i] = BigInt(Math.trunc(value));
    else (data as Float32Array)[i] = bits ? bits(value) : value;
  }
  return data;
}

/** For types whose arrays hold bits. */
function encoderOf(dtype: Dtype): ((value: number) => number) | undefined {
  if (isFloat8(dtype)) return (value) => float8Bits(value, dtype);
  return dtype === 'float16' ? float16Bits : dtype === 'bfloat16' ? bfloat16Bits : undefined;
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** Round to nearest even; overflow gives infinity, as IEEE 754 has it. */
export function float16Bits(value: number): number {
  single[0] = value;
  const x = singleBits[0];
  const sign = (x >>> 16) & 0x8000;
  const exponent = (x >>> 23) & 0xff;
  const mantissa = x & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
  const shifted = exponent - 112;
  if (shifted >= 31) return sign | 0x7c00;
  if (shifted <= 0) {
    if (shifted < -10) return sign;
    return sign | roundShift(mantissa | 0x800000, 14 - shifted);
  }
  return sign | roundShift((shifted << 23) | mantissa, 13);
}

/** A number as the bits of a bfloat16, rounded to even. */
export function bfloat16Bits(value: number): number {
  single[0] = value;
  const x = singleBits[0];
  if ((x & 0x7fffffff) > 0x7f800000) return (x >>> 16) | 0x40;
  return (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
}

const roundShift = (bits: number, shift: number): number => {
  const half = 2 ** (shift - 1);
  const rest = bits & (2 ** shift - 1);
  const kept = bits >>> shift;
  return rest > half || (rest === half && kept & 1) ? kept + 1 : kept;
};

function fromFile(input: TensorSpec, shape: readonly number[], path: string): Tensor {
  const wanted = `${input.dtype}[${shape.join(',')}]`;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return fail('file', `input ${input.name}: ${path} cannot be read: ${messageOf(error)}`);
  }
  if (path.endsWith('.npy')) {
    const tensor = readNpy(bytes, path);
    const sameBits = tensor.dtype === input.dtype || (input.dtype === 'bfloat16' && tensor.dtype === 'uint16');
    if (!sameBits || tensor.shape.join() !== shape.join()) {
      return fail(
        'file',
        `input ${input.name}: expected ${wanted}, found ${tensor.dtype}[${tensor.shape.join(',')}] in ${path}`,
        sameBits || input.dtype === 'bfloat16'
          ? undefined
          : `with numpy: np.save("${basename(path)}", a.astype(np.${input.dtype === 'bool' ? 'bool_' : input.dtype}))`,
      );
    }
    return { ...tensor, dtype: input.dtype };
  }
  if (!hasArray(input.dtype))
    return fail('file', `input ${input.name}: element type ${input.dtype} cannot be read from a file`);
  const count = elementCount(shape);
  const expected = count * ELEMENT_BYTES[input.dtype];
  if (bytes.length !== expected)
    return fail('file', `input ${input.name}: ${wanted} has ${expected} bytes, found ${bytes.length} in ${path}`);
  const buffer = new ArrayBuffer(Math.max(8, expected));
  new Uint8Array(buffer).set(bytes);
  return { dtype: input.dtype, shape, data: arrayOf(input.dtype, count, buffer) };
}
