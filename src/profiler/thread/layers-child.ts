/** Child process that times the layers of one engine. */

import { CELLS } from '../../backends/backend.js';
import { loadBackend } from '../../backends/registry.js';
import { messageOf, problemsOf } from '../../base/problem.js';
import type { LayersAnswer, LayersRequest } from '../messages.js';
import { openFed } from './fed-session.js';

const MOST_RUNS = 50;
const LEAST_RUNS = 5;
/** Runs are chosen so that they take about this long, ms. */
const BUDGET_MS = 1000;

async function answer({ engine, task, placement, seed, folder }: LayersRequest): Promise<LayersAnswer> {
  try {
    const shared = async (_: string, bytes: number) => new SharedArrayBuffer(bytes);
    // The backend itself is there before the model is.
    await loadBackend(engine.backend, folder);
    const before = process.memoryUsage.rss();
    const { session } = await openFed(engine, placement, { task, seed, priority: 'normal', shared }, folder);
    session.infer(new Float64Array(CELLS).fill(Number.NaN), -1);
    const memoryBytes = Math.max(0, process.memoryUsage.rss() - before);
    if (!session.layers) return { memoryBytes };
    const begin = performance.now();
    session.infer(new Float64Array(CELLS).fill(Number.NaN), -1);
    const one = performance.now() - begin;
    const layers = session.layers(Math.max(LEAST_RUNS, Math.min(MOST_RUNS, Math.floor(BUDGET_MS / one))));
    session.close();
    return { layers, memoryBytes };
  } catch (error) {
    const [problem] = problemsOf(error) ?? [];
    return { problem: problem ?? { code: 'run', message: messageOf(error) } };
  }
}

process.once('message', async (request: LayersRequest) => {
  process.send?.(await answer(request), () => process.exit(0));
});
