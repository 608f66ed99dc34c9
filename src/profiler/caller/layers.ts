/** Time per layer of an engine, taken in a process of its own. */
import type { Placement } from '../../formats/pipeline/types.js';
import { askChild } from '../../machine/child.js';
import type { LayersAnswer, LayersRequest, TaskRequest } from '../messages.js';

const LIMIT_MS = 60_000;

/** No layers when the backend cannot time them. */
export async function timeLayers(
  engine: TaskRequest,
  options: { task: string; placement: Placement; seed: number; folder: string; signal: AbortSignal },
): Promise<LayersAnswer> {
  const { signal, ...rest } = options;
  const request: LayersRequest = { engine, ...rest };
  const result = await askChild<LayersAnswer>(new URL('../thread/layers-child.js', import.meta.url), request, {
    signal,
    limitMs: LIMIT_MS,
  });
  if ('answer' in result) return result.answer;
  return { problem: { code: 'run', message: `the process that times layers ended (${result.end.how})` } };
}
