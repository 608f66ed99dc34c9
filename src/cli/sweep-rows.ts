/** Points of a sweep as rows of a table: the values, whether it holds, the worst task, what each engine is asked for. */
import { msShort, shareText } from '../base/text.js';
import type { Knee, SweepAxis, SweepPoint, SweptTask } from '../pipeline/sweep.js';

/** How far a task goes into its deadline. */
const used = ({ p99_ms: p99, deadline_ms: deadline }: SweptTask): number =>
  p99 === 'inf' ? Number.POSITIVE_INFINITY : p99 !== undefined && deadline ? p99 / deadline : 0;

/** That misses the most, or goes farthest into its deadline. */
export const worstTask = ({ tasks }: SweepPoint): SweptTask | undefined =>
  tasks.toSorted((a, b) => (b.miss_ratio ?? 0) - (a.miss_ratio ?? 0) || used(b) - used(a))[0];

const p99Text = ({ p99_ms: p99 }: SweptTask): string =>
  p99 === undefined ? '-' : p99 === 'inf' ? 'never' : msShort(p99);

/** Engines that are asked for at any point, in the order of the last columns. */
export const enginesOf = (points: readonly SweepPoint[]): string[] => [
  ...new Set(points.flatMap((p) => Object.keys(p.asked))),
];

/** The column after the values says whether it holds. */
export const sweepHead = (axes: readonly SweepAxis[], points: readonly SweepPoint[]): string[] => [
  ...axes.map((a) => a.path),
  '',
  'worst task',
  'p99',
  'deadline',
  'missed',
  ...enginesOf(points),
];

/** Whether a point holds, and why not, in a word. */
export const stateText = ({ holds, invalid, asked }: SweepPoint): string =>
  holds ? 'holds' : invalid ? 'not valid' : Object.values(asked).some((s) => s > 1) ? 'too much' : 'misses';

/** @param points all of the sweep */
export function sweepRow(point: SweepPoint, points: readonly SweepPoint[]): string[] {
  const task = worstTask(point);
  return [
    ...point.values,
    stateText(point),
    task?.task ?? '-',
    task ? p99Text(task) : '-',
    task?.deadline_ms === undefined ? '-' : msShort(task.deadline_ms),
    task?.miss_ratio === undefined ? '-' : shareText(task.miss_ratio),
    ...enginesOf(points).map((e) => {
      const share = point.asked[e];
      return share === undefined ? '-' : shareText(share);
    }),
  ];
}

/** Where it stops to hold, upwards (a rate) or downwards (a deadline). */
export const kneeText = ({ holds, fails }: Knee): string =>
  Number.parseFloat(holds) < Number.parseFloat(fails)
    ? `holds up to ${holds}, no more at ${fails}`
    : `holds from ${holds} on, not yet at ${fails}`;
