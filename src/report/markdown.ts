/** ProfileReport -> Markdown: for pull requests, and for the summary page of GitHub Actions. */
import { measuredText } from '../formats/report/measured-text.js';
import type { Distribution, ProfileReport, ScenarioReport, TaskReport } from '../formats/report/report.js';
import { verdictText } from '../formats/report/verdict-text.js';
import { droppedOf, scenarioName } from './rows.js';

const MARKS = { pass: '✅', fail: '❌', inconclusive: '⚠️', none: '➖', not_applicable: '➖' } as const;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Names are text: no markup of theirs takes effect. */
const plain = (text: string): string =>
  text
    .replace(/\p{Cc}/gu, ' ')
    .replace(/[\\`*_{}[\]()#+!|~@]/g, (c) => `\\${c}`)
    .replace(/[&<>]/g, (c) => ENTITIES[c]);

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0
    ? []
    : [
        `| ${head.join(' | ')} |`,
        `|${head.map((_, i) => (i === 0 ? '---' : '--:')).join('|')}|`,
        ...rows.map((r) => `| ${r.join(' | ')} |`),
        '',
      ];

const ms = (d: Distribution, key: 'p50' | 'p99' | 'max'): string => d[key]?.toFixed(2) ?? '–';

/** p99 of all releases, where one that was dropped or never completed took forever. */
const ofAll = ({ effective_response_ms: all }: TaskReport): string => {
  const p99 = all?.p99;
  return p99 === undefined ? '–' : p99 === 'inf' ? 'never' : p99.toFixed(2);
};

/** The report for a pull request or a step summary. */
export function reportMarkdown(report: ProfileReport): string {
  const { device } = report;
  return [
    `# ${MARKS[report.verdict]} ${plain(report.pipeline)}: ${report.verdict === 'none' ? 'no requirements' : verdictText(report)}`,
    '',
    `${plain(device.model ?? device.hostname)}, ${plain([...device.gpu, device.cpu ?? device.arch].join(', '))}; ${plain(report.created)}; infersight ${plain(report.tool.version)}`,
    '',
    ...requirements(report),
    ...report.scenarios.flatMap(scenario),
    ...interference(report),
  ].join('\n');
}

function requirements({ requirements: list, basis, requirements_note: note }: ProfileReport): string[] {
  if (list.length === 0) return [];
  const rows = list.map(({ verdict, text, measured, reason }) => [
    `${MARKS[verdict]} ${plain(text)}`,
    plain(measuredText(measured)),
    plain(reason ?? ''),
  ]);
  const title = basis === 'deadlines' ? '## Deadlines' : '## Requirements';
  return [title, '', ...table(['requirement', 'measured', 'note'], rows), ...(note ? [plain(note), ''] : [])];
}

function interference({ interference: list = [] }: ProfileReport): string[] {
  if (list.length === 0) return [];
  const factor = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(2)} ×`);
  const missed = (value: number | undefined): string => (value === undefined ? '–' : `${(value * 100).toFixed(2)} %`);
  const rows = list.map((i) => [
    plain(`${i.scenario} / ${i.task}`),
    ms(i.alone_ms, 'p50'),
    ms(i.together_ms, 'p50'),
    factor(i.factor.p50),
    factor(i.factor.p99),
    missed(i.alone_miss_ratio),
    missed(i.together_miss_ratio),
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
  return ['## Interference', '', ...table(head, rows)];
}

function scenario(s: ScenarioReport): string[] {
  const rows = s.tasks.map((t) => [
    plain(t.name),
    t.rate_hz === undefined ? '–' : String(Math.round(t.rate_hz * 1000) / 1000),
    `${t.completed}/${t.released}`,
    String(t.late),
    String(droppedOf(t)),
    t.miss_ratio === undefined ? '–' : `${(t.miss_ratio * 100).toFixed(2)} %`,
    ms(t.response_ms, 'p50'),
    ms(t.response_ms, 'p99'),
    ofAll(t),
    ms(t.response_ms, 'max'),
    ms(t.service_ms, 'p50'),
  ]);
  const head = [
    'task',
    'rate Hz',
    'done',
    'late',
    'dropped',
    'missed',
    'response p50 ms',
    'p99 ms',
    'p99 of all releases',
    'max ms',
    'service p50 ms',
  ];
  return [
    `## ${plain(scenarioName(s))}`,
    '',
    `${plain(s.mode)} (${s.load} load), ${s.duration_s} s${s.simulated ? ', simulated' : ''}${s.valid ? '' : `; **not valid:** ${plain(s.invalid_reason ?? '')}`}`,
    '',
    ...table(head, rows),
    ...chains(s),
    ...s.findings.map((f) => `- **${f.severity}** ${plain(f.message)}. ${plain(f.advice)}`),
    ...(s.findings.length > 0 ? [''] : []),
  ];
}

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
