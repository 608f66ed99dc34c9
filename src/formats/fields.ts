/** Field types of pipeline.yaml: strings with units, names, words of a list. */
import { z } from 'zod';
import { suggest } from '../base/nearest.js';
import { type Dimension, exampleOf, parseQuantity } from '../base/quantity.js';

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
