/** Requirements: which keys go together, and which claims a scenario's load can carry. */

import { suggest } from '../../base/nearest.js';
import { DIMENSIONS, type Dimension, parseQuantity, unitsOf } from '../../base/quantity.js';
import { kindOfSeries } from '../recording/series.js';
import { asList, asMap, type Loose, type Report } from './loose.js';
import { METRICS } from './schema.js';
import type { Path } from './source.js';
import { CHAIN_METRICS, COUNT_METRICS, JOB_METRICS, LOAD_OF, type Mode, SPAN_METRICS } from './types.js';

/** A slow model that delays its own releases hides these. */
const DEADLINE_METRICS = ['response', 'miss_ratio', ...COUNT_METRICS];

const SUBJECTS = ['task', 'chain', 'model', 'series'] as const;
type Subject = (typeof SUBJECTS)[number];
/** Keys that only some requirements have. */
const OPTIONAL = ['metric', 'quantile', 'statistic', 'max', 'min', 'window', 'confidence', 'burst'] as const;
type Key = (typeof OPTIONAL)[number];

const EXAMPLES: Readonly<Record<Subject, string>> = {
  task: 'task: detector, metric: response, quantile: p99, max: 60 ms',
  chain: 'chain: camera_to_plan, metric: reaction, quantile: p99, max: 120 ms',
  model: 'model: detector, metric: memory, max: 2 GiB',
  series: 'series: temperature.gpu, statistic: max, max: 85 C',
};

/** What a metric is measured in, which limit it needs, and which other keys it takes. */
interface Metric {
  readonly limit: 'max' | 'min';
  readonly dimension?: Dimension;
  readonly takes: readonly Key[];
}

const COUNTED: readonly Key[] = ['confidence', 'burst'];
const QUANTILE: Metric = { limit: 'max', dimension: 'time', takes: ['quantile', ...COUNTED] };

function metricOf(metric: string): Metric {
  if (metric === 'throughput') return { limit: 'min', dimension: 'rate', takes: ['confidence'] };
  if (metric === 'miss_ratio') return { limit: 'max', dimension: 'ratio', takes: COUNTED };
  if (metric === 'memory') return { limit: 'max', dimension: 'memory', takes: [] };
  if (metric === 'misses_in_window') return { limit: 'max', takes: ['window'] };
  if (metric === 'consecutive_misses') return { limit: 'max', takes: [] };
  if (SPAN_METRICS.some((m) => m === metric)) return { limit: 'max', dimension: 'time', takes: [] };
  return QUANTILE;
}

const METRICS_OF: Readonly<Record<Exclude<Subject, 'series'>, readonly string[]>> = {
  task: [...JOB_METRICS, 'miss_ratio', 'throughput', ...COUNT_METRICS, ...SPAN_METRICS],
  chain: CHAIN_METRICS,
  model: ['memory'],
};
const DEFAULT_METRIC: Readonly<Record<Exclude<Subject, 'series'>, string>> = {
  task: 'response',
  chain: 'reaction',
  model: 'memory',
};

interface Scope {
  readonly name: string;
  readonly value: Loose;
}

/** Mistakes in `requirements:` that join several keys. */
export function checkRequirements(data: Loose, report: Report): void {
  const scenarios = Object.entries(asMap(data.scenarios)).map(([name, value]) => ({ name, value: asMap(value) }));
  asList(data.requirements)
    .map(asMap)
    .forEach((requirement, i) => {
      checkOne(requirement, ['requirements', i], scenarios, Object.keys(asMap(data.models)), report);
    });
}

function checkOne(
  requirement: Loose,
  at: Path,
  scenarios: readonly Scope[],
  models: readonly string[],
  report: Report,
): void {
  if (requirement.scenario !== undefined && !scenarios.some((s) => s.name === requirement.scenario)) {
    report(
      [...at, 'scenario'],
      `there is no scenario "${requirement.scenario}"`,
      suggest(
        String(requirement.scenario),
        scenarios.map((s) => s.name),
      ),
    );
    return;
  }
  const given = SUBJECTS.filter((subject) => requirement[subject] !== undefined);
  const [subject] = given;
  if (subject === undefined || given.length > 1) {
    report(at, 'needs one of task, chain, model or series', `such as ${EXAMPLES[given[1] ?? 'task']}`);
    return;
  }
  const scope = scenarios.filter((s) => requirement.scenario === undefined || s.name === requirement.scenario);
  if (subject === 'series') checkSeries(requirement, at, report);
  else checkMetric(requirement, subject, at, scope, report);
  if (subject === 'task') checkTaskName(requirement, at, scope, report);
  if (subject === 'chain') checkChainName(String(requirement.chain), at, scope, report);
  if (subject === 'model' && requirement.model !== '*' && !models.includes(String(requirement.model)))
    report([...at, 'model'], `there is no model "${requirement.model}"`, suggest(String(requirement.model), models));
}

function checkSeries(requirement: Loose, at: Path, report: Report): void {
  for (const key of ['metric', 'quantile', 'confidence', 'burst', 'window'] as const) {
    if (requirement[key] !== undefined)
      report([...at, key], `${key} goes with a task, not with a series`, undefined, true);
  }
  if (requirement.max === undefined && requirement.min === undefined)
    report(at, 'needs max or min', 'such as max: 85 C');
  const dimension = kindOfSeries(String(requirement.series))?.dimension;
  for (const key of ['max', 'min'] as const)
    checkUnit(requirement[key], dimension, String(requirement.series), [...at, key], report);
}

/** A limit with its unit, and one of the right dimension. */
function checkUnit(limit: unknown, dimension: Dimension | undefined, what: string, at: Path, report: Report): void {
  if (typeof limit === 'number') {
    const [unit = 'ms', second = 's'] = dimension === undefined ? ['ms', '%'] : unitsOf(dimension);
    report(
      at,
      `a number without a unit; write one after it, such as "${limit} ${unit}"${second ? ` or "${limit} ${second}"` : ''}`,
    );
    return;
  }
  if (dimension === undefined || typeof limit !== 'string') return;
  const known = parseQuantity(limit, DIMENSIONS).problem === undefined;
  if (!known || parseQuantity(limit, [dimension]).problem === undefined) return;
  report(at, `${what} is measured in ${unitsOf(dimension).slice(0, 4).join(', ')}, found "${limit}"`);
}

function checkMetric(
  requirement: Loose,
  subject: Exclude<Subject, 'series'>,
  at: Path,
  scope: readonly Scope[],
  report: Report,
): void {
  const metric = String(requirement.metric ?? DEFAULT_METRIC[subject]);
  // A metric that does not exist has been reported; what else is wrong depends on which was meant.
  if (!METRICS.some((m) => m === metric)) return;
  if (!METRICS_OF[subject].includes(metric)) {
    report([...at, 'metric'], `a ${subject} has no ${metric}`, `it has ${METRICS_OF[subject].join(', ')}`);
    return;
  }
  const { limit, dimension, takes } = metricOf(metric);
  const plain = /^(mean|max)$/.test(String(requirement.quantile));
  if (requirement[limit] === undefined)
    report(
      at,
      `${metric} needs ${limit}`,
      limit === 'min' ? 'such as min: 14 Hz' : `such as ${exampleLimit(dimension)}`,
    );
  else if (dimension !== undefined) checkUnit(requirement[limit], dimension, metric, [...at, limit], report);
  else if (!Number.isInteger(requirement[limit]) || Number(requirement[limit]) < 0)
    report([...at, limit], `${metric} is a number of jobs, such as ${limit}: 3`);
  if (metric === 'misses_in_window' && requirement.window === undefined)
    report(at, 'misses_in_window needs window', 'such as window: 20, max: 2: at most 2 of any 20');
  for (const key of OPTIONAL) {
    if (requirement[key] === undefined || key === 'metric' || key === limit) continue;
    if (takes.includes(key) && !(key === 'burst' && plain)) continue;
    report([...at, key], wrongKey(key, metric), undefined, true);
  }
  checkLoad(requirement, subject, metric, at, scope, report);
}

const exampleLimit = (dimension: Dimension | undefined): string =>
  dimension === undefined
    ? 'max: 3'
    : dimension === 'time'
      ? 'max: 60 ms'
      : dimension === 'memory'
        ? 'max: 2 GiB'
        : 'max: 1 %';

const wrongKey = (key: Key, metric: string): string => {
  if (key === 'quantile') return `${metric} has no quantile`;
  if (key === 'statistic') return 'statistic goes with a series; a task has a quantile';
  if (key === 'burst') return 'burst goes with a quantile or with miss_ratio';
  return `${key} does not go with ${metric}`;
};

const tasksOf = (s: Scope): string[] => asList(s.value.tasks).map((t) => String(asMap(t).name ?? asMap(t).model));

function checkTaskName(requirement: Loose, at: Path, scope: readonly Scope[], report: Report): void {
  const { task } = requirement;
  if (scope.length === 0 || task === '*' || scope.some((s) => tasksOf(s).includes(String(task)))) return;
  report([...at, 'task'], `there is no task "${task}"`, suggest(String(task), new Set(scope.flatMap(tasksOf))));
}

/** Tasks of a chain that is written out. */
export const chainTasks = (chain: string): string[] => chain.split('>').map((part) => part.trim());

/** Whether each task is released by the one before. */
export function isChain(tasks: readonly string[], { value }: Pick<Scope, 'value'>): boolean {
  const entries = asList(value.tasks).map(asMap);
  return (
    tasks.length > 1 &&
    tasks.every((name, i) => {
      const task = entries.find((t) => String(t.name ?? t.model) === name);
      return task !== undefined && (i === 0 || [task.after].flat().includes(tasks[i - 1]));
    })
  );
}

function checkChainName(chain: string, at: Path, scope: readonly Scope[], report: Report): void {
  const names = scope.flatMap((s) => Object.keys(asMap(s.value.chains)));
  if (names.includes(chain) || scope.some((s) => isChain(chainTasks(chain), s))) return;
  report(
    [...at, 'chain'],
    `there is no chain "${chain}"`,
    `${names.length > 0 ? `${suggest(chain, names)}; or ` : ''}write its tasks: "camera > detector > planner", or name it in the scenario: chains: { ${/^[\w.-]+$/.test(chain) ? chain : 'name'}: [camera, detector, planner] }`,
  );
}

function checkLoad(
  requirement: Loose,
  subject: Subject,
  metric: string,
  at: Path,
  scope: readonly Scope[],
  report: Report,
): void {
  if (subject !== 'task' || !DEADLINE_METRICS.includes(metric)) return;
  const named = scope.filter((s) => requirement.task === '*' || tasksOf(s).includes(String(requirement.task)));
  for (const { name, value } of named) {
    if (LOAD_OF[(value.mode ?? 'periodic') as Mode] !== 'closed') continue;
    report(
      [...at, 'task'],
      `${metric} of scenario "${name}" cannot be required: in mode ${value.mode} a slow model delays its own releases and hides its lateness`,
      'use mode: periodic, or name another scenario with scenario: NAME',
    );
  }
}
