/** What an explorer page carries: one engine, with its model where that is at hand, or two engines and what differs. */
import type { EngineComparison } from '../engine/engine-comparison.js';
import type { EngineReport } from '../engine/engine-report.js';

/** An engine on the page, and the model that it was built from. */
export interface ExplorerEngine {
  readonly report: EngineReport;
  readonly model?: EngineReport;
}

/** What the explorer page holds. */
export interface ExplorerPage {
  readonly version: 1;
  /** One, or two to compare. */
  readonly engines: readonly ExplorerEngine[];
  readonly comparison?: EngineComparison;
  /** Way to the report of the run that the engine belongs to, from where the page lies. */
  readonly report?: string;
}
