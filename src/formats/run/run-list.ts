/** What the server tells of each run in its folder. */
import type { RunDocument } from './run.js';
import type { RunSummary } from './run-summary.js';

export interface RunEntry {
  readonly id: string;
  readonly pipeline: string;
  readonly created: string;
  /** `lost`: it says that it runs, and its process is gone. `unreadable`: its run.json is damaged, or of a newer version. */
  readonly state: RunDocument['state'] | 'lost' | 'unreadable';
  readonly simulate: boolean;
  readonly hostname: string;
  readonly stages: readonly { readonly id: string; readonly state: string }[];
  /** There is a report.html. */
  readonly report: boolean;
  readonly summary?: RunSummary;
}
