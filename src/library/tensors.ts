/** What a program gives an engine -> tensors that fit its inputs, or a problem that says what does not. */
import { suggest } from '../base/nearest.js';
import { type Problem, ProblemError } from '../base/problem.js';
import { own } from '../base/search.js';
import type { EngineManifest } from '../formats/engine/engine.js';
import {
  arrayOf,
  type Dtype,
  elementCount,
  hasArray,
  isArrayOf,
  type Tensor,
  type TensorData,
  type TensorSpec,
  tensorText,
} from '../formats/tensor/tensor.js';

/** Values of one input: a typed array of its element type, a plain list, or a tensor with its shape. */
export type Feed =
  | TensorData
  | readonly number[]
  | readonly bigint[]
  | readonly boolean[]
  | { readonly dtype?: Dtype; readonly shape?: readonly number[]; readonly data: TensorData | readonly unknown[] };

/** @throws ProblemError with everything that is wrong, naming input, expected and found */
export function tensorsOf(
  inputs: readonly TensorSpec[],
  manifest: EngineManifest,
  feeds: Readonly<Record<string, Feed>>,
): Record<string, Tensor> {
  if (feeds === null || typeof feeds !== 'object' || Array.isArray(feeds) || ArrayBuffer.isView(feeds))
    throw new ProblemError(wrong('', `expected an object with a value for each input, found ${kindOf(feeds)}`));
  const problems: Problem[] = [];
  const tensors: [string, Tensor][] = [];
  for (const [name, feed] of Object.entries(feeds)) {
    const spec = inputs.find((t) => t.name === name);
    const made = spec ? tensorOf(spec, own(manifest.build.shapes, name), feed) : unknown(name, inputs);
    if ('code' in made) problems.push(made);
    else tensors.push([name, made]);
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return Object.fromEntries(tensors);
}

const wrong = (input: string, message: string, hint?: string): Problem => ({
  code: 'task',
  message: input === '' ? message : `input ${input}: ${message}`,
  ...(hint ? { hint } : {}),
});

const unknown = (name: string, inputs: readonly TensorSpec[]): Problem => ({
  code: 'task',
  message: `the model has no input "${name}"`,
  hint: suggest(
    name,
    inputs.map((t) => t.name),
  ),
});

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a plain array';
  return typeof value === 'object' ? (value.constructor?.name ?? 'an object') : `a ${typeof value}`;
}

interface Given {
  readonly dtype?: Dtype | undefined;
  readonly shape?: readonly number[] | undefined;
  readonly data: unknown;
}

function given(feed: unknown): Given | undefined {
  if (ArrayBuffer.isView(feed) || Array.isArray(feed)) return { data: feed };
  if (feed === null || typeof feed !== 'object' || !('data' in feed)) return undefined;
  const { dtype, shape, data } = feed as Given;
  return { dtype, shape, data };
}

function tensorOf(spec: TensorSpec, built: readonly number[] | undefined, feed: unknown): Tensor | Problem {
  const { name } = spec;
  const parts = given(feed);
  const wanted = tensorText(spec);
  if (!parts)
    return wrong(
      name,
      `expected ${wanted}, found ${kindOf(feed)}`,
      'give a typed array, a list of numbers, or { shape, data }',
    );
  if (parts.dtype !== undefined && parts.dtype !== spec.dtype)
    return wrong(name, `expected ${wanted}, found element type ${parts.dtype}`);
  const fixed = spec.shape?.every((d) => typeof d === 'number') ? (spec.shape as readonly number[]) : undefined;
  const shape = parts.shape ?? fixed ?? built;
  if (!shape) return wrong(name, 'the shape is not fixed', `give { shape: [...], data }; the model says ${wanted}`);
  if (!Array.isArray(shape) || !shape.every((d) => Number.isInteger(d) && d >= 0))
    return wrong(name, `expected a shape of whole numbers, found ${JSON.stringify(shape)}`);
  const data = dataOf(spec, parts.data);
  if ('code' in data) return data;
  const count = elementCount(shape);
  if (data.data.length !== count)
    return wrong(name, `${tensorText({ dtype: spec.dtype, shape })} has ${count} elements, found ${data.data.length}`);
  return { dtype: spec.dtype, shape, data: data.data };
}

/** A list is copied into an array of the element type; an array of another type is refused, as its bytes mean something else. */
function dataOf({ name, dtype }: TensorSpec, data: unknown): { readonly data: TensorData } | Problem {
  if (dtype === 'string')
    return Array.isArray(data) && data.every((v) => typeof v === 'string')
      ? { data: data as string[] }
      : wrong(name, `expected a list of strings, found ${kindOf(data)}`);
  if (!hasArray(dtype)) return wrong(name, `element type ${dtype} cannot be fed from JavaScript`);
  if (isArrayOf(dtype, data)) return { data };
  const array = arrayOf(dtype, 0).constructor.name;
  if (ArrayBuffer.isView(data))
    return wrong(name, `expected ${array} for ${dtype}, found ${kindOf(data)}`, `convert it: ${array}.from(values)`);
  if (!Array.isArray(data)) return wrong(name, `expected ${array} or a list of numbers, found ${kindOf(data)}`);
  if (dtype === 'float16' || dtype === 'bfloat16')
    return wrong(name, `${dtype} is fed as its bits in a Uint16Array, found a plain array`);
  return listOf(name, dtype, data);
}

function listOf(
  name: string,
  dtype: Parameters<typeof arrayOf>[0],
  list: readonly unknown[],
): { readonly data: TensorData } | Problem {
  const out = arrayOf(dtype, list.length);
  const big = dtype === 'int64' || dtype === 'uint64';
  for (const [i, value] of list.entries()) {
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number !== 'number' && typeof number !== 'bigint')
      return wrong(name, `element ${i} is ${kindOf(value)}, expected a number`);
    if (big && typeof number === 'number' && !Number.isInteger(number))
      return wrong(name, `element ${i} is ${number}, expected a whole number for ${dtype}`);
    if (big) (out as BigInt64Array)[i] = BigInt(number);
    else (out as Float32Array)[i] = Number(number);
  }
  return { data: out };
}
