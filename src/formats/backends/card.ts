/** What the rest of the house must know of a backend. One card per backend; nothing else says its name. */
import { z } from '../../base/zod.js';
import type { ServiceTime } from './service-time.js';

/** Model, accelerator and device that options of an engine may depend on. */
export interface BuildContext {
  readonly accelerator: string;
}

/** A line of a log, without its prefix. */
export interface LogLine {
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
}

/** Service times that are programmed instead of measured, and the engine that they are spent on. */
export interface ProgrammedService {
  readonly service: ServiceTime;
  readonly engine: string;
  /** Service time is multiplied by 1 + contention x (other jobs running on the same engine at the start). */
  readonly contention: number;
  /** A misbehaviour that only a session shows. */
  readonly faulty: boolean;
}

/** What holds for a backend whatever the model. */
export interface BackendFacts {
  /** Its name in pipeline.yaml and engine.json. */
  readonly id: string;
  /** Its name for people. */
  readonly title: string;
  /** `build:` of a model in pipeline.yaml. */
  readonly schema: z.ZodType;
  /** Models are files; without one there is nothing to build. */
  readonly needsFile: boolean;
  /** What a model without `build:` lacks; absent where every option has a default. */
  readonly needsBuild?: { readonly problem: string; readonly hint: string };
  /** Its engines have layers that can be looked at. */
  readonly explorable: boolean;
  /** Its jobs use a CPU all the time that they run on one. */
  readonly burnsCpu: boolean;
  /** It runs models: a machine that has only others can measure nothing. */
  readonly real: boolean;
  /** Column of an engine's `target` that holds the version of its library. */
  readonly versionColumn?: string;
  /**
   * How tasks of this provider share a GPU: in the order of the priorities of their streams, or one after the other; undefined where
   * they run side by side, whatever their priority.
   */
  gpuOrder?(provider: string): 'priority' | 'turns' | undefined;
  /** Undefined for a line that is not of its library. */
  logLine?(line: string): LogLine | undefined;
}

/** @typeParam Spec what `build:` in pipeline.yaml means, with defaults @typeParam Engine what engine.json holds of it */
export interface BackendCard<Spec, Engine> extends BackendFacts {
  /** `build.options` of engine.json. */
  readonly engineOptions: z.ZodType<Engine>;
  /** Checked data of `build:` -> options with defaults. */
  resolve(build: unknown, context: BuildContext): Spec;
  /** Sizes of symbolic dimensions that the options fix. */
  fixedDimensions?(spec: Spec): Readonly<Record<string, number>>;
  /** Files that the options name. */
  files?(spec: Spec): readonly string[];
  /** The options with other names for these files, in the same order. */
  withFiles?(spec: Spec, files: readonly string[]): Spec;
  /** Where times are programmed. */
  programmed?(spec: Spec): ProgrammedService;
}

/** Keeps the types of a card together while it stands in a table of all. */
export const card = <Spec, Engine>(value: BackendCard<Spec, Engine>): BackendCard<Spec, Engine> => value;

/** JSON Schema of a card's `build:`, for editors. */
export const jsonSchemaOf = ({ schema }: Pick<BackendFacts, 'schema'>): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
};
