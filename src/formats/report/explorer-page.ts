/** What an explorer page carries: one engine, with its model where that is at hand, or two engines and what differs. */
import type { EngineComparison } from '../engine/engine-comparison.js';
import type { EngineReport } from '../engine/engine-report.js';

export interface ExplorerEngine {
  readonly report: EngineReport;
  readonly model?: EngineReport;
}

export interface ExplorerPage {
  readonly version: 1;
  /** One, or two to compare. */
  readonly engines: readonly ExplorerEngine[];
  readonly comparison?: EngineComparison;
}
