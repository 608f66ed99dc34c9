/**
 * The worst that a longer run is expected to bring, from the peaks of a shorter one: peaks over a threshold follow a generalised Pareto
 * distribution (Pickands 1975), fitted by probability-weighted moments (Hosking, Wallis, Technometrics 29, 1987). Only where peaks
 * are many, do not depend on the threshold, fit, and the run is not much shorter than what is asked.
 */
import { streamOf, uniform } from '../base/random.js';

/** What a mission brings, or why that cannot be told. */
export type ReturnLevel =
  | {
      /** Exceeded once in such a time, as an expectation. */
      readonly level: number;
      /** 90 %, by simulated fits. */
      readonly interval: readonly [number, number];
      readonly peaks: number;
    }
  | { readonly reason: string };

/** Values with less than this many others between them belong to one peak. */
const TOGETHER = 5;
const LEAST_PEAKS = 50;
/** Thresholds, as shares of the values below. */
const THRESHOLDS = [0.97, 0.98, 0.99];
/** Levels of the thresholds may differ by this factor. */
const ALIKE = 1.3;
/** A heavier tail has no mean worth the name. */
const HEAVIEST = 0.5;
/** Times the length of the run. */
const FURTHEST = 24;
/** Kolmogorov's distance times the root of the number, for a fit of two parameters, 5 %. */
const FITS = 0.95;
const SIMULATED = 300;
const STREAM = streamOf('return-level');

interface Fit {
  readonly threshold: number;
  readonly shape: number;
  readonly scale: number;
  readonly peaks: Float64Array;
}

/** @param values in their order @param length of the run, and of the mission, in one unit */
export function returnLevel(values: Float64Array, length: number, mission: number): ReturnLevel {
  if (mission > FURTHEST * length) return { reason: `the run is shorter than a ${FURTHEST}th of it` };
  const sorted = values.toSorted();
  const fits = THRESHOLDS.map((share) => fitAbove(values, sorted[Math.floor(share * (sorted.length - 1))] ?? 0));
  const [, fit] = fits as [Fit, Fit, Fit];
  const { peaks } = fit;
  if (peaks.length < LEAST_PEAKS) return { reason: `${peaks.length} peaks are too few, ${LEAST_PEAKS} are needed` };
  if (fit.shape > HEAVIEST) return { reason: 'the tail is too heavy' };
  const distance = kolmogorov(fit) * Math.sqrt(peaks.length);
  if (distance > FITS) return { reason: 'the peaks do not follow the distribution that would be continued' };
  const levels = fits.map((f) => levelOf(f, (mission / length) * f.peaks.length));
  const level = levels[1] ?? 0;
  if (Math.max(...levels) > ALIKE * Math.min(...levels)) return { reason: 'it depends on which values count as peaks' };
  return { level, interval: intervalOf(fit, mission / length), peaks: peaks.length };
}

/** The highest value of every cluster above the threshold. */
function fitAbove(values: Float64Array, threshold: number): Fit {
  const peaks: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  values.forEach((value, i) => {
    if (value <= threshold) return;
    if (i - last > TOGETHER) peaks.push(value);
    else peaks[peaks.length - 1] = Math.max(peaks.at(-1) ?? value, value);
    last = i;
  });
  const sorted = Float64Array.from(peaks).sort();
  return { threshold, ...moments(sorted.map((p) => p - threshold)), peaks: sorted };
}

/** @param excesses sorted */
function moments(excesses: Float64Array): { shape: number; scale: number } {
  const n = excesses.length;
  if (n === 0) return { shape: 0, scale: 0 };
  let [mean, weighted] = [0, 0];
  excesses.forEach((y, i) => {
    mean += y / n;
    weighted += ((1 - (i + 0.65) / n) * y) / n;
  });
  const rest = mean - 2 * weighted;
  return rest > 0 ? { shape: 2 - mean / rest, scale: (2 * mean * weighted) / rest } : { shape: 0, scale: mean };
}

const levelOf = ({ threshold, shape, scale }: Fit, peaks: number): number =>
  threshold + (Math.abs(shape) < 1e-9 ? scale * Math.log(peaks) : (scale / shape) * (peaks ** shape - 1));

/** Largest distance between the share of peaks below a value and what the fit says. */
function kolmogorov({ threshold, shape, scale, peaks }: Fit): number {
  const n = peaks.length;
  let most = 0;
  peaks.forEach((peak, i) => {
    const x = (peak - threshold) / scale;
    const below = Math.abs(shape) < 1e-9 ? 1 - Math.exp(-x) : 1 - Math.max(0, 1 + shape * x) ** (-1 / shape);
    most = Math.max(most, Math.abs(below - i / n), Math.abs(below - (i + 1) / n));
  });
  return most;
}

/** Fits to peaks that are drawn from the fit. */
function intervalOf(fit: Fit, missions: number): readonly [number, number] {
  const { threshold, shape, scale, peaks } = fit;
  const levels = Float64Array.from({ length: SIMULATED }, (_, k) => {
    const excesses = Float64Array.from(peaks, (_, i) => {
      const u = Math.max(1e-12, uniform(k, STREAM, i));
      return Math.abs(shape) < 1e-9 ? -scale * Math.log(u) : (scale / shape) * (u ** -shape - 1);
    }).sort();
    return levelOf({ threshold, ...moments(excesses), peaks }, missions * peaks.length);
  }).sort();
  return [levels[Math.floor(0.05 * SIMULATED)] ?? 0, levels[Math.floor(0.95 * SIMULATED)] ?? 0];
}
