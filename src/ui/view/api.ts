/** What the server tells. */
import { signal } from '@preact/signals';
import type { RunComparison, RunSettings } from '../../formats/run/run-comparison.js';
import type { RunEntry } from '../../formats/run/run-list.js';

/** The list; undefined until it has come. */
export const runs = signal<readonly RunEntry[] | undefined>(undefined);
/** Why the server could not be asked. */
export const problem = signal<string | undefined>(undefined);

async function get<T>(path: string): Promise<T | undefined> {
  try {
    const answer = await fetch(path);
    const data = (await answer.json()) as T & { problem?: string };
    if (!answer.ok) throw new Error(data.problem ?? answer.statusText);
    problem.value = undefined;
    return data;
  } catch (error) {
    problem.value = error instanceof Error ? error.message : String(error);
    return undefined;
  }
}

/** The list is asked for again while the page is looked at, so that new runs show up. */
const EVERY_MS = 3000;

/** Asks for the list again. */
export async function refresh(): Promise<void> {
  const found = await get<RunEntry[]>('/api/runs');
  // An equal answer changes nothing on the screen.
  if (found && JSON.stringify(found) !== JSON.stringify(runs.peek())) runs.value = found;
}

/** Keeps the list up to date while the page is looked at. */
export function watchRuns(): void {
  void refresh();
  setInterval(() => {
    if (document.visibilityState === 'visible') void refresh();
  }, EVERY_MS);
}

/** Asks for a comparison. */
export const compare = (ids: readonly string[]): Promise<RunComparison | undefined> =>
  get(`/api/compare?${ids.map((id) => `run=${encodeURIComponent(id)}`).join('&')}`);

/** Asks for what a run was made with. */
export const settingsOf = (id: string): Promise<RunSettings | undefined> =>
  get(`/api/settings/${encodeURIComponent(id)}`);
