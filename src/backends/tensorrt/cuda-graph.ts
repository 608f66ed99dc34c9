/** The whole run of an engine as one launch, where that can be. */
import { fail, messageOf } from '../../base/problem.js';
import type { OutputBuffer } from './buffers.js';
import type { Cuda } from './cuda.js';

/** What runs an engine in one launch. */
export interface CudaGraphs {
  /** Whole runs with copies and stamps, one for each set of events; empty where those stay outside the graph. */
  readonly whole: readonly number[];
  /** Computing alone. */
  readonly computing: number;
  free(): void;
}

/** What graphs are made of. */
export interface GraphRequest {
  readonly wanted: 'auto' | 'on' | 'off';
  readonly stream: number;
  /** Puts the computing on the stream. */
  readonly enqueue: () => void;
  /** Puts a whole run with its copies on the stream, and the stamps with one set of events each. */
  readonly runs: readonly (() => void)[];
  readonly outputs: readonly OutputBuffer[];
  /** It runs on a DLA. */
  readonly dla: boolean;
}

/** The graphs, or why there are none. @throws ProblemError where they must be and cannot */
export function makeGraphs(
  cuda: Cuda,
  request: GraphRequest,
): { readonly graphs?: CudaGraphs; readonly note?: string } {
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
    const computing = cuda.capture(stream, enqueue);
    const whole = wholeRuns(cuda, request);
    return {
      graphs: {
        whole: whole.map((g) => g.launch),
        computing: computing.launch,
        free: () => {
          for (const graph of [computing, ...whole]) graph.free();
        },
      },
    };
  } catch (error) {
    if (wanted === 'on') throw error;
    return { note: `no CUDA graph: ${messageOf(error)}` };
  }
}

/** None where the driver takes no events or copies into graphs: the computing alone is one then. */
function wholeRuns(cuda: Cuda, { stream, runs }: GraphRequest): ReturnType<Cuda['capture']>[] {
  const made: ReturnType<Cuda['capture']>[] = [];
  try {
    for (const run of runs) made.push(cuda.capture(stream, run));
    return made;
  } catch {
    for (const graph of made) graph.free();
    return [];
  }
}

function obstacle({ outputs, dla }: GraphRequest): string | undefined {
  const open = outputs.find((o) => o.dynamic);
  if (open) return `the size of output ${open.tensor.name} shows only when it runs`;
  return dla ? 'a DLA runs in none' : undefined;
}
