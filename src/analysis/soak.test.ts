/** A long run over its time. */
import { expect, it } from 'vitest';
import { normal3, streamOf } from '../base/random.js';
import { parsePipeline } from '../formats/pipeline/parse.js';
import type { Series } from '../formats/recording/series.js';
import { assembleJobs } from '../workload/assemble.js';
import { simulate } from '../workload/simulate.js';
import { measuredJobs } from './jobs.js';
import { soakFindings, soakOf } from './soak.js';

const S = 1e9;
const text = (seconds: number) =>
  `version: 1\nname: t\nmodels:\n  m: { backend: synthetic, build: { service: 1 ms } }\nscenarios:\n  s:\n    warmup: 0 s\n    duration: ${seconds} s\n    tasks:\n      - { model: m, rate: 20 Hz }\n`;

/** 20 ms, and 26 ms from the middle on. */
function recorded(seconds: number, step: number) {
  const [scenario] = parsePipeline(text(seconds), 't.yaml').scenarios;
  const half = (seconds * 20) / 2;
  const service = (k: number): number => 1e6 * ((k < half ? 20 : 20 * step) + 0.3 * normal3(1, streamOf('service'), k));
  const result = simulate(scenario, [{ service, engine: 'gpu', contention: 0 }]);
  const window = { from: result.measureFrom, to: result.measureTo };
  const jobs = assembleJobs(['m'], result.columns);
  return { parts: [measuredJobs(jobs, scenario.tasks[0], 0, window)], window };
}

const series = (name: string, unit: string, of: (second: number) => number): Series => {
  const time = Float64Array.from({ length: 900 }, (_, i) => i * S);
  return { name, unit, source: 'test', time, value: time.map((t) => of(t / S)) };
};

it('a run of minutes has no course', () => {
  const { parts, window } = recorded(300, 1);
  expect(soakOf(parts, [], window)).toBe(undefined);
});

it('tells when it became slower, and the clock that fell with it', () => {
  const { parts, window } = recorded(900, 1.3);
  const clock = series('gpu.clock', 'MHz', (s) => (s < 450 ? 1300 : 900));
  const reasons = series('gpu.throttle_reasons', 'mask', (s) => (s > 450 && s < 500 ? 0x20 : 0));
  const soak = soakOf(parts, [clock, reasons, series('cpu.0.clock', 'MHz', () => 1500)], window);
  const [task] = soak?.tasks ?? [];
  expect(task?.changes).toHaveLength(1);
  const [change] = task?.changes ?? [];
  expect(Math.abs((change?.at_s ?? 0) - 450)).toBeLessThan(6);
  expect([change?.before_ms, change?.after_ms].map((v) => Math.round(v ?? 0))).toEqual([20, 26]);
  expect(change?.beside).toEqual(['gpu.clock 1300 → 900 MHz']);
  expect(task?.no_worst).toMatch(/changed during the run/);
  const [finding] = soak ? soakFindings(soak) : [];
  expect(finding?.message).toMatch(
    /^m became slower \d+ min after the begin: p50 20(\.0)? ms, then 26(\.\d)? ms \(gpu\.clock 1300 → 900 MHz\)$/,
  );
  expect(task?.p50_ms).toHaveLength(48);
  // Quarters: the first is all before, the last all after.
  expect(soak?.end_s).toBe(225);
  const { first, last, p50, p99, p99_difference_ms: interval } = task?.ends ?? expect.fail('no ends');
  expect([first.p50_ms, last.p50_ms].map((v) => Math.round(v ?? 0))).toEqual([20, 26]);
  expect([p50, p99]).toEqual(['more', 'more']);
  expect(interval?.[0]).toBeGreaterThan(5);
  expect(interval?.[1]).toBeLessThan(7);
  expect(soak?.throttled).toEqual([{ from_s: 450, to_s: 499, what: 'gpu.throttle_reasons' }]);
});

it('of a steady run long enough, tells the worst of a mission', () => {
  const { parts, window } = recorded(1800, 1);
  const [task] = soakOf(parts, [], window)?.tasks ?? [];
  expect(task?.changes).toEqual([]);
  expect([task?.ends?.p50, task?.ends?.p99]).toEqual(['none', 'none']);
  expect(task?.worst_ms ?? Number.NaN).toBeGreaterThan(20.8);
  expect(task?.worst_ms ?? Number.NaN).toBeLessThan(21.5);
});
