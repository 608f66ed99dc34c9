/** Some runs -> what a page needs to lay them over each other: quantiles, versions, engines, settings. */
import { readFileSync } from 'node:fs';
import { COMPLETED, rowsOf } from '../formats/jobs.js';
import type { ProfileReport } from '../formats/report.js';
import { readProfileReport } from '../formats/report.js';
import { readRecording } from '../profiler/recording.js';
import { RunDirectory } from './run-directory.js';

export interface ComparedTask {
  readonly scenario: string;
  readonly task: string;
  readonly deadline_ms?: number;
  readonly miss_ratio?: number;
  readonly jobs: number;
  /** Response at 0, 0.5, 1 ... 100 %, ms, over all repetitions. */
  readonly quantiles: readonly number[];
}

export interface ComparedRun {
  readonly id: string;
  readonly verdict: string;
  readonly created: string;
  readonly tasks: readonly ComparedTask[];
  /** What may explain a difference: names and values as text. */
  readonly settings: Readonly<Record<string, string>>;
}

const STEPS = 200;

/** @throws ProblemError when the folder is no finished run */
export async function comparedRun(folder: string): Promise<ComparedRun> {
  const run = RunDirectory.open(folder);
  const path = run.path('profile_report.yaml');
  const report = readProfileReport(readFileSync(path, 'utf8'), path);
  const responses = new Map<string, number[][]>();
  for (const { scenario, folder: recording } of run.recordings()) {
    const { jobs, document } = await readRecording(recording);
    const { from_ns, to_ns } = document.measure;
    jobs.tasks.forEach((task, index) => {
      const { from, to } = rowsOf(jobs, index);
      const values: number[] = [];
      for (let row = from; row < to; row++)
        if (jobs.outcome[row] === COMPLETED && jobs.release[row] >= from_ns && jobs.release[row] < to_ns)
          values.push((jobs.complete[row] - jobs.release[row]) / 1e6);
      const key = `${scenario} ${task}`;
      responses.set(key, [...(responses.get(key) ?? []), values]);
    });
  }
  const tasks = new Map<string, ComparedTask>();
  for (const s of report.scenarios)
    for (const t of s.tasks) {
      const sorted = Float64Array.from((responses.get(`${s.name} ${t.name}`) ?? []).flat()).sort();
      tasks.set(`${s.name} ${t.name}`, {
        scenario: s.name,
        task: t.name,
        ...(t.deadline_ms === undefined ? {} : { deadline_ms: t.deadline_ms }),
        ...(t.miss_ratio === undefined ? {} : { miss_ratio: t.miss_ratio }),
        jobs: sorted.length,
        quantiles: sorted.length === 0 ? [] : Array.from({ length: STEPS + 1 }, (_, i) => quantile(sorted, i / STEPS)),
      });
    }
  return {
    id: run.document.id,
    verdict: report.verdict,
    created: report.created,
    tasks: [...tasks.values()],
    settings: settingsOf(run, report),
  };
}

/** Nearest rank, as everywhere. */
const quantile = (sorted: Float64Array, p: number): number =>
  Math.round(sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] * 1e3) / 1e3;

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
    ...run.pipelineText
      .split('\n')
      .flatMap((line, i) =>
        line.trim() === '' || line.trim().startsWith('#') ? [] : [[`pipeline.yaml:${i + 1}`, line.trimEnd()]],
      ),
  ]);
}
