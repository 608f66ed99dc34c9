/** A run directory and its report -> report.html. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decisiveRows } from '../analysis/answer.js';
import { type CauseOf, MISS_CAUSES } from '../analysis/causes.js';
import { iterationBegins } from '../analysis/iterations.js';
import { deadlineOf } from '../analysis/jobs.js';
import type { BuiltReport } from '../analysis/report.js';
import { measuredParts } from '../analysis/scenario.js';
import { problemsOf } from '../base/problem.js';
import { readEngineReport } from '../formats/engine/engine-report.js';
import { ownScenarios } from '../formats/pipeline/solo.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import { COMPLETED, IN_FLIGHT, rowsOf } from '../formats/recording/jobs.js';
import type { Recording } from '../formats/recording/recording.js';
import type { ScenarioAdvice } from '../formats/report/advice.js';
import {
  type JobNotes,
  type PageEngine,
  type PageRecording,
  packJobs,
  packSeries,
  type ReportPage,
} from '../formats/report/report-page.js';
import { CARD_FILE } from '../formats/report/report-words.js';
import { sha256Text } from '../machine/files.js';
import { reportMarkdown } from '../report/markdown.js';
import { pageHtml } from '../report/page.js';
import { readEngine } from '../store/engine-cache.js';
import type { RunDirectory } from '../store/run-directory.js';
import { bundle } from './explorer-page.js';
import { systemPictureName } from './system-picture.js';

/** Beyond this a page is too large to open; the recordings in it are those that stand for their scenarios. */
const MOST_JOBS = 3_000_000;

/** The page of a run with all its jobs inside. */
export async function reportHtml(
  run: RunDirectory,
  { report, interference, causes }: BuiltReport,
  recordings: readonly Recording[],
  advice: readonly ScenarioAdvice[] = [],
): Promise<string> {
  const shown = fitting(recordings);
  const page: ReportPage = {
    version: 1,
    report,
    curves: interference.map(({ report: { scenario, task }, alone, together }) => ({
      scenario,
      task,
      alone,
      together,
    })),
    recordings: shown.map((s) => recordingOf(run, s)),
    ...(advice.length > 0 ? { advice } : {}),
    markdown: reportMarkdown(report, { rows: decisiveRows(report) }),
    files: filesOf(run, recordings),
    engines: await enginesOf(run),
    problems: run.progress().stages.flatMap(({ stage, state }) =>
      stage.kind === 'report'
        ? []
        : (state?.problems ?? []).map(({ message, hint }) => ({
            stage: stage.id,
            message,
            ...(hint ? { hint } : {}),
          })),
    ),
    reproduce: reproduceOf(run),
  };
  return pageHtml({
    title: `${report.pipeline}: ${report.verdict} · infersight`,
    script: bundle('report.js'),
    style: bundle('report.css'),
    data: pack(JSON.stringify(page)),
    parts: shown.flatMap(({ recording, cut }, i) => [
      {
        id: `jobs${i}`,
        data: pack(
          cut
            ? new Uint8Array(0)
            : packJobs(recording.jobs, notesOf(run, recording, causes.get(recording.document) ?? [])),
        ),
      },
      { id: `series${i}`, data: pack(packSeries(recording.series)) },
    ]),
  });
}

/** What people take along, by its name in the run directory. */
const filesOf = (run: RunDirectory, recordings: readonly Recording[]): string[] => [
  CARD_FILE,
  'report.svg',
  'profile_report.yaml',
  'trace.json',
  ...lastOfEach(recordings)
    .filter(({ series }) => series.some((s) => s.time.length > 0))
    .map(({ document }) => systemPictureName(run, document.scenario)),
];

const pack = (data: string | Uint8Array): string => gzipSync(data, { level: 6 }).toString('base64');

/** The last repetition of every scenario stands for it. */
export const lastOfEach = (recordings: readonly Recording[]): Recording[] =>
  recordings.filter((r, i) => recordings[i + 1]?.document.scenario !== r.document.scenario);

interface Shown {
  readonly recording: Recording;
  /** Its jobs are not in the page, as there would be too many. */
  readonly cut: boolean;
}

/** All of them, or the last repetitions of the scenarios, with jobs as far as they fit. */
function fitting(recordings: readonly Recording[]): Shown[] {
  const total = recordings.reduce((sum, r) => sum + r.jobs.length, 0);
  if (total <= MOST_JOBS) return recordings.map((recording) => ({ recording, cut: false }));
  let count = 0;
  return lastOfEach(recordings).map((recording) => {
    const cut = count > 0 && count + recording.jobs.length > MOST_JOBS;
    if (!cut) count += recording.jobs.length;
    return { recording, cut };
  });
}

const us = (ns: number): number => ns / 1000;

function recordingOf(run: RunDirectory, { recording, cut }: Shown): PageRecording {
  const { document, jobs, series } = recording;
  const scenario = run.scenario(recording.document.scenario);
  const begins = document.iteration && scenario ? iterationBegins(jobs, scenario, document.iteration) : undefined;
  return {
    scenario: document.scenario,
    repetition: document.repetition,
    ...(document.part === undefined ? {} : { part: document.part }),
    mode: scenario?.mode ?? '',
    simulated: document.simulated,
    measure: [us(document.measure.from_ns), us(document.measure.to_ns)],
    tasks: tasksOf(scenario, recording, cut),
    series: series.map((s) => ({ name: s.name, unit: s.unit, source: s.source, samples: s.time.length })),
    ...(begins && !cut ? { iterations: begins.map(us) } : {}),
    utc: document.clock.start.utc,
    ...(cut ? { cut: jobs.length } : {}),
  };
}

function tasksOf(scenario: ScenarioSpec | undefined, recording: Recording, cut: boolean): PageRecording['tasks'] {
  const { jobs } = recording;
  const parts = scenario ? measuredParts(scenario, recording) : [];
  return jobs.tasks.map((name, i) => {
    const task = scenario?.tasks[i];
    const { from, to } = rowsOf(jobs, i);
    const part = parts[i];
    return {
      name,
      ...(task?.deadline === undefined ? {} : { deadline: us(task.deadline) }),
      nominal: task?.deadlineAnchor === 'nominal',
      rows: cut ? 0 : to - from,
      measured: cut ? [0, 0] : part ? [part.from - from, part.to - from] : [0, to - from],
    };
  });
}

/** Which rows are late, and why those that missed did, as the report counts them. */
function notesOf(run: RunDirectory, recording: Recording, causes: readonly CauseOf[]): JobNotes {
  const { jobs } = recording;
  const scenario = run.scenario(recording.document.scenario);
  const parts = scenario ? measuredParts(scenario, recording) : [];
  const late = (row: number): boolean => {
    const part = parts[jobs.task[row]];
    return part !== undefined && jobs.complete[row] > deadlineOf(part, row);
  };
  return {
    late,
    cause: (row) => {
      const missed = jobs.outcome[row] === COMPLETED ? late(row) : jobs.outcome[row] !== IN_FLIGHT;
      const why = missed ? causes[jobs.task[row]]?.(row) : undefined;
      return why === undefined ? 0 : MISS_CAUSES.indexOf(why) + 1;
    },
  };
}

async function enginesOf(run: RunDirectory): Promise<PageEngine[]> {
  return Promise.all(
    run.engines().map(async ({ slot, folder }): Promise<PageEngine> => {
      const engine = await readEngine(folder);
      return {
        model: slot.model,
        accelerator: engine.build.accelerator,
        backend: engine.build.backend,
        sha256: engine.files[0]?.sha256 ?? engine.key,
        modelSha256: engine.model.sha256,
        ...exploredOf(run, folder),
      };
    }),
  );
}

/** An explore.json that cannot be read takes nothing from the report. */
function exploredOf(run: RunDirectory, folder: string): Pick<PageEngine, 'page' | 'layers' | 'findings'> {
  const path = join(folder, 'explore.json');
  if (!existsSync(path)) return {};
  try {
    const { summary, findings } = readEngineReport(readFileSync(path, 'utf8'), path);
    return {
      page: relative(run.folder, join(folder, 'explore.html')).split('/').map(encodeURIComponent).join('/'),
      layers: summary.layers,
      findings: findings.filter((f) => f.severity !== 'info').map(({ severity, message }) => ({ severity, message })),
    };
  } catch (error) {
    if (!problemsOf(error)) throw error;
    return {};
  }
}

function reproduceOf(run: RunDirectory): ReportPage['reproduce'] {
  const { simulate, solo, service_from } = run.document;
  return {
    command: [
      'infersight run pipeline.yaml',
      ...(simulate ? ['--simulate'] : []),
      ...(solo ? ['--solo'] : []),
      ...(service_from ? [`--service-from ${service_from}`] : []),
    ].join(' '),
    run: run.document.id,
    pipeline: run.spec.name,
    pipelineSha256: sha256Text(run.pipelineText),
    seeds: ownScenarios(run.spec).map(({ name, seed }) => ({ scenario: name, seed })),
  };
}
