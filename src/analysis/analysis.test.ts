import { describe, expect, it } from 'vitest';
import { MS, type Row, scenarioWith, table } from '../../test/jobs.js';
import type { ProfileReport } from '../formats/report/report.js';
import { curveOf, distributionOf, effectiveQuantiles, lagOneCorrelation } from './distribution.js';
import { countJobs, measuredJobs, peakAges, periodJitters, releaseErrors, responses } from './jobs.js';
import type { Machine } from './machine.js';
import { missTicks } from './miss-ticks.js';
import { runSummary } from './run-summary.js';
import { analyseSystem } from './system.js';
import { validity } from './validity.js';

const scenario = scenarioWith;
const one = scenario('{ model: a, period: 10 ms }');

describe('times that are derived from the stamps', () => {
  const jobs = table([
    { at: [0, 0, 0, 4] },
    { at: [10, 11, 11, 25] },
    { at: [20], outcome: 'busy' },
    { at: [30, 30, 30, 38] },
    { at: [40, 40, 40, 45] },
    { at: [50], outcome: 'in_flight' },
    { at: [60, 60, 60, 61] },
  ]);
  const part = measuredJobs(jobs, one.tasks[0], 0, { from: 0, to: 60 * MS });
  it('counts by release: windows are half open', () => {
    expect(countJobs(part)).toEqual({
      released: 6,
      completed: 4,
      late: 1,
      inFlight: 1,
      dropped: { busy: 1 },
      droppedTotal: 1,
      missed: 3,
    });
    expect([...responses(part)].map((v) => v / MS)).toEqual([4, 15, 8, 5]);
  });
  it('tells where deadlines were missed, seconds after the run origin', () => {
    expect(missTicks(one, jobs)).toEqual([
      { task: 'a', at: 0.02, fate: 'late' },
      { task: 'a', at: 0.03, fate: 'never done' },
    ]);
  });
  it('leaves out pairs that a drop broke', () => {
    expect([...periodJitters(part)].map((v) => v / MS)).toEqual([11, 3]);
    expect([...peakAges(part)].map((v) => v / MS)).toEqual([25, 28, 15]);
  });
  it('measures the generator only where the task was idle', () => {
    const busy = table([{ at: [0, 0, 0, 15] }, { at: [10, 10, 15, 18] }, { at: [20, 22, 22, 23] }]);
    expect([...releaseErrors(measuredJobs(busy, one.tasks[0], 0, { from: 0, to: 1e9 }))].map((v) => v / MS)).toEqual([
      0, 2,
    ]);
  });
});

describe('distributions', () => {
  it('leave out quantiles that too few samples license', () => {
    expect(Object.keys(distributionOf(new Float64Array(99).fill(1)))).not.toContain('p99');
    expect(distributionOf(Float64Array.from({ length: 100 }, (_, i) => (i + 1) * MS))).toEqual({
      n: 100,
      min: 1,
      mean: 50.5,
      sd: 29.011,
      p50: 50,
      p90: 90,
      p95: 95,
      p99: 99,
      max: 100,
    });
    expect(distributionOf(new Float64Array(0))).toEqual({ n: 0 });
  });
  it('count what never completed as infinite', () => {
    expect(
      effectiveQuantiles(
        Float64Array.of(8, 8, 8, 25, 30, 30, 31, 32).map((v) => v * MS),
        10,
      ),
    ).toEqual({ p50: 30, p90: 'inf' });
  });
  it('see that neighbours correlate', () => {
    expect(lagOneCorrelation(Float64Array.from({ length: 400 }, (_, i) => Math.floor(i / 20)))).toBeGreaterThan(0.9);
    expect(lagOneCorrelation(Float64Array.from({ length: 400 }, (_, i) => i % 2))).toBeLessThan(-0.9);
    expect(lagOneCorrelation(new Float64Array(50).fill(0.1))).toBe(0);
  });
});

/** A machine of which nothing was recorded but what its tasks hold. */
const machine = (holds: readonly number[], cpus: number): Machine => ({
  tasks: holds.map((held) => ({
    engine: 'cpu',
    used: undefined,
    waited: undefined,
    holds: held,
    cpus: [],
    halts: [],
    keptWaiting: () => undefined,
  })),
  stalls: [],
  watched: [],
  halts: [],
  foreign: undefined,
  cpus,
  controlPeriod: 0,
});

describe('validity of the generator', () => {
  const two = scenario('{ model: a, period: 10 ms }, { model: b, period: 10 ms }');
  const check = (rows: Row[], onCpu = [true, true]) => {
    const jobs = table(rows);
    return validity(
      two,
      two.tasks.map((t, i) => measuredJobs(jobs, t, i, { from: 0, to: 1e12 })),
      machine(
        two.tasks.map((_, i) => (onCpu[i] ? 1 : 0)),
        1,
      ),
    );
  };
  const other = (at: Row['at']): Row => ({ task: 1, at });
  it('fails for a release that is late by more than its period', () => {
    expect(check([{ at: [0, 0, 0, 1] }, { at: [10, 21, 21, 22] }, other([0, 0, 0, 1])])).toMatchObject({
      valid: false,
      reason: expect.stringContaining('11 ms late'),
    });
  });
  it("does not count time in which another task's job held a CPU", () => {
    const rows = [{ at: [0, 0, 0, 1] }, { at: [10, 21, 21, 22] }, other([9, 9, 9, 20.9])] as Row[];
    expect(check(rows)).toEqual({ valid: true, contended: [{ task: 'a', worst: 10.9 * MS, count: 1 }] });
    expect(check(rows, [true, false]).valid).toBe(false);
  });
  it('fails for a p99 above 5 % of the smallest period', () => {
    const rows = Array.from(
      { length: 200 },
      (_, k): Row => ({ at: [k * 10, k * 10 + (k % 20 === 0 ? 0.6 : 0), k * 10 + 0.7, k * 10 + 1] }),
    );
    expect(check(rows).reason).toContain('jobs of a were released late, 1 % of them by 0.6 ms or more');
  });
});

it('system values are weighted by the time they describe', () => {
  const series = {
    name: 'cpu.mean',
    unit: 'percent',
    source: 'linux',
    time: Float64Array.of(1e9, 2e9, 4e9, 5e9),
    value: Float64Array.of(90, 10, 40, 99),
  };
  expect(analyseSystem([series], { from: 1e9, to: 4e9 })).toEqual([
    { series: 'cpu.mean', unit: 'percent', source: 'linux', min: 10, mean: 30, max: 40 },
  ]);
});

it('a curve is the nearest-rank quantiles from least to most', () => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => (1000 - i) * MS);
  const curve = curveOf(values);
  expect([curve.length, curve[0], curve[1], curve[100], curve[198], curve[200]]).toEqual([201, 1, 5, 500, 990, 1000]);
  expect(curveOf(new Float64Array(0))).toEqual([]);
});

it('the misses by time leave out what the end of the run cut off', () => {
  const jobs = table([{ at: [0, 0, 0, 5] }, { at: [10], outcome: 'busy' }, { at: [20], outcome: 'in_flight' }]);
  const report = {
    tool: { version: '0' },
    device: { hostname: 'h', versions: {} },
    engines: [],
    scenarios: [],
    requirements: [],
    verdict: 'none',
  } as unknown as ProfileReport;
  const { misses = [] } = runSummary(report, [{ jobs, scenario: one }], ['a']);
  expect([misses[0], Math.max(...misses), misses.at(-1)]).toEqual([0, 1, 0]);
});
