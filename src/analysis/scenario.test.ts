/** A simulation is judged from its jobs alone. */
import { describe, expect, it } from 'vitest';
import { parsePipeline } from '../formats/pipeline/parse.js';
import { assembleJobs } from '../workload/assemble.js';
import { simulate } from '../workload/simulate.js';
import { judgeJobs } from './scenario.js';

const spec = parsePipeline(
  `version: 1
name: t
models:
  a: { backend: synthetic, build: { service: 1 ms } }
scenarios:
  s: { warmup: 0 s, duration: 20 s, tasks: [ { model: a, rate: 50 Hz, overrun: skip } ] }
requirements:
  - { task: a, metric: response, quantile: p90, max: 15 ms }
  - { task: a, metric: miss_ratio, max: 1 % }
  - { series: ram_used, max: 1 GiB }
  - { task: a, scenario: s, metric: throughput, min: 45 Hz }
`,
  't.yaml',
);
const [scenario] = spec.scenarios;

describe('jobs without a recording', () => {
  it.each([
    [(k: number) => (k % 2 === 0 ? 5e6 : 14e6), ['pass', 'pass', 'pass']],
    [() => 30e6, ['fail', 'fail', 'fail']],
  ])('meet requirements, or do not', (service, verdicts) => {
    const run = simulate(scenario, [{ service, engine: 'cpu', contention: 0 }]);
    const jobs = assembleJobs(['a'], run.columns);
    const judged = judgeJobs(scenario, jobs, { from: run.measureFrom, to: run.measureTo }, spec.requirements);
    expect(judged.requirements.map((r) => r.verdict)).toEqual(verdicts);
    expect(judged.tasks[0].report.released).toBe(1000);
  });
});
