/** A session that is open and fed as the pipeline file says. */
import type { OpenContext, Session } from '../../backends/backend.js';
import { makeFeeds } from '../../backends/make-feeds.js';
import { loadBackend } from '../../backends/registry.js';
import type { Placement } from '../../formats/pipeline/types.js';
import type { TaskRequest } from '../messages.js';

/**
 * @param folder that inputs and backends are relative to
 * @returns the session, and how long it took to load, ms
 * @throws ProblemError
 */
export async function openFed(
  { backend, engine, engineFolder, inputs, shapes }: TaskRequest,
  placement: Placement,
  context: OpenContext,
  folder: string,
): Promise<{ readonly session: Session; readonly loadMs: number }> {
  const loaded = await loadBackend(backend, folder);
  const begin = performance.now();
  const session = await loaded.open(engine, engineFolder, placement, context);
  const loadMs = performance.now() - begin;
  const feedback = Object.entries(inputs).flatMap(([name, input]) => (input.feedback ? [[name, input.feedback]] : []));
  session.bind(makeFeeds(session.inputs, inputs, shapes, context.seed, folder), Object.fromEntries(feedback));
  return { session, loadMs };
}
