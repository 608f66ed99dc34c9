/** Rules of pipeline.yaml that join several keys. Works on unchecked data, so that all mistakes come out at once. */
import { suggest } from '../../base/nearest.js';
import type { Problem } from '../../base/problem.js';
import { parseQuantity } from '../../base/quantity.js';
import { toNumber } from '../../base/rational.js';
import { BACKEND_NAMES, backendFor, cardById, isBackendPath } from '../backends/index.js';
import { checkRequirements, isChain } from './check-requirements.js';
import { issueProblems, pathText } from './issues.js';
import { asList, asMap, backendOf, type Loose, type Report } from './loose.js';
import type { Path, YamlSource } from './source.js';
import { LOAD_OF, type Mode } from './types.js';

/** Mistakes that no single key shows. @returns problems with their places */
export function checkMeaning(data: Loose, source: YamlSource): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (path, message, hint, key = false) => {
    problems.push({ code: 'config', message: `${pathText(path)}: ${message}`, hint, at: source.locate(path, key) });
  };
  for (const [name, model] of Object.entries(asMap(data.models))) {
    checkModel(asMap(model), ['models', name], report);
    problems.push(...checkBuild(asMap(model), ['models', name, 'build'], source));
  }
  const models = Object.keys(asMap(data.models));
  for (const [name, scenario] of Object.entries(asMap(data.scenarios))) {
    checkScenario(asMap(scenario), ['scenarios', name], models, report);
  }
  checkRequirements(data, report);
  return problems;
}

function checkModel(model: Loose, path: Path, report: Report): void {
  const backend = backendOf(model);
  const card = cardById(backend);
  const custom = isBackendPath(backend) && /\.m?js$/.test(backend);
  if (!card && !custom) {
    report(
      [...path, 'backend'],
      `unknown backend "${model.backend}"`,
      `${suggest(backend, BACKEND_NAMES)}; or a path such as ./backend.js`,
    );
  }
  if (model.file !== undefined && model.engine !== undefined) {
    report([...path, 'engine'], 'file and engine are both given', 'keep one of them', true);
  }
  const asked = asMap(model.build).precision;
  if (model.precision !== undefined && asked !== undefined && asked !== model.precision)
    report([...path, 'precision'], `precision is ${model.precision}, and ${asked} in build`, 'keep one of them', true);
  if (card && !card.needsFile && model.file !== undefined)
    report([...path, 'file'], `a ${card.title} model has no file`, 'remove it', true);
  if (card?.needsBuild && model.build === undefined) report(path, card.needsBuild.problem, card.needsBuild.hint, true);
  if ((card?.needsFile ?? !custom) && model.file === undefined && model.engine === undefined) {
    report(path, 'needs a file (ONNX) or an engine (folder)', undefined, true);
  }
}

function checkBuild(model: Loose, path: Path, source: YamlSource): Problem[] {
  const schema = cardById(
    backendFor(backendOf(model), asMap(model.build), String(model.accelerator ?? 'auto')),
  )?.schema;
  if (!schema || model.build === undefined) return [];
  const parsed = schema.safeParse(model.build);
  return parsed.success ? [] : issueProblems(parsed.error.issues, source, schema, path);
}

function checkScenario(scenario: Loose, path: Path, models: readonly string[], report: Report): void {
  const mode = (scenario.mode ?? 'periodic') as Mode;
  const tasks = asList(scenario.tasks).map(asMap);
  const nameOf = (task: Loose): string => String(task.name ?? task.model);
  const names = tasks.map(nameOf);
  tasks.forEach((task, i) => {
    const at = [...path, 'tasks', i];
    if (typeof task.model === 'string' && !models.includes(task.model)) {
      report([...at, 'model'], `there is no model "${task.model}"`, suggest(task.model, models));
    }
    const name = nameOf(task);
    if (names.indexOf(name) !== i) {
      report(
        [...at, task.name === undefined ? 'model' : 'name'],
        `a second task named "${name}"`,
        'give each task a name of its own',
      );
    }
    checkRelease(task, at, mode, report);
    if (scenario.iteration === 'window') checkWindowPhase(task, at, report);
    checkAfter(task, at, names, name, report);
  });
  checkCycles(tasks, names, path, report);
  for (const [chain, links] of Object.entries(asMap(scenario.chains))) {
    const chained = asList(links).map(String);
    if (chained.length < 2 || isChain(chained, { value: scenario })) continue;
    report(
      [...path, 'chains', chain],
      'every task of a chain must be released by the one before it',
      'name all tasks from the first to the last, and say after: in each but the first',
    );
  }
  checkEnd(scenario, mode, path, report);
}

const RELEASES = ['rate', 'period', 'poisson', 'trace', 'after'] as const;

function checkRelease(task: Loose, at: Path, mode: Mode, report: Report): void {
  const given = RELEASES.filter((key) => task[key] !== undefined);
  const wanted = 'rate, period, poisson, trace or after';
  const [, second] = given;
  if (second !== undefined)
    report([...at, second], `${given.join(' and ')} are both given`, 'a task is released in one way', true);
  if (mode === 'periodic' && given.length === 0) report(at, `needs one of ${wanted}`, 'such as rate: 15 Hz');
  if (mode === 'periodic-iteration' && !given.some((key) => key === 'rate' || key === 'period')) {
    report(at, 'needs a rate or a period in mode periodic-iteration', 'such as rate: 15 Hz');
  }
  if (mode !== 'periodic') {
    for (const key of ['poisson', 'trace', 'after'] as const) {
      if (task[key] !== undefined)
        report([...at, key], `${key} needs mode: periodic; this scenario is ${mode}`, undefined, true);
    }
    const policy = asMap(task.overrun).queue !== undefined ? 'queue' : task.overrun;
    if (policy === 'shift' && mode === 'periodic-iteration') report([...at, 'overrun'], 'shift needs mode: periodic');
  }
  if (task.overrun === 'shift' && mode === 'periodic' && task.rate === undefined && task.period === undefined) {
    report([...at, 'overrun'], 'shift moves a grid, so it needs a rate or a period');
  }
  checkJitter(task, at, mode, report);
  if (task.jitter !== undefined && task.rate === undefined && task.period === undefined) {
    report([...at, 'jitter'], 'jitter moves a grid, so it needs a rate or a period', undefined, true);
  }
  if (task.after === undefined) {
    for (const key of ['every', 'probability', 'fan_out', 'match'] as const) {
      if (task[key] !== undefined) report([...at, key], `${key} goes with after`, undefined, true);
    }
  }
}

/** ns; undefined where there is none, or it is no quantity. */
function periodLength(task: Loose): number | undefined {
  const period = parseQuantity(task.period ?? task.rate, task.period === undefined ? ['rate'] : ['time']);
  if (period.problem !== undefined) return undefined;
  return task.period === undefined ? 1e9 / toNumber(period.value) : toNumber(period.value);
}

/** A window holds whole periods, so a release that begins after one would never come. */
function checkWindowPhase(task: Loose, at: Path, report: Report): void {
  const phase = parseQuantity(task.phase, ['time']);
  const length = periodLength(task);
  if (phase.problem === undefined && length !== undefined && toNumber(phase.value) >= length)
    report([...at, 'phase'], 'must be less than the period where an iteration is a window of releases');
}

/** A normal offset is cut off here. */
const JITTER_SIGMAS = 3;

/** Jitter keeps the order of releases, so it stays below half a period; only a fixed grid can have it. */
function checkJitter(task: Loose, at: Path, mode: Mode, report: Report): void {
  if (task.jitter === undefined) return;
  if (mode !== 'periodic')
    report([...at, 'jitter'], `jitter needs mode: periodic; this scenario is ${mode}`, undefined, true);
  if (task.overrun === 'shift') report([...at, 'jitter'], 'jitter does not go with overrun: shift', undefined, true);
  const length = periodLength(task);
  if (length === undefined) return;
  const { uniform, normal, empirical } = asMap(task.jitter);
  const widest: readonly [Path, unknown, number][] = [
    [['uniform'], uniform, 1],
    [['normal'], normal, JITTER_SIGMAS],
    ...asList(empirical).map((offset, i): [Path, unknown, number] => [['empirical', i], offset, 1]),
  ];
  for (const [key, text, times] of widest) {
    const offset = parseQuantity(text, ['time']);
    if (offset.problem !== undefined || Math.abs(times * toNumber(offset.value)) < length / 2) continue;
    const what = times === 1 ? '' : `${times} times it, where it is cut off, `;
    report([...at, 'jitter', ...key], `${what}must be less than half the period, so that releases keep their order`);
    return;
  }
}

function checkAfter(task: Loose, at: Path, names: readonly string[], own: string, report: Report): void {
  const parents = Array.isArray(task.after) ? task.after : [task.after];
  parents.forEach((parent, i) => {
    if (typeof parent !== 'string') return;
    const place = Array.isArray(task.after) ? [...at, 'after', i] : [...at, 'after'];
    if (!names.includes(parent))
      report(
        place,
        `there is no task "${parent}" in this scenario`,
        suggest(
          parent,
          names.filter((n) => n !== own),
        ),
      );
  });
}

function checkCycles(tasks: readonly Loose[], names: readonly string[], path: Path, report: Report): void {
  const parents = (i: number): number[] =>
    [tasks[i]?.after]
      .flat()
      .map((p) => names.indexOf(String(p)))
      .filter((p) => p >= 0);
  const reaches = (from: number, to: number, seen: Set<number>): boolean =>
    parents(from).some((p) => p === to || (!seen.has(p) && reaches(p, to, seen.add(p))));
  tasks.forEach((task, i) => {
    if (task.after !== undefined && reaches(i, i, new Set())) {
      report(
        [...path, 'tasks', i, 'after'],
        `"${names[i]}" waits for itself`,
        'a chain must begin with a task that has a rate',
      );
    }
  });
}

function checkEnd(scenario: Loose, mode: Mode, path: Path, report: Report): void {
  if (scenario.iterations !== undefined && scenario.duration !== undefined) {
    report([...path, 'iterations'], 'iterations and duration are both given', 'keep one of them', true);
  }
  if (scenario.iterations !== undefined && LOAD_OF[mode] === 'open') {
    report([...path, 'iterations'], 'mode periodic ends by duration', 'write duration: 30 s', true);
  }
  if (mode !== 'periodic-iteration') {
    for (const key of ['iteration', 'iteration_window', 'barrier'] as const) {
      if (scenario[key] !== undefined)
        report([...path, key], `${key} goes with mode: periodic-iteration`, undefined, true);
    }
  } else if (scenario.iteration !== 'window') {
    for (const key of ['iteration_window', 'barrier'] as const) {
      if (scenario[key] !== undefined) report([...path, key], `${key} goes with iteration: window`, undefined, true);
    }
  }
}
