/** The library: run pipelines, run engines, read what runs leave behind. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, messageOf } from './base/problem.js';
import type { JobTable } from './formats/recording/jobs.js';
import { type ProfileReport, readProfileReport } from './formats/report/report.js';
import { readJobsFile } from './store/recording.js';

export type {
  Backend,
  BackendStatus,
  BuildEvent,
  BuildOptions,
  EngineIdentity,
  Feeds,
  ModelSource,
  OpenContext,
  Session,
} from './backends/backend.js';
export { type Position, type Problem, type ProblemCode, ProblemError } from './base/problem.js';
export { compareEngines } from './explorer/match/compare.js';
export type { EngineManifest } from './formats/engine/engine.js';
export type { EngineComparison, LayerPair } from './formats/engine/engine-comparison.js';
export type { EngineFinding, EngineReport, EngineSummary } from './formats/engine/engine-report.js';
export type { Layer, LayerTable, LayerTensor } from './formats/engine/layer-table.js';
export { type JobTable, OUTCOMES, type Outcome, STAMPS, type Stamp } from './formats/recording/jobs.js';
export type {
  Distribution,
  Finding,
  ProfileReport,
  RequirementReport,
  ScenarioReport,
  TaskReport,
} from './formats/report/report.js';
export type { OnEvent, PipelineEvent, TaskNow } from './formats/run/events.js';
export type { Dimension, Dtype, Tensor, TensorData, TensorSpec } from './formats/tensor/tensor.js';
export { type Engine, type LoadOptions, loadEngine } from './library/load-engine.js';
export { type PipelineResult, type RunPipelineOptions, runPipeline } from './library/run-pipeline.js';
export { type Explored, type ExploreRequest, exploreEngine } from './views/explore.js';

/** The report of a run. @param path run directory, or a profile_report.yaml @throws ProblemError `file` or `version` */
export async function readReport(path: string): Promise<ProfileReport> {
  const file = path.endsWith('.yaml') ? path : join(path, 'profile_report.yaml');
  try {
    return readProfileReport(await readFile(file, 'utf8'), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code) return fail('file', `${file} cannot be read: ${messageOf(error)}`);
    throw error;
  }
}

/**
 * The jobs of a recording, columns of stamps in ns since the run origin.
 * @param path folder of a recording (runs/NAME/recordings/SCENARIO/1), or a jobs.arrow @throws ProblemError `file` or `version`
 */
export const readJobs = (path: string): Promise<JobTable> =>
  readJobsFile(path.endsWith('.arrow') || !existsSync(join(path, 'jobs.arrow')) ? path : join(path, 'jobs.arrow'));
