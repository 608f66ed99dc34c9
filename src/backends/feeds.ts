/** Checks of what is fed into a session, the same for every backend. */
import { suggest } from '../base/nearest.js';
import { type Problem, ProblemError } from '../base/problem.js';
import {
  elementCount,
  hasArray,
  isArrayOf,
  type Tensor,
  type TensorSpec,
  tensorText,
} from '../formats/tensor/tensor.js';

/** What is wrong with a feed: missing, other element type, rank or size, or data of another length. */
export function checkFeed(spec: TensorSpec, feed: Tensor | undefined): Problem[] {
  const wanted = tensorText(spec);
  const problem = (message: string): Problem[] => [{ code: 'task', message: `input ${spec.name}: ${message}` }];
  if (!feed) return problem(`missing; expected ${wanted}`);
  const found = tensorText(feed);
  if (feed.dtype !== spec.dtype) return problem(`expected ${wanted}, found ${found}`);
  const fits =
    spec.shape === undefined ||
    (spec.shape.length === feed.shape.length &&
      spec.shape.every((d, i) => typeof d === 'string' || d === feed.shape[i]));
  if (!fits) return problem(`expected ${wanted}, found ${found}`);
  if (hasArray(spec.dtype) && !isArrayOf(spec.dtype, feed.data))
    return problem(`expected ${wanted}, found a ${feed.data?.constructor?.name ?? typeof feed.data}`);
  const count = elementCount(feed.shape);
  if (feed.data.length !== count)
    return problem(`${found} has ${count} elements, but the data has ${feed.data.length}`);
  return [];
}

interface Bindable {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** @throws ProblemError with everything that is wrong with the feeds of a session, and with what is fed back */
export function checkBinding(
  { inputs, outputs }: Bindable,
  feeds: Readonly<Record<string, Tensor>>,
  feedback: Readonly<Record<string, string>> = {},
): void {
  const names = inputs.map((t) => t.name);
  const problems: Problem[] = [
    ...inputs.flatMap((spec) => checkFeed(spec, Object.hasOwn(feeds, spec.name) ? feeds[spec.name] : undefined)),
    ...Object.keys(feeds)
      .filter((name) => !names.includes(name))
      .map(
        (name): Problem => ({
          code: 'task',
          message: `the model has no input "${name}"`,
          hint: suggest(name, names),
        }),
      ),
    ...Object.entries(feedback).flatMap(([input, output]) => checkFeedback(inputs, outputs, input, output)),
  ];
  if (problems.length > 0) throw new ProblemError(problems);
}

function checkFeedback(
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  input: string,
  output: string,
): Problem[] {
  const to = inputs.find((t) => t.name === input);
  const from = outputs.find((t) => t.name === output);
  const missing = (name: string, kind: string, known: readonly TensorSpec[]): Problem[] => [
    {
      code: 'task',
      message: `feedback names "${name}", which is no ${kind} of the model`,
      hint: suggest(
        name,
        known.map((t) => t.name),
      ),
    },
  ];
  if (!to) return missing(input, 'input', inputs);
  if (!from) return missing(output, 'output', outputs);
  if (to.dtype === from.dtype) return [];
  return [
    {
      code: 'task',
      message: `feedback from ${output} (${tensorText(from)}) to ${input} (${tensorText(to)}): the element types differ`,
    },
  ];
}
