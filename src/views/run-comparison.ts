/** Some runs -> what a page needs to lay them over each other: quantiles, versions, engines, settings. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { curveOf } from '../analysis/distribution.js';
import { responses } from '../analysis/jobs.js';
import { measuredParts } from '../analysis/scenario.js';
import { flatten } from '../base/flatten.js';
import { fail } from '../base/problem.js';
import type { ProfileReport, TaskReport } from '../formats/report/report.js';
import { readProfileReport } from '../formats/report/report.js';
import type { ComparedRun } from '../formats/run/run-comparison.js';
import { droppedOf } from '../report/rows.js';
import { readRecording } from '../store/recording.js';
import { RunDirectory } from '../store/run-directory.js';

/** YAML takes a hundred times its size in memory. */
const MOST_BYTES = 16_000_000;

/** @throws ProblemError when the folder is no finished run */
export async function comparedRun(folder: string): Promise<ComparedRun> {
  const run = RunDirectory.open(folder);
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
  const report = readProfileReport(readFileSync(path, 'utf8'), path);
  const found = await responsesOf(run);
  // A report has an entry for each repetition; all of them count.
  const names = [...new Set(report.scenarios.map((s) => s.name))];
  return {
    id: basename(run.folder),
    verdict: report.verdict,
    created: report.created,
    tasks: names.flatMap((scenario) => {
      const repetitions = report.scenarios.filter((s) => s.name === scenario);
      return (repetitions[0]?.tasks ?? []).map(({ name, deadline_ms }) => {
        const values = Float64Array.from((found.get(`${scenario} ${name}`) ?? []).flatMap((part) => [...part]));
        return {
          scenario,
          task: name,
          ...(deadline_ms === undefined ? {} : { deadline_ms }),
          ...missRatio(repetitions.flatMap((s) => s.tasks.filter((t) => t.name === name))),
          jobs: values.length,
          quantiles: curveOf(values),
        };
      });
    }),
    settings: settingsOf(run, report),
  };
}

function missRatio(tasks: readonly TaskReport[]): { miss_ratio?: number } {
  const released = tasks.reduce((sum, t) => sum + t.released, 0);
  if (released === 0 || tasks.every((t) => t.miss_ratio === undefined)) return {};
  const missed = tasks.reduce((sum, t) => sum + t.late + t.in_flight + droppedOf(t), 0);
  return { miss_ratio: missed / released };
}

/** Measured responses (ns) by scenario and task, one list per repetition. */
async function responsesOf(run: RunDirectory): Promise<Map<string, Float64Array[]>> {
  const found = new Map<string, Float64Array[]>();
  for (const { scenario, folder } of run.recordings()) {
    const spec = run.scenario(scenario);
    if (!spec) continue;
    for (const part of measuredParts(spec, await readRecording(folder))) {
      const key = `${scenario} ${part.task.name}`;
      found.set(key, [...(found.get(key) ?? []), responses(part)]);
    }
  }
  return found;
}

function settingsOf(run: RunDirectory, { device, engines, tool }: ProfileReport): Record<string, string> {
  return Object.fromEntries([
    ['infersight', tool.version],
    ['device', device.model ?? device.hostname],
    ['kernel', device.kernel],
    ['power mode', device.power_mode ?? ''],
    ['clocks', device.clocks_locked === undefined ? '' : device.clocks_locked ? 'locked' : 'not locked'],
    ...Object.entries(device.versions).map(([k, v]) => [`version of ${k}`, v]),
    ...engines.map((e) => [
      `engine ${e.model} (${e.accelerator})`,
      `${e.backend} ${e.backend_version ?? ''} ${e.precision} ${e.sha256.slice(0, 12)}`,
    ]),
    ...flatten(parse(run.pipelineText, { logLevel: 'error' })),
  ]);
}
