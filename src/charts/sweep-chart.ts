/** Points of a sweep -> a Vega-Lite specification: lines over one value, or a map of two. */
import type { TopLevelSpec } from 'vega-lite';
import { SYSTEM_LINES } from './system-picture.js';

/** A task at a point. */
export interface SweepMark {
  /** Of each axis, as it was asked for: `20 Hz`. */
  readonly values: readonly string[];
  readonly task: string;
  /** p99 of all releases by the deadline; absent where it is infinite, or there is no deadline. */
  readonly used?: number;
  readonly missed: number;
  /** No task misses too much at this point, and no engine is asked for more than there is. */
  readonly holds: boolean;
}

/** What is drawn. */
export interface SweepChart {
  /** Absent where the page around it has them. */
  readonly title?: string;
  readonly subtitle?: string;
  /** Names of the values that were changed. */
  readonly paths: readonly string[];
  readonly marks: readonly SweepMark[];
  /** Share of its releases that a task may miss. */
  readonly limit: number;
}

const [WIDTH, HEIGHT] = [720, 210];
const LIMIT = '#c8321f';

const numberOf = (value: string): number => Number.parseFloat(value);
const isNumeric = (values: readonly string[]): boolean => values.every((v) => Number.isFinite(numberOf(v)));
const unitOf = (value: string | undefined): string => /^-?[\d.]+\s*(\S*)$/.exec(value ?? '')?.[1] ?? '';

/** The picture of a sweep of one or two values. */
export const sweepSpec = (chart: SweepChart): TopLevelSpec =>
  (chart.paths.length === 2 ? mapSpec(chart) : linesSpec(chart)) as TopLevelSpec;

const common = ({ title, subtitle }: SweepChart) => ({
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  ...(title === undefined
    ? {}
    : {
        title: {
          text: title,
          subtitle: subtitle ?? '',
          anchor: 'start',
          fontSize: 18,
          subtitleFontSize: 12,
          offset: 14,
        },
      }),
  background: 'white',
  padding: { left: 16, right: 22, top: 16, bottom: 14 },
  config: {
    font: 'Inter',
    axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal', gridColor: '#e3e6ea' },
    legend: { labelFontSize: 12, titleFontSize: 12, labelLimit: 260 },
    view: { stroke: '#c9ced6' },
  },
});

function linesSpec(chart: SweepChart): object {
  const values = chart.marks.map((m) => m.values[0] ?? '');
  const numeric = isNumeric(values);
  const unit = unitOf(values[0]);
  const data = chart.marks.map((m) => ({
    value: numeric ? numberOf(m.values[0] ?? '') : m.values[0],
    task: m.task,
    used: m.used,
    missed: m.missed * 100,
  }));
  const tasks = [...new Set(chart.marks.map((m) => m.task))];
  const x = {
    field: 'value',
    type: numeric ? 'quantitative' : 'ordinal',
    title: `${chart.paths[0]}${unit && numeric ? ` (${unit})` : ''}`,
    ...(numeric ? { scale: { zero: false, nice: false } } : { sort: null }),
  };
  const colour = {
    field: 'task',
    type: 'nominal',
    title: null,
    scale: { domain: tasks, range: tasks.map((_, i) => (SYSTEM_LINES[i % SYSTEM_LINES.length] ?? ['#111111'])[0]) },
  };
  const panel = (field: string, title: string, rule: number) => ({
    width: WIDTH,
    height: HEIGHT,
    data: { values: data.filter((d) => d[field as 'used' | 'missed'] !== undefined) },
    layer: [
      {
        mark: { type: 'line', point: { size: 34 }, strokeWidth: 2 },
        encoding: { x, y: { field, type: 'quantitative', title }, color: colour },
      },
      { mark: { type: 'rule', color: LIMIT, strokeDash: [6, 4] }, encoding: { y: { datum: rule } } },
    ],
  });
  return {
    ...common(chart),
    spacing: 18,
    vconcat: [panel('used', 'p99 / deadline', 1), panel('missed', 'Missed (%)', chart.limit * 100)],
  };
}

const [HOLDS, TOO_MUCH, MISSES] = ['holds', 'asked for too much', 'a task misses'];

/** The worst task decides the colour of a cell. */
function mapSpec(chart: SweepChart): object {
  const cells = new Map<string, { down: string; across: string; missed: number; task: string; fits: boolean }>();
  for (const { values, missed, task, holds } of chart.marks) {
    const [down = '', across = ''] = values;
    const key = `${down}\n${across}`;
    const before = cells.get(key);
    if (!before || missed > before.missed) cells.set(key, { down, across, missed, task, fits: holds });
  }
  const data = [...cells.values()].map((c) => ({
    ...c,
    holds: c.missed > chart.limit ? MISSES : c.fits ? HOLDS : TOO_MUCH,
    text: c.missed <= chart.limit ? '' : `${Number((c.missed * 100).toPrecision(2))} %`,
  }));
  const order = (key: 'down' | 'across'): string[] => {
    const all = [...new Set(data.map((d) => d[key]))];
    return isNumeric(all) ? all.sort((a, b) => numberOf(a) - numberOf(b)) : all;
  };
  const [down, across] = [order('down').reverse(), order('across')];
  const axes = {
    x: { field: 'across', type: 'ordinal', sort: across, title: chart.paths[1], axis: { labelAngle: 0 } },
    y: { field: 'down', type: 'ordinal', sort: down, title: chart.paths[0] },
  };
  return {
    ...common(chart),
    width: Math.max(360, across.length * 66),
    height: Math.max(160, down.length * 30),
    data: { values: data },
    layer: [
      {
        mark: { type: 'rect', stroke: 'white' },
        encoding: {
          ...axes,
          color: {
            field: 'holds',
            type: 'nominal',
            title: null,
            legend: { orient: 'bottom' },
            scale: { domain: [HOLDS, TOO_MUCH, MISSES], range: ['#b9dfd2', '#f6e3b4', '#f3c9c1'] },
          },
        },
      },
      {
        mark: { type: 'text', fontSize: 11, color: '#222222' },
        encoding: { ...axes, text: { field: 'text' } },
      },
    ],
  };
}
