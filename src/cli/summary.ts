/** The report as a person wants it at the end of a run. */
import pc from 'picocolors';
import { printableAll, withUnit } from '../base/text.js';
import { NOTABLE_FACTOR } from '../formats/recording/interference.js';
import { kindOfSeries, seriesLabel } from '../formats/recording/series.js';
import { measuredText } from '../formats/report/measured-text.js';
import type { Distribution, ProfileReport, ScenarioReport, TaskReport } from '../formats/report/report.js';
import { verdictText } from '../formats/report/verdict-text.js';
import { findingLine, plainTable } from './text.js';

const COLOURS = {
  pass: pc.green,
  fail: pc.red,
  inconclusive: pc.yellow,
  none: pc.dim,
  not_applicable: pc.dim,
} as const;
const NO_DEADLINES =
  ' (nothing is required, and jobs of a closed load have no deadlines; mode: periodic gives them some)';

/** The whole report for a terminal. */
export function summaryText(whole: ProfileReport): string {
  const report = printableAll(whole);
  return [
    ...report.scenarios.flatMap(scenarioLines),
    ...interferenceLines(report),
    ...requirementLines(report),
    `verdict: ${COLOURS[report.verdict](verdictText(report))}${report.verdict === 'none' ? pc.dim(NO_DEADLINES) : ''}`,
  ].join('\n');
}

function scenarioLines(scenario: ScenarioReport): string[] {
  const number = scenario.repetition === undefined ? '' : ` #${scenario.repetition}`;
  const state = scenario.valid ? '' : pc.red(`  not valid: ${scenario.invalid_reason}`);
  const lines = [
    `${pc.bold(scenario.name)}${number}  ${scenario.mode} (${scenario.load} load), ${scenario.duration_s} s${scenario.simulated ? ', simulated' : ''}${state}`,
    '',
    tasksTable(scenario.tasks),
  ];
  if (scenario.iterations) {
    const { count, time_ms, slip_ms, skipped_windows } = scenario.iterations;
    lines.push(
      '',
      `iterations ${count}, time p50 ${time_ms.p50 ?? time_ms.mean ?? '-'} ms${slip_ms.max === undefined ? '' : `, slip max ${slip_ms.max} ms`}${skipped_windows > 0 ? `, ${skipped_windows} windows skipped` : ''}`,
    );
  }
  for (const chain of scenario.chains ?? []) {
    lines.push(
      `chain ${chain.tasks.join(' > ')}: reaction p50 ${chain.reaction_ms.p50 ?? '-'} ms, max ${chain.reaction_ms.max ?? '-'} ms, worst ${chain.worst_ms ?? '-'} ms, ${chain.missed} missed`,
    );
  }
  const system = systemLine(scenario);
  if (system) lines.push('', system);
  if (scenario.findings.length > 0) lines.push('', ...scenario.findings.map(findingLine));
  lines.push('');
  return lines;
}

const ms = (d: Distribution, key: 'p50' | 'p99' | 'max'): string => d[key]?.toFixed(2) ?? '-';

function tasksTable(tasks: readonly TaskReport[]): string {
  const out = plainTable(
    ['task', 'rate Hz', 'done', 'late', 'dropped', 'missed', 'response p50', 'p99', 'max ms', 'service p50', 'load'],
    1,
  );
  for (const t of tasks) {
    const dropped = Object.values(t.dropped).reduce((a, b) => a + b, 0);
    const missed = t.miss_ratio === undefined ? '-' : `${(t.miss_ratio * 100).toFixed(2)} %`;
    out.push([
      t.problem ? pc.red(t.name) : t.name,
      t.rate_hz === undefined ? '-' : String(Math.round(t.rate_hz * 1000) / 1000),
      `${t.completed}/${t.released}`,
      t.late,
      dropped,
      t.miss_ratio ? pc.yellow(missed) : missed,
      ms(t.response_ms, 'p50'),
      ms(t.response_ms, 'p99'),
      ms(t.response_ms, 'max'),
      ms(t.service_ms, 'p50'),
      t.utilisation === undefined ? '-' : `${(t.utilisation * 100).toFixed(0)} %`,
    ]);
  }
  return out.toString();
}

/** The few series that say whether the device is at its limit. */
function systemLine(scenario: ScenarioReport): string | undefined {
  const parts = scenario.system.flatMap(({ series, unit, mean, max }) => {
    const shown = kindOfSeries(series)?.headline;
    if (!shown) return [];
    const label = seriesLabel(series);
    if (unit === 'percent') return [`${label} ${mean.toFixed(0)} % (max ${max.toFixed(0)} %)`];
    return [shown === 'max' ? `${label} max ${withUnit(max, unit)}` : `${label} ${withUnit(mean, unit)}`];
  });
  return parts.length > 0 ? `system: ${parts.join(', ')}` : undefined;
}

function interferenceLines({ interference: list = [] }: ProfileReport): string[] {
  if (list.length === 0) return [];
  const out = plainTable(
    [
      'scenario',
      'task',
      'service p50 alone',
      'together',
      'factor',
      'p99 alone',
      'together',
      'factor',
      'missed alone',
      'together',
    ],
    2,
  );
  const factor = (value: number | undefined): string => {
    const text = value === undefined ? '-' : `${value.toFixed(2)} x`;
    return (value ?? 1) >= NOTABLE_FACTOR ? pc.yellow(text) : text;
  };
  const missed = (value: number | undefined): string => (value === undefined ? '-' : `${(value * 100).toFixed(2)} %`);
  for (const i of list)
    out.push([
      i.scenario,
      i.task,
      ms(i.alone_ms, 'p50'),
      ms(i.together_ms, 'p50'),
      factor(i.factor.p50),
      ms(i.alone_ms, 'p99'),
      ms(i.together_ms, 'p99'),
      factor(i.factor.p99),
      missed(i.alone_miss_ratio),
      missed(i.together_miss_ratio),
    ]);
  const notes = list.flatMap((i) => (i.notes ?? []).map((n) => pc.dim(`  ${i.scenario} / ${i.task}: ${n}`)));
  return [pc.bold('interference'), '', out.toString(), ...notes, ''];
}

function requirementLines(report: ProfileReport): string[] {
  if (report.requirements.length === 0) return [];
  return [
    pc.bold(report.basis === 'deadlines' ? 'deadlines (the file requires nothing of its tasks)' : 'requirements'),
    ...report.requirements.map(
      ({ verdict, text, measured, reason }) =>
        `  ${COLOURS[verdict](verdict.replace('_', ' ').padEnd(12))} ${text}  ${pc.dim(`(${measuredText(measured)})`)}${reason ? `\n               ${pc.dim(reason)}` : ''}`,
    ),
    '',
  ];
}
