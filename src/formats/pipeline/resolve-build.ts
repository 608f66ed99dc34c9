/** Build options of a model -> typed options with defaults. */
import type { z } from 'zod';
import { parseQuantity } from '../../base/quantity.js';
import { toNumber } from '../../base/rational.js';
import { type Ns, ns } from '../../base/units.js';
import type { onnxruntimeBuild, syntheticBuild } from './build-options.js';
import type { OnnxruntimeBuild, ServiceTime, SyntheticBuild } from './types.js';

export type { ModelInput, PipelineInput, ScenarioInput, TaskInput } from './schema.js';

const texts = (entries: Record<string, unknown> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(entries ?? {}).map(([key, value]) => [key, String(value)]));

export function onnxBuildOf(options: Record<string, unknown>): OnnxruntimeBuild {
  const build = options as z.infer<typeof onnxruntimeBuild>;
  return {
    ...(build.provider === undefined ? {} : { provider: build.provider }),
    graphOptimization: build.graph_optimization ?? 'all',
    providerOptions: texts(build.provider_options),
    sessionConfig: texts(build.session_config),
    freeDimensions: build.free_dimensions ?? {},
  };
}

export function syntheticBuildOf(options: Record<string, unknown>, accelerator: string): SyntheticBuild {
  const build = options as z.infer<typeof syntheticBuild>;
  return {
    service: serviceOf(build.service),
    work: build.work ?? 'busy',
    engine: build.engine ?? accelerator,
    contention: build.contention ?? 0,
    ...(build.fault ? { fault: { kind: build.fault.kind, at: build.fault.at ?? 0 } } : {}),
  };
}

const time = (text: string): Ns => {
  const result = parseQuantity(text, ['time']);
  return ns(result.problem === undefined ? Math.round(toNumber(result.value)) : 0);
};

function serviceOf(service: z.infer<typeof syntheticBuild>['service']): ServiceTime {
  if (typeof service === 'string') return { kind: 'list', values: [time(service)] };
  if (Array.isArray(service)) return { kind: 'list', values: service.map(time) };
  if ('uniform' in service) return { kind: 'uniform', low: time(service.uniform[0]), high: time(service.uniform[1]) };
  if ('normal' in service)
    return { kind: 'normal', mean: time(service.normal.mean), sigma: time(service.normal.sigma) };
  return { kind: 'exponential', mean: time(service.exponential) };
}
