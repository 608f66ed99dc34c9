/** Rules over comparisons. */
import { describe, expect, it } from 'vitest';
import type { ComparedFigure, ComparedRun } from '../formats/run/run-comparison.js';
import { applyRules, readRule } from './regression.js';

const figure = (value: number | null, width: number, high: number | null = (value ?? 0) + width): ComparedFigure => ({
  value,
  low: value === null ? null : value - width,
  high,
});
const run = (p99: ComparedFigure | undefined, miss = figure(0.01, 0.005)): ComparedRun => ({
  id: 'r',
  verdict: 'pass',
  created: '',
  settings: {},
  tasks: [
    {
      scenario: 's',
      task: 'camera',
      jobs: 100,
      released: 100,
      missed: 1,
      never: 0,
      bins: [],
      quantiles: [],
      miss,
      ...(p99 ? { p99 } : {}),
    },
  ],
});
const result = (rule: string, a: ComparedRun, b: ComparedRun) =>
  applyRules([readRule(rule)], a, b).map((r) => r.result);

describe('rules over a comparison', () => {
  it.each([
    ['more than allowed, and more than chance', 'p99 > +10 %', figure(20, 0.5), figure(24, 0.5), 'broken'],
    ['more than chance, within what is allowed', 'p99 > +30 %', figure(20, 0.5), figure(24, 0.5), 'holds'],
    ['more, but within chance', 'p99 > +10 %', figure(20, 5), figure(24, 5), 'holds'],
    ['less', 'p99 > +10 %', figure(24, 0.5), figure(20, 0.5), 'holds'],
    ['in ms', 'p99 > +3 ms', figure(20, 0.5), figure(24, 0.5), 'broken'],
    ['too few jobs', 'p99 > +10 %', figure(20, 1, null), figure(24, 1, null), 'unknown'],
    ['never done now', 'p99 > +10 %', figure(20, 1), figure(null, 0, null), 'broken'],
  ])('%s', (_, rule, a, b, expected) => {
    expect(result(rule, run(a), run(b))).toEqual([expected]);
  });

  it('take misses in points, and one task alone', () => {
    const p99 = figure(1, 0.1);
    expect(result('missed > +1 point', run(p99), run(p99, figure(0.05, 0.005)))).toEqual(['broken']);
    expect(result('missed > +10 points', run(p99), run(p99, figure(0.05, 0.005)))).toEqual(['holds']);
    expect(result('lidar p99 > +1 %', run(p99), run(figure(2, 0.1)))).toEqual([]);
    expect(result('camera p99 > +1 %', run(p99), run(figure(2, 0.1)))).toEqual(['broken']);
  });

  it('that are none are told', () => {
    for (const text of ['p98 > 3 %', 'p99 < 3 %', 'p99 > 3', 'missed > +3 %', 'p99 > +3 points', ''])
      expect(() => readRule(text)).toThrow(/is no rule|unit/);
  });
});
