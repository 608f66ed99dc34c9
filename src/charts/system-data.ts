/** Series of a recording -> the data of their picture, thinned to what a picture can show. */
import { byPanel, type Series, type SeriesPanel, seriesLabel } from '../formats/recording/series.js';

/** One point of a line, or one cell of a heat map. */
export interface Point {
  /** Seconds since the run origin. */
  readonly t: number;
  readonly v: number;
  readonly series: string;
}

/** One panel of the picture: series that share a unit. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly points: readonly Point[];
  /** Drawn as rows of colour instead of lines, when there are too many lines to tell apart. */
  readonly heat: boolean;
  /** Drawn on top and thicker. */
  readonly main?: string;
  readonly zero: boolean;
  readonly min?: number;
  readonly max?: number;
}

/** What the picture of one recording shows. */
export interface SystemProfile {
  /** First and last instant with a sample, seconds since the run origin. */
  readonly from: number;
  readonly to: number;
  readonly panels: readonly Panel[];
}

/** Points of one line across the picture. */
const MOST_POINTS = 600;
const HEAT_COLUMNS = 300;
const MOST_LINES = 8;
/** Panels of the picture; the page of the report shows clocks and throttling too. */
const SHOWN = ['cpu', 'accelerators', 'memory', 'temperature', 'power'];
/** Memory of single processes and GPUs stays off the axis of the machine's. */
const MACHINE_MEMORY = /^(ram|swap)_used$/;

interface Samples {
  readonly name: string;
  readonly t: readonly number[];
  readonly v: readonly number[];
}

/** @param series of one recording, times in ns since the run origin; the first probe that has a series draws it */
export function systemProfile(series: readonly Series[]): SystemProfile {
  const own = series.filter((s, i) => s.time.length > 0 && series.findIndex((o) => o.name === s.name) === i);
  const from = own.reduce((least, s) => Math.min(least, s.time[0]), Number.POSITIVE_INFINITY) / 1e9;
  const to = own.reduce((most, s) => Math.max(most, s.time[s.time.length - 1]), Number.NEGATIVE_INFINITY) / 1e9;
  if (own.length === 0) return { from: 0, to: 0, panels: [] };
  const total = own.find((s) => s.name === 'ram_total')?.value[0];
  const panels = byPanel(own)
    .filter(({ panel }) => SHOWN.includes(panel.id))
    .flatMap(({ panel, members }) => panelsOf(panel, members, { total, from, to }));
  return { from, to, panels };
}

interface Facts {
  readonly total: number | undefined;
  readonly from: number;
  readonly to: number;
}

function panelsOf(panel: SeriesPanel, members: readonly Series[], facts: Facts): Panel[] {
  const samples = members
    .filter((s) => panel.id !== 'memory' || MACHINE_MEMORY.test(s.name))
    .filter((s) => s.name !== 'swap_used' || s.value.some((v) => v > 0))
    .map(
      (s): Samples => ({
        name: seriesLabel(s.name),
        t: Array.from(s.time, (ns) => ns / 1e9),
        v: Array.from(s.value, (v) => v * panel.scale),
      }),
    );
  if (samples.length === 0) return [];
  if (panel.id === 'cpu') return cpuPanels(panel, samples, facts);
  const base = { unit: panel.unit, heat: false, zero: panel.id !== 'temperature' };
  if (panel.id === 'memory') {
    const total = facts.total === undefined ? undefined : facts.total * panel.scale;
    const title = total === undefined ? panel.title : `${panel.title} (of ${total.toFixed(1)} ${panel.unit})`;
    return [{ ...base, title, ...(total === undefined ? {} : { max: total }), points: linePoints(samples) }];
  }
  const ends = panel.id === 'temperature' ? degrees(samples) : panel.ends ? { max: panel.ends[1] } : {};
  return [{ ...base, title: panel.title, ...ends, points: linePoints(mostLines(samples)) }];
}

const MEAN_LABEL = seriesLabel('cpu.mean');
const MEAN = 'mean';
/** Percent that what the host took must have reached to have a line. */
const LEAST_SHOWN = 1;

/** Lines for a few cores, else the mean as a line and the cores as rows of colour. */
function cpuPanels({ title, unit }: SeriesPanel, samples: readonly Samples[], facts: Facts): Panel[] {
  const cores = samples.filter((s) => /^\d+$/.test(s.name)).map((s) => ({ ...s, name: `core ${s.name}` }));
  const others = samples
    .filter((s) => !/^\d+$/.test(s.name) && (s.name === MEAN_LABEL || s.v.some((v) => v > LEAST_SHOWN)))
    .map((s) => (s.name === MEAN_LABEL ? { ...s, name: MEAN } : s));
  const many = cores.length > MOST_LINES;
  const base = { unit, zero: true, max: 100 };
  const lines = linePoints([...(many ? [] : cores), ...others]);
  return [
    ...(lines.length > 0 ? [{ ...base, title, heat: false, main: MEAN, points: lines }] : []),
    ...(many
      ? [{ ...base, title: `${title}, ${cores.length} cores`, heat: true, points: heatPoints(cores, facts) }]
      : []),
  ];
}

/** At least ten degrees high, so that half a degree does not look like a mountain. */
function degrees(list: readonly Samples[]): { min: number; max: number } {
  const all = list.flatMap((s) => s.v);
  const low = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const margin = Math.max(1, (10 - (high - low)) / 2);
  return { min: Math.floor(low - margin), max: Math.ceil(high + margin) };
}

/** The lines with the highest peaks; more cannot be told apart. */
function mostLines(list: readonly Samples[]): Samples[] {
  const peak = (s: Samples) => s.v.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return [...list].sort((a, b) => peak(b) - peak(a)).slice(0, MOST_LINES);
}

/** Thinned so that the lowest and highest value of every stretch stay. */
function linePoints(list: readonly Samples[]): Point[] {
  return list.flatMap(({ name: series, t, v }) => {
    if (t.length <= MOST_POINTS) return t.map((time, i) => ({ t: time, v: v[i], series }));
    const points: Point[] = [];
    const stretch = (2 * t.length) / MOST_POINTS;
    for (let begin = 0; begin < t.length; begin += stretch) {
      const from = Math.floor(begin);
      const to = Math.min(t.length, Math.floor(begin + stretch));
      let low = from;
      let high = from;
      for (let i = from; i < to; i++) {
        if (v[i] < v[low]) low = i;
        if (v[i] > v[high]) high = i;
      }
      for (const i of low === high ? [low] : [Math.min(low, high), Math.max(low, high)])
        points.push({ t: t[i], v: v[i], series });
    }
    return points;
  });
}

/** Mean load of every core in every column. */
function heatPoints(cores: readonly Samples[], { from, to }: Facts): Point[] {
  return cores.flatMap(({ name, t, v }) => {
    const columns = Math.max(1, Math.min(HEAT_COLUMNS, t.length));
    const width = (to - from || 1) / columns;
    const sums = new Float64Array(columns);
    const counts = new Uint32Array(columns);
    t.forEach((time, i) => {
      const column = Math.max(0, Math.min(columns - 1, Math.floor((time - from) / width)));
      sums[column] += v[i];
      counts[column]++;
    });
    return [...sums.keys()].flatMap((c) =>
      counts[c] > 0 ? [{ t: from + c * width, v: sums[c] / counts[c], series: name.replace('core ', '') }] : [],
    );
  });
}
