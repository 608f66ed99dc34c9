/** Quantities as people write them: `66 ms`, `15 Hz`, `6 GiB`, `1 %`, `85 C`, `30000/1001 Hz`. */
import { multiply, parseRational, type Rational, toNumber } from './rational.js';
import { type Ns, ns } from './units.js';

/** What a quantity measures. */
export const DIMENSIONS = ['time', 'rate', 'memory', 'ratio', 'temperature', 'power', 'clock', 'energy'] as const;
/** One of them. */
export type Dimension = (typeof DIMENSIONS)[number];

interface Scale {
  readonly unit: string;
  readonly factor: Rational;
}
const scale = (unit: string, num: number, den = 1): Scale => ({ unit, factor: { num, den } });

/** First entry of each list is the unit that a message proposes; values come out in ns, Hz, bytes, fraction, C, mW, MHz. */
const SCALES: Record<Dimension, readonly Scale[]> = {
  time: [
    scale('ms', 1e6),
    scale('s', 1e9),
    scale('us', 1e3),
    scale('ns', 1),
    scale('min', 6e10),
    scale('h', 3.6e12),
    scale('d', 8.64e13),
  ],
  rate: [scale('Hz', 1), scale('kHz', 1000), scale('/min', 1, 60)],
  memory: [
    scale('MiB', 2 ** 20),
    scale('GiB', 2 ** 30),
    scale('KiB', 1024),
    scale('GB', 1e9),
    scale('MB', 1e6),
    scale('kB', 1e3),
    scale('B', 1),
  ],
  ratio: [scale('%', 1, 100)],
  temperature: [scale('C', 1), scale('°C', 1)],
  power: [scale('W', 1000), scale('mW', 1)],
  clock: [scale('MHz', 1), scale('GHz', 1000)],
  energy: [scale('J', 1), scale('mJ', 1, 1000), scale('kJ', 1000)],
};

const EXAMPLES: Record<Dimension, string> = {
  time: '66 ms',
  rate: '15 Hz',
  memory: '6 GiB',
  ratio: '1 %',
  temperature: '85 C',
  power: '15 W',
  clock: '1300 MHz',
  energy: '0.5 J',
};

/** Units of a dimension; the first is the one that messages propose. */
export const unitsOf = (dimension: Dimension): readonly string[] => SCALES[dimension].map((s) => s.unit);
/** A quantity of the dimension as a person would write it. */
export const exampleOf = (dimension: Dimension): string => EXAMPLES[dimension];

/** The value in the base unit, or what is wrong with the text. */
export type QuantityResult =
  | { readonly value: Rational; readonly dimension: Dimension; readonly problem?: undefined }
  | { readonly problem: string };

const SHAPE = /^\s*([+-]?[\d.][\d.eE+/-]*)\s*(.*?)\s*$/;

/** Reads a quantity of one of the dimensions, exactly. The problem names what was found and what was wanted. */
export function parseQuantity(text: unknown, dimensions: readonly Dimension[]): QuantityResult {
  const wanted = dimensions.map((d) => `"${EXAMPLES[d]}"`).join(' or ');
  const units = dimensions.flatMap(unitsOf);
  if (typeof text === 'number') {
    return {
      problem: `a number without a unit; write ${units.slice(0, 3).join(', ')} after it, such as "${text} ${units[0]}"`,
    };
  }
  const match = typeof text === 'string' ? SHAPE.exec(text) : null;
  if (!match) return { problem: `expected a quantity such as ${wanted}` };
  const [, digits = '', unit = ''] = match;
  const number = parseRational(digits);
  if (!number) {
    const large = /^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(digits) && Number.isFinite(Number(digits));
    return {
      problem: large
        ? `"${digits}" is too large or too small to be kept exactly`
        : `"${digits}" is not a number; expected a quantity such as ${wanted}`,
    };
  }
  if (unit === '')
    return {
      problem: `a number without a unit; write ${units.slice(0, 3).join(', ')} after it, such as "${digits} ${units[0]}"`,
    };
  for (const dimension of dimensions) {
    const found = SCALES[dimension].find((s) => s.unit === unit);
    if (!found) continue;
    const value = multiply(number, found.factor);
    if (!value) return { problem: `"${text}" has more digits than can be kept exactly` };
    return { value, dimension };
  }
  const meant = units.find((u) => u.toLowerCase() === unit.toLowerCase());
  return {
    problem: `unknown unit "${unit}"; ${meant ? `did you mean ${meant}?` : `expected one of ${units.join(', ')}`}`,
  };
}

/** A quantity that was checked before, exactly, in the base unit of its dimension. @throws Error where it was not */
export function exactQuantity(text: string): Rational {
  const result = parseQuantity(text, DIMENSIONS);
  if (result.problem !== undefined) throw new Error(`unchecked quantity ${text}`);
  return result.value;
}

/** A time that was checked before. */
export const exactTime = (text: string): Ns => ns(Math.round(toNumber(exactQuantity(text))));
