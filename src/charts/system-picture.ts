/** Data of a system profile -> a Vega-Lite specification: panels over one time axis, warm-up and measured window shaded. */
import type { TopLevelSpec } from 'vega-lite';
import { LINE_DASHES } from './marks.js';
import type { Panel, SystemProfile } from './system-data.js';

/** A stretch of time that is coloured in every panel. */
export interface Shade {
  readonly label: 'warm-up' | 'measured';
  /** Seconds since the run origin. */
  readonly from: number;
  readonly to: number;
}

/** A release that missed its deadline. */
export interface MissTick {
  readonly task: string;
  /** Its deadline, seconds since the run origin. */
  readonly at: number;
  readonly fate: 'late' | 'never done';
}

const WIDTH = 1060;
const PANEL_HEIGHT = 130;
const HEAT_ROW = 2;
/** Those of the pages in light; lines beyond them are dashed in a way of their own. */
const COLOURS = ['#0072b2', '#c2410c', '#00805d', '#b0508a', '#8a6100', '#2585bd', '#7c4a3f', '#5f6b7a'];
const LAST_DASH = [10, 3, 2, 3];
/** Lines of the picture. */
export const SYSTEM_LINES: readonly (readonly [colour: string, dash: readonly number[]])[] = COLOURS.map(
  (colour, i) => [colour, LINE_DASHES[i] ?? LAST_DASH],
);
const MAIN: (typeof SYSTEM_LINES)[number] = ['#111111', []];
const FATES: Readonly<Record<MissTick['fate'], string>> = { late: '#c8321f', 'never done': '#6b3fa0' };
const MISS_ROW = 18;
const SHADE_COLOURS = { 'warm-up': '#f1e3c4', measured: '#dbe9f6' };

type VConcatSpec = Extract<TopLevelSpec, { vconcat: unknown }>;

/** Minutes above five minutes, hours above three hours. */
const timeUnit = (seconds: number): { label: string; scale: number } =>
  seconds > 3 * 3600
    ? { label: 'h', scale: 3600 }
    : seconds > 300
      ? { label: 'min', scale: 60 }
      : { label: 's', scale: 1 };

/** What is drawn beside the counters. */
export interface SystemPictureFacts {
  readonly title: string;
  readonly shades: readonly Shade[];
  /** Of tasks with deadlines; none without. */
  readonly misses?: readonly MissTick[];
  /** The run origin as a clock on the wall shows it, for the title of the time axis. */
  readonly origin?: string;
}

/** Panels over one time axis whose zero is the run origin, as in the report. */
export function systemSpec(
  profile: SystemProfile,
  { title, shades, misses = [], origin }: SystemPictureFacts,
): TopLevelSpec {
  const { label, scale } = timeUnit(profile.to - profile.from);
  const from = Math.min(0, profile.from) / scale;
  const to = Math.max(profile.to / scale, from + 1e-3);
  const since = origin === undefined ? 'since the first release' : `since the first release at ${origin}`;
  const last = profile.panels.length - 1;
  const layout = { from, to, scale, shades, axis: undefined };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, subtitle: subtitle(shades), anchor: 'start', fontSize: 18, subtitleFontSize: 12, offset: 14 },
    background: 'white',
    padding: { left: 16, right: 22, top: 16, bottom: 14 },
    spacing: 14,
    vconcat: [
      ...(misses.length > 0 ? [missSpec(misses, layout)] : []),
      ...profile.panels.map((panel, i) =>
        panelSpec(panel, { ...layout, axis: i === last ? `Time ${since} (${label})` : undefined }),
      ),
    ] as VConcatSpec['vconcat'],
    resolve: { scale: { color: 'independent', strokeDash: 'independent' }, legend: { color: 'independent' } },
    config: {
      font: 'Inter',
      axis: {
        labelFontSize: 12,
        titleFontSize: 12,
        titleFontWeight: 600,
        labelColor: '#333',
        titleColor: '#333',
        gridColor: '#e6e6e6',
        domainColor: '#999',
        tickColor: '#999',
      },
      legend: { labelFontSize: 12, labelLimit: 280, titleFontSize: 12, labelColor: '#333', symbolStrokeWidth: 3 },
      view: { stroke: '#cccccc' },
    },
  };
}

const subtitle = (shades: readonly Shade[]): string =>
  shades.length === 0
    ? ''
    : shades
        .map((s) => `${s.label === 'measured' ? 'blue: measured' : 'sand: warm-up'} ${(s.to - s.from).toFixed(1)} s`)
        .join('   ·   ');

interface Layout {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly shades: readonly Shade[];
  readonly axis: string | undefined;
}

const timeAxis = ({ from, to, axis }: Layout): object => ({
  field: 't',
  type: 'quantitative',
  scale: { domain: [from, to], nice: false },
  axis: { title: axis ?? null, labels: axis !== undefined, ticks: axis !== undefined, grid: true, tickCount: 10 },
});

function panelSpec(panel: Panel, layout: Layout): object {
  const { from, to, scale } = layout;
  const values = panel.points.map((p) => ({ ...p, t: p.t / scale }));
  return panel.heat
    ? heatSpec(panel, values, timeAxis(layout), to - from)
    : lineSpec(panel, values, timeAxis(layout), shadesIn(layout));
}

const shadesIn = ({ from, to, scale, shades }: Layout): Shade[] =>
  shades.map((s) => ({ ...s, from: Math.max(from, s.from / scale), to: Math.min(to, s.to / scale) }));

const shadeLayer = (shades: readonly Shade[], x: object): object => ({
  data: { values: shades },
  mark: { type: 'rect', opacity: 0.75 },
  encoding: {
    x: { ...x, field: 'from' },
    x2: { field: 'to' },
    color: {
      field: 'label',
      type: 'nominal',
      legend: null,
      scale: { domain: Object.keys(SHADE_COLOURS), range: Object.values(SHADE_COLOURS) },
    },
  },
});

/** A row of ticks for each task that missed. */
function missSpec(misses: readonly MissTick[], layout: Layout): object {
  const x = timeAxis(layout);
  const { scale } = layout;
  const tasks = [...new Set(misses.map((m) => m.task))];
  return {
    width: WIDTH,
    height: tasks.length * MISS_ROW,
    layer: [
      shadeLayer(shadesIn(layout), x),
      {
        data: { values: misses.map(({ task, at, fate }) => ({ task, fate, t: at / scale })) },
        mark: { type: 'tick', thickness: 1.2, height: MISS_ROW - 5, opacity: 1, clip: true },
        encoding: {
          x,
          y: { field: 'task', type: 'nominal', sort: tasks, axis: { title: null, ticks: false, labelLimit: 90 } },
          color: {
            field: 'fate',
            type: 'nominal',
            scale: { domain: Object.keys(FATES), range: Object.values(FATES) },
            legend: { title: 'Deadlines missed', orient: 'right', symbolType: 'square' },
          },
        },
      },
    ],
    resolve: { scale: { color: 'independent', strokeDash: 'independent' } },
  };
}

function lineSpec(panel: Panel, values: readonly object[], x: object, shades: readonly Shade[]): object {
  const names = [...new Set(panel.points.map((p) => p.series))];
  const styles = names.map((name, i) => (name === panel.main ? MAIN : SYSTEM_LINES[i % SYSTEM_LINES.length]));
  const legend = {
    title: panel.title.includes('(') ? panel.title.slice(panel.title.indexOf('(') + 1, -1) : null,
    orient: 'right',
  };
  const domain = panel.max === undefined ? {} : { domain: [panel.min ?? 0, panel.max] };
  return {
    width: WIDTH,
    height: PANEL_HEIGHT,
    layer: [
      shadeLayer(shades, x),
      {
        data: { values },
        mark: { type: 'line', interpolate: 'linear', clip: true },
        encoding: {
          x,
          y: {
            field: 'v',
            type: 'quantitative',
            scale: { zero: panel.zero, nice: panel.max === undefined, ...domain },
            axis: { title: `${panel.title.split(' (')[0]} (${panel.unit})`, tickCount: 4 },
          },
          color: {
            field: 'series',
            type: 'nominal',
            scale: { domain: names, range: styles.map(([colour]) => colour) },
            legend,
          },
          strokeDash: {
            field: 'series',
            type: 'nominal',
            scale: { domain: names, range: styles.map(([, dash]) => (dash.length > 0 ? dash : [1, 0])) },
            legend,
          },
          strokeWidth: {
            condition: { test: `datum.series === '${panel.main ?? ''}'`, value: 2.4 },
            value: names.length > 3 && panel.main ? 1 : 1.8,
          },
        },
      },
    ],
    resolve: { scale: { color: 'independent', strokeDash: 'independent' } },
  };
}

function heatSpec(panel: Panel, values: readonly { t: number }[], x: object, span: number): object {
  const columns = new Set(values.map((v) => v.t)).size;
  const rows = new Set(panel.points.map((p) => p.series)).size;
  const width = span / Math.max(1, columns);
  const axis = 'axis' in x ? { ...(x.axis as object), grid: false } : {};
  return {
    width: WIDTH,
    height: Math.max(PANEL_HEIGHT, rows * HEAT_ROW),
    data: { values: values.map((v) => ({ ...v, t2: v.t + width })) },
    mark: { type: 'rect' },
    encoding: {
      x: { ...x, axis },
      x2: { field: 't2' },
      y: {
        field: 'series',
        type: 'ordinal',
        sort: [...new Set(panel.points.map((p) => p.series))],
        axis: {
          title: 'core',
          values: [...new Set(panel.points.map((p) => p.series))].filter((_, i) => i % Math.ceil(rows / 8) === 0),
          ticks: false,
        },
      },
      color: {
        field: 'v',
        type: 'quantitative',
        scale: { domain: [0, 100], scheme: 'viridis' },
        legend: { title: 'load (%)', gradientLength: 90 },
      },
    },
  };
}
