/** Where the level of a series changes: binary segmentation by least squares, against the noise from one value to the next. */
import { medianOf } from './distribution.js';

/** A change before the value at `index`. */
export interface ChangePoint {
  readonly index: number;
  /** Medians of the stretches before and after it. */
  readonly before: number;
  readonly after: number;
}

/** Values of a stretch at least. */
const LEAST = 6;
const MOST = 12;
/** Smaller steps are of no interest, by the level. */
const NOTABLE = 0.03;
/** What a change must explain, in squares of the noise, times the logarithm of the number of values. */
const PENALTY = 5;
/** Standard deviation of a normal distribution by its median absolute deviation. */
const MAD = 1.4826;

/** Noise, from differences of neighbours, which no slow change reaches; values that repeat have a little. */
function noiseOf(values: Float64Array): number {
  const steps = Float64Array.from({ length: values.length - 1 }, (_, i) =>
    Math.abs((values[i + 1] ?? 0) - (values[i] ?? 0)),
  );
  const level = Math.abs(medianOf(values) ?? 0);
  return Math.max(((medianOf(steps) ?? 0) * MAD) / Math.SQRT2, level * 1e-4);
}

/** In their order. */
export function changePoints(values: Float64Array): ChangePoint[] {
  const n = values.length;
  if (n < 2 * LEAST) return [];
  const least = PENALTY * noiseOf(values) ** 2 * Math.log(n);
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = (sums[i] ?? 0) + (values[i] ?? 0);
  const cuts: number[] = [];
  const open: [number, number][] = [[0, n]];
  while (open.length > 0 && cuts.length < MOST) {
    const [from, to] = open.shift() as [number, number];
    const cut = bestCut(sums, from, to);
    if (!cut || cut.gain <= least) continue;
    cuts.push(cut.index);
    open.push([from, cut.index], [cut.index, to]);
  }
  const ends = [0, ...cuts.sort((a, b) => a - b), n];
  const medians = ends.slice(1).map((end, i) => medianOf(values.subarray(ends[i], end)) ?? 0);
  return cuts
    .map((index, i) => ({ index, before: medians[i] ?? 0, after: medians[i + 1] ?? 0 }))
    .filter(({ before, after }) => Math.abs(after - before) > NOTABLE * Math.max(Math.abs(before), Math.abs(after)));
}

/** The place whose two sides differ most. */
function bestCut(sums: Float64Array, from: number, to: number): { index: number; gain: number } | undefined {
  let best: { index: number; gain: number } | undefined;
  const total = (sums[to] ?? 0) - (sums[from] ?? 0);
  for (let index = from + LEAST; index <= to - LEAST; index++) {
    const left = (sums[index] ?? 0) - (sums[from] ?? 0);
    const [a, b] = [index - from, to - index];
    const gain = ((a * b) / (a + b)) * (left / a - (total - left) / b) ** 2;
    if (!best || gain > best.gain) best = { index, gain };
  }
  return best;
}
