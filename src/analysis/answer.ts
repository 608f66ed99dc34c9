/**
 * The answer of a report as sentences: does it fit, and why not. Every sentence states figures of the report; none guesses.
 *
 *   headline   Does not fit: 4 of 6 models miss their deadlines.
 *   reasons    The GPU is asked for 208 % of its time (segmenter 118 %, detector 91 %), and 386 of their 540 jobs miss.
 */
import { count, msShort, shareText, shorten } from '../base/text.js';
import type { DeadlineRow } from '../formats/report/deadline-rows.js';
import type { Answer, ProfileReport, RequirementReport, ScenarioReport, TaskReport } from '../formats/report/report.js';
import { limitText, measuredText, subjectText } from '../formats/report/requirement-words.js';
import { MISS_CAUSES, type MissCause } from './causes.js';
import { deadlineRows, missesOf } from './deadline-rows.js';
import { metersOf } from './meters.js';

type Whole = Omit<ProfileReport, 'answer'>;

const MOST_REASONS = 3;
const MOST_NAMED = 2;
/** Letters of a name in a sentence. */
const LONG_NAME = 28;
/** Share of its deadline from which on a task that keeps it has little room. */
const TIGHT = 0.8;
/** Share of its releases that a task which keeps its deadline may miss. */
const KEPT = 0.01;

/** The verdict as a sentence, and what it rests on. */
export function answerOf(report: Whole): Answer {
  const failed = unique(report.scenarios.flatMap((s) => s.tasks.filter((t) => t.problem).map((t) => t.name)));
  if (failed.length > 0) return { headline: `Does not run: ${named(failed)} failed.`, reasons: problemsOf(report) };
  switch (report.verdict) {
    case 'fail':
      return { headline: failHeadline(report), reasons: failReasons(report) };
    case 'pass':
      return { headline: passHeadline(report), reasons: passReasons(report) };
    case 'inconclusive':
      return openAnswer(report);
    case 'none':
      return {
        headline: 'Measured; nothing is required.',
        reasons: ['Jobs that follow each other without a rate have no deadlines, so there is nothing to keep up with.'],
      };
  }
}

const unique = (list: readonly string[]): string[] => [...new Set(list)];

/** `a`, `a and b`, `a, b and 3 more` */
function named(list: readonly string[], most = MOST_NAMED): string {
  const names = list.map((name) => shorten(name, LONG_NAME));
  if (names.length <= 1) return names[0] ?? '';
  const shown = names.slice(0, most);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** Messages begin small, names stay as they are. */
const sentence = (text: string): string =>
  `${/^\w+[:/]/.test(text) ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`}${/[.!?]$/.test(text) ? '' : '.'}`;

const problemsOf = ({ scenarios }: Whole): string[] =>
  unique(
    scenarios.flatMap((s) => s.tasks.flatMap((t) => (t.problem ? [sentence(`${t.name}: ${t.problem.message}`)] : []))),
  ).slice(0, MOST_REASONS);

const byVerdict = ({ requirements }: Whole, verdict: RequirementReport['verdict']): RequirementReport[] =>
  requirements.filter((r) => r.verdict === verdict);

/** Whether a requirement is about lateness of a task. */
const isLateness = ({ terms }: RequirementReport): boolean => /^(missed|response)/.test(terms?.metric ?? '');

/** A task runs a model; where they are called the same, people speak of models. */
const nounOf = ({ scenarios }: Whole): string =>
  scenarios.every((s) => s.tasks.every((t) => t.name === t.model)) ? 'model' : 'task';

/** ` in street`, where that is not all there is. */
function placeOf({ scenarios }: Whole, where: readonly (string | undefined)[]): string {
  const all = unique(scenarios.map((s) => s.name));
  const some = all.filter((name) => where.includes(name));
  return all.length > 1 && some.length > 0 && some.length < all.length ? ` in ${named(some)}` : '';
}

function failHeadline(report: Whole): string {
  const failing = byVerdict(report, 'fail');
  const late = failing.filter(isLateness);
  const [first] = failing;
  if (late.length === 0)
    return first ? `Does not fit: ${requirementSentence(first, report)}.` : 'Does not fit: the run failed.';
  const where = unique(late.map((r) => r.terms?.scenario ?? ''));
  const names = unique(late.map((r) => r.terms?.subject ?? ''));
  const all = unique(report.scenarios.filter((s) => where.includes(s.name)).flatMap((s) => s.tasks.map((t) => t.name)));
  const missed = late.some((r) => r.terms?.metric === 'missed');
  const what =
    names.length === 1
      ? missed
        ? 'misses its deadline'
        : 'takes longer than required'
      : missed
        ? 'miss their deadlines'
        : 'take longer than required';
  const who = names.length <= MOST_NAMED ? named(names) : `${names.length} of ${all.length} ${nounOf(report)}s`;
  return `Does not fit${placeOf(report, where)}: ${who} ${what}.`;
}

function requirementSentence({ terms, text, measured, verdict }: RequirementReport, { scenarios }: Whole): string {
  if (!terms) return `${text} does not hold`;
  const several = unique(scenarios.map((s) => s.name)).length > 1;
  return `${subjectText(terms, several)} ${terms.metric} is ${measuredText({ terms, text, measured, verdict })}, and ${limitText(terms)} is required`;
}

/** The repetition in which most was missed, of the scenarios that fail. */
function worstScenario(report: Whole): ScenarioReport | undefined {
  const failing = new Set(byVerdict(report, 'fail').map((r) => r.terms?.scenario));
  const misses = (s: ScenarioReport): number => s.tasks.reduce((sum, t) => sum + missesOf(t), 0);
  const of = report.scenarios.filter((s) => failing.has(s.name));
  return (of.length > 0 ? of : report.scenarios).toSorted((a, b) => misses(b) - misses(a))[0];
}

/** The scenario that the answer is about: where it fails, where it cannot be told, or where it is tightest. */
export function decisiveScenario(report: Whole): ScenarioReport | undefined {
  if (report.verdict === 'fail') return worstScenario(report);
  if (report.verdict === 'inconclusive') {
    const open = new Set(byVerdict(report, 'inconclusive').map((r) => r.terms?.scenario));
    return (
      report.scenarios.find((s) => !s.valid) ?? report.scenarios.find((s) => open.has(s.name)) ?? report.scenarios[0]
    );
  }
  const [tightest] = roomOf(report);
  return report.scenarios.find((s) => tightest && s.tasks.includes(tightest.task)) ?? report.scenarios[0];
}

/** Its tasks against their deadlines. */
export function decisiveRows(report: Whole): DeadlineRow[] {
  const scenario = decisiveScenario(report);
  return scenario ? deadlineRows(scenario, report.requirements) : [];
}

function failReasons(report: Whole): string[] {
  const scenario = worstScenario(report);
  if (!scenario) return [];
  const full = metersOf(scenario).filter((m) => m.state === 'too much');
  const told = new Set(full.flatMap((m) => m.parts.map((p) => p.task)));
  const lateness = byVerdict(report, 'fail').some(isLateness);
  const others = lateness
    ? byVerdict(report, 'fail').filter((r) => !isLateness(r))
    : byVerdict(report, 'fail').slice(1);
  return [
    ...full.map((m) => overloadSentence(m, scenario)),
    ...slowSentences(scenario, told),
    ...causeSentence(scenario, told),
    ...meanwhile(scenario),
    ...others.map((r) => sentence(requirementSentence(r, report))),
  ].slice(0, MOST_REASONS);
}

function overloadSentence(
  { label, asked, parts }: ReturnType<typeof metersOf>[number],
  { tasks }: ScenarioReport,
): string {
  const shares = parts.slice(0, 3).map((p) => `${p.task} ${shareText(p.share)}`);
  const on = tasks.filter((t) => parts.some((p) => p.task === t.name));
  const [missed, released] = [on.reduce((sum, t) => sum + missesOf(t), 0), on.reduce((sum, t) => sum + t.released, 0)];
  const whose = label === 'CPU' ? 'The CPUs are' : `The ${label} is`;
  return `${whose} asked for ${shareText(asked)} of ${label === 'CPU' ? 'their' : 'its'} time (${shares.join(', ')}${parts.length > 3 ? ', …' : ''}), and ${count(missed)} of ${count(released)} jobs there miss.`;
}

/** Tasks whose usual job is longer than its deadline or period. */
function slowSentences({ tasks, load }: ScenarioReport, told: ReadonlySet<string>): string[] {
  if (load === 'closed') return [];
  return tasks.flatMap((t) => {
    const service = t.service_ms.p50 ?? t.service_ms.mean;
    if (told.has(t.name) || service === undefined || missesOf(t) === 0) return [];
    const period = t.rate_hz === undefined ? Number.POSITIVE_INFINITY : 1000 / t.rate_hz;
    const limit = Math.min(t.deadline_ms ?? Number.POSITIVE_INFINITY, period);
    if (service <= limit) return [];
    return [`A job of ${t.name} takes ${msShort(service)}, and has ${msShort(limit)}.`];
  });
}

const CAUSES: Readonly<Record<MissCause, string>> = {
  stopped: 'everything stood still meanwhile',
  foreign: 'other programs held the CPUs',
  slow_model: 'their jobs usually take longer than they may',
  contention: 'other tasks held the CPUs or the engine that they need',
  slow_job: 'single jobs took far longer than usual',
  backlog: 'they waited for earlier jobs of their own task',
};

/** The most frequent cause among the tasks that no other sentence explains. */
function causeSentence({ tasks }: ScenarioReport, told: ReadonlySet<string>): string[] {
  const sums = MISS_CAUSES.map((cause) => {
    const hit = tasks.filter((t) => !told.has(t.name) && (t.miss_pattern?.causes?.[cause] ?? 0) > 0);
    return {
      cause,
      names: hit.map((t) => t.name),
      misses: hit.reduce((sum, t) => sum + (t.miss_pattern?.causes?.[cause] ?? 0), 0),
    };
  });
  const all = sums.reduce((sum, s) => sum + s.misses, 0);
  const worst = sums.reduce((a, b) => (b.misses > a.misses ? b : a));
  if (worst.misses === 0) return [];
  const elsewhere = told.size > 0 ? 'Elsewhere ' : '';
  const jobs = `${count(all)} ${all === 1 ? 'job' : 'jobs'}`;
  return [
    worst.misses === all
      ? `${elsewhere}${jobs} of ${named(worst.names, 3)} ${all === 1 ? 'misses' : 'miss'} because ${CAUSES[worst.cause]}.`
      : `${elsewhere}${jobs} miss, ${count(worst.misses)} of them (${named(worst.names, 3)}) because ${CAUSES[worst.cause]}.`,
  ];
}

/** What else happened that a reader must know before believing a number. */
const meanwhile = ({ findings }: ScenarioReport): string[] =>
  findings
    .filter((f) => ['foreign_cpu_load', 'throttled', 'process_stopped', 'cpu_steal'].includes(f.id))
    .slice(0, 1)
    .map((f) => sentence(f.message));

const DISTURBANCES = ['foreign_cpu_load', 'throttled', 'process_stopped', 'cpu_steal', 'generator_overloaded'];

/** What to do about a disturbance, the first half of its advice. */
const nextStep = (scenarios: readonly ScenarioReport[]): string[] =>
  scenarios
    .flatMap((s) => s.findings.filter((f) => DISTURBANCES.includes(f.id) && f.advice))
    .slice(0, 1)
    .map((f) => sentence(f.advice.split(';')[0]));

interface Room {
  readonly task: TaskReport;
  /** p99 of all releases by the deadline. */
  readonly used: number;
  readonly p99: number;
}

/** How much of its deadline each task needs, the tightest first. */
const roomOf = ({ scenarios }: Whole): Room[] =>
  scenarios
    .flatMap((s) => s.tasks)
    .flatMap((task) => {
      const p99 = task.effective_response_ms?.p99 ?? task.response_ms.p99 ?? task.response_ms.max;
      return typeof p99 === 'number' && task.deadline_ms ? [{ task, p99, used: p99 / task.deadline_ms }] : [];
    })
    .sort((a, b) => b.used - a.used);

function passHeadline(report: Whole): string {
  const [tightest] = roomOf(report);
  const timed = report.scenarios.flatMap((s) => s.tasks.filter((t) => t.deadline_ms));
  const names = unique(timed.map((t) => t.name));
  const n = byVerdict(report, 'pass').length;
  const hold = n === 1 ? 'The requirement holds' : `All ${n} requirements hold`;
  const late = unique(timed.filter((t) => missesOf(t) > KEPT * t.released).map((t) => t.name));
  if (late.length > 0)
    return `${hold}; ${named(late)} ${late.length === 1 ? 'misses its deadline' : 'miss their deadlines'}, of which nothing is required.`;
  if (!byVerdict(report, 'pass').some(isLateness) || names.length === 0) return `${hold}.`;
  if (tightest && tightest.used > TIGHT && tightest.used <= 1)
    return `Fits, but only just: ${tightest.task.name} needs ${shareText(tightest.used)} of its deadline.`;
  return names.length === 1
    ? `Fits: ${names[0]} keeps its deadline.`
    : `Fits: all ${names.length} ${nounOf(report)}s keep their deadlines.`;
}

function passReasons(report: Whole): string[] {
  const [tightest] = roomOf(report);
  const meters = report.scenarios.flatMap(metersOf).sort((a, b) => b.asked - a.asked);
  const [fullest] = meters;
  return [
    ...(tightest
      ? [
          `Tightest is ${tightest.task.name}: 99 % of its jobs are done within ${msShort(tightest.p99)} of ${msShort(tightest.task.deadline_ms ?? 0)}.`,
        ]
      : []),
    ...(fullest
      ? [
          `${fullest.label === 'CPU' ? 'The CPUs are' : `The ${fullest.label} is`} asked for ${shareText(fullest.asked)} of ${fullest.label === 'CPU' ? 'their' : 'its'} time.`,
        ]
      : []),
    ...report.scenarios.flatMap(meanwhile),
  ].slice(0, MOST_REASONS);
}

function openAnswer(report: Whole): Answer {
  const disturbed = report.scenarios.filter((s) => !s.valid);
  const open = byVerdict(report, 'inconclusive');
  const invalid = open.filter((r) => /^the run is not valid/.test(r.reason ?? ''));
  if (disturbed.length > 0 && (invalid.length > 0 || open.length === 0))
    return {
      headline: disturbed.every((s) => s.simulated)
        ? 'Cannot tell: the simulation does not hold for this.'
        : `Cannot tell: the measurement${placeOf(
            report,
            disturbed.map((s) => s.name),
          )} was disturbed.`,
      reasons: unique([
        ...disturbed.flatMap(meanwhile).slice(0, 1),
        ...nextStep(disturbed),
        ...disturbed.map((s) => sentence((s.invalid_reason ?? '').replace(/^\w+: /, ''))),
      ]).slice(0, MOST_REASONS),
    };
  const few = open.filter((r) => NEEDED.test(r.reason ?? ''));
  const subjects = unique(open.map((r) => r.terms?.subject ?? r.text));
  const all = report.requirements.filter((r) => r.verdict !== 'not_applicable').length;
  if (few.length < open.length)
    return {
      headline: `Cannot tell yet: too little is known of ${named(subjects, 3)}.`,
      reasons: unique(open.map((r) => openSentence(r, report))).slice(0, MOST_REASONS),
    };
  return {
    headline:
      subjects.length === 1
        ? `Cannot tell yet: ${subjects[0]} needs more jobs.`
        : `Cannot tell yet: ${few.length} of ${all} ${report.basis === 'deadlines' ? 'deadlines' : 'requirements'} need more jobs.`,
    reasons: [
      ...longerSentence(few, report),
      ...unique(few.map((r) => openSentence(r, report))).slice(0, MOST_REASONS - 1),
    ],
  };
}

/** What a verdict says of the number of jobs that would show it. */
const NEEDED = /; .*?(\d+) jobs would/;

function openSentence(r: RequirementReport, { scenarios }: Whole): string {
  const several = unique(scenarios.map((s) => s.name)).length > 1;
  return sentence(`${r.terms ? subjectText(r.terms, several) : r.text}: ${r.reason ?? measuredText(r)}`);
}

/** How long a measurement would tell, by the rates of the tasks; nothing where one has no rate of its own. */
function longerSentence(few: readonly RequirementReport[], { scenarios }: Whole): string[] {
  const seconds = few.map((r) => {
    const task = scenarios.find((s) => s.name === r.terms?.scenario)?.tasks.find((t) => t.name === r.terms?.subject);
    return Number(NEEDED.exec(r.reason ?? '')?.[1]) / (task?.rate_hz ?? task?.throughput_hz ?? 0);
  });
  const most = Math.ceil(Math.max(...seconds) * 1.05);
  return Number.isFinite(most) && most < 1e6
    ? [`A measurement of ${count(most)} s would tell, if nothing more is missed.`]
    : [];
}
