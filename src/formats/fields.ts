/** Field types of pipeline.yaml: strings with units, names, words of a list. */

import { suggest } from '../base/nearest.js';
import { type Dimension, exampleOf, parseQuantity } from '../base/quantity.js';
import { toNumber } from '../base/rational.js';
import { z } from '../base/zod.js';

interface Bounds {
  readonly positive?: boolean;
  readonly nonNegative?: boolean;
}

/** A string with a unit; a bare number is an error that names the unit it wants. */
export function quantity(dimensions: Dimension | readonly Dimension[], bounds: Bounds = { nonNegative: true }) {
  const list: readonly Dimension[] = typeof dimensions === 'string' ? [dimensions] : dimensions;
  return z
    .string({ error: (issue) => describe(issue.input, list) })
    .superRefine((text, context) => {
      const result = parseQuantity(text, list);
      const message = result.problem ?? outOfBounds(result.value.num, bounds);
      if (message) context.addIssue({ code: 'custom', message });
    })
    .meta({ examples: list.map(exampleOf) });
}

const outOfBounds = (num: number, bounds: Bounds): string | undefined => {
  if (bounds.positive && num <= 0) return 'must be more than zero';
  if (bounds.nonNegative && num < 0) return 'must not be negative';
  return undefined;
};

const describe = (input: unknown, dimensions: readonly Dimension[]): string => {
  const example = dimensions.slice(0, 1).map(exampleOf).join();
  if (input === undefined) return `is missing; expected a quantity such as "${example}"`;
  return parseQuantity(input, dimensions).problem ?? 'expected a quantity';
};

/** One word of a list; a wrong one names the nearest. */
export const word = <const T extends readonly string[]>(words: T) =>
  z.enum(words, {
    error: (issue) =>
      typeof issue.input === 'string'
        ? `"${issue.input}" is none of ${words.join(' | ')}; ${suggest(issue.input, words)}`
        : `expected one of ${words.join(' | ')}`,
  });

/** Names become folder and file names, so they are plain. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** A name of a model, task or scenario. */
export const name = z.string({ error: 'expected a name' }).regex(NAME, {
  error: 'a name has letters, digits, "_", "-" and ".", starts with a letter or digit, and is at most 64 long',
});

/** A whole number within bounds. */
export const count = (least: number, most: number) =>
  z
    .number({ error: `expected a whole number from ${least} to ${most}` })
    .int({ error: 'expected a whole number' })
    .min(least, { error: `must be at least ${least}` })
    .max(most, { error: `must be at most ${most}` });

/** A number between 0 and 1. @param open whether 1 itself is excluded */
export const fraction = (label: string, open: boolean) =>
  z
    .number({ error: `expected ${label}, a number between 0 and 1` })
    .refine((v) => (open ? v > 0 && v < 1 : v > 0 && v <= 1), { error: `${label} must lie between 0 and 1` });

/** Where a model or a task runs. */
export const ACCELERATOR = z
  .string()
  .regex(/^(auto|cpu|gpu|gpu:\d{1,2}|dla:\d)$/, { error: 'expected auto, cpu, gpu, gpu:1 or dla:0' });

/** A share between 0 and 1, also as `95 %`. */
export const share = (label: string) => {
  const problem = `expected ${label}, a number between 0 and 1, or a percentage such as "95 %"`;
  return z
    .union([z.number(), z.string()], { error: problem })
    .transform((value) => (typeof value === 'number' ? value : percentOf(value)))
    .refine((value) => value > 0 && value < 1, { error: problem });
};

const percentOf = (text: string): number => {
  const found = parseQuantity(text, ['ratio']);
  return found.problem === undefined ? toNumber(found.value) : Number.NaN;
};

const MOST_CPUS = 4096;
const CPU_LIST = /^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/;

/** CPUs as a list of numbers, or as taskset writes them: `0-3,6`. */
export const cpuList = z
  .union(
    [
      z.array(count(0, MOST_CPUS - 1)).min(1),
      z.string().regex(CPU_LIST),
      z
        .int()
        .min(0)
        .max(MOST_CPUS - 1),
    ],
    {
      error: 'expected CPUs, such as [0, 1] or "0-3,6"',
    },
  )
  .transform((value) => (typeof value === 'string' ? rangesOf(value) : [value].flat()))
  .refine((list) => list.length > 0 && list.every((cpu) => cpu < MOST_CPUS), {
    error: `expected CPUs from 0 to ${MOST_CPUS - 1}, each range from the lower to the higher`,
  });

const rangesOf = (text: string): number[] =>
  text.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  });
