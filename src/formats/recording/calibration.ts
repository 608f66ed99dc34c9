/** calibration.json: what the tasks of a scenario take alone and what they do to each other: what predictions rest on. */
import { z } from '../../base/zod.js';
import { readDocument } from '../document.js';
import { type ModelSpec, PRIORITIES } from '../pipeline/types.js';

/** Of calibration.json. */
export const CALIBRATION_VERSION = 1;
/** Its file in a run directory. */
export const CALIBRATION_FILE = 'calibration.json';

/** Of a job: until its device begins, copies in, computing, copies out. What its time has beyond them is the host's, after it. */
const parts = z.tuple([z.number(), z.number(), z.number(), z.number()]);

const task = z.object({
  name: z.string(),
  model: z.string(),
  backend: z.string(),
  /** As the pipeline file asked for it. */
  accelerator: z.string(),
  /** `cpu`, `gpu:0`, `dla:1`, or the engine of a synthetic model. */
  engine: z.string(),
  /** Of the model, as the pipeline file asked for it; absent in older files. */
  precision: z.string().optional(),
  /** Shapes of the model's inputs, as far as the pipeline file gave them; absent in older files. */
  inputs: z.record(z.string(), z.array(z.number())).optional(),
  /** CPUs that a running job wants at once. */
  threads: z.number(),
  /** CPUs that it was held to. */
  cpus: z.array(z.number()).optional(),
  /** As it was granted. */
  priority: z.enum(PRIORITIES),
  /** Time (ns) from when a job could start until its end, alone, with pauses of all lengths, in the order of the jobs. */
  alone_ns: z.array(z.number()),
  /** How long (ns) nothing ran before each of them. */
  idle_ns: z.array(z.number()),
  /** It takes turns on its GPU with all others that do. */
  turns: z.boolean().optional(),
  /** Priority of its stream on its GPU; absent where that has none. */
  stream: z.enum(PRIORITIES).optional(),
  /** Parts of each of them, ns; absent where its backend stamps none. */
  parts_ns: z.array(parts).optional(),
  /** Service time back to back, without the shortest and longest twentieth: mean, ns. */
  back_to_back_ns: z.number().optional(),
});

const pair = z.object({
  task: z.string(),
  beside: z.string(),
  /** Service time beside the other, both back to back, by that alone. */
  factor: z.number(),
  /** By how much of its time its computing takes longer while the other computes; absent where that is not stamped or hardly happened. */
  computing: z.number().optional(),
  jobs: z.number(),
});

const scenario = z.object({
  name: z.string(),
  tasks: z.array(task),
  pairs: z.array(pair),
});

const value = z.object({ measured: z.number(), predicted: z.number() });

const check = z.object({
  scenario: z.string(),
  task: z.string(),
  jobs: z.number(),
  /** Of all releases, ms; absent where fewer jobs license it or it is infinite. */
  p50_ms: value.optional(),
  p99_ms: value.optional(),
  /** Interval of the measured p99, ms, 95 %; absent without an upper end. */
  p99_interval_ms: z.tuple([z.number(), z.number()]).optional(),
  miss_ratio: value.optional(),
  /** Of the whole scenario, the same for all its tasks: how much more (as a share) its jobs took in all than predicted ... */
  load: z.number().optional(),
  /** ... and how much more of the fullest deadline was used, as a share of it, by the p99; 1 where it was never kept. */
  tail: z.number().optional(),
  /** What was changed before it was measured; absent for the pipeline as calibrated. */
  change: z.string().optional(),
});

const schema = z.object({
  version: z.literal(CALIBRATION_VERSION),
  run: z.string(),
  pipeline: z.string(),
  device: z.string(),
  cpus: z.number(),
  scenarios: z.array(scenario),
  /** Predictions from the parts, against what was measured together. */
  checks: z.array(check),
});

/** What was learned in a run. */
export type Calibration = z.infer<typeof schema>;
/** Of one scenario. */
export type CalibratedScenario = z.infer<typeof scenario>;
/** Of one task. */
export type CalibratedTask = z.infer<typeof task>;
/** Of a job of it on its device, ns. */
export type DeviceParts = z.infer<typeof parts>;
/** Shapes of a model's inputs, by name. */
export type InputShapes = Readonly<Record<string, readonly number[]>>;

/** As far as the pipeline file gives them. */
export const inputShapesOf = ({ inputs }: Pick<ModelSpec, 'inputs'>): Record<string, number[]> =>
  Object.fromEntries(Object.entries(inputs).flatMap(([name, { shape }]) => (shape ? [[name, [...shape]]] : [])));

/** The same, or not known of one. */
export const sameShapes = (a: InputShapes | undefined, b: InputShapes | undefined): boolean =>
  a === undefined || b === undefined || shapesText(a) === shapesText(b);

const shapesText = (shapes: InputShapes): string => JSON.stringify(Object.entries(shapes).sort());

/** A prediction against a measurement. */
export type PredictionCheck = z.infer<typeof check>;

/** @throws ProblemError `file` or `version` */
export const readCalibration = (text: string, file: string): Calibration =>
  readDocument(text, file, CALIBRATION_VERSION, schema);
