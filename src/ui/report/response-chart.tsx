/** Response times of a task: histogram with the cumulative line, percentiles with their intervals, the deadline. */

import { msShort, msText } from '../../base/text.js';
import type { TaskReport } from '../../formats/report/report.js';
import { ticks, tickText } from '../ticks.js';
import { below, type TaskStats } from './stats.js';
import { strings } from './strings.js';

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [220, 8, 40, 42, 26];
/** Room for the text of a percentile. */
const LABEL = 90;
const PERCENTILES = ['p50', 'p90', 'p99'] as const;

/** Responses of a task as a histogram with its deadline. */
export function ResponseChart({ task, stats, width }: { task: TaskReport; stats: TaskStats; width: number }) {
  const { histogram: h, sorted } = stats;
  const x = (ms: number): number => LEFT + ((ms - h.low) / (h.high - h.low)) * (width - LEFT - RIGHT);
  const most = Math.max(...h.bins, 1);
  const y = (part: number): number => TOP + (1 - part) * (HEIGHT - TOP - BOTTOM);
  const wide = (width - LEFT - RIGHT) / h.bins.length;
  const done = doneOf(task);
  const line = Array.from(h.bins, (_, i) => {
    const ms = h.low + ((i + 1) / h.bins.length) * (h.high - h.low);
    return `${x(ms).toFixed(1)},${y(below(sorted, ms) * done).toFixed(1)}`;
  });
  const marks = ticks(h.low, h.high, width < 400 ? 3 : 5);
  const step = marks.length > 1 ? marks[1] - marks[0] : 1;
  const deadline = task.deadline_ms;
  return (
    <figure>
      <figcaption>
        {strings.responseTime}: {task.response_ms.n} {strings.jobs}
        {done < 1 ? `, ${strings.neverDone(task.released - task.completed, task.released)}` : ''}
        {h.beyond > 0 ? `, ${strings.beyond(h.beyond, msText(h.high))}` : ''}
      </figcaption>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} role="img" aria-label={describe(task)}>
        {marks.map((m) => (
          <g key={m}>
            <line x1={x(m)} x2={x(m)} y1={TOP} y2={HEIGHT - BOTTOM} class="grid" />
            <text x={x(m)} y={HEIGHT - 9} text-anchor="middle">
              {tickText(m, step)}
            </text>
          </g>
        ))}
        <text x={width - 4} y={HEIGHT - 9} text-anchor="end">
          ms
        </text>
        {Array.from(h.bins, (n, i) => (
          <rect
            key={i}
            x={LEFT + i * wide + 0.5}
            width={Math.max(0.5, wide - 1)}
            y={y(n / most)}
            height={y(0) - y(n / most)}
            class="bin"
          />
        ))}
        <polyline points={line.join(' ')} class="cumulative" />
        {[0, 0.5, 1].map((p) => (
          <text key={p} x={width - RIGHT + 5} y={y(p) + 4}>
            {p * 100} %
          </text>
        ))}
        {PERCENTILES.map((p, i) => (
          <Percentile key={p} name={p} task={task} x={x} row={i} limit={h.high} width={width} />
        ))}
        {deadline === undefined ? null : <Deadline ms={deadline} low={h.low} high={h.high} x={x} width={width} />}
      </svg>
    </figure>
  );
}

/** Share of the releases that were completed: what was dropped has no response, and counts all the same. */
const doneOf = ({ released, completed }: TaskReport): number => (released > 0 ? completed / released : 1);

/** Of all releases, where a task is released whatever it does; "inf" where so many were never done. */
const quantileOf = (task: TaskReport, name: (typeof PERCENTILES)[number]): number | 'inf' | undefined =>
  task.effective_response_ms?.[name] ?? task.response_ms[name];

interface DeadlineProps {
  readonly ms: number;
  readonly low: number;
  readonly high: number;
  readonly x: (ms: number) => number;
  readonly width: number;
}

/** Beyond the ends of the axis it is told, not drawn. */
function Deadline({ ms, low, high, x, width }: DeadlineProps) {
  const bottom = HEIGHT - BOTTOM;
  const text = `${strings.deadline} ${msShort(ms)}`;
  if (ms > high || ms < low) {
    const behind = ms > high;
    return (
      <text
        x={behind ? width - RIGHT - 4 : LEFT + 4}
        y={bottom - 5}
        text-anchor={behind ? 'end' : 'start'}
        class="deadline"
      >
        {behind ? `${text} →` : `← ${text}`}
      </text>
    );
  }
  const before = x(ms) > width / 2;
  return (
    <g>
      <line x1={x(ms)} x2={x(ms)} y1={TOP - 6} y2={bottom} class="deadline" />
      <text x={x(ms) + (before ? -4 : 4)} y={bottom - 5} text-anchor={before ? 'end' : 'start'} class="deadline">
        {text}
      </text>
    </g>
  );
}

/** In words, for whom cannot see it. */
const describe = (task: TaskReport): string =>
  [
    strings.responseTime,
    ...PERCENTILES.flatMap((p) => {
      const value = quantileOf(task, p);
      return value === undefined ? [] : [`${p} ${value === 'inf' ? strings.never : msText(value)}`];
    }),
    ...(task.deadline_ms === undefined ? [] : [`${strings.deadline} ${msShort(task.deadline_ms)}`]),
  ].join(', ');

interface PercentileProps {
  readonly name: (typeof PERCENTILES)[number];
  readonly task: TaskReport;
  readonly x: (ms: number) => number;
  readonly row: number;
  readonly limit: number;
  readonly width: number;
}

function Percentile({ name, task, x, row, limit, width }: PercentileProps) {
  const value = quantileOf(task, name);
  const y = 8 + row * 12;
  if (value === 'inf')
    return (
      <text x={width - RIGHT} y={y + 4} text-anchor="end" class="never">
        {name} {strings.never}
      </text>
    );
  if (value === undefined || value > limit) return null;
  // The interval is that of the completed jobs: beside drops it would belong to another number.
  const told = doneOf(task) < 1 ? undefined : task.response_interval_ms?.[name];
  const [low, high] = told ?? [value, value];
  const right = Math.min(limit, high ?? limit);
  // Where the text has room.
  const left = x(right) > width - LABEL;
  return (
    <g class="percentile">
      <title>
        {name} {msText(value)}, {strings.interval(msText(low), high === null ? '∞' : msText(high))}
      </title>
      <line x1={x(low)} x2={x(right)} y1={y} y2={y} class="whisker" />
      <line x1={x(value)} x2={x(value)} y1={y} y2={HEIGHT - BOTTOM} class="mark" />
      <text x={left ? x(low) - 4 : x(right) + 4} y={y + 4} text-anchor={left ? 'end' : 'start'}>
        {name} {msText(value)}
      </text>
    </g>
  );
}

/** Least, median and most of the response by time. */
export function OverTime({
  stats,
  deadline,
  width,
}: {
  stats: TaskStats;
  deadline: number | undefined;
  width: number;
}) {
  const { time, least, median, most } = stats.envelope;
  if (time.length < 2) return null;
  const [height, left, bottom] = [130, 46, 22];
  const top = Math.max(...most, deadline !== undefined && deadline < Math.max(...most) * 3 ? deadline : 0) * 1.05;
  const x = (t: number): number => left + ((t - time[0]) / (time[time.length - 1] - time[0])) * (width - left - 8);
  const y = (ms: number): number => 6 + (1 - ms / top) * (height - bottom - 6);
  const points = (values: Float64Array): string[] =>
    Array.from(values, (v, i) => `${x(time[i]).toFixed(1)},${y(v).toFixed(1)}`);
  const marks = ticks(0, top, 3);
  const step = marks.length > 1 ? marks[1] - marks[0] : 1;
  const seconds = ticks(time[0], time[time.length - 1], 6);
  return (
    <figure>
      <figcaption>{strings.overTime}</figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="img"
        aria-label={`${strings.overTime}: ${msText(Math.min(...least))}, ${msText(Math.max(...most))}`}
      >
        {marks.map((m) => (
          <g key={m}>
            <line x1={left} x2={width} y1={y(m)} y2={y(m)} class="grid" />
            <text x={left - 5} y={y(m) + 4} text-anchor="end">
              {tickText(m, step)} ms
            </text>
          </g>
        ))}
        {seconds.map((s) => (
          <text key={s} x={x(s)} y={height - 5} text-anchor="middle">
            {tickText(s, seconds.length > 1 ? seconds[1] - seconds[0] : 1)} s
          </text>
        ))}
        <polygon points={[...points(most), ...points(least).reverse()].join(' ')} class="band" />
        <polyline points={points(median).join(' ')} class="median" />
        {deadline !== undefined && deadline <= top ? (
          <line x1={left} x2={width} y1={y(deadline)} y2={y(deadline)} class="deadline" />
        ) : null}
      </svg>
    </figure>
  );
}
