/** Runs against one of them: what differs more than chance explains, what else is different, and whether that is too much. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import pc from 'picocolors';
import type { Difference } from '../../analysis/difference.js';
import {
  applyRules,
  type ComparedName,
  figureDifference,
  type RuleResult,
  readRule,
} from '../../analysis/regression.js';
import { fail } from '../../base/problem.js';
import { digits3, msShort, shareText } from '../../base/text.js';
import type { ComparedRun, ComparedTask } from '../../formats/run/run-comparison.js';
import { writeAtomic } from '../../machine/files.js';
import { RunDirectory } from '../../store/run-directory.js';
import { comparedRun } from '../../views/run-comparison.js';
import type { ExitCode } from '../exit.js';
import { plainTable } from '../text.js';

/** Options of `infersight compare`. */
export interface CompareOptions {
  readonly failIf: readonly string[];
  readonly baseline?: string;
  readonly runs: string;
  readonly json?: true;
}

const FIGURES: readonly (readonly [
  name: ComparedName,
  title: string,
  text: (v: number) => string,
  signed: (v: number) => string,
])[] = [
  ['p50', 'p50', msShort, msShort],
  ['p99', 'p99', msShort, msShort],
  ['miss', 'missed', shareText, (v) => `${digits3(100 * v)} points`],
];

/** The first is the base, unless a baseline is named. */
export async function compare(folders: readonly string[], options: CompareOptions): Promise<ExitCode> {
  const rules = options.failIf.map(readRule);
  const all = options.baseline === undefined ? folders : [baselineFolder(options.runs, options.baseline), ...folders];
  if (all.length < 2) fail('usage', 'there is nothing to compare it with', 'name a second run, or --baseline NAME');
  const [base, ...others] = await Promise.all(all.map(comparedRun));
  if (!base) return fail('usage', 'no run was named');
  const results = others.map((run) => ({ run, rules: applyRules(rules, base, run) }));
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ base: base.id, runs: results.map(({ run, rules: r }) => document(base, run, r)) }, null, 2)}\n`,
    );
  else process.stdout.write(`${results.map(({ run, rules: r }) => text(base, run, r)).join('\n')}\n`);
  const outcomes = results.flatMap(({ rules: r }) => r.map((x) => x.result));
  return outcomes.includes('broken') ? 5 : outcomes.includes('unknown') ? 6 : 0;
}

const pairs = (base: ComparedRun, run: ComparedRun): (readonly [before: ComparedTask, now: ComparedTask])[] =>
  run.tasks.flatMap((now) => {
    const before = base.tasks.find((t) => t.scenario === now.scenario && t.task === now.task);
    return before ? [[before, now] as const] : [];
  });

const settings = (base: ComparedRun, run: ComparedRun): (readonly [name: string, before: string, now: string])[] =>
  [...new Set([...Object.keys(base.settings), ...Object.keys(run.settings)])]
    .filter((k) => base.settings[k] !== run.settings[k])
    .map((k) => [k, base.settings[k] ?? '-', run.settings[k] ?? '-'] as const);

const document = (base: ComparedRun, run: ComparedRun, rules: readonly RuleResult[]): object => ({
  run: run.id,
  tasks: pairs(base, run).map(([before, now]) => ({
    scenario: now.scenario,
    task: now.task,
    ...Object.fromEntries(
      FIGURES.map(([name, title]) => [
        title,
        { base: before[name], run: now[name], difference: figureDifference(before, now, name) },
      ]),
    ),
  })),
  settings: Object.fromEntries(settings(base, run).map(([k, before, now]) => [k, { base: before, run: now }])),
  rules: rules.map(({ rule, scenario, task, result }) => ({ rule: rule.text, scenario, task, result })),
});

function text(base: ComparedRun, run: ComparedRun, rules: readonly RuleResult[]): string {
  const rows = pairs(base, run).flatMap(([before, now]) =>
    FIGURES.flatMap(([name, title, write, signed], i) => {
      if (!before[name] && !now[name]) return [];
      const difference = figureDifference(before, now, name);
      return [
        [
          i === 0 ? `${now.scenario}/${now.task}` : '',
          title,
          valueText(before[name], write),
          valueText(now[name], write),
          differenceText(difference, signed),
        ],
      ];
    }),
  );
  const changed = settings(base, run).map(([k, before, now]) => `  ${k}: ${before} -> ${now}`);
  const told = rules.map(
    ({ rule, scenario, task, result }) => `  ${RESULTS[result]} ${scenario}/${task}: ${rule.text}`,
  );
  return [
    `${pc.bold(run.id)} against ${pc.bold(base.id)}`,
    tableOf(['task', '', base.id, run.id, 'difference (95 %)'], rows),
    changed.length > 0
      ? `\nelse different\n${changed.join('\n')}`
      : '\ndevice, versions, engines and pipeline are the same',
    ...(told.length > 0 ? [`\nrules\n${told.join('\n')}`] : []),
    '',
  ].join('\n');
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = plainTable(head, 2);
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const RESULTS: Readonly<Record<RuleResult['result'], string>> = {
  holds: pc.green('holds   '),
  broken: pc.red('broken  '),
  unknown: pc.yellow('unknown '),
};

const valueText = (f: { value: number | null } | undefined, write: (v: number) => string): string =>
  !f ? 'too few jobs' : f.value === null ? 'never' : write(f.value);

function differenceText({ value, low, high, shown }: Difference, write: (v: number) => string): string {
  if (shown === 'none') return 'no difference shown';
  if (shown === 'unknown') return 'too few jobs to tell';
  const signed = (v: number): string => `${v < 0 ? '-' : '+'}${write(Math.abs(v))}`;
  const range = low === undefined || high === undefined ? '' : ` (${signed(low)} ... ${signed(high)})`;
  const said = value === undefined ? shown : `${signed(value)}${range}`;
  return shown === 'more' ? pc.red(said) : pc.green(said);
}

const BASELINES = '.baselines.json';

function readBaselines(runs: string): Record<string, string> {
  const path = join(runs, BASELINES);
  if (!existsSync(path)) return {};
  try {
    const data = JSON.parse(readFileSync(path, 'utf8')) as unknown;
    if (data && typeof data === 'object') return data as Record<string, string>;
  } catch {
    // Told below.
  }
  return fail('file', `${path} is damaged`, 'delete it and set the baselines anew');
}

function baselineFolder(runs: string, name: string): string {
  const known = readBaselines(runs);
  const id = known[name];
  if (id === undefined)
    return fail(
      'usage',
      `${runs} has no baseline "${name}"`,
      `infersight baseline set ${name} ${join(runs, 'NAME')}${Object.keys(known).length > 0 ? `; there are ${Object.keys(known).join(', ')}` : ''}`,
    );
  return join(runs, id);
}

/** Gives a run a name that `compare --baseline` knows. */
export async function setBaseline(name: string, folder: string): Promise<ExitCode> {
  const run = RunDirectory.open(folder);
  const runs = dirname(resolve(run.folder));
  await writeAtomic(
    join(runs, BASELINES),
    `${JSON.stringify({ ...readBaselines(runs), [name]: basename(run.folder) }, null, 2)}\n`,
  );
  process.stdout.write(`${name}: ${run.folder}\n`);
  return 0;
}

/** Prints them. */
export async function listBaselines(runs: string): Promise<ExitCode> {
  for (const [name, id] of Object.entries(readBaselines(runs))) process.stdout.write(`${name}: ${join(runs, id)}\n`);
  return 0;
}
