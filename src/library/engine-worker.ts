/** The thread of an engine that was loaded with `worker: true`. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, type Problem, problemsOf } from '../base/problem.js';
import type { Tensor } from '../formats/tensor/tensor.js';
import type { EngineOpening, FromEngine } from './engine-thread.js';
import { openHere } from './load-engine.js';

const port = parentPort as NonNullable<typeof parentPort>;
const say = (message: FromEngine): void => port.postMessage(message);

const problemsIn = (error: unknown): Problem[] =>
  (problemsOf(error) ?? [{ code: 'task' as const, message: messageOf(error) }]).map(
    ({ cause: _, ...problem }) => problem,
  );

try {
  const engine = await openHere(workerData as EngineOpening);
  say({ kind: 'open', inputs: engine.inputs, outputs: engine.outputs });
  port.on('message', async (tensors: Record<string, Tensor> | null) => {
    if (tensors === null) {
      engine.close();
      port.close();
      return;
    }
    try {
      say({ kind: 'results', results: await engine.run(tensors) });
    } catch (error) {
      say({ kind: 'problems', problems: problemsIn(error) });
    }
  });
} catch (error) {
  say({ kind: 'problems', problems: problemsIn(error) });
}
