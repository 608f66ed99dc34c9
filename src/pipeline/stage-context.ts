/** What every stage is given. */
import type { Problem } from '../base/problem.js';
import type { ProfileReport } from '../formats/report/report.js';
import type { OnEvent } from '../formats/run/events.js';
import type { PlannedStage } from '../formats/run/plan.js';
import { defaultCache } from '../store/engine-cache.js';
import type { RunDirectory } from '../store/run-directory.js';

/** One stage of one run, as its body sees it. */
export interface StageContext {
  readonly run: RunDirectory;
  readonly stage: PlannedStage;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
  /** The same stage was begun before, and was not ended. */
  readonly resumed: boolean;
}

/** What a stage has to say besides its files. */
export interface StageResult {
  readonly cached?: boolean;
  /** Problems that do not undo what the stage has written, such as one task of several that failed. */
  readonly problems?: readonly Problem[];
  /** What the stage `report` has written. */
  readonly report?: ProfileReport;
}

/** The work of one kind of stage. */
export type StageBody = (context: StageContext) => Promise<StageResult>;

/** Folder of the engine cache that a run uses. */
export const cacheOf = ({ document }: RunDirectory): string => document.cache ?? defaultCache();
