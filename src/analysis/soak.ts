/** A long run over its time: how response times went, where they changed and what changed with them, and what a mission would bring. */
import { msShort, spanText } from '../base/text.js';
import { NS_PER_S, round, toMs } from '../base/units.js';
import { THROTTLING } from '../formats/recording/clock-reasons.js';
import { COMPLETED } from '../formats/recording/jobs.js';
import type { Series } from '../formats/recording/series.js';
import type { Finding, SoakReport } from '../formats/report/report.js';
import { changePoints } from './change-points.js';
import { differenceOf, type Estimate } from './difference.js';
import { intervalsOf, lagOneCorrelation, medianOf } from './distribution.js';
import { deadlineOf, type TaskJobs, type Window } from './jobs.js';
import { licensedFrom, nearestRank } from './quantiles.js';
import { returnLevel } from './return-level.js';

/** A shorter run has no course, ns. */
const LEAST = 600 * NS_PER_S;
/** Stretches that the course is told in. */
const SPANS = 48;
/** Changes are looked for in medians of this many stretches; of fewer where jobs are rare. */
const BLOCKS = 480;
const LEAST_JOBS = 12;
const MISSION_H = 8;
/** Around a change, ns; what is closer may be of either side. */
const AROUND = 60 * NS_PER_S;
const CLOSE = 5 * NS_PER_S;
/** Of a clock. */
const NOTABLE = 0.03;

/** Undefined for a run that is too short. */
export function soakOf(parts: readonly TaskJobs[], series: readonly Series[], window: Window): SoakReport | undefined {
  const length = window.to - window.from;
  if (length < LEAST) return undefined;
  return {
    span_s: round(length / SPANS / NS_PER_S, 1),
    end_s: round(length / endsIn(length) / NS_PER_S, 1),
    mission_h: MISSION_H,
    tasks: parts.map((part) => taskSoak(part, series, window)),
    throttled: throttledSpans(series, window),
  };
}

function taskSoak(part: TaskJobs, series: readonly Series[], window: Window): SoakReport['tasks'][number] {
  const length = window.to - window.from;
  const spans = split(part, window, SPANS);
  const blocks = split(part, window, Math.max(2, Math.min(BLOCKS, Math.floor((part.to - part.from) / LEAST_JOBS))));
  const medians = Float64Array.from(blocks, (b) => medianOf(b.responses) ?? Number.NaN);
  // A block without a result goes on as the one before.
  for (let i = 1; i < medians.length; i++) if (Number.isNaN(medians[i])) medians[i] = medians[i - 1] ?? 0;
  const changes = changePoints(medians).map(({ index, before, after }) => {
    const at = window.from + (length * index) / blocks.length;
    return {
      at_s: round((at - window.from) / NS_PER_S, 0),
      before_ms: toMs(before),
      after_ms: toMs(after),
      beside: clocksAt(series, at),
    };
  });
  const all = Float64Array.from(blocks.flatMap((b) => [...b.responses]));
  const worst =
    changes.length > 0
      ? { reason: 'response times changed during the run' }
      : returnLevel(all, length, MISSION_H * 3600 * NS_PER_S);
  return {
    task: part.task.name,
    p50_ms: spans.map(({ responses }) => quantile(responses, 500_000)),
    p99_ms: spans.map(({ responses }) => quantile(responses, 990_000)),
    missed: spans.map((s) => round(s.missed / Math.max(1, s.released), 5)),
    changes,
    ends: endsOf(split(part, window, endsIn(length))),
    ...('reason' in worst
      ? { no_worst: worst.reason }
      : {
          worst_ms: toMs(worst.level),
          worst_interval_ms: [toMs(worst.interval[0]), toMs(worst.interval[1])] as [number, number],
        }),
  };
}

const HOUR = 3600 * NS_PER_S;

/** Stretches of an hour, of which the first and the last are compared; four of a shorter run. */
const endsIn = (length: number): number => Math.max(4, Math.floor(length / HOUR));

/** The first stretch against the last. */
function endsOf(stretches: readonly Stretch[]): NonNullable<SoakReport['tasks'][number]['ends']> {
  const [first = NOTHING, last = NOTHING] = [stretches[0], stretches.at(-1)];
  const [before, after] = [first, last].map((s) => estimatesOf(s.responses)) as [Estimates, Estimates];
  const { shown, low, high } = differenceOf(before.p99, after.p99);
  return {
    first: endOf(first),
    last: endOf(last),
    p50: differenceOf(before.p50, after.p50).shown,
    p99: shown,
    ...(low === undefined || high === undefined ? {} : { p99_difference_ms: [round(low, 4), round(high, 4)] }),
  };
}

const endOf = ({ responses, released, missed }: Stretch) => ({
  p50_ms: quantile(responses, 500_000),
  p99_ms: quantile(responses, 990_000),
  missed: round(missed / Math.max(1, released), 5),
});

type Estimates = Readonly<Record<string, Estimate | undefined>>;

/** Quantiles with their intervals, ms; jobs that follow each other closely count for less. @param responses ns, in order */
function estimatesOf(responses: Float64Array): Estimates {
  const sorted = responses.toSorted();
  const intervals = intervalsOf(sorted, lagOneCorrelation(responses));
  return Object.fromEntries(
    (
      [
        ['p50', 500_000],
        ['p99', 990_000],
      ] as const
    ).map(([name, ppm]) => {
      const [value, interval] = [quantile(sorted, ppm), intervals[name]];
      return [name, value === null || !interval ? undefined : { value, low: interval[0], high: interval[1] }];
    }),
  );
}

/** A change that matters, by what it was before. */
const MATTERS = 1.1;

/** Response times that became longer in the middle of the run. */
export const soakFindings = ({ tasks }: SoakReport): Finding[] =>
  tasks.flatMap(({ task, changes }) => {
    const worst = changes
      .filter((c) => c.after_ms > MATTERS * c.before_ms)
      .toSorted((a, b) => b.after_ms / b.before_ms - a.after_ms / a.before_ms)[0];
    if (!worst) return [];
    const { at_s: at, before_ms: before, after_ms: after, beside } = worst;
    return [
      {
        id: 'level_changed',
        severity: 'warning' as const,
        message: `${task} became slower ${spanText(at)} after the begin: p50 ${msShort(before)}, then ${msShort(after)}${beside.length > 0 ? ` (${beside.join(', ')})` : ''}`,
        advice:
          beside.length > 0
            ? 'a clock fell with it: improve cooling, or choose a power mode that the device can hold'
            : 'see what began then: other programs, temperature, memory',
        evidence: { task, at_s: at, before_ms: before, after_ms: after },
      },
    ];
  });

interface Stretch {
  readonly responses: Float64Array;
  readonly released: number;
  readonly missed: number;
}

const NOTHING: Stretch = { responses: new Float64Array(0), released: 0, missed: 0 };

/** By release. */
function split(part: TaskJobs, { from, to }: Window, count: number): Stretch[] {
  const lists = Array.from({ length: count }, () => ({ responses: [] as number[], released: 0, missed: 0 }));
  const { jobs } = part;
  for (let row = part.from; row < part.to; row++) {
    const place = Math.min(count - 1, Math.floor((((jobs.release[row] ?? 0) - from) / (to - from)) * count));
    const stretch = lists[place];
    if (!stretch) continue;
    stretch.released++;
    const done = jobs.outcome[row] === COMPLETED;
    if (done) stretch.responses.push((jobs.complete[row] ?? 0) - (jobs.release[row] ?? 0));
    if (!done || (jobs.complete[row] ?? 0) > deadlineOf(part, row)) stretch.missed++;
  }
  return lists.map((l) => ({ ...l, responses: Float64Array.from(l.responses) }));
}

/** ms; null where too few jobs license it. */
function quantile(values: Float64Array, ppm: number): number | null {
  if (values.length < licensedFrom(ppm)) return null;
  return toMs(values.toSorted()[nearestRank(values.length, ppm) - 1] ?? 0);
}

/** Clocks that were others after an instant than before. */
function clocksAt(series: readonly Series[], at: number): string[] {
  return series
    .filter((s) => s.unit === 'MHz')
    .flatMap((s) => {
      const [before, after] = [meanIn(s, at - AROUND, at - CLOSE), meanIn(s, at + CLOSE, at + AROUND)];
      if (before === undefined || after === undefined || before <= 0) return [];
      return Math.abs(after / before - 1) > NOTABLE ? [`${s.name} ${round(before, 0)} → ${round(after, 0)} MHz`] : [];
    })
    .slice(0, 4);
}

function meanIn({ time, value }: Series, from: number, to: number): number | undefined {
  let [sum, n] = [0, 0];
  for (let i = 0; i < time.length; i++) {
    if ((time[i] ?? 0) <= from || (time[i] ?? 0) > to || Number.isNaN(value[i])) continue;
    sum += value[i] ?? 0;
    n++;
  }
  return n > 0 ? sum / n : undefined;
}

/** Stretches in which a device said that it slowed itself down. */
function throttledSpans(series: readonly Series[], { from, to }: Window): SoakReport['throttled'] {
  return series.flatMap((s) => {
    const mask = s.name.endsWith('throttle_reasons');
    if (!mask && !s.name.startsWith('throttle.')) return [];
    const spans: { from_s: number; to_s: number; what: string }[] = [];
    for (let i = 1; i < s.time.length; i++) {
      const [begin, end] = [Math.max(from, s.time[i - 1] ?? 0), Math.min(to, s.time[i] ?? 0)];
      const on = mask ? ((s.value[i] ?? 0) & THROTTLING) !== 0 : (s.value[i] ?? 0) > (s.value[i - 1] ?? 0);
      if (!on || end <= begin) continue;
      const [a, b] = [begin, end].map((t) => round((t - from) / NS_PER_S, 1)) as [number, number];
      const last = spans.at(-1);
      if (last && last.to_s === a) spans[spans.length - 1] = { ...last, to_s: b };
      else spans.push({ from_s: a, to_s: b, what: s.name });
    }
    return spans;
  });
}
