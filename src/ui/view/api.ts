/** What the server tells. */
import { signal } from '@preact/signals';

export interface RunEntry {
  readonly id: string;
  readonly pipeline: string;
  readonly created: string;
  readonly state: 'running' | 'done' | 'failed' | 'interrupted' | 'lost';
  readonly simulate: boolean;
  readonly hostname: string;
  readonly stages: readonly { readonly id: string; readonly state: string }[];
  readonly summary?: {
    readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'none';
    readonly device: string;
    readonly models: readonly string[];
    readonly tasks: readonly {
      readonly scenario: string;
      readonly task: string;
      readonly p50_ms?: number;
      readonly p99_ms?: number;
      readonly miss_ratio?: number;
    }[];
    readonly spark: readonly number[];
  };
}

export interface ComparedTask {
  readonly scenario: string;
  readonly task: string;
  readonly deadline_ms?: number;
  readonly miss_ratio?: number;
  readonly jobs: number;
  readonly quantiles: readonly number[];
}

export interface ComparedRun {
  readonly id: string;
  readonly verdict: string;
  readonly created: string;
  readonly tasks: readonly ComparedTask[];
  readonly settings: Readonly<Record<string, string>>;
}

export const runs = signal<readonly RunEntry[] | undefined>(undefined);
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

export async function refresh(): Promise<void> {
  const found = await get<RunEntry[]>('/api/runs');
  // An equal answer changes nothing on the screen.
  if (found && JSON.stringify(found) !== JSON.stringify(runs.peek())) runs.value = found;
}

export function watchRuns(): void {
  void refresh();
  setInterval(() => {
    if (document.visibilityState === 'visible') void refresh();
  }, EVERY_MS);
}

export const compare = (ids: readonly string[]): Promise<ComparedRun[] | undefined> =>
  get(`/api/compare?runs=${ids.map(encodeURIComponent).join(',')}`);
