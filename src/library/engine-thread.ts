/** An engine in a thread of its own: both ends of the line. */
import { Worker } from 'node:worker_threads';
import { type Problem, ProblemError } from '../base/problem.js';
import type { EngineManifest } from '../formats/engine/engine.js';
import type { Tensor, TensorSpec } from '../formats/tensor/tensor.js';

/** Which engine, and how it is opened. */
export interface EngineOpening {
  readonly manifest: EngineManifest;
  readonly folder: string;
  readonly backend: string;
  readonly accelerator: string;
  readonly threads?: number;
}

/** What the thread says. */
export type FromEngine =
  | { readonly kind: 'open'; readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] }
  | { readonly kind: 'results'; readonly results: Record<string, Tensor> }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/** Waits for the next word of the thread; its end is a problem. */
function answerOf(worker: Worker): Promise<FromEngine> {
  return new Promise((resolve, reject) => {
    const ended = (code: number): void =>
      reject(new ProblemError({ code: 'task', message: `the thread of the engine ended (exit code ${code})` }));
    worker.once('error', reject);
    worker.once('exit', ended);
    worker.once('message', (message: FromEngine) => {
      worker.off('error', reject);
      worker.off('exit', ended);
      resolve(message);
    });
  });
}

/** @throws ProblemError */
export async function openInThread(opening: EngineOpening): Promise<{
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  run(tensors: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  close(): void;
}> {
  const worker = new Worker(new URL('./engine-worker.js', import.meta.url), {
    workerData: opening,
    // Flags of the program, such as --eval, are not for this thread.
    execArgv: [],
  });
  const opened = await answerOf(worker);
  if (opened.kind !== 'open') {
    await worker.terminate();
    throw new ProblemError(opened.kind === 'problems' ? opened.problems : []);
  }
  // An engine that nobody uses does not keep the program alive.
  worker.unref();
  return {
    inputs: opened.inputs,
    outputs: opened.outputs,
    async run(tensors) {
      worker.ref();
      try {
        worker.postMessage(tensors);
        const answer = await answerOf(worker);
        if (answer.kind === 'problems') throw new ProblemError(answer.problems);
        return answer.kind === 'results' ? answer.results : {};
      } finally {
        worker.unref();
      }
    },
    close: () => worker.postMessage(null),
  };
}
