/** The backends that this program knows by name, and what is asked of them by model and by engine. */
import { z } from '../../base/zod.js';
import { type BackendFacts, jsonSchemaOf, type LogLine, type ProgrammedService } from './card.js';
import { type OnnxruntimeBuild, type OnnxruntimeEngine, onnxruntime } from './onnxruntime.js';
import { type SyntheticBuild, synthetic } from './synthetic.js';
import { type TensorrtBuild, tensorrt } from './tensorrt.js';

/** `build:` of a model, by the backend that it is for. A backend of the user's own reads its options itself. */
export type BuildSpec =
  | { readonly kind: 'onnxruntime'; readonly options: OnnxruntimeBuild }
  | { readonly kind: 'synthetic'; readonly options: SyntheticBuild }
  | { readonly kind: 'tensorrt'; readonly options: TensorrtBuild }
  /** Which of the two shows on the device. */
  | {
      readonly kind: 'auto';
      readonly options: { readonly tensorrt: TensorrtBuild; readonly onnxruntime: OnnxruntimeBuild };
    }
  | { readonly kind: 'custom'; readonly options: Readonly<Record<string, unknown>> };

const CARDS: readonly BackendFacts[] = [onnxruntime, tensorrt, synthetic];

/** Names that `backend:` of a model may have, besides a path. */
export const BACKEND_NAMES: readonly string[] = ['auto', ...CARDS.map((c) => c.id)];

/** A path of the user's own backend. */
export const isBackendPath = (backend: string): boolean => /^\.{0,2}\//.test(backend);

/** What every machine has; a model that names no backend is told apart on the device. */
const DEFAULT_BACKEND = onnxruntime.id;

const keysOf = ({ schema }: BackendFacts): readonly string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

/**
 * The backend of a model as far as the file tells: options that only one has decide, and the CPU is ONNX Runtime's.
 * `auto` where the device decides.
 */
export function backendFor(backend: string, build: Readonly<Record<string, unknown>>, accelerator: string): string {
  if (backend !== 'auto') return backend;
  const only = (mine: BackendFacts, other: BackendFacts): boolean =>
    Object.keys(build).some((key) => keysOf(mine).includes(key) && !keysOf(other).includes(key));
  if (only(onnxruntime, tensorrt) || accelerator === 'cpu') return onnxruntime.id;
  return only(tensorrt, onnxruntime) ? tensorrt.id : 'auto';
}

/** Undefined for a backend of the user's own. */
export const cardById = (id: string): BackendFacts | undefined =>
  CARDS.find((c) => c.id === (id === 'auto' ? DEFAULT_BACKEND : id));

/** Undefined for a backend of the user's own, and without a model. */
export const cardOf = (model: { readonly backend: string } | undefined): BackendFacts | undefined =>
  model && cardById(model.backend);

/** @param build checked before by the schema of the backend's card */
export function resolveBuild(backend: string, build: Record<string, unknown>, accelerator: string): BuildSpec {
  const id = backendFor(backend, build, accelerator);
  const context = { accelerator };
  if (id === 'auto')
    return {
      kind: 'auto',
      options: { tensorrt: tensorrt.resolve(build, context), onnxruntime: onnxruntime.resolve(build, context) },
    };
  if (id === onnxruntime.id) return { kind: 'onnxruntime', options: onnxruntime.resolve(build, context) };
  if (id === tensorrt.id) return { kind: 'tensorrt', options: tensorrt.resolve(build, context) };
  if (id === synthetic.id) return { kind: 'synthetic', options: synthetic.resolve(build, context) };
  return { kind: 'custom', options: build };
}

/** What the device decides between, the first that works there before the second. */
export const DEVICE_CHOICES = [tensorrt.id, onnxruntime.id] as const;

/** The backend that reads plans of TensorRT, and that knows what a DLA can run. */
export const PLAN_BACKEND = tensorrt.id;

/** Options as the backend that was chosen wants them. */
export function chosenBuild(build: BuildSpec, id: string): BuildSpec {
  if (build.kind !== 'auto') return build;
  return id === tensorrt.id
    ? { kind: 'tensorrt', options: build.options.tensorrt }
    : { kind: 'onnxruntime', options: build.options.onnxruntime };
}

/** Sizes of symbolic dimensions that the options of a model fix. */
export const fixedDimensionsOf = ({ build }: { readonly build: BuildSpec }): Readonly<Record<string, number>> =>
  (build.kind === 'onnxruntime' ? onnxruntime.fixedDimensions?.(build.options) : undefined) ?? {};

/** Files that the options of a model name. */
export const filesOfBuild = (build: BuildSpec): readonly string[] =>
  (build.kind === 'onnxruntime'
    ? onnxruntime.files?.(build.options)
    : build.kind === 'tensorrt'
      ? tensorrt.files?.(build.options)
      : undefined) ?? [];

/** The same options with other names for these files. */
export const buildWithFiles = (build: BuildSpec, files: readonly string[]): BuildSpec =>
  build.kind === 'onnxruntime' && onnxruntime.withFiles
    ? { ...build, options: onnxruntime.withFiles(build.options, files) }
    : build.kind === 'tensorrt' && tensorrt.withFiles
      ? { ...build, options: tensorrt.withFiles(build.options, files) }
      : build;

/** Where the times of a model are programmed. */
export const programmedService = (model: { readonly build: BuildSpec } | undefined): ProgrammedService | undefined =>
  model?.build.kind === 'synthetic' ? synthetic.programmed?.(model.build.options) : undefined;

/** The first backend that knows the line as one of its library's; undefined for a line of none. */
export const readLogLine = (line: string): LogLine | undefined =>
  CARDS.map((c) => c.logLine?.(line)).find((found) => found !== undefined);

const common = z.object({
  accelerator: z.string(),
  precision: z.string(),
  shapes: z.record(z.string(), z.array(z.number())),
});

const engineBuild = z.union([
  common.extend({ backend: z.literal('onnxruntime'), options: onnxruntime.engineOptions }),
  common.extend({ backend: z.literal('synthetic'), options: synthetic.engineOptions }),
  common.extend({ backend: z.literal('tensorrt'), options: tensorrt.engineOptions }),
  common.extend({
    backend: z.string().refine((id) => !CARDS.some((c) => c.id === id)),
    options: z.record(z.string(), z.unknown()),
  }),
]);

/** `build` of engine.json. */
export const engineBuildSchema: z.ZodType<EngineBuild> = engineBuild;

interface EngineBuildCommon {
  readonly accelerator: string;
  readonly precision: string;
  readonly shapes: Record<string, number[]>;
}

/** How an engine was built: what every backend tells, and what its own does. */
export type EngineBuild =
  | (EngineBuildCommon & { readonly backend: 'onnxruntime'; readonly options: OnnxruntimeEngine })
  | (EngineBuildCommon & { readonly backend: 'synthetic'; readonly options: SyntheticBuild })
  | (EngineBuildCommon & { readonly backend: 'tensorrt'; readonly options: TensorrtBuild })
  | (EngineBuildCommon & { readonly backend: string; readonly options: Record<string, unknown> });

/** Options of an engine of ONNX Runtime; undefined for another's. */
export const onnxruntimeEngine = (build: EngineBuild): OnnxruntimeEngine | undefined => optionsOf(build, onnxruntime);

/** Options of an engine of TensorRT; undefined for another's. */
export const tensorrtEngine = (build: EngineBuild): TensorrtBuild | undefined => optionsOf(build, tensorrt);

/** Options of a synthetic engine; undefined for another's. */
export const syntheticEngine = (build: EngineBuild): SyntheticBuild | undefined => optionsOf(build, synthetic);

interface EngineReader<T> {
  readonly id: string;
  readonly engineOptions: z.ZodType<T>;
}

function optionsOf<T>({ backend, options }: EngineBuild, { id, engineOptions }: EngineReader<T>): T | undefined {
  return backend === id ? engineOptions.parse(options) : undefined;
}

/** Version of the library that an engine was built with, as its target tells. */
export function backendVersion(engine: {
  readonly build: { readonly backend: string };
  readonly target: Readonly<Record<string, unknown>>;
}): string | undefined {
  const column = cardById(engine.build.backend)?.versionColumn;
  const version = column === undefined ? undefined : engine.target[column];
  return typeof version === 'string' ? version : undefined;
}

/** JSON Schema of `build:` of a model, whatever its backend. */
export const buildJsonSchema = (): object => ({ anyOf: CARDS.map(jsonSchemaOf) });
