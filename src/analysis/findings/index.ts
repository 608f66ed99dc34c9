/** All rules, in the order in which findings of one severity are shown. */
import type { Finding } from '../../formats/report/report.js';
import {
  cold,
  contended,
  interrupted,
  late,
  problems,
  refused,
  simulated,
  truncated,
  unsteady,
} from './measurement.js';
import type { FindingContext, Rule } from './rule.js';
import { beforehand, clocks, eccErrors, foreignLoad, gpuClock, saturated, stopped, throttled } from './system.js';
import { cpuOverload, drift, failed, misses, overload, rateDegrading, sharedOverload } from './tasks.js';

const RULES: readonly Rule[] = [
  problems,
  failed,
  foreignLoad,
  stopped,
  late,
  contended,
  interrupted,
  overload,
  sharedOverload,
  cpuOverload,
  misses,
  rateDegrading,
  throttled,
  eccErrors,
  saturated,
  gpuClock,
  unsteady,
  drift,
  cold,
  refused,
  truncated,
  clocks,
  beforehand,
  simulated,
];

/** Everything that the rules find in one scenario. */
export const findings = (context: FindingContext): Finding[] => RULES.flatMap((rule) => rule(context));

const ORDER = { error: 0, warning: 1, info: 2 } as const;

/** What matters most first; the order of the rules within. */
export const bySeverity = (list: readonly Finding[]): Finding[] =>
  [...list].sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
