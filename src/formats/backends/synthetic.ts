/** Card of the synthetic backend: programmed service times, for tests, CI and teaching. */

import { exactTime, parseQuantity } from '../../base/quantity.js';
import { ns } from '../../base/units.js';
import { z } from '../../base/zod.js';
import { count, quantity, word } from '../fields.js';
import { card } from './card.js';
import type { ServiceTime } from './service-time.js';

const FAULTS = ['load', 'throw', 'nan', 'shape', 'hang', 'crash'] as const;

const time = quantity('time');
const service = z.union(
  [
    time,
    z.array(time).min(1),
    z.strictObject({ uniform: z.tuple([time, time]) }),
    z.strictObject({ normal: z.strictObject({ mean: time, sigma: time }) }),
    z.strictObject({ exponential: time }),
  ],
  {
    error: () =>
      'expected a service time: "8 ms", ["8 ms", "25 ms"], { uniform: ["1 ms", "2 ms"] }, { normal: { mean: "8 ms", sigma: "1 ms" } } or { exponential: "8 ms" }',
  },
);

/** Jobs that take no time would never let time pass. */
const takesTime = (given: z.infer<typeof service>): boolean =>
  typeof given === 'object' && !Array.isArray(given)
    ? true
    : [given].flat().some((text) => {
        const time = parseQuantity(text, ['time']);
        // What is no time has been told already.
        return time.problem !== undefined || time.value.num > 0;
      });

const schema = z.strictObject({
  service: service
    .refine(takesTime, { error: 'a service time must be more than 0' })
    .describe('Service time of the jobs: constant, list (by job number, round and round), or distribution'),
  work: word(['busy', 'sleep']).optional().describe('Burn a CPU for the service time, or sleep'),
  engine: z.string().min(1).optional().describe('Name of the engine that is shared; defaults to the accelerator'),
  contention: z.number().min(0).max(100).optional().describe('Slow-down for every other job on the same engine'),
  fault: z.strictObject({ kind: word(FAULTS), at: count(0, 1_000_000_000).optional() }).optional(),
});

const nanoseconds = z.number().transform(ns);
const engineOptions = z.object({
  service: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('list'), values: z.array(nanoseconds) }),
    z.object({ kind: z.literal('uniform'), low: nanoseconds, high: nanoseconds }),
    z.object({ kind: z.literal('normal'), mean: nanoseconds, sigma: nanoseconds }),
    z.object({ kind: z.literal('exponential'), mean: nanoseconds }),
  ]),
  work: z.enum(['busy', 'sleep']),
  /** Tasks that name the same engine slow each other down. */
  engine: z.string(),
  contention: z.number(),
  /** A fault to show at job `at`, for tests and teaching. */
  fault: z.object({ kind: z.enum(FAULTS), at: z.number() }).optional(),
});

/** `build:` of a synthetic model; its engine holds the same. */
export type SyntheticBuild = z.infer<typeof engineOptions>;

function serviceOf(given: z.infer<typeof service>): ServiceTime {
  if (typeof given === 'string') return { kind: 'list', values: [exactTime(given)] };
  if (Array.isArray(given)) return { kind: 'list', values: given.map(exactTime) };
  if ('uniform' in given)
    return { kind: 'uniform', low: exactTime(given.uniform[0]), high: exactTime(given.uniform[1]) };
  if ('normal' in given)
    return { kind: 'normal', mean: exactTime(given.normal.mean), sigma: exactTime(given.normal.sigma) };
  return { kind: 'exponential', mean: exactTime(given.exponential) };
}

/** Models that take as long as they are told. */
export const synthetic = card<SyntheticBuild, SyntheticBuild>({
  id: 'synthetic',
  title: 'synthetic',
  schema,
  engineOptions,
  needsFile: false,
  needsBuild: {
    problem: 'a synthetic model needs build: { service: ... }',
    hint: 'such as build: { service: 8 ms }',
  },
  explorable: false,
  burnsCpu: false,
  real: false,
  resolve(build, { accelerator }) {
    const given = schema.parse(build);
    return engineOptions.parse({
      service: serviceOf(given.service),
      work: given.work ?? 'busy',
      engine: given.engine ?? accelerator,
      contention: given.contention ?? 0,
      ...(given.fault ? { fault: { kind: given.fault.kind, at: given.fault.at ?? 0 } } : {}),
    });
  },
  programmed: ({ service: times, engine, contention, fault }) => ({
    service: times,
    engine,
    contention,
    faulty: fault !== undefined,
  }),
});
