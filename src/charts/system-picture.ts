/** Data of a system profile -> a Vega-Lite specification: panels over one time axis, warm-up and measured window shaded. */
import type { TopLevelSpec } from 'vega-lite';
import type { Panel, SystemProfile } from './system-data.js';

/** A stretch of time that is coloured in every panel. */
export interface Shade {
  readonly label: 'warm-up' | 'measured';
  /** Seconds since the run origin. */
  readonly from: number;
  readonly to: number;
}

const WIDTH = 1060;
const PANEL_HEIGHT = 130;
const HEAT_ROW = 2;
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8c564b', '#666666'];
const SHADE_COLOURS = { 'warm-up': '#f1e3c4', measured: '#dbe9f6' };

type VConcatSpec = Extract<TopLevelSpec, { vconcat: unknown }>;

/** Minutes above five minutes, hours above three hours. */
const timeUnit = (seconds: number): { label: string; scale: number } =>
  seconds > 3 * 3600
    ? { label: 'h', scale: 3600 }
    : seconds > 300
      ? { label: 'min', scale: 60 }
      : { label: 's', scale: 1 };

/** @param origin the run origin as a clock on the wall shows it, for the title of the time axis */
export function systemSpec(
  profile: SystemProfile,
  title: string,
  shades: readonly Shade[],
  origin?: string,
): TopLevelSpec {
  const { label, scale } = timeUnit(profile.to - profile.from);
  const from = Math.min(0, profile.from) / scale;
  const to = Math.max(profile.to / scale, from + 1e-3);
  const since = origin === undefined ? 'since the first release' : `since the first release at ${origin}`;
  const last = profile.panels.length - 1;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, subtitle: subtitle(shades), anchor: 'start', fontSize: 18, subtitleFontSize: 12, offset: 14 },
    background: 'white',
    padding: { left: 16, right: 22, top: 16, bottom: 14 },
    spacing: 14,
    vconcat: profile.panels.map((panel, i) =>
      panelSpec(panel, { from, to, scale, shades, axis: i === last ? `Time ${since} (${label})` : undefined }),
    ) as VConcatSpec['vconcat'],
    resolve: { scale: { color: 'independent' }, legend: { color: 'independent' } },
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
      legend: { labelFontSize: 12, titleFontSize: 12, labelColor: '#333', symbolStrokeWidth: 3 },
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

function panelSpec(panel: Panel, { from, to, scale, shades, axis }: Layout): object {
  const x = {
    field: 't',
    type: 'quantitative',
    scale: { domain: [from, to], nice: false },
    axis: { title: axis ?? null, labels: axis !== undefined, ticks: axis !== undefined, grid: true, tickCount: 10 },
  };
  const values = panel.points.map((p) => ({ ...p, t: p.t / scale }));
  return panel.heat
    ? heatSpec(panel, values, x, to - from)
    : lineSpec(
        panel,
        values,
        x,
        shades.map((s) => ({ ...s, from: Math.max(from, s.from / scale), to: Math.min(to, s.to / scale) })),
      );
}

function lineSpec(panel: Panel, values: readonly object[], x: object, shades: readonly Shade[]): object {
  const names = [...new Set(panel.points.map((p) => p.series))];
  const colour = names.map((name, i) => (name === panel.main ? '#111111' : COLOURS[i % COLOURS.length]));
  const domain = panel.max === undefined ? {} : { domain: [panel.min ?? 0, panel.max] };
  return {
    width: WIDTH,
    height: PANEL_HEIGHT,
    layer: [
      {
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
      },
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
            scale: { domain: names, range: colour },
            legend: {
              title: panel.title.includes('(') ? panel.title.slice(panel.title.indexOf('(') + 1, -1) : null,
              orient: 'right',
            },
          },
          strokeWidth: {
            condition: { test: `datum.series === '${panel.main ?? ''}'`, value: 2.4 },
            value: names.length > 3 && panel.main ? 1 : 1.8,
          },
        },
      },
    ],
    resolve: { scale: { color: 'independent' } },
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
