/** What every stage is given. */
import type { Problem } from '../base/problem.js';
import type { ProfileReport } from '../formats/report/report.js';
import type { OnEvent } from '../formats/run/events.js';
import type { RunDirectory } from '../store/run-directory.js';

export interface StageContext {
  readonly run: RunDirectory;
  readonly stage: string;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
  /** The same stage was begun before, and was not ended. */
  readonly resumed: boolean;
}

export interface StageResult {
  readonly cached?: boolean;
  /** Problems that do not undo what the stage has written, such as one task of several that failed. */
  readonly problems?: readonly Problem[];
  /** What the stage `report` has written. */
  readonly report?: ProfileReport;
}

export type StageBody = (context: StageContext, name: string) => Promise<StageResult>;
