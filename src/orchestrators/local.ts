/** Runs all stages here, one after another, each as soon as what it needs is done. */

import type { Problem } from '../base/problem.js';
import type { ProfileReport } from '../formats/report/report.js';
import type { OnEvent } from '../formats/run/events.js';
import { fingerprintOf, runStage } from '../pipeline/stage.js';
import { logEvent } from '../store/event-log.js';
import type { RunDirectory } from '../store/run-directory.js';

export interface RunOutcome {
  readonly state: 'done' | 'failed' | 'interrupted';
  /** Problems with the kind of the stage they came from. */
  readonly problems: readonly (Problem & { readonly stage: string })[];
  readonly verdict?: string;
  readonly report?: ProfileReport;
}

export async function runLocally(run: RunDirectory, onEvent: OnEvent, signal: AbortSignal): Promise<RunOutcome> {
  const begin = performance.now();
  const problems: (Problem & { stage: string })[] = [];
  let report: ProfileReport | undefined;
  const hear: OnEvent = (event) => {
    // What happens inside a stage is logged there.
    if (event.kind === 'run-start' || event.kind === 'run-end') logEvent(run.folder, event);
    onEvent(event);
  };
  hear({
    kind: 'run-start',
    run: run.document.id,
    folder: run.folder,
    stages: run.document.stages.map(({ id, kind }) => ({ id, kind })),
  });
  await run.update({ state: 'running', pid: process.pid });
  for (const { id, kind, needs } of run.document.stages) {
    if (kind !== 'report' && isDone(run, id)) continue;
    if (!ready(run, kind, needs) || (signal.aborted && kind !== 'report')) {
      await run.updateStage(id, { state: signal.aborted ? 'interrupted' : 'skipped' });
      continue;
    }
    // What was recorded before an interruption is reported too.
    if (signal.aborted && run.recordings().length === 0) continue;
    const outcome = await runStage(run, id, hear, kind === 'report' ? new AbortController().signal : signal);
    report = outcome.report ?? report;
    problems.push(...outcome.problems.map((p) => ({ ...p, stage: id })));
  }
  const failed = run.document.stages.some((s) => s.state === 'failed' || s.state === 'skipped');
  const state = signal.aborted ? 'interrupted' : failed ? 'failed' : 'done';
  await run.update({ state });
  hear({ kind: 'run-end', state, folder: run.folder, seconds: (performance.now() - begin) / 1000 });
  return { state, problems, ...(report ? { verdict: report.verdict, report } : {}) };
}

/** Done before, and nothing that it depends on has changed since. */
function isDone(run: RunDirectory, id: string): boolean {
  const stage = run.stage(id);
  return stage?.state === 'done' && stage.fingerprint === fingerprintOf(run, id);
}

/** A report is made of whatever was recorded; every other stage needs all that it names. */
const ready = (run: RunDirectory, kind: string, needs: readonly string[]): boolean =>
  kind === 'report' ? run.recordings().length > 0 : needs.every((n) => run.stage(n)?.state === 'done');
