/** The outputs of an engine against those of the model that it was built from, on the same inputs. */
import type { EngineVerification } from '../formats/engine/engine.js';
import type { Dtype, Tensor } from '../formats/tensor/tensor.js';
import type { Feeds } from './backend.js';
import { fromFloat8 } from './float8.js';

/** Largest difference, as a share of the largest value of an output, that rounding explains. */
const ROUNDING: Partial<Record<string, number>> = {
  fp32: 1e-3,
  as_is: 1e-3,
  tf32: 5e-3,
  fp16: 0.02,
  bf16: 0.05,
  int8: 0.1,
  fp8: 0.1,
  best: 0.1,
};

/** @param precision that was asked for */
export function compareOutputs(
  reference: Feeds,
  found: Feeds,
  facts: { readonly against: string; readonly precision: string },
): EngineVerification {
  const tolerance = ROUNDING[facts.precision] ?? 0.1;
  const outputs = Object.entries(reference).map(([name, wanted]) => {
    const got = Object.hasOwn(found, name) ? found[name] : undefined;
    return { name, ...difference(wanted, got) };
  });
  const within = outputs.every((o) => o.note === undefined && (o.relative ?? 0) <= tolerance);
  return { against: facts.against, tolerance, within, outputs };
}

function difference(
  wanted: Tensor,
  got: Tensor | undefined,
): { readonly max_abs?: number; readonly relative?: number; readonly note?: string } {
  if (!got) return { note: 'the engine has no such output' };
  if (got.shape.join() !== wanted.shape.join())
    return { note: `shape [${got.shape.join(',')}] instead of [${wanted.shape.join(',')}]` };
  if (Array.isArray(wanted.data) || Array.isArray(got.data))
    return String(wanted.data) === String(got.data) ? { max_abs: 0, relative: 0 } : { note: 'texts differ' };
  const [read, readGot] = [valueReader(wanted.dtype), valueReader(got.dtype)];
  const [a, b] = [(i: number) => read(wanted.data[i] ?? 0), (i: number) => readGot(got.data[i] ?? 0)];
  let most = 0;
  let largest = 0;
  for (let i = 0; i < wanted.data.length; i++) {
    const [x, y] = [a(i), b(i)];
    if (Number.isNaN(x) && Number.isNaN(y)) continue;
    if (Number.isNaN(x) !== Number.isNaN(y)) return { note: `element ${i} is ${y} instead of ${x}` };
    if (x === y) {
      if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
      continue;
    }
    if (!Number.isFinite(x) || !Number.isFinite(y)) return { note: `element ${i} is ${y} instead of ${x}` };
    largest = Math.max(largest, Math.abs(x));
    most = Math.max(most, Math.abs(x - y));
  }
  return { max_abs: most, relative: most === 0 ? 0 : largest > 0 ? most / largest : 1 };
}

/** The number that an element of an array stands for. */
export function valueReader(dtype: Dtype): (element: number | bigint | string) => number {
  const decode = DECODERS[dtype];
  return decode ? (element) => decode(Number(element)) : Number;
}

/** Types whose arrays hold bits. */
const DECODERS: Partial<Record<Dtype, (bits: number) => number>> = {
  float16: fromFloat16,
  float8e4m3fn: (bits) => fromFloat8(bits, 'float8e4m3fn'),
  float8e5m2: (bits) => fromFloat8(bits, 'float8e5m2'),
  bfloat16: (bits) => {
    word[0] = bits << 16;
    return single[0] ?? 0;
  },
};

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** In a sentence, for people: what differs most. */
export function verificationText({ outputs, tolerance }: EngineVerification): string {
  const noted = outputs.find((o) => o.note !== undefined);
  if (noted) return `${noted.name}: ${noted.note}`;
  const worst = outputs.reduce((a, b) => ((b.relative ?? 0) > (a.relative ?? 0) ? b : a), outputs[0] ?? { name: '' });
  const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
  return `${worst.name} by up to ${Number((worst.max_abs ?? 0).toPrecision(3))}, ${percent(worst.relative ?? 0)} of its largest value (rounding explains ${percent(tolerance)})`;
}
