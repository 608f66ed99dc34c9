/** The report as a person wants it at the end of a run. */
import pc from 'picocolors';
import { printableAll, withUnit } from '../base/text.js';
import { NOTABLE_FACTOR } from '../formats/recording/interference.js';
import { kindOfSeries, seriesLabel } from '../formats/recording/series.js';
import type {
  ChainReport,
  Distribution,
  InterferenceReport,
  ProfileReport,
  ScenarioReport,
  TaskReport,
} from '../formats/report/report.js';
import { limitText, measuredText, subjectText } from '../formats/report/requirement-words.js';
import { verdictText } from '../formats/report/verdict-text.js';
import { scenarioName } from '../report/rows.js';
import { type Column, findingLine, tableText, wrap } from './text.js';

const COLOURS = {
  pass: pc.green,
  fail: pc.red,
  inconclusive: pc.yellow,
  none: pc.dim,
  not_applicable: pc.dim,
} as const;
const NO_DEADLINES =
  ' (nothing is required, and jobs of a closed load have no deadlines; mode: periodic gives them some)';

/** The whole report for a terminal. @param width columns; a file has no end */
export function summaryText(whole: ProfileReport, width = Number.POSITIVE_INFINITY): string {
  const report = printableAll(whole);
  return [
    ...report.scenarios.flatMap((s) => scenarioLines(s, width)),
    ...interferenceLines(report, width),
    ...requirementLines(report, width),
    wrap(
      `verdict: ${COLOURS[report.verdict](verdictText(report))}${report.verdict === 'none' ? pc.dim(NO_DEADLINES) : ''}`,
      width,
      9,
    ),
    ...answerLines(report, width),
  ].join('\n');
}

/** The same sentences as on the page. */
function answerLines({ answer, verdict }: ProfileReport, width: number): string[] {
  if (!answer) return [];
  const why = verdict === 'none' ? [] : answer.reasons;
  return [pc.bold(wrap(answer.headline, width, 0)), ...why.map((reason) => wrap(reason, width, 0))];
}

function scenarioLines(scenario: ScenarioReport, width: number): string[] {
  const state = scenario.valid ? '' : pc.red('  not valid: see below');
  const lines = [
    `${pc.bold(scenarioName(scenario))}  ${scenario.mode} (${scenario.load} load), ${scenario.duration_s} s${scenario.simulated ? ', simulated' : ''}${state}`,
    '',
    tableText(COLUMNS, scenario.tasks, width),
  ];
  if (scenario.iterations) {
    const { count, time_ms, slip_ms, skipped_windows } = scenario.iterations;
    lines.push(
      '',
      `iterations ${count}, time p50 ${time_ms.p50 ?? time_ms.mean ?? '-'} ms${slip_ms.max === undefined ? '' : `, slip max ${slip_ms.max} ms`}${skipped_windows > 0 ? `, ${skipped_windows} windows skipped` : ''}`,
    );
  }
  for (const chain of scenario.chains ?? []) lines.push(wrap(chainText(chain), width, 6));
  const more = [enginesLine(scenario), systemLine(scenario), wakesLine(scenario)].filter((l) => l !== undefined);
  if (more.length > 0) lines.push('', ...more.map((l) => wrap(l, width, 8)));
  if (scenario.findings.length > 0) lines.push('', ...scenario.findings.map((f) => findingLine(f, width)));
  lines.push('');
  return lines;
}

const chainText = ({ name, tasks, reaction_ms, worst_ms, age_ms, oldest_age_ms, missed, roots }: ChainReport): string =>
  `chain ${name === undefined ? '' : `${name}: `}${tasks.join(' > ')}: reaction p50 ${reaction_ms.p50 ?? '-'} ms, p99 ${reaction_ms.p99 ?? '-'} ms, max ${reaction_ms.max ?? '-'} ms, worst ${worst_ms ?? '-'} ms; age p99 ${age_ms.p99 ?? age_ms.max ?? '-'} ms${oldest_age_ms?.max === undefined ? '' : `, of the oldest input max ${oldest_age_ms.max} ms`}; ${missed} of ${roots} missed`;

/** What is asked of each engine, and what there is. */
function enginesLine({ engines = [] }: ScenarioReport): string | undefined {
  const parts = engines.map(({ engine, asked, available }) =>
    engine === 'cpu'
      ? `${Number(asked.toFixed(2))} of ${available} CPUs`
      : `${(100 * asked).toFixed(0)} % of ${engine}`,
  );
  return parts.length > 0 ? `asked:  ${parts.join(', ')}` : undefined;
}

/** What a thread that sleeps sees of this machine beside the tasks, as cyclictest would. */
function wakesLine({ control = [] }: ScenarioReport): string | undefined {
  const worst = control.reduce<(typeof control)[number] | undefined>(
    (a, b) => (a && a.p99_us >= b.p99_us ? a : b),
    undefined,
  );
  return (
    worst &&
    `wakes:  a thread that sleeps beside the tasks wakes ${worst.p50_us} us late (p50), p99 ${worst.p99_us} us, max ${Math.max(...control.map((c) => c.max_us))} us`
  );
}

const ms = (d: Distribution, key: 'p50' | 'p99' | 'max'): string => d[key]?.toFixed(2) ?? '-';
const share = (value: number | undefined): string => (value === undefined ? '-' : `${(value * 100).toFixed(2)} %`);
const droppedOf = (t: TaskReport): number => Object.values(t.dropped).reduce((a, b) => a + b, 0);

/** What ran, and what was asked for where that is another rate. */
function rateText({ rate_hz: asked, throughput_hz: ran }: TaskReport): string {
  const text = (value: number): string => String(Number(value.toPrecision(4)));
  if (asked === undefined) return text(ran);
  return Math.abs(ran / asked - 1) < 0.02 ? text(asked) : `${text(ran)} of ${text(asked)}`;
}

/** A quantile over all releases: dropped jobs are over every limit. */
function ofAll({ effective_response_ms: all }: TaskReport, quantile: string): string {
  const value = all?.[quantile];
  return value === undefined ? '-' : typeof value === 'number' ? value.toFixed(2) : pc.yellow('never');
}

const COLUMNS: readonly Column<TaskReport>[] = [
  { head: 'task', rank: 0, cell: (t) => (t.problem ? pc.red(t.name) : t.name) },
  { head: 'Hz', rank: 6, cell: rateText },
  { head: 'done', rank: 5, cell: (t) => `${t.completed}/${t.released}` },
  { head: 'late', rank: 10, cell: (t) => String(t.late) },
  { head: 'dropped', rank: 11, cell: (t) => String(droppedOf(t)) },
  { head: 'missed', rank: 1, cell: (t) => (t.miss_ratio ? pc.yellow(share(t.miss_ratio)) : share(t.miss_ratio)) },
  { head: 'in a row', rank: 9, cell: (t) => String(t.miss_pattern?.in_a_row ?? '-') },
  { head: 'p50 ms', rank: 4, cell: (t) => ms(t.response_ms, 'p50') },
  { head: 'p99', rank: 7, cell: (t) => ms(t.response_ms, 'p99') },
  { head: 'p99 all', rank: 2, cell: (t) => ofAll(t, 'p99') },
  { head: 'max', rank: 12, cell: (t) => ms(t.response_ms, 'max') },
  { head: 'deadline', rank: 3, cell: (t) => (t.deadline_ms === undefined ? '-' : String(t.deadline_ms)) },
  { head: 'service p50', rank: 13, cell: (t) => ms(t.service_ms, 'p50') },
  { head: 'load', rank: 8, cell: (t) => (t.utilisation === undefined ? '-' : `${(t.utilisation * 100).toFixed(0)} %`) },
];

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

const factor = (value: number | undefined): string => {
  const text = value === undefined ? '-' : `${value.toFixed(2)} x`;
  return (value ?? 1) >= NOTABLE_FACTOR ? pc.yellow(text) : text;
};

const INTERFERENCE: readonly Column<InterferenceReport>[] = [
  { head: 'task', rank: 0, cell: (i) => `${i.scenario}/${i.task}` },
  { head: 'service p50 alone', rank: 4, cell: (i) => ms(i.alone_ms, 'p50') },
  { head: 'together', rank: 5, cell: (i) => ms(i.together_ms, 'p50') },
  { head: 'factor', rank: 1, cell: (i) => factor(i.factor.p50) },
  { head: 'p99 alone', rank: 6, cell: (i) => ms(i.alone_ms, 'p99') },
  { head: 'together', rank: 7, cell: (i) => ms(i.together_ms, 'p99') },
  { head: 'factor', rank: 8, cell: (i) => factor(i.factor.p99) },
  { head: 'missed alone', rank: 2, cell: (i) => share(i.alone_miss_ratio) },
  { head: 'together', rank: 3, cell: (i) => share(i.together_miss_ratio) },
];

function interferenceLines({ interference: list = [] }: ProfileReport, width: number): string[] {
  if (list.length === 0) return [];
  const notes = list.flatMap((i) =>
    (i.notes ?? []).map((n) => pc.dim(`  ${wrap(`${i.scenario} / ${i.task}: ${n}`, width, 4, 2)}`)),
  );
  return [pc.bold('interference'), '', tableText(INTERFERENCE, list, width), ...notes, ''];
}

const INDENT = 15;

/** A reason that several requirements share is told with the first. */
function requirementLines(report: ProfileReport, width: number): string[] {
  if (report.requirements.length === 0) return [];
  const told = new Set<string>();
  const several = new Set(report.scenarios.map((s) => s.name)).size > 1;
  const lines = report.requirements.map((requirement) => {
    const { verdict, text, reason, terms } = requirement;
    const what = terms ? `${subjectText(terms, several)}: ${terms.metric} ${limitText(terms)}` : text;
    const measured = measuredText(requirement);
    const line = `  ${COLOURS[verdict](verdict.replace('_', ' ').padEnd(12))} ${wrap(`${what}${measured === '' ? '' : `  ${pc.dim(`(${measured})`)}`}`, width, INDENT, INDENT)}`;
    if (reason === undefined) return line;
    // Why a run is not valid stands with the run.
    const short = reason.replace(/^(the run is not valid): .*$/s, '$1');
    const again = told.has(short);
    told.add(short);
    return again ? line : `${line}\n${' '.repeat(INDENT)}${pc.dim(wrap(short, width, INDENT, INDENT))}`;
  });
  const note = report.requirements_note;
  return [
    pc.bold(report.basis === 'deadlines' ? 'deadlines (the file requires nothing of its tasks)' : 'requirements'),
    ...lines,
    ...(note === undefined ? [] : [`  ${pc.dim(wrap(note, width, 2, 2))}`]),
    '',
  ];
}
