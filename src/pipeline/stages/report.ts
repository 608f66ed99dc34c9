/** Recordings and engines -> profile_report.yaml, pictures, trace. Needs no device. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildReport, type EngineEntry } from '../../analysis/report.js';
import { runSummary } from '../../analysis/run-summary.js';
import { serviceTimesOf } from '../../analysis/service-times.js';
import { fail, messageOf, ProblemError } from '../../base/problem.js';
import { MEMORY_FILE, readEngineMemory } from '../../formats/engine/memory.js';
import type { Purpose } from '../../formats/pipeline/solo.js';
import { CALIBRATION_FILE } from '../../formats/recording/calibration.js';
import type { Recording } from '../../formats/recording/recording.js';
import { ADVICE_FILE, ADVICE_VERSION, type ScenarioAdvice } from '../../formats/report/advice.js';
import type { ProfileReport } from '../../formats/report/report.js';
import { CARD_FILE } from '../../formats/report/report-words.js';
import type { RunSummary } from '../../formats/run/run-summary.js';
import { sha256Text, writeAtomic } from '../../machine/files.js';
import { TOOL_VERSION } from '../../machine/version.js';
import { traceJson } from '../../report/trace.js';
import { reportYaml } from '../../report/yaml.js';
import { readEngine } from '../../store/engine-cache.js';
import { readRecording } from '../../store/recording.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { reportCard } from '../../views/card.js';
import { lastOfEach, reportHtml } from '../../views/report-page.js';
import { systemPictureName, systemPng } from '../../views/system-picture.js';
import { tracedRecordings } from '../../views/traced.js';
import { advise } from '../advice/advise.js';
import { calibrate } from '../calibrate.js';
import { recoverAll } from '../recover.js';
import { SERVICE_TIMES } from '../service-times.js';
import type { StageBody } from '../stage-context.js';

/** Writes everything that people read. */
export const report: StageBody = async ({ run, onEvent, stage }) => {
  if ((await recoverAll(run)) > 0)
    onEvent({
      kind: 'note',
      stage: stage.id,
      severity: 'warning',
      text: 'a measurement was killed; the report is of what it had kept until then',
    });
  const read = (which: Purpose) => Promise.all(run.recordings(which).map(({ folder }) => readRecording(folder)));
  const recordings = await read('together');
  const alone = await read('solo');
  if (recordings.length === 0)
    return fail('run', `${run.folder} has no recordings to report on`, 'run the profile stages first');
  const built = buildReport({
    spec: run.spec,
    toolVersion: TOOL_VERSION,
    engines: await enginesOf(run),
    recorded: [...recordings, ...alone],
  });
  const result = built.report;
  await writeAtomic(run.path('profile_report.yaml'), reportYaml(result));
  await writeAtomic(run.path('summary.json'), `${JSON.stringify(summaryOf(run, result, recordings))}\n`);
  const times = serviceTimesOf(run.document.id, run.spec, [...recordings, ...alone]);
  await writeAtomic(run.path(SERVICE_TIMES), `${JSON.stringify(times)}\n`);
  const advice = run.document.calibrate ? await advised(run, recordings, await read('calibration')) : [];
  await writeAtomic(run.path('trace.json'), traceParts(run, recordings));
  const warn = (text: string): void => onEvent({ kind: 'note', stage: stage.id, severity: 'warning', text });
  await writeCard(run, result, warn);
  await writeAtomic(run.path('report.html'), await reportHtml(run, built, recordings, advice));
  for (const recording of lastOfEach(recordings)) await draw(run, recording, warn);
  onEvent({ kind: 'verdict', verdict: result.verdict, requirements: result.requirements });
  return { report: result };
};

/** What the recordings of single tasks and pairs tell; nothing where no scenario has rates of its own. */
async function advised(
  run: RunDirectory,
  together: readonly Recording[],
  parts: readonly Recording[],
): Promise<ScenarioAdvice[]> {
  await writeAtomic(run.path(CALIBRATION_FILE), `${JSON.stringify(calibrate(run, [...together, ...parts]))}\n`);
  try {
    const scenarios = advise(run).map((a) => a.report);
    await writeAtomic(run.path(ADVICE_FILE), `${JSON.stringify({ version: ADVICE_VERSION, scenarios }, null, 2)}\n`);
    return scenarios;
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}

async function enginesOf(run: RunDirectory): Promise<EngineEntry[]> {
  const states = run.states();
  const built = run.engines().map(async ({ slot, folder }) => ({
    engine: await readEngine(folder),
    memory: await memoryOf(folder),
    cached: states.get(`build:${slot.id}`)?.cached ?? false,
  }));
  return Promise.all(built);
}

async function memoryOf(folder: string): Promise<number | undefined> {
  const path = join(folder, MEMORY_FILE);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : readEngineMemory(text, path).rss_bytes;
}

const summaryOf = (run: RunDirectory, result: ProfileReport, recordings: readonly Recording[]): RunSummary =>
  runSummary(
    result,
    lastOfEach(recordings).flatMap(({ document, jobs }) => {
      const scenario = run.scenario(document.scenario);
      return scenario ? [{ jobs, scenario }] : [];
    }),
    run.spec.models.map((m) => m.name),
    { commit: run.document.commit, pipelineSha256: sha256Text(run.pipelineText) },
  );

const CHUNK = 1 << 22;

/** As bytes in pieces, because one string of all events can be longer than a string may be. */
function traceParts(run: RunDirectory, recordings: readonly Recording[]): Uint8Array[] {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let pending: string[] = [];
  let length = 0;
  for (const part of traceJson(tracedRecordings(run, recordings))) {
    pending.push(part);
    length += part.length;
    if (length < CHUNK) continue;
    parts.push(encoder.encode(pending.join('')));
    pending = [];
    length = 0;
  }
  parts.push(encoder.encode(pending.join('')));
  return parts;
}

/** A picture that cannot be drawn takes nothing from the report. */
async function writeCard(run: RunDirectory, result: ProfileReport, warn: (text: string) => void): Promise<void> {
  try {
    const { svg, png } = reportCard(result, run.document.id);
    await writeAtomic(run.path('report.svg'), svg);
    await writeAtomic(run.path(CARD_FILE), png);
  } catch (error) {
    warn(`${CARD_FILE} could not be drawn: ${messageOf(error)}`);
  }
}

async function draw(run: RunDirectory, recording: Recording, warn: (text: string) => void): Promise<void> {
  const name = systemPictureName(run, recording.document.scenario);
  try {
    const png = await systemPng(run.spec.name, recording, run.scenario(recording.document.scenario));
    if (png) await writeAtomic(run.path(name), png);
  } catch (error) {
    warn(`${name} could not be drawn: ${messageOf(error)}`);
  }
}
