/** Recordings and engines -> profile_report.yaml, pictures, trace. Needs no device. */
import { existsSync } from 'node:fs';
import { buildReport, type EngineEntry } from '../../analysis/report.js';
import { runSummary } from '../../analysis/run-summary.js';
import { writeAtomic } from '../../backends/files.js';
import { fail, messageOf } from '../../base/problem.js';
import { renderPng } from '../../charts/render.js';
import { systemProfile } from '../../charts/system-data.js';
import { type Shade, systemSpec } from '../../charts/system-picture.js';
import { ownScenarios } from '../../formats/pipeline/solo.js';
import type { RecordingDocument } from '../../formats/recording.js';
import type { ProfileReport } from '../../formats/report.js';
import type { RunSummary } from '../../formats/run-summary.js';
import { type Recording, readRecording } from '../../profiler/recording.js';
import { traceJson } from '../../report/trace.js';
import { reportYaml } from '../../report/yaml.js';
import { readEngine } from '../engine-cache.js';
import { FONTS } from '../fonts.js';
import { acceleratorsOf, engineFolder } from '../plan.js';
import { lastOfEach, reportHtml } from '../report-page.js';
import type { RunDirectory } from '../run-directory.js';
import type { StageBody } from '../stage-context.js';
import { tracedRecordings } from '../traced.js';
import { TOOL_VERSION } from '../version.js';

export const report: StageBody = async ({ run, onEvent, stage }) => {
  const read = (which: 'together' | 'solo') =>
    Promise.all(run.recordings(which).map(({ folder }) => readRecording(folder)));
  const recordings = await read('together');
  if (recordings.length === 0)
    return fail('run', `${run.folder} has no recordings to report on`, 'run the profile stages first');
  const built = buildReport({
    spec: run.spec,
    toolVersion: TOOL_VERSION,
    engines: await enginesOf(run),
    recorded: [...recordings, ...(await read('solo'))],
  });
  const result = built.report;
  await writeAtomic(run.path('profile_report.yaml'), reportYaml(result));
  await writeAtomic(run.path('summary.json'), `${JSON.stringify(summaryOf(run, result, recordings))}\n`);
  await writeAtomic(run.path('trace.json'), traceParts(run, recordings));
  await writeAtomic(run.path('report.html'), await reportHtml(run, built, recordings));
  for (const recording of lastOfEach(recordings))
    await draw(run, recording, (text) => onEvent({ kind: 'note', stage, severity: 'warning', text }));
  onEvent({ kind: 'verdict', verdict: result.verdict, requirements: result.requirements });
  return { report: result };
};

async function enginesOf(run: RunDirectory): Promise<EngineEntry[]> {
  const entries: EngineEntry[] = [];
  for (const model of run.spec.models) {
    for (const accelerator of acceleratorsOf(run.spec, model.name)) {
      const folder = run.path('engines', engineFolder(run.spec, model.name, accelerator));
      if (existsSync(folder))
        entries.push({ engine: await readEngine(folder), cached: run.stage(`build:${model.name}`)?.cached ?? false });
    }
  }
  return entries;
}

const summaryOf = (run: RunDirectory, result: ProfileReport, recordings: readonly Recording[]): RunSummary =>
  runSummary(
    result,
    lastOfEach(recordings).flatMap(({ document, jobs }) => {
      const scenario = run.scenario(document.scenario);
      return scenario ? [{ jobs, scenario }] : [];
    }),
    run.spec.models.map((m) => m.name),
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

async function draw(run: RunDirectory, { document, profile }: Recording, warn: (text: string) => void): Promise<void> {
  if (profile.length === 0) return;
  const name =
    ownScenarios(run.spec).length > 1 ? `system_profile_graph.${document.scenario}.png` : 'system_profile_graph.png';
  try {
    const data = systemProfile(profile, (document.probes[0]?.interval_ms ?? 1000) / 1000);
    if (data.panels.length === 0) return;
    const title = `${run.spec.name} / ${document.scenario} on ${document.device.model ?? document.device.hostname}`;
    await writeAtomic(run.path(name), await renderPng(systemSpec(data, title, shadesOf(document, data.begin)), FONTS));
  } catch (error) {
    warn(`${name} could not be drawn: ${messageOf(error)}`);
  }
}

/** The lines carry local time, so the begin of the run is compared in local time too. */
function shadesOf(document: RecordingDocument, begin: string | undefined): Shade[] {
  if (!begin) return [];
  const origin = (Date.parse(`${document.clock.start.local}Z`) - Date.parse(`${begin}Z`)) / 1000;
  const from = origin + document.measure.from_ns / 1e9;
  return [
    ...(document.measure.from_ns > 0 ? [{ label: 'warm-up' as const, from: Math.max(0, origin), to: from }] : []),
    { label: 'measured', from, to: origin + document.measure.to_ns / 1e9 },
  ];
}
