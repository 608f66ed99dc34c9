/** Concrete shapes of a model's inputs, from what the file says and what the user says. Never silently 1. */

import { suggest } from '../base/nearest.js';
import type { Problem } from '../base/problem.js';
import { own } from '../base/search.js';
import type { ModelSummary } from '../formats/engine/model.js';
import type { InputSpec } from '../formats/pipeline/types.js';
import { type Dimension, tensorText } from '../formats/tensor/tensor.js';

const BATCH_NAMES = new Set(['batch', 'n', 'batch_size', 'batchsize', 'bs']);

/** Shapes of all inputs, as far as they are known, and what was noticed. */
export interface ResolvedInputs {
  readonly shapes: Record<string, number[]>;
  readonly notes: readonly string[];
  /** What the model may refuse when it runs. */
  readonly warnings: readonly string[];
  /** Each says in `about` which input it is about. */
  readonly problems: readonly Problem[];
  /** Inputs whose sizes the model leaves open and nobody has said. */
  readonly open: readonly string[];
}

type Inputs = ModelSummary['inputs'];

/** @param model name for messages; empty where there is only one @param specs `inputs:` of the model in the pipeline file @param free sizes of symbolic dimensions */
export function resolveInputs(
  model: string,
  inputs: Inputs,
  specs: Readonly<Record<string, InputSpec>>,
  free: Readonly<Record<string, number>> = {},
): ResolvedInputs {
  const resolved: [string, number[]][] = [];
  const notes: string[] = [];
  const problems: Problem[] = [];
  const open: string[] = [];
  for (const name of Object.keys(specs)) {
    if (inputs.some((i) => i.name === name)) continue;
    problems.push({
      code: 'config',
      about: name,
      message: `${model === '' ? 'the model' : `model ${model}`} has no input "${name}"`,
      hint: suggest(
        name,
        inputs.map((i) => i.name),
      ),
    });
  }
  const symbols = { ...sizesOfSymbols(inputs, specs), ...free };
  for (const input of inputs) {
    const result = resolveOne(model, input, own(specs, input.name)?.shape, symbols);
    if ('problem' in result) {
      problems.push({ ...result.problem, about: input.name });
      if (result.open) open.push(input.name);
    } else {
      resolved.push([input.name, result.shape]);
      notes.push(...result.notes);
    }
  }
  const shapes = Object.fromEntries(resolved);
  return { shapes, notes, warnings: contradictions(model, inputs, shapes), problems, open };
}

/** One symbol is one size in ONNX; exporters that give one name to all dimensions do not keep to that, so it is no problem yet. */
function contradictions(model: string, inputs: Inputs, shapes: Readonly<Record<string, readonly number[]>>): string[] {
  const first = new Map<string, { readonly size: number; readonly input: string }>();
  return inputs.flatMap((input) =>
    (input.shape ?? []).flatMap((symbol, i) => {
      const size = own(shapes, input.name)?.[i];
      if (typeof symbol !== 'string' || symbol === '' || size === undefined) return [];
      const before = first.get(symbol);
      if (!before) first.set(symbol, { size, input: input.name });
      if (!before || before.size === size) return [];
      return [
        `${named(model)}"${symbol}" is ${before.size} in input "${before.input}" and ${size} in input "${input.name}"; the model may refuse that when it runs`,
      ];
    }),
  );
}

/** Symbols whose size follows from a shape that the user gave, or from a batch that may be taken as 1. */
function sizesOfSymbols(inputs: Inputs, specs: Readonly<Record<string, InputSpec>>): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const input of inputs) {
    const given = own(specs, input.name)?.shape;
    input.shape?.forEach((d, i) => {
      if (typeof d !== 'string' || d === '' || sizes[d] !== undefined) return;
      if (given?.length === input.shape?.length && given?.[i] !== undefined) sizes[d] = given[i];
    });
  }
  return sizes;
}

function resolveOne(
  model: string,
  input: Inputs[number],
  given: readonly number[] | undefined,
  free: Readonly<Record<string, number>>,
): { shape: number[]; notes: string[] } | { problem: Problem; open: boolean } {
  if (input.dtype === 'undefined') {
    return {
      problem: {
        code: 'model',
        message: `${named(model)}input "${input.name}" is a sequence, map or optional, not a tensor`,
        hint: 'only tensors can be fed',
      },
      open: false,
    };
  }
  const declared = input.shape;
  if (given) {
    const fits =
      !declared ||
      (declared.length === given.length && declared.every((d, i) => typeof d === 'string' || d === given[i]));
    if (fits) return { shape: [...given], notes: [] };
    return {
      problem: {
        code: 'config',
        message: `${named(model)}input "${input.name}" is ${tensorText(input)}, found shape [${given.join(', ')}]`,
        hint: 'match the sizes that the model fixes',
      },
      open: false,
    };
  }
  const notes: string[] = [];
  const shape = (declared ?? []).map((d, i) => {
    if (typeof d === 'number') return d;
    if (free[d] !== undefined) return free[d];
    if (i === 0 && BATCH_NAMES.has(d.toLowerCase())) {
      notes.push(`${named(model)}batch dimension "${d}" of input "${input.name}" is taken as 1`);
      return 1;
    }
    return undefined;
  });
  if (declared && shape.every((d) => d !== undefined)) return { shape, notes };
  return { problem: openDimension(model, input, shape), open: true };
}

function openDimension(model: string, input: Inputs[number], shape: readonly (number | undefined)[]): Problem {
  const open = (input.shape ?? []).flatMap((d: Dimension, i) =>
    shape[i] === undefined ? [d === '' ? `${i}` : `"${d}" (${i})`] : [],
  );
  const what = input.shape ? `leaves dimension ${open.join(' and ')} open` : 'states no shape';
  return {
    code: 'config',
    message: `${named(model)}input "${input.name}", ${tensorText(input)}, ${what}`,
    hint: `say its size under models.${model || 'MODEL'}.inputs:   ${input.name}: { shape: [${proposeShape(input).join(', ')}] }`,
  };
}

const named = (model: string): string => (model === '' ? '' : `model ${model}: `);

/** The state of a recurrent network: layers x batch x size, of which the batch alone is open. */
const isStateBatch = (shape: readonly Dimension[], i: number): boolean =>
  shape.length === 3 && i === 1 && shape[1] === '' && shape[0] !== 1 && [shape[0], shape[2]].every(Number.isInteger);

/** A shape to start from: 1 for a batch, 224 for what looks like the side of an image, 16 otherwise. */
export function proposeShape(input: Pick<Inputs[number], 'shape'>): number[] {
  const shape = input.shape ?? [1];
  return shape.map((d, i) => {
    if (typeof d === 'number') return d;
    if (i === 0 || BATCH_NAMES.has(d.toLowerCase()) || isStateBatch(shape, i)) return 1;
    if (shape.length === 4) return i === 1 ? 3 : 224;
    return 16;
  });
}
