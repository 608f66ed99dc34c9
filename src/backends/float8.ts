/** Numbers of eight bits: the bits of a number, and the number that bits stand for. */
import type { Dtype } from '../formats/tensor/tensor.js';

/** Widths of exponent and mantissa, and the offset of the exponent. */
interface Form {
  readonly mantissa: number;
  readonly bias: number;
  /** Bits of the largest finite number. */
  readonly largest: number;
}

const FORMS = {
  float8e4m3fn: { mantissa: 3, bias: 7, largest: 0x7e },
  float8e5m2: { mantissa: 2, bias: 15, largest: 0x7b },
} as const satisfies Partial<Record<Dtype, Form>>;

/** Element types of eight bits that have an array. */
export type Float8 = keyof typeof FORMS;

/** Whether an element type is one of them. */
export const isFloat8 = (dtype: Dtype): dtype is Float8 => Object.hasOwn(FORMS, dtype);

/** The number that bits stand for; what lies beyond the largest is infinite or no number, as the type has it. */
export function fromFloat8(bits: number, type: Float8): number {
  const { mantissa, bias, largest } = FORMS[type];
  const sign = bits & 0x80 ? -1 : 1;
  const rest = bits & 0x7f;
  if (rest > largest)
    return type === 'float8e5m2' && rest === largest + 1 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  const exponent = rest >> mantissa;
  const fraction = (rest & (2 ** mantissa - 1)) / 2 ** mantissa;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

/** The nearest number's bits, of two equally near the even ones; what is too large becomes the largest. */
export function float8Bits(value: number, type: Float8): number {
  const { largest } = FORMS[type];
  const sign = value < 0 || Object.is(value, -0) ? 0x80 : 0;
  if (Number.isNaN(value)) return 0x7f;
  const size = Math.abs(value);
  let low = 0;
  let high: number = largest;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fromFloat8(middle, type) <= size) low = middle;
    else high = middle;
  }
  const [below, above] = [size - fromFloat8(low, type), fromFloat8(high, type) - size];
  return sign | (below < above || (below === above && low % 2 === 0) ? low : high);
}
