/** Checks of what is fed into a session, the same for every backend. */
import type { Problem } from '../base/problem.js';
import { elementCount, type Tensor, type TensorSpec, tensorText } from '../formats/tensor/tensor.js';

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
  const count = elementCount(feed.shape);
  if (feed.data.length !== count)
    return problem(`${found} has ${count} elements, but the data has ${feed.data.length}`);
  return [];
}
