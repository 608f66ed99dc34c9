/** The whole run of an engine as one launch, where that can be. */
import { fail, messageOf } from '../../base/problem.js';
import type { OutputBuffer } from './buffers.js';
import type { Cuda } from './cuda.js';

/** A graph that can be launched. */
export interface CudaGraph {
  readonly launch: number;
  free(): void;
}

/** What a graph is made of. */
export interface GraphRequest {
  readonly wanted: 'auto' | 'on' | 'off';
  readonly stream: number;
  readonly enqueue: () => void;
  readonly outputs: readonly OutputBuffer[];
  /** It runs on a DLA. */
  readonly dla: boolean;
}

/** The graph, or why there is none. @throws ProblemError where it must be and cannot */
export function makeGraph(cuda: Cuda, request: GraphRequest): { readonly graph?: CudaGraph; readonly note?: string } {
  const { wanted, stream, enqueue } = request;
  if (wanted === 'off') return {};
  const why = obstacle(request);
  if (why !== undefined && wanted === 'on')
    return fail('task', `build.cuda_graph: on, but ${why}`, 'use cuda_graph: auto');
  if (why !== undefined) return { note: `no CUDA graph: ${why}` };
  try {
    // TensorRT allocates in the first run, which a graph must not.
    enqueue();
    cuda.check(cuda.call.cuStreamSynchronize(stream), 'run the engine');
    return { graph: cuda.capture(stream, enqueue) };
  } catch (error) {
    if (wanted === 'on') throw error;
    return { note: `no CUDA graph: ${messageOf(error)}` };
  }
}

function obstacle({ outputs, dla }: GraphRequest): string | undefined {
  const open = outputs.find((o) => o.dynamic);
  if (open) return `the size of output ${open.tensor.name} shows only when it runs`;
  return dla ? 'a DLA runs in none' : undefined;
}
