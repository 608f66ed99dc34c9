import { expect, it } from 'vitest';
import { parsePipeline } from '../formats/pipeline/parse.js';
import { withSolo } from '../formats/pipeline/solo.js';
import { OUTCOMES, STAMPS } from '../formats/recording/jobs.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import { interference, interferenceFindings } from './interference.js';
import type { MeasuredScenario } from './requirements.js';
import { analyseScenario } from './scenario.js';

const MS = 1e6;
const [together, alone] = withSolo(
  parsePipeline(
    `version: 1
name: t
models: { a: { backend: synthetic, build: { service: 1 ms } } }
scenarios:
  s: { duration: 10 s, tasks: [ { name: a, model: a, period: 10 ms }, { name: b, model: a, period: 10 ms } ] }
`,
    'p',
  ),
).scenarios;

/** 1000 jobs of the task a, each of `service` ms; `clock` is that of the GPU. */
function measured(
  spec: typeof together,
  service: number | ((i: number) => number),
  more: { clock?: number; reason?: string; accelerator?: string; simulated?: boolean; cpus?: number } = {},
) {
  const took = typeof service === 'number' ? () => service : service;
  const n = 1000;
  const column = (at: (i: number) => number) => Float64Array.from({ length: n }, (_, i) => at(i) * MS);
  const release = column((i) => i * 10);
  const complete = column((i) => i * 10 + took(i));
  const unknown = column(() => Number.NaN);
  const stamps = Object.fromEntries(STAMPS.map((s) => [s, unknown])) as Record<(typeof STAMPS)[number], Float64Array>;
  const jobs = {
    ...stamps,
    nominal: release,
    release,
    seen: release,
    start: release,
    enqueueEnd: complete,
    complete,
    length: n,
    tasks: spec.tasks.map((t) => t.name),
    task: new Uint16Array(n),
    seq: Uint32Array.from({ length: n }, (_, i) => i),
    outcome: new Uint8Array(n).fill(OUTCOMES.indexOf('completed')),
    parent: new Int32Array(n).fill(-1),
  };
  const task = {
    backend: 'onnxruntime',
    accelerator: more.accelerator ?? 'gpu',
    spin_us: 0,
    complete_via: 'spin',
    placement_notes: [],
    honoured: {},
  };
  const document = {
    simulated: more.simulated ?? false,
    repetition: 1,
    measure: { from_ns: 0, to_ns: n * 10 * MS },
    tasks: spec.tasks.map(() => task),
    cold_tasks: [],
    problems: [],
    device: { gpu_clock_max_mhz: 1980, cpus: more.cpus ?? 4 },
  } as unknown as RecordingDocument;
  const clock = {
    name: 'gpu.clock',
    unit: 'MHz',
    source: 'nvidia-smi',
    time: Float64Array.of(1e9, 2e9),
    value: Float64Array.of(more.clock ?? 1000, more.clock ?? 1000),
  };
  const result = analyseScenario(spec, { document, jobs, series: [clock] });
  const report = more.reason ? { ...result.report, valid: false, invalid_reason: more.reason } : result.report;
  return { ...result, report } satisfies MeasuredScenario;
}

it('the factor is p50 together by p50 alone, over all valid repetitions', () => {
  const [found] = interference([
    measured(together, 6),
    measured(together, 9, { reason: 'the generator was late' }),
    measured(alone, 4),
    measured(alone, 4),
  ]);
  expect(found.report).toMatchObject({
    scenario: 's',
    task: 'a',
    factor: { p50: 1.5, p99: 1.5 },
    alone_ms: { n: 2000 },
    together_ms: { n: 1000, max: 6 },
  });
  expect(found.report.notes).toBeUndefined();
  expect([found.alone[100], found.together[100]]).toEqual([4, 6]);
  expect(interferenceFindings([found.report])).toMatchObject([
    { severity: 'info', message: expect.stringContaining('a takes 1.5 times as long beside the other tasks') },
  ]);
});
it('a side that is not valid gives no factor, and says why', () => {
  const [{ report }] = interference([measured(together, 6), measured(alone, 4, { reason: 'the generator was late' })]);
  expect(report.factor).toEqual({});
  expect(report.notes).toEqual(['alone: the recording is not valid: the generator was late']);
  expect(interferenceFindings([report])).toEqual([]);
});
it('clocks that differ are told, as they change the factor too', () => {
  const of = (clock: number, accelerator = 'gpu') =>
    interference([measured(together, 6, { clock, accelerator }), measured(alone, 4)])[0].report.notes;
  expect(of(1049)).toBeUndefined();
  expect(of(1300, 'cpu')).toBeUndefined();
  expect(of(1300)).toEqual(['gpu.clock was 1000 MHz alone and 1300 MHz together; lock the clocks to compare']);
});
it('nothing is compared that was not recorded alone', () => expect(interference([measured(together, 6)])).toEqual([]));
it('misses that the other tasks cause are a warning', () => {
  const [{ report }] = interference([measured(together, 12), measured(alone, 4)]);
  expect(report).toMatchObject({ alone_miss_ratio: 0, together_miss_ratio: 1 });
  expect(interferenceFindings([report])).toMatchObject([
    {
      severity: 'warning',
      message: 'a misses 100 % of its jobs beside the other tasks and 0 % alone; a job takes 3 times as long (p50)',
    },
  ]);
});
it('a GPU that never raised its clock is named in the findings', () => {
  const found = (clock: number, service = 4) =>
    measured(together, service, { clock }).report.findings.filter((f) => f.id === 'gpu_clock_low');
  expect(found(360)).toMatchObject([
    { severity: 'info', message: 'the GPU ran at 360 MHz on average, 18 % of the 1980 MHz it may have' },
  ]);
  expect(found(360, 12)).toMatchObject([{ severity: 'warning' }]);
  expect(found(1500)).toEqual([]);
});
it('tells how many jobs leave the range of those alone, where the median does not move', () => {
  const now = (i: number) => (i % 10 < 3 ? 8 : 4);
  const [{ report }] = interference([measured(together, now), measured(alone, 4)]);
  expect(report).toMatchObject({ factor: { p50: 1, p99: 2 }, beyond_alone_p99: 0.3 });
  expect(interferenceFindings([report])[0].message).toContain('30 % of its jobs take longer than its p99 alone, 4 ms');
});
it('is not misled by rounding', () => {
  const [{ report }] = interference([measured(together, 8.0004), measured(alone, 8.0004)]);
  expect(report).toMatchObject({ factor: { p50: 1, p99: 1 }, beyond_alone_p99: 0 });
  const [tiny] = interference([measured(together, 0.00154), measured(alone, 0.0014)]);
  expect(tiny.report.factor.p50).toBe(1.1);
});
it('a simulation of tasks that need more CPUs than there are is not valid', () => {
  const of = (simulated: boolean, cpus: number) => measured(together, 15, { simulated, cpus, accelerator: 'cpu' });
  expect(of(true, 2).report).toMatchObject({ valid: true });
  const { report } = of(true, 1);
  expect(report).toMatchObject({
    valid: false,
    invalid_reason: 'the tasks need 1.5 CPUs and there are 1, which a simulation does not share out',
  });
  expect(report.findings.map((f) => f.message)).toContain('a, b together need 1.5 CPUs, and there are 1');
});
