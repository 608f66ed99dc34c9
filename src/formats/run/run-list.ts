/** What the server tells of each run in its folder. */
import type { RunStatus, StageStatus } from './run-state.js';
import type { RunSummary } from './run-summary.js';

/** A run in a list. */
export interface RunEntry {
  readonly id: string;
  readonly pipeline: string;
  readonly created: string;
  /** `unreadable`: its run.json is damaged, or of a newer version. */
  readonly state: RunStatus | 'unreadable';
  readonly simulate: boolean;
  /** Where it was made. */
  readonly hostname: string;
  readonly stages: readonly { readonly id: string; readonly state: StageStatus }[];
  /** There is a report.html. */
  readonly report: boolean;
  readonly summary?: RunSummary;
}
