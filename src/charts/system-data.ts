/** Lines of system_profile.txt -> the data of its picture, thinned to what a picture can show. */
import { parseTegrastats, readingsOf } from '../formats/tegrastats.js';

export interface Point {
  /** Seconds since the first line. */
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

export interface SystemProfile {
  readonly seconds: number;
  /** Local time of the first line as `YYYY-MM-DDTHH:MM:SS`, where the lines have one. */
  readonly begin?: string;
  readonly panels: readonly Panel[];
}

/** Points of one line across the picture. */
const MOST_POINTS = 600;
const HEAT_COLUMNS = 300;
const MOST_LINES = 8;

interface Samples {
  readonly unit: string;
  readonly t: number[];
  readonly v: number[];
}

export function systemProfile(lines: readonly string[], intervalSeconds: number): SystemProfile {
  const series = new Map<string, Samples>();
  const parsed = lines.map(parseTegrastats);
  const stamps = parsed.map((tokens) => tokens.find((t) => t.kind === 'time')?.text);
  const times = secondsOf(stamps, intervalSeconds);
  parsed.forEach((tokens, i) => {
    for (const { name, unit, value } of readingsOf(tokens)) {
      let samples = series.get(name);
      if (!samples) {
        samples = { unit, t: [], v: [] };
        series.set(name, samples);
      }
      samples.t.push(times[i]);
      samples.v.push(value);
    }
  });
  const seconds = Math.max(intervalSeconds, times.length > 0 ? times[times.length - 1] : 0);
  const begin = stamps.find((s) => s !== undefined);
  return { seconds, ...(begin ? { begin: isoOf(begin) } : {}), panels: panelsOf(series, seconds) };
}

/** `MM-DD-YYYY HH:MM:SS` */
const isoOf = (text: string): string =>
  `${text.slice(6, 10)}-${text.slice(0, 2)}-${text.slice(3, 5)}T${text.slice(11)}`;

/** The stamps have whole seconds; several lines within one are spread over it. Without stamps the interval counts. */
function secondsOf(stamps: readonly (string | undefined)[], intervalSeconds: number): number[] {
  if (stamps.length === 0 || stamps.some((s) => s === undefined)) return stamps.map((_, i) => i * intervalSeconds);
  const whole = stamps.map((s) => Date.parse(`${isoOf(s as string)}Z`) / 1000);
  const out: number[] = [];
  for (let i = 0; i < whole.length; ) {
    let end = i;
    while (end < whole.length && whole[end] === whole[i]) end++;
    for (let k = i; k < end; k++) out.push(whole[i] - whole[0] + (k - i) / (end - i));
    i = end;
  }
  return out;
}

function panelsOf(series: ReadonlyMap<string, Samples>, seconds: number): Panel[] {
  const pick = (test: (name: string) => boolean): [string, Samples][] => [...series].filter(([name]) => test(name));
  const cores = pick((n) => /^cpu\.\d+$/.test(n));
  const total = series.get('ram_total')?.v[0];
  const gib = (v: number) => v / 2 ** 30;
  const panels: Panel[] = [];
  const many = cores.length > MOST_LINES;
  if (cores.length > 0) {
    const mean = pick((n) => n === 'cpu.mean');
    const named = cores.map(([n, s]): [string, Samples] => [`core ${n.slice(4)}`, s]);
    const lines = [...(many ? [] : named), ...mean.map(([, s]): [string, Samples] => ['mean', s])];
    panels.push({
      title: 'CPU',
      unit: '%',
      heat: false,
      main: 'mean',
      zero: true,
      max: 100,
      points: linePoints(lines),
    });
    if (many)
      panels.push({
        title: `CPU, ${cores.length} cores`,
        unit: '%',
        heat: true,
        zero: true,
        max: 100,
        points: heatPoints(cores, seconds),
      });
  }
  const gpu = pick((n) => /^gpu(\.\d+)?\.load$/.test(n)).map(([n, s]): [string, Samples] => [
    n.replace('.load', ''),
    s,
  ]);
  if (gpu.length > 0)
    panels.push({ title: 'GPU', unit: '%', heat: false, zero: true, max: 100, points: linePoints(gpu) });
  const memory = pick((n) => n === 'ram_used' || n === 'swap_used').filter(
    ([n, s]) => n === 'ram_used' || s.v.some((v) => v > 0),
  );
  if (memory.length > 0) {
    panels.push({
      title: total ? `Memory (of ${gib(total).toFixed(1)} GiB)` : 'Memory',
      unit: 'GiB',
      heat: false,
      zero: true,
      ...(total ? { max: gib(total) } : {}),
      points: linePoints(memory.map(([n, s]) => [n === 'ram_used' ? 'RAM' : 'swap', { ...s, v: s.v.map(gib) }])),
    });
  }
  const hot = pick((n) => n.startsWith('temperature.')).map(([n, s]): [string, Samples] => [n.slice(12), s]);
  if (hot.length > 0)
    panels.push({
      title: 'Temperature',
      unit: '°C',
      heat: false,
      zero: false,
      ...degrees(hot),
      points: linePoints(mostLines(hot)),
    });
  const power = pick((n) => n.startsWith('power.')).map(([n, s]): [string, Samples] => [
    n.slice(6),
    { ...s, v: s.v.map((v) => v / 1000) },
  ]);
  if (power.length > 0)
    panels.push({ title: 'Power', unit: 'W', heat: false, zero: true, points: linePoints(mostLines(power)) });
  return panels;
}

/** At least ten degrees high, so that half a degree does not look like a mountain. */
function degrees(list: readonly [string, Samples][]): { min: number; max: number } {
  const all = list.flatMap(([, s]) => s.v);
  const low = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const margin = Math.max(1, (10 - (high - low)) / 2);
  return { min: Math.floor(low - margin), max: Math.ceil(high + margin) };
}

/** The lines with the highest peaks; more cannot be told apart. */
function mostLines(list: [string, Samples][]): [string, Samples][] {
  const peak = (s: Samples) => s.v.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return [...list].sort(([, a], [, b]) => peak(b) - peak(a)).slice(0, MOST_LINES);
}

/** Thinned so that the lowest and highest value of every stretch stay. */
function linePoints(list: readonly [string, Samples][]): Point[] {
  return list.flatMap(([series, { t, v }]) => {
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
function heatPoints(cores: readonly [string, Samples][], seconds: number): Point[] {
  return cores.flatMap(([name, { t, v }]) => {
    const columns = Math.max(1, Math.min(HEAT_COLUMNS, t.length));
    const width = (seconds || 1) / columns;
    const sums = new Float64Array(columns);
    const counts = new Uint32Array(columns);
    t.forEach((time, i) => {
      const column = Math.min(columns - 1, Math.floor(time / width));
      sums[column] += v[i];
      counts[column]++;
    });
    return [...sums.keys()].flatMap((c) =>
      counts[c] > 0 ? [{ t: c * width, v: sums[c] / counts[c], series: name.slice(4) }] : [],
    );
  });
}
