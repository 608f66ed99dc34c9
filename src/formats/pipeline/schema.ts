/** The shape of pipeline.yaml. Sentences here are what `infersight schema` and editors show. */

import { DIMENSIONS, parseQuantity } from '../../base/quantity.js';
import { z } from '../../base/zod.js';
import { BACKEND_NAMES, buildJsonSchema } from '../backends/index.js';
import { ACCELERATOR, count, cpuList, fraction, name, quantity, share, word } from '../fields.js';
import { COMPLETIONS, COUNT_METRICS, JOB_METRICS, MODES, PRECISIONS, PRIORITIES, SPAN_METRICS } from './types.js';

const expected = (message: string) => ({ error: () => `expected ${message}` });

const time = quantity('time');
const rate = quantity('rate', { positive: true });
const period = quantity('time', { positive: true });

const fileData = z.strictObject({ file: z.string().min(1).describe('.npy, or raw little-endian bytes') });

const input = z
  .strictObject({
    shape: z
      .array(count(0, 2 ** 31 - 1))
      .optional()
      .describe('Every dimension; needed where the model leaves one open'),
    data: z
      .union(
        [word(['random', 'zeros']), z.number(), z.boolean(), fileData],
        expected('random, zeros, a number, or { file: x.npy }'),
      )
      .optional(),
    range: z
      .tuple([z.number(), z.number()], expected('[low, high]'))
      .refine(([low, high]) => low < high, { error: 'the low end of the range must be below the high end' })
      .optional()
      .describe('Random values lie in [low, high)'),
    dtype: z.string().optional().describe('Element type of an input of a synthetic model'),
    feedback: z.string().optional().describe('Name of the output of the previous job that feeds this input'),
  })
  .describe('What an input is fed with');

const model = z
  .strictObject({
    file: z.string().min(1).optional().describe('ONNX file, relative to this file'),
    engine: z.string().min(1).optional().describe('Folder of an engine that was built before'),
    inputs: z.record(z.string(), input).optional(),
    backend: z
      .string()
      .min(1)
      .optional()
      .describe(`${BACKEND_NAMES.join(' | ')} | ./path/to/backend.js`),
    accelerator: ACCELERATOR.optional(),
    precision: word(PRECISIONS).optional(),
    build: z.record(z.string(), z.unknown()).optional().describe('Options of the backend; unknown keys are errors'),
  })
  .describe('One network: an ONNX file, or an engine already built');

const jitter = z
  .strictObject({
    uniform: time.optional().describe('Uniform within plus or minus this'),
    normal: time.optional().describe('Standard deviation; cut off at three of them'),
    empirical: z.array(quantity('time', {})).min(1).optional().describe('Offsets that were measured, drawn at random'),
  })
  .refine((j) => Object.keys(j).length === 1, { error: 'give exactly one of uniform, normal, empirical' });

const overrun = z
  .union([word(['queue', 'skip', 'latest', 'expire', 'shift']), z.strictObject({ queue: count(1, 1_000_000) })], {
    error: (issue) =>
      `${typeof issue.input === 'string' ? `"${issue.input}" is not an overrun policy; ` : ''}expected queue | { queue: 16 } | skip | latest | expire | shift`,
  })
  .describe('What happens to a release that finds its task busy');

const task = z.strictObject({
  model: name,
  name: name.optional().describe("Defaults to the model's name"),
  rate: rate.optional().describe('Releases per second, exact: 15 Hz, 30000/1001 Hz'),
  period: period.optional().describe('Time between releases, exact'),
  poisson: rate.optional().describe('Random releases at this mean rate'),
  trace: z.array(time).min(1).optional().describe('Releases at these times after the run origin'),
  after: z
    .union([name, z.array(name).min(1)], expected('the name of a task, or a list of names'))
    .optional()
    .describe('Released when these tasks complete a job'),
  every: count(1, 1_000_000).optional().describe('Only every n-th completion releases a job'),
  probability: fraction('probability', false).optional(),
  fan_out: count(1, 10_000).optional().describe('Jobs released by one completion'),
  match: word(['latest', 'exact-index']).optional().describe('How a join of several tasks pairs their jobs'),
  phase: time.optional().describe('Offset of the first release'),
  jitter: jitter.optional(),
  deadline: period.optional().describe('After the release; defaults to the period'),
  deadline_anchor: word(['release', 'nominal']).optional(),
  overrun: overrun.optional(),
  threads: count(1, 1024).optional().describe("Threads of this task's session"),
  cpus: cpuList.optional().describe("CPUs of the task's thread"),
  priority: word(PRIORITIES).optional(),
  complete_via: word(COMPLETIONS)
    .optional()
    .describe(
      'How the host waits for the end of a job on an accelerator; spin for periods under 20 ms where CPUs allow',
    ),
  accelerator: ACCELERATOR.optional(),
});

const scenario = z.strictObject({
  mode: word(MODES).optional(),
  duration: period.optional().describe('Measured time, warm-up excluded'),
  iterations: count(1, 100_000_000).optional().describe('Jobs of every task; closed and barrier modes only'),
  warmup: time.optional().describe('Shortest warm-up; 0 s measures from the first release'),
  repetitions: count(1, 1000).optional(),
  seed: count(0, 2 ** 32 - 1).optional(),
  steady: word(['off', 'report', 'require']).optional().describe('Wait for steady service times before measuring'),
  settle_limit: time.optional().describe('Longest wait for them'),
  hang_limit: period.optional().describe('A job that runs longer than this ends its task'),
  iteration: word(['single', 'window'])
    .optional()
    .describe('periodic-iteration: one job per task, or a window of releases'),
  iteration_window: period.optional(),
  barrier: word(['rebase', 'grid']).optional(),
  chains: z
    .record(name, z.array(name).min(2, { error: 'a chain has at least two tasks' }))
    .optional()
    .describe('Names for chains: the tasks from the first release to the last, each released by the one before'),
  tasks: z.array(task).min(1, { error: 'a scenario needs at least one task' }),
});

/** What a requirement can be about, besides series. */
export const METRICS = [
  ...JOB_METRICS,
  'miss_ratio',
  'throughput',
  ...COUNT_METRICS,
  ...SPAN_METRICS,
  'reaction',
  'memory',
] as const;

/** Most metrics want a unit; numbers of misses have none. */
const limit = z
  .union([z.string(), z.number()], {
    error: () => 'expected a quantity with its unit, such as "60 ms", "1 %", "6 GiB", "85 C"',
  })
  .superRefine((value, context) => {
    if (typeof value === 'number') return;
    const problem = parseQuantity(value, DIMENSIONS).problem;
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });

const requirement = z.strictObject({
  task: z.string().min(1).optional().describe('Name of a task, or "*" for all'),
  chain: z.string().min(1).optional().describe('Name of a chain, or its tasks: "camera > detector > planner"'),
  model: z.string().min(1).optional().describe('Name of a model, or "*" for all; with metric: memory'),
  scenario: z.string().min(1).optional().describe('Only in this scenario'),
  metric: word(METRICS).optional(),
  quantile: z
    .string()
    .regex(/^(p\d{1,2}(\.\d{1,4})?|mean|max)$/, {
      error: 'expected a quantile such as p50, p99 or p99.9, or mean or max',
    })
    .optional(),
  series: z.string().min(1).optional().describe('Name of a system series, such as ram_used or temperature.gpu'),
  statistic: word(['min', 'mean', 'max']).optional(),
  max: limit.optional(),
  min: limit.optional(),
  window: count(1, 1_000_000).optional().describe('Releases in a row, for misses_in_window'),
  confidence: share('confidence').optional(),
  burst: z
    .int({ error: 'expected a number of jobs' })
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('Longest burst of misses for which a pass must hold'),
});

const target = z.strictObject({
  ssh: z.string().min(1).describe('Host as the ssh client knows it: nvidia@10.0.0.7, or a name of its configuration'),
});

/** The form of pipeline.yaml. */
export const pipelineSchema = z
  .strictObject({
    version: z.literal(1, { error: 'expected version: 1' }),
    name,
    models: z.record(name, model).refine((m) => Object.keys(m).length > 0, { error: 'at least one model is needed' }),
    scenarios: z
      .record(name, scenario)
      .refine((s) => Object.keys(s).length > 0, { error: 'at least one scenario is needed' }),
    probes: z
      .strictObject({
        interval: quantity('time', { positive: true }).optional(),
        use: z.union([word(['auto']), z.array(z.string())], expected('auto or a list of probe names')).optional(),
      })
      .optional(),
    requirements: z.array(requirement).optional(),
    targets: z.record(name, target).optional().describe('Devices to measure on: infersight run --on NAME, or --on all'),
  })
  .describe('What to build, what to run together and what must hold');

/** The file as it is written. */
export type PipelineInput = z.infer<typeof pipelineSchema>;
/** A task as it is written. */
export type TaskInput = z.infer<typeof task>;
/** A scenario as it is written. */
export type ScenarioInput = z.infer<typeof scenario>;
/** A model as it is written. */
export type ModelInput = z.infer<typeof model>;
/** A requirement as it is written. */
export type RequirementInput = z.infer<typeof requirement>;

/** JSON Schema (2020-12) of pipeline.yaml, for editors. */
export function pipelineJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(pipelineSchema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;
  const { models } = schema.properties as { models: { additionalProperties: { properties: Record<string, unknown> } } };
  models.additionalProperties.properties.build = buildJsonSchema();
  return { title: 'infersight pipeline.yaml', ...schema };
}
