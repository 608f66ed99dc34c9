/** The logs of the control threads -> series of stalls, and how late each thread woke in general. */
import { round } from '../../base/units.js';
import type { RecordingDocument } from '../../formats/recording/recording.js';
import { type Series, stallSeries } from '../../formats/recording/series.js';
import type { StallLog } from '../control/stall-log.js';

/** A log, and whose it is. */
export interface ControlLog {
  readonly cpu: number;
  /** ns between two wake-ups. */
  readonly period: number;
  readonly log: StallLog;
}

const us = (ns: number): number => round(ns / 1000, 1);

/** What recording.json says of them. */
export const controlDocuments = (logs: readonly ControlLog[]): NonNullable<RecordingDocument['control']> =>
  logs.map(({ cpu, period, log }) => ({
    cpu,
    period_ms: round(period / 1e6, 3),
    ticks: log.ticks,
    p50_us: us(log.quantile(0.5)),
    p99_us: us(log.quantile(0.99)),
    max_us: us(log.worst),
    ...(log.lost > 0 ? { lost: log.lost } : {}),
  }));

/** One sample per stall, at its end. */
export const stallsOf = (logs: readonly ControlLog[]): Series[] =>
  logs.flatMap(({ cpu, log }) => {
    const events = log.events();
    if (events.length === 0) return [];
    const time = Float64Array.from(events, (e) => e.due + e.late);
    const values = {
      late: events.map((e) => e.late),
      waited: events.map((e) => e.waited),
      own: events.map((e) => e.own),
    };
    return (['late', 'waited', 'own'] as const).map(
      (what): Series => ({
        name: stallSeries(cpu, what),
        unit: 'ms',
        source: 'control',
        time,
        value: Float64Array.from(values[what], (ns) => ns / 1e6),
      }),
    );
  });
