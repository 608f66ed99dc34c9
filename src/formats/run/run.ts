/** run.json: what a run was asked to do. Written once, when the run is made, and never again. */
import { z } from '../../base/zod.js';
import { readDocument } from '../document.js';
import { plannedStage, STAGE_KINDS } from './plan.js';
import { stageProblem, stageState } from './stage-state.js';

/** Of run.json. */
export const RUN_VERSION = 2;

const schema = z.object({
  version: z.literal(RUN_VERSION),
  id: z.string(),
  tool: z.object({ name: z.literal('infersight'), version: z.string() }),
  pipeline: z.string(),
  created: z.string(),
  /** Folder of the pipeline file that the run was made from; the run has copies of all it named there. */
  source: z.string(),
  /** Of the repository around it, short. */
  commit: z.string().optional(),
  simulate: z.boolean(),
  /** Tasks are recorded alone, too. */
  solo: z.boolean().optional(),
  /** Recorded in pairs as well, to predict other settings. */
  calibrate: z.boolean().optional(),
  /** Run whose service times a simulation uses; its copy of them is in the run. */
  service_from: z.string().optional(),
  cache: z.string().optional(),
  /** The machine that made the run; its stages may run on others. */
  created_on: z.object({ hostname: z.string(), os: z.string(), arch: z.string() }),
  stages: z.array(plannedStage),
  /** States of the stages of a run of version 1, which kept them here. */
  ended: z
    .array(z.object({ id: z.string(), state: stageState, problems: z.array(stageProblem).optional() }))
    .optional(),
});

/** What is known of a run from its beginning. */
export type RunDocument = z.infer<typeof schema>;

/** What is needed of a run of version 1 to make one of version 2. */
const version1 = z.looseObject({
  device: z.unknown(),
  stages: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(STAGE_KINDS),
      needs: z.array(z.string()),
      state: z.string(),
      problems: z.array(z.unknown()).optional(),
    }),
  ),
});

/** Version 1 held the states too, and knew neither inputs nor stages for layers. */
function fromVersion1(data: unknown): unknown {
  const parsed = version1.safeParse(data);
  // What is wrong with it is told by the schema of version 2.
  if (!parsed.success) return { ...(data as object), version: 2 };
  const { device, stages, ...rest } = parsed.data;
  const stopped = (state: string): string => (state === 'running' ? 'interrupted' : state);
  return {
    ...rest,
    version: 2,
    created_on: device,
    stages: stages.map(({ id, kind, needs }) => ({
      id,
      kind,
      subject: id.includes(':') ? id.slice(id.indexOf(':') + 1) : '',
      needs: kind === 'report' ? [] : needs,
      after: kind === 'report' ? needs : [],
      inputs: [],
      outputs: [],
    })),
    ended: stages
      .filter((s) => s.state !== 'waiting')
      .map(({ id, state, problems }) => ({ id, state: stopped(state), ...(problems ? { problems } : {}) })),
  };
}

/** @throws ProblemError `file` or `version` */
export const readRunDocument = (text: string, file: string): RunDocument =>
  readDocument(text, file, RUN_VERSION, schema, { 1: fromVersion1 });
