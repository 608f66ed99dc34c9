import { describe, expect, it } from 'vitest';
import type { Series } from '../formats/recording/series.js';
import { energyOf } from './engines.js';
import type { TaskAnalysis } from './task.js';

const SECOND = 1e9;
const rail = (name: string, ...value: number[]): Series => ({
  name: `power.${name}`,
  unit: 'mW',
  source: 'tegrastats',
  time: Float64Array.from(value, (_, i) => (i + 1) * SECOND),
  value: Float64Array.from(value),
});
const task = (completed: number, late: number) => ({ counts: { completed, late } }) as unknown as TaskAnalysis;
const values = (series: readonly Series[], tasks: readonly TaskAnalysis[]) =>
  Object.fromEntries(energyOf(series, { from: 0, to: 4 * SECOND }, tasks).map((e) => [e.series, e.mean]));

describe('energy per job', () => {
  it('is that of the rail that feeds the device, not of its parts once more', () => {
    // 5 W for 4 s are 20 J, over 40 jobs of which 8 were late.
    const series = [rail('VDD_IN', 4000, 6000, 4000, 6000), rail('VDD_CPU_GPU_CV', 2000, 2000, 2000, 2000)];
    expect(values(series, [task(30, 8), task(10, 0)])).toEqual({
      'energy.per_job': 0.5,
      'energy.per_met_deadline': 0.625,
    });
  });

  it('sums the rails of an Orin without a common one, and the parts of a PC', () => {
    const orin = ['VDD_GPU_SOC', 'VDD_CPU_CV', 'VIN_SYS_5V0'].map((name) => rail(name, 1000, 1000, 1000, 1000));
    expect(values(orin, [task(12, 0)])['energy.per_job']).toBe(1);
    expect(values([rail('GPU', 1000, 1000, 1000, 1000)], [task(4, 0)])['energy.per_job']).toBe(1);
  });

  it("takes a GPU's own counter of energy instead of its samples of power", () => {
    const counter = { ...rail('GPU', 10_000, 13_000, 16_000), name: 'gpu.energy', unit: 'mJ' };
    // 3 J a second, where the samples happened to show 1 W.
    expect(values([rail('GPU', 1000, 1000, 1000), counter], [task(4, 0)])['energy.per_job']).toBe(3);
  });

  it('says nothing where no power was read, or no job was done', () => {
    expect(values([], [task(4, 0)])).toEqual({});
    expect(values([rail('VDD_IN', 1000, 1000, 1000, 1000)], [task(4, 4)])).toEqual({ 'energy.per_job': 1 });
    expect(values([rail('VDD_IN', 1000, 1000, 1000, 1000)], [task(0, 0)])).toEqual({});
  });
});
