/** Child process that times the layers of one engine. */

import { makeFeeds } from '../../backends/make-feeds.js';
import { loadBackend } from '../../backends/registry.js';
import { messageOf, problemsOf } from '../../base/problem.js';
import type { LayersAnswer, LayersRequest } from '../caller/layers.js';

const MOST_RUNS = 50;
const LEAST_RUNS = 5;
/** Runs are chosen so that they take about this long, ms. */
const BUDGET_MS = 1000;

async function answer({ task, spec, seed, folder }: LayersRequest): Promise<LayersAnswer> {
  try {
    const backend = await loadBackend(task.backend, folder);
    const session = await backend.open(task.engine, task.engineFolder, spec.placement, { task: spec.name, seed });
    const feedback = Object.fromEntries(
      Object.entries(task.inputs).flatMap(([name, i]) => (i.feedback ? [[name, i.feedback]] : [])),
    );
    session.bind(makeFeeds(session.inputs, task.inputs, task.shapes, seed, folder), feedback);
    if (!session.layers) return {};
    const begin = performance.now();
    session.infer(new Float64Array(3), -1);
    const one = performance.now() - begin;
    const layers = session.layers(Math.max(LEAST_RUNS, Math.min(MOST_RUNS, Math.floor(BUDGET_MS / one))));
    session.close();
    return { layers };
  } catch (error) {
    const [problem] = problemsOf(error) ?? [];
    return { problem: problem ?? { code: 'run', message: messageOf(error) } };
  }
}

process.once('message', async (request) => {
  process.send?.(await answer(request as LayersRequest), () => process.exit(0));
});
