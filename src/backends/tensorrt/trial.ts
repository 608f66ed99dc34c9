/** A few runs of a new engine, one after the other: what it takes alone, with and without a CUDA graph. */
import type { EngineTrial } from '../../formats/engine/engine.js';
import { CELL, CELLS, type Feeds } from '../backend.js';
import type { TrtSession } from './session.js';

const WARM_UP = 10;
const RUNS = 60;
/** Of one of the two passes, ms. */
const LIMIT_MS = 1000;

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
};

const round = (ms: number): number => Number(ms.toFixed(5));

/** Medians, ms. */
interface Pass {
  readonly gpu: number;
  readonly enqueue: number;
  readonly runs: number;
  readonly graph: boolean;
}

function pass(session: TrtSession, feeds: Feeds, feedback: Readonly<Record<string, string>>): Pass {
  session.bind(feeds, feedback);
  const stamps = new Float64Array(CELLS);
  const gpu: number[] = [];
  const enqueue: number[] = [];
  const begin = performance.now();
  for (let i = 0; i < WARM_UP + RUNS; i++) {
    const asked = performance.now();
    session.infer(stamps);
    if (performance.now() - begin > LIMIT_MS && gpu.length > 0) break;
    if (i < WARM_UP && performance.now() - begin < LIMIT_MS / 2) continue;
    gpu.push((stamps[CELL.computeEnd] ?? 0) - (stamps[CELL.copyInEnd] ?? 0));
    enqueue.push((stamps[CELL.enqueueEnd] ?? 0) - asked);
  }
  return { gpu: median(gpu), enqueue: median(enqueue), runs: gpu.length, graph: session.usesGraph };
}

/** @param open a session with the graph or without; closed again here */
export async function tryOut(
  open: (cudaGraph: 'auto' | 'off') => Promise<TrtSession>,
  feeds: Feeds,
  feedback: Readonly<Record<string, string>>,
): Promise<EngineTrial> {
  const run = async (cudaGraph: 'auto' | 'off'): Promise<Pass> => {
    const session = await open(cudaGraph);
    try {
      return pass(session, feeds, feedback);
    } finally {
      session.close();
    }
  };
  const plain = await run('off');
  const graph = await run('auto');
  return {
    runs: plain.runs,
    gpu_ms: round(plain.gpu),
    enqueue_ms: round(plain.enqueue),
    ...(graph.graph ? { graph_gpu_ms: round(graph.gpu), graph_enqueue_ms: round(graph.enqueue) } : {}),
  };
}
