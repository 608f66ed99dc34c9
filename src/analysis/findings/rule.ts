/** What a run shows beyond its numbers, and what to do about it: one function per finding. */
import type { ScenarioSpec } from '../../formats/pipeline/types.js';
import type { RecordingDocument } from '../../formats/recording/recording.js';
import type { Series } from '../../formats/recording/series.js';
import type { Finding } from '../../formats/report/report.js';
import type { MissCause } from '../causes.js';
import type { Window } from '../jobs.js';
import type { Machine } from '../machine.js';
import type { SystemEntry } from '../system.js';
import type { TaskAnalysis } from '../task.js';
import type { Validity } from '../validity.js';

/** What a rule sees of one scenario. */
export interface FindingContext {
  readonly scenario: ScenarioSpec;
  readonly document: RecordingDocument;
  readonly tasks: readonly TaskAnalysis[];
  readonly series: readonly Series[];
  readonly system: readonly SystemEntry[];
  readonly window: Window;
  readonly validity: Validity;
  readonly machine: Machine;
  /** Misses of each task by their causes; empty where nothing is known of the machine. */
  readonly causes: readonly Partial<Record<MissCause, number>>[];
}

/** Says nothing when it has nothing to say. */
export type Rule = (context: FindingContext) => readonly Finding[];
