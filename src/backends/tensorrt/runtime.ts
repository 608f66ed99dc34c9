/** TensorRT's runtime: what loads plans. */
import type { TrtLibrary } from './library.js';
import { objectOf, type TrtObject } from './objects.js';

/** How a plan is loaded. */
export interface PlanRequest {
  /** Of the plan. */
  readonly path: string;
  /** Of the model, for people. */
  readonly name: string;
  readonly plugins: readonly string[];
  readonly dlaCore?: number;
  /** The plan carries code of its own: one that runs on other versions. */
  readonly hostCode: boolean;
}

/** A plan that was refused, and the GPU that it is for. */
export interface PlanQuestion extends PlanRequest {
  readonly device: number;
}

/** @param logger address of a logger that lives as long as the runtime */
export function makeRuntime(
  library: TrtLibrary,
  logger: bigint,
  { dlaCore, hostCode }: Pick<PlanRequest, 'dlaCore' | 'hostCode'>,
): TrtObject {
  const runtime = objectOf(library, 'VRuntime', library.createRuntime(logger, library.number), 'runtime');
  if (dlaCore !== undefined) runtime.call('setDLACore', dlaCore);
  if (hostCode && runtime.has('setEngineHostCodeAllowed')) runtime.call('setEngineHostCodeAllowed', true);
  return runtime;
}

/** What `deserializeCudaEngine` wants of a plan. */
export const planArguments = (library: TrtLibrary, plan: Uint8Array): unknown[] =>
  library.version.major < 10 ? [plan, plan.length, null] : [plan, plan.length];
