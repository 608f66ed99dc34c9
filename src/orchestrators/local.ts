/** Runs all stages here, one after another, each as soon as what it needs is done. */
import type { Problem } from '../base/problem.js';
import type { ProfileReport } from '../formats/report/report.js';
import type { OnEvent } from '../formats/run/events.js';
import type { PlannedStage } from '../formats/run/plan.js';
import { ORCHESTRATOR } from '../formats/run/run-state.js';
import { thisProcess } from '../machine/process.js';
import { logEvent } from '../store/event-log.js';
import type { RunDirectory } from '../store/run-directory.js';
import { keepAlive, writeState } from '../store/stage-states.js';
import { nextStages, type StageEnd } from './order.js';
import type { RunOutcome } from './outcome.js';
import { LocalRunner, type StageRunner } from './runner.js';

/** @param runner other than this process in tests */
export async function runLocally(
  run: RunDirectory,
  onEvent: OnEvent,
  signal: AbortSignal,
  runner: StageRunner = new LocalRunner(run),
): Promise<RunOutcome> {
  const begin = performance.now();
  const start = new Date().toISOString();
  const hear: OnEvent = (event) => {
    // What happens inside a stage is logged there.
    if (event.kind === 'run-start' || event.kind === 'run-end') logEvent(run.folder, event);
    onEvent(event);
  };
  const note = (state: 'running' | RunOutcome['state']): Promise<void> =>
    writeState(run.folder, {
      id: ORCHESTRATOR,
      state,
      start,
      ...(state === 'running' ? {} : { end: new Date().toISOString() }),
      process: thisProcess(),
    });
  const { stages, id } = run.document;
  hear({ kind: 'run-start', run: id, folder: run.folder, stages: stages.map((s) => ({ id: s.id, kind: s.kind })) });
  await note('running');
  const rest = keepAlive(run.folder, ORCHESTRATOR);
  try {
    const { ended, problems, report } = await goThrough(run, runner, hear, signal);
    const failed = [...ended.values()].some((e) => e === 'failed' || e === 'skipped');
    const state = signal.aborted ? 'interrupted' : failed ? 'failed' : 'done';
    await note(state);
    hear({ kind: 'run-end', state, folder: run.folder, seconds: (performance.now() - begin) / 1000 });
    return { state, problems, ...(report ? { verdict: report.verdict, report } : {}) };
  } catch (error) {
    await note('failed').catch(() => undefined);
    throw error;
  } finally {
    rest();
  }
}

interface Walked {
  readonly ended: ReadonlyMap<string, StageEnd>;
  readonly problems: readonly (Problem & { readonly stage: string })[];
  readonly report?: ProfileReport;
}

async function goThrough(run: RunDirectory, runner: StageRunner, hear: OnEvent, signal: AbortSignal): Promise<Walked> {
  const ended = new Map<string, StageEnd>();
  const problems: (Problem & { stage: string })[] = [];
  let report: ProfileReport | undefined;
  for (;;) {
    const { start, skip } = nextStages(run.document.stages, ended, run.recordings().length > 0);
    for (const stage of skip) ended.set(stage.id, 'skipped');
    // Whatever else ran on this machine meanwhile would disturb a measurement, so one at a time.
    const stage = start[0];
    if (!stage) {
      if (skip.length > 0) continue;
      break;
    }
    if (signal.aborted && stage.kind !== 'report') {
      ended.set(stage.id, 'interrupted');
      continue;
    }
    // A report is made anew of whatever is there, also after an interruption.
    if (stage.kind !== 'report' && (await runner.isDone(stage))) {
      ended.set(stage.id, 'done');
      continue;
    }
    const outcome = await runner.run(stage, hear, signalFor(stage, signal));
    ended.set(stage.id, outcome.state);
    report = outcome.report ?? report;
    problems.push(...outcome.problems.map((p) => ({ ...p, stage: stage.id })));
  }
  return { ended, problems, ...(report ? { report } : {}) };
}

/** What was recorded before an interruption is reported too. */
const signalFor = ({ kind }: PlannedStage, signal: AbortSignal): AbortSignal =>
  kind === 'report' ? new AbortController().signal : signal;
