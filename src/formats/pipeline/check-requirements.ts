/** Requirements: which keys go together, and which claims a scenario's load can carry. */

import { suggest } from '../../base/nearest.js';
import { type Dimension, parseQuantity, unitsOf } from '../../base/quantity.js';
import { kindOfSeries } from '../recording/series.js';
import { asList, asMap, type Loose, type Report } from './loose.js';
import { METRICS } from './schema.js';
import type { Path } from './source.js';
import { LOAD_OF, type Mode } from './types.js';

const ALL_DIMENSIONS: readonly Dimension[] = ['time', 'rate', 'memory', 'ratio', 'temperature', 'power', 'clock'];

const DEADLINE_METRICS = ['response', 'miss_ratio'];

/** Mistakes in `requirements:` that join several keys. */
export function checkRequirements(data: Loose, report: Report): void {
  const scenarios = Object.entries(asMap(data.scenarios)).map(([name, value]) => ({ name, value: asMap(value) }));
  asList(data.requirements)
    .map(asMap)
    .forEach((requirement, i) => {
      const at: Path = ['requirements', i];
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
      if ((requirement.task === undefined) === (requirement.series === undefined)) {
        report(
          at,
          'needs either a task or a series',
          'such as task: detector, metric: response, quantile: p99, max: 60 ms',
        );
        return;
      }
      const scope = scenarios.filter((s) => requirement.scenario === undefined || s.name === requirement.scenario);
      if (requirement.series !== undefined) checkSeries(requirement, at, report);
      else checkTask(requirement, at, scope, report);
    });
}

function checkSeries(requirement: Loose, at: Path, report: Report): void {
  for (const key of ['metric', 'quantile', 'confidence', 'burst'] as const) {
    if (requirement[key] !== undefined)
      report([...at, key], `${key} goes with a task, not with a series`, undefined, true);
  }
  if (requirement.max === undefined && requirement.min === undefined)
    report(at, 'needs max or min', 'such as max: 85 C');
  const dimension = kindOfSeries(String(requirement.series))?.dimension;
  for (const key of ['max', 'min'] as const) {
    const text = requirement[key];
    if (dimension === undefined || typeof text !== 'string') continue;
    const known = parseQuantity(text, ALL_DIMENSIONS).problem === undefined;
    if (!known || parseQuantity(text, [dimension]).problem === undefined) continue;
    const units = unitsOf(dimension).slice(0, 3).join(', ');
    report([...at, key], `${requirement.series} is measured in ${units}, found "${text}"`);
  }
}

function checkTask(
  requirement: Loose,
  at: Path,
  scope: readonly { name: string; value: Loose }[],
  report: Report,
): void {
  const metric = String(requirement.metric ?? 'response');
  // A metric that does not exist has been reported; what else is wrong depends on which was meant.
  if (!METRICS.some((m) => m === metric)) return;
  const throughput = metric === 'throughput';
  const missing = throughput ? 'min' : 'max';
  if (requirement[missing] === undefined)
    report(at, `${metric} needs ${missing}`, throughput ? 'such as min: 14 Hz' : 'such as max: 60 ms');
  const excess = throughput ? 'max' : 'min';
  if (requirement[excess] !== undefined)
    report([...at, excess], `${excess} does not go with ${metric}`, undefined, true);
  if (requirement.statistic !== undefined)
    report([...at, 'statistic'], 'statistic goes with a series; a task has a quantile', undefined, true);
  if (requirement.quantile !== undefined && (throughput || metric === 'miss_ratio'))
    report([...at, 'quantile'], `${metric} has no quantile`, undefined, true);
  const counted = metric === 'miss_ratio' || (!throughput && !/^(mean|max)$/.test(String(requirement.quantile)));
  if (requirement.burst !== undefined && !counted)
    report([...at, 'burst'], 'burst goes with a quantile or with miss_ratio', undefined, true);
  checkUnit(requirement, metric, at, report);
  checkScope(requirement, metric, at, scope, report);
}

function checkUnit(requirement: Loose, metric: string, at: Path, report: Report): void {
  const text = requirement[metric === 'throughput' ? 'min' : 'max'];
  if (typeof text !== 'string') return;
  const unit = /[A-Za-z%°/].*$/.exec(text.replace(/^[\s\d.+-]+(e[+-]?\d+)?(\/\d+)?/i, ''))?.[0].trim();
  const wanted =
    metric === 'miss_ratio'
      ? ['%']
      : metric === 'throughput'
        ? ['Hz', 'kHz', '/min']
        : ['ns', 'us', 'ms', 's', 'min', 'h'];
  if (unit && !wanted.includes(unit)) {
    report(
      [...at, metric === 'throughput' ? 'min' : 'max'],
      `${metric} is measured in ${wanted.slice(-4).join(', ')}, found "${unit}"`,
    );
  }
}

function checkScope(
  requirement: Loose,
  metric: string,
  at: Path,
  scope: readonly { name: string; value: Loose }[],
  report: Report,
): void {
  const tasksOf = (s: { value: Loose }) => asList(s.value.tasks).map((t) => String(asMap(t).name ?? asMap(t).model));
  const named = scope.filter((s) => requirement.task === '*' || tasksOf(s).includes(String(requirement.task)));
  if (named.length === 0 && scope.length > 0) {
    report(
      [...at, 'task'],
      `there is no task "${requirement.task}"`,
      suggest(String(requirement.task), new Set(scope.flatMap(tasksOf))),
    );
  }
  if (!DEADLINE_METRICS.includes(metric)) return;
  for (const { name, value } of named) {
    const load = LOAD_OF[(value.mode ?? 'periodic') as Mode];
    if (load === 'closed') {
      report(
        [...at, 'task'],
        `${metric} of scenario "${name}" cannot be required: in mode ${value.mode} a slow model delays its own releases and hides its lateness`,
        `use mode: periodic, or name another scenario with scenario: NAME`,
      );
    }
  }
}
