/** Is the run steady? Service times, GPU clock and temperature over the last windows. */
import { NS_PER_S } from '../base/units.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { DONE_COUNT, type TaskColumns } from './columns.js';

/** Samples of the last minutes: time in ns, clock in MHz, the hottest zone in C. */
export interface Conditions {
  readonly gpuClock: readonly (readonly [time: number, value: number])[];
  readonly temperature: readonly (readonly [time: number, value: number])[];
}
/** Neither clock nor temperature can be read. */
export const NO_CONDITIONS: Conditions = { gpuClock: [], temperature: [] };

/** Whether times are steady, and if not, why. */
export interface SettleVerdict {
  readonly steady: boolean;
  /** ns spent waiting. */
  readonly waited: number;
  readonly reason?: string;
}

const MEDIAN_RATIO = 1.05;
const CLOCK_RATIO = 1.02;
const DEGREES_PER_MINUTE = 1;

/** Looks at the last windows. @param span where they lie, ns */
export function settled(
  scenario: ScenarioSpec,
  columns: readonly TaskColumns[],
  span: { from: number; window: number; windows: number },
  conditions: Conditions,
): SettleVerdict {
  const reason =
    serviceReason(scenario, columns, span) ??
    clockReason(conditions, span.from) ??
    temperatureReason(conditions, span.from);
  return { steady: reason === undefined, waited: 0, ...(reason ? { reason } : {}) };
}

function serviceReason(
  scenario: ScenarioSpec,
  columns: readonly TaskColumns[],
  { from, window, windows }: { from: number; window: number; windows: number },
): string | undefined {
  for (let i = 0; i < scenario.tasks.length; i++) {
    const medians: number[] = [];
    for (let w = 0; w < windows; w++) {
      const median = medianService(columns[i], from + w * window, from + (w + 1) * window);
      if (median !== undefined) medians.push(median);
    }
    if (medians.length < 2) continue;
    const ratio = Math.max(...medians) / Math.min(...medians);
    if (ratio > MEDIAN_RATIO)
      return `median service time of ${scenario.tasks[i].name} varies by a factor of ${ratio.toFixed(2)} between windows`;
  }
  return undefined;
}

function medianService(columns: TaskColumns, from: number, to: number): number | undefined {
  const count = Atomics.load(columns.control, DONE_COUNT);
  const values: number[] = [];
  for (let i = count - 1; i >= 0; i--) {
    const row = columns.completions[i];
    const at = columns.complete[row];
    if (at < from) break;
    if (at < to) values.push(at - columns.start[row]);
  }
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
}

function clockReason(conditions: Conditions, from: number): string | undefined {
  const values = conditions.gpuClock.filter(([t]) => t >= from).map(([, v]) => v);
  if (values.length < 2) return undefined;
  const ratio = Math.max(...values) / Math.max(1, Math.min(...values));
  return ratio > CLOCK_RATIO ? `the GPU clock varies by ${((ratio - 1) * 100).toFixed(0)} %` : undefined;
}

function temperatureReason(conditions: Conditions, from: number): string | undefined {
  const points = conditions.temperature.filter(([t]) => t >= from);
  if (points.length < 3) return undefined;
  const slope = slopePerNs(points) * 60 * NS_PER_S;
  return slope > DEGREES_PER_MINUTE ? `the hottest zone rises by ${slope.toFixed(1)} C per minute` : undefined;
}

/** Least squares. */
function slopePerNs(points: readonly (readonly [number, number])[]): number {
  const n = points.length;
  const t = points.reduce((sum, [x]) => sum + x, 0) / n;
  const v = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const numerator = points.reduce((sum, [x, y]) => sum + (x - t) * (y - v), 0);
  const denominator = points.reduce((sum, [x]) => sum + (x - t) ** 2, 0);
  return denominator === 0 ? 0 : numerator / denominator;
}
