/** Some runs -> what a page needs to lay them over each other: quantiles, versions, engines, settings. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { curveOf, intervalsOf, lagOneCorrelation } from '../analysis/distribution.js';
import { missesOf } from '../analysis/episodes.js';
import { type Counts, countJobs, missIndicator, responses, type TaskJobs } from '../analysis/jobs.js';
import { missInterval } from '../analysis/miss-pattern.js';
import { licensedFrom, nearestRank } from '../analysis/quantiles.js';
import { runFacts } from '../analysis/run-facts.js';
import { measuredParts } from '../analysis/scenario.js';
import { flatten } from '../base/flatten.js';
import { fail } from '../base/problem.js';
import { toMs } from '../base/units.js';
import { parse } from '../base/yaml.js';
import type { ProfileReport, TaskReport } from '../formats/report/report.js';
import { readProfileReport } from '../formats/report/report.js';
import type { ComparedFigure, ComparedRun, ComparedTask, RunSettings } from '../formats/run/run-comparison.js';
import { readRecording } from '../store/recording.js';
import { RunDirectory } from '../store/run-directory.js';

/** YAML takes a hundred times its size in memory. */
const MOST_BYTES = 16_000_000;

/** @throws ProblemError when the folder is no finished run */
export async function comparedRun(folder: string): Promise<ComparedRun> {
  const run = RunDirectory.open(folder);
  const report = reportOf(run);
  const found = await partsOf(run);
  // A report has an entry for each repetition; all of them count.
  const names = [...new Set(report.scenarios.map((s) => s.name))];
  return {
    id: basename(run.folder),
    verdict: report.verdict,
    created: report.created,
    tasks: names.flatMap((scenario) => {
      const repetitions = report.scenarios.filter((s) => s.name === scenario);
      return (repetitions.at(-1)?.tasks ?? []).map((task) =>
        comparedTask(scenario, task, found.get(`${scenario} ${task.name}`) ?? []),
      );
    }),
    settings: settingsOf(run, report),
  };
}

/** @throws ProblemError when the folder is no finished run */
export function runSettings(folder: string): RunSettings {
  const run = RunDirectory.open(folder);
  return settingsOf(run, reportOf(run));
}

function reportOf(run: RunDirectory): ProfileReport {
  const path = run.path('profile_report.yaml');
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined)
    return fail('file', 'it has no profile_report.yaml', `infersight report ${run.folder} writes it`);
  if (size > MOST_BYTES)
    return fail(
      'file',
      `its report of ${Math.round(size / 1e6)} MB is too large to compare`,
      'compare runs of fewer repetitions',
    );
  return readProfileReport(readFileSync(path, 'utf8'), path);
}

/** One task over all its repetitions. @param task of the last of them */
function comparedTask(scenario: string, task: TaskReport, parts: readonly TaskJobs[]): ComparedTask {
  const lists = parts.map(responses);
  const values = Float64Array.from(lists.flatMap((list) => [...list]));
  const counts = parts.map(countJobs);
  const sum = (of: (c: Counts) => number): number => counts.reduce((all, c) => all + of(c), 0);
  const released = sum((c) => c.released);
  const never = sum((c) => c.droppedTotal + c.inFlight);
  // What was never done took longer than everything else.
  const all = Float64Array.from([...values, ...new Array<number>(never).fill(Number.POSITIVE_INFINITY)]).sort();
  const correlation = lagOneCorrelation(...lists);
  const missed = sum((c) => c.missed);
  const figure = figuresOf(all, correlation);
  const missing = missesOf(parts.map((p) => missIndicator(p)));
  const interval = missInterval(missing);
  return {
    scenario,
    task: task.name,
    ...(task.deadline_ms === undefined ? {} : { deadline_ms: task.deadline_ms }),
    jobs: values.length,
    released,
    missed,
    never,
    bins: task.deadline_bins ?? [],
    ...figure('p50', 500_000),
    ...figure('p99', 990_000),
    ...(interval && task.deadline_ms !== undefined
      ? { miss: { value: missed / Math.max(1, released), low: interval[0], high: interval[1] } }
      : {}),
    quantiles: curveOf(all).map((ms) => (Number.isFinite(ms) ? ms : null)),
  };
}

/** Quantiles of sorted values (ns), with their intervals; nothing where there are too few. */
function figuresOf(sorted: Float64Array, correlation: number) {
  const intervals = intervalsOf(sorted, correlation);
  const known = (ms: number | null | undefined): number | null =>
    ms === null || ms === undefined || !Number.isFinite(ms) ? null : ms;
  return <Name extends 'p50' | 'p99'>(name: Name, ppm: number): { [key in Name]?: ComparedFigure } => {
    const interval = intervals[name];
    if (sorted.length < licensedFrom(ppm) || !interval) return {};
    const value = known(toMs(sorted[nearestRank(sorted.length, ppm) - 1] ?? Number.POSITIVE_INFINITY));
    return { [name]: { value, low: known(interval[0]), high: known(interval[1]) } } as {
      [key in Name]?: ComparedFigure;
    };
  };
}

/** The measured jobs by scenario and task, one entry per repetition. */
async function partsOf(run: RunDirectory): Promise<Map<string, TaskJobs[]>> {
  const found = new Map<string, TaskJobs[]>();
  for (const { scenario, folder } of run.recordings()) {
    const spec = run.scenario(scenario);
    if (!spec) continue;
    for (const part of measuredParts(spec, await readRecording(folder))) {
      const key = `${scenario} ${part.task.name}`;
      found.set(key, [...(found.get(key) ?? []), part]);
    }
  }
  return found;
}

const settingsOf = (run: RunDirectory, report: ProfileReport): RunSettings =>
  Object.fromEntries([
    ...Object.entries(runFacts(report, { commit: run.document.commit })),
    ...flatten(parse(run.pipelineText, { logLevel: 'error' })),
  ]);
