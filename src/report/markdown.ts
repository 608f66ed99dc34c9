/** ProfileReport -> Markdown: for pull requests, and for the summary page of GitHub Actions. The worst stands first. */
import type { DeadlineRow } from '../formats/report/deadline-rows.js';
import type { Distribution, ProfileReport, RequirementReport, ScenarioReport } from '../formats/report/report.js';
import { deviceText, lengthText, whenText } from '../formats/report/report-words.js';
import { limitText, measuredText, subjectText } from '../formats/report/requirement-words.js';
import { verdictText } from '../formats/report/verdict-text.js';
import { deadlineText } from './deadline-text.js';
import { droppedOf, scenarioName } from './rows.js';

const MARKS = { pass: '✅', fail: '❌', inconclusive: '⚠️', none: '➖', not_applicable: '➖' } as const;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Names are text: no markup of theirs takes effect. */
const plain = (text: string): string =>
  text
    .replace(/\p{Cc}/gu, ' ')
    .replace(/[\\`*_{}[\]()#+!|~@]/g, (c) => `\\${c}`)
    .replace(/[&<>]/g, (c) => ENTITIES[c]);

const table = (head: readonly string[], rows: readonly (readonly string[])[], left = 1): string[] =>
  rows.length === 0
    ? []
    : [
        `| ${head.join(' | ')} |`,
        `|${head.map((_, i) => (i < left ? '---' : '--:')).join('|')}|`,
        ...rows.map((r) => `| ${r.join(' | ')} |`),
        '',
      ];

const folded = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`<details><summary>${title}</summary>`, '', ...lines, '</details>', ''];

const ms = (d: Distribution, key: 'p50' | 'p99' | 'max'): string => d[key]?.toFixed(2) ?? '–';
const share = (value: number | undefined): string => (value === undefined ? '–' : `${(value * 100).toFixed(2)} %`);

/** What stands above the words. */
export interface MarkdownHead {
  /** Address of the card, from where the Markdown will lie. */
  readonly picture?: string;
  /** The jobs against their deadlines as text, where no picture can be shown. */
  readonly rows?: readonly DeadlineRow[];
}

/** The report for a pull request or a step summary. */
export function reportMarkdown(report: ProfileReport, { picture, rows = [] }: MarkdownHead = {}): string {
  const headline = report.answer?.headline ?? verdictText(report);
  const [longest] = report.scenarios;
  const figure = deadlineText(rows);
  return [
    `# ${MARKS[report.verdict]} ${plain(report.pipeline)}: ${plain(headline)}`,
    '',
    ...(report.answer && report.answer.reasons.length > 0 ? [plain(report.answer.reasons.join(' ')), ''] : []),
    ...(picture ? [`![${plain(`${report.pipeline}: ${headline}`)}](${picture})`, ''] : []),
    ...(figure.length > 0 ? ['```text', ...figure.map((line) => line.replaceAll('`', "'")), '```', ''] : []),
    plain(
      [
        deviceText(report),
        whenText(report.created),
        ...(longest ? [lengthText(longest)] : []),
        `infersight ${report.tool.version}`,
      ].join(' · '),
    ),
    '',
    ...requirements(report),
    ...report.scenarios.flatMap(scenario),
    ...interference(report),
  ].join('\n');
}

const ORDER = { fail: 0, inconclusive: 1, pass: 2, not_applicable: 3 } as const;

/** What holds is folded away. */
function requirements({ requirements: list, basis, requirements_note: note, scenarios }: ProfileReport): string[] {
  if (list.length === 0) return [];
  const several = new Set(scenarios.map((s) => s.name)).size > 1;
  const row = (r: RequirementReport): string[] => {
    const { terms } = r;
    const what = terms ? `${subjectText(terms, several)}: ${terms.metric} ${limitText(terms)}` : r.text;
    return [`${MARKS[r.verdict]} ${plain(what)}`, plain(measuredText(r)), plain(r.reason ?? '')];
  };
  const head = [basis === 'deadlines' ? 'deadline' : 'requirement', 'measured', 'note'];
  const sorted = list.toSorted((a, b) => ORDER[a.verdict] - ORDER[b.verdict]);
  const open = sorted.filter((r) => r.verdict === 'fail' || r.verdict === 'inconclusive');
  const held = sorted.filter((r) => !open.includes(r));
  return [
    ...table(head, open.map(row)),
    ...folded(
      `${held.length} ${basis === 'deadlines' ? (held.length === 1 ? 'deadline is' : 'deadlines are') : held.length === 1 ? 'requirement is' : 'requirements are'} met`,
      table(head, held.map(row)),
    ),
    ...(note ? [plain(note), ''] : []),
  ];
}

function interference({ interference: list = [] }: ProfileReport): string[] {
  const factor = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(2)} ×`);
  const rows = list.map((i) => [
    plain(`${i.scenario} / ${i.task}`),
    ms(i.alone_ms, 'p50'),
    ms(i.together_ms, 'p50'),
    factor(i.factor.p50),
    factor(i.factor.p99),
    share(i.alone_miss_ratio),
    share(i.together_miss_ratio),
    plain((i.notes ?? []).join('; ')),
  ]);
  const head = [
    'task',
    'service p50 alone ms',
    'together ms',
    'factor',
    'factor of p99',
    'missed alone',
    'together',
    'note',
  ];
  return folded('Interference: each task alone and together', table(head, rows));
}

/** The worst task first. */
function scenario(s: ScenarioReport): string[] {
  const rows = s.tasks
    .toSorted((a, b) => (b.miss_ratio ?? 0) - (a.miss_ratio ?? 0))
    .map((t) => [
      plain(t.name),
      t.rate_hz === undefined ? '–' : String(Math.round(t.rate_hz * 1000) / 1000),
      t.deadline_ms === undefined ? '–' : String(t.deadline_ms),
      share(t.miss_ratio),
      ofAll(t.effective_response_ms?.p50, t.response_ms.p50),
      ofAll(t.effective_response_ms?.p99, t.response_ms.p99),
      ms(t.response_ms, 'max'),
      `${t.completed}/${t.released}`,
      String(t.late),
      String(droppedOf(t)),
      ms(t.service_ms, 'p50'),
    ]);
  const head = [
    'task',
    'rate Hz',
    'deadline ms',
    'missed',
    'response p50 ms',
    'p99 ms',
    'max ms',
    'done',
    'late',
    'dropped',
    'service p50 ms',
  ];
  const findings = s.findings.map((f) => `- **${f.severity}** ${plain(f.message)}. ${plain(f.advice)}`);
  return [
    `## ${plain(scenarioName(s))}`,
    '',
    `${plain(s.mode)} (${s.load} load), ${lengthText(s)}${s.valid ? '' : `; **not valid:** ${plain((s.invalid_reason ?? '').replace(/^\w+: /, ''))}`}. p50 and p99 are of all releases: what was dropped took forever.`,
    '',
    ...table(head, rows),
    ...chains(s),
    ...(findings.length > 0
      ? folded(`${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`, [...findings, ''])
      : []),
  ];
}

/** Of all releases where a task is released whatever it does, else of the jobs that were done. */
const ofAll = (all: number | 'inf' | undefined, done: number | undefined): string =>
  all === 'inf' ? 'never' : ((all ?? done)?.toFixed(2) ?? '–');

function chains({ chains: list = [] }: ScenarioReport): string[] {
  const rows = list.map((c) => [
    plain(`${c.name === undefined ? '' : `${c.name}: `}${c.tasks.join(' → ')}`),
    `${c.complete}/${c.roots}`,
    String(c.missed),
    ms(c.reaction_ms, 'p50'),
    ms(c.reaction_ms, 'p99'),
    ms(c.reaction_ms, 'max'),
    ms(c.age_ms, 'p99'),
    ms(c.age_ms, 'max'),
  ]);
  const head = ['chain', 'completed', 'missed', 'reaction p50 ms', 'p99 ms', 'max ms', 'age p99 ms', 'max ms'];
  return table(head, rows);
}
