/** What a caller asks to be recorded. */
import type { PipelineSpec, ScenarioSpec } from '../../formats/pipeline/types.js';
import type { RecordingDocument } from '../../formats/recording/recording.js';
import type { TaskRequest } from '../messages.js';

/** One repetition that is to be recorded. */
export interface ProfileRequest {
  readonly spec: PipelineSpec;
  readonly pipelineText: string;
  readonly scenario: ScenarioSpec;
  readonly repetition: number;
  /** Of a repetition that was interrupted: which part of it this is. */
  readonly part?: number;
  readonly tasks: readonly TaskRequest[];
  /** The run directory. */
  readonly folder: string;
  /** Folder for what is recorded, while it is; the caller takes it away when the recording is on disk. */
  readonly journal: string;
  /** Versions of the backends in use. */
  readonly versions: Readonly<Record<string, string>>;
  /** What was found before the run that can spoil it. */
  readonly preflight: NonNullable<RecordingDocument['preflight']>;
}
