/** Some runs -> what a page needs to lay them over each other: quantiles, versions, engines, settings. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { curveOf } from '../analysis/distribution.js';
import { responses } from '../analysis/jobs.js';
import { measuredParts } from '../analysis/report.js';
import { flatten } from '../base/flatten.js';
import type { ProfileReport } from '../formats/report.js';
import { readProfileReport } from '../formats/report.js';
import type { ComparedRun } from '../formats/run-comparison.js';
import { readRecording } from '../profiler/recording.js';
import { RunDirectory } from './run-directory.js';

/** @throws ProblemError when the folder is no finished run */
export async function comparedRun(folder: string): Promise<ComparedRun> {
  const run = RunDirectory.open(folder);
  const path = run.path('profile_report.yaml');
  const report = readProfileReport(readFileSync(path, 'utf8'), path);
  const found = await responsesOf(run);
  // A report has an entry for each repetition; the last stands for its scenario.
  const scenarios = new Map(report.scenarios.map((s) => [s.name, s]));
  return {
    id: run.document.id,
    verdict: report.verdict,
    created: report.created,
    tasks: [...scenarios.values()].flatMap((s) =>
      s.tasks.map(({ name, deadline_ms, miss_ratio }) => {
        const values = Float64Array.from((found.get(`${s.name} ${name}`) ?? []).flatMap((part) => [...part]));
        return {
          scenario: s.name,
          task: name,
          ...(deadline_ms === undefined ? {} : { deadline_ms }),
          ...(miss_ratio === undefined ? {} : { miss_ratio }),
          jobs: values.length,
          quantiles: curveOf(values),
        };
      }),
    ),
    settings: settingsOf(run, report),
  };
}

/** Measured responses (ns) by scenario and task, one list per repetition. */
async function responsesOf(run: RunDirectory): Promise<Map<string, Float64Array[]>> {
  const found = new Map<string, Float64Array[]>();
  for (const { scenario, folder } of run.recordings()) {
    const spec = run.spec.scenarios.find((s) => s.name === scenario);
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
    ...flatten(parse(run.pipelineText)),
  ]);
}
