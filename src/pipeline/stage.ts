/** Runs one stage of a run, wherever it is run: state, times and problems go to run.json, events to the caller. */

import { canonicalJson } from '../base/canonical-json.js';
import { suggest } from '../base/nearest.js';
import { messageOf, type Problem, ProblemError, problemsOf } from '../base/problem.js';
import type { ProfileReport } from '../formats/report/report.js';
import type { OnEvent } from '../formats/run/events.js';
import type { StageKind } from '../formats/run/run.js';
import { diskProblem, sha256Text } from '../machine/files.js';
import { TOOL_VERSION } from '../machine/version.js';
import { logEvent } from '../store/event-log.js';
import type { RunDirectory } from '../store/run-directory.js';
import type { StageBody, StageResult } from './stage-context.js';

const BODIES: Record<StageKind, () => Promise<StageBody>> = {
  prepare: async () => (await import('./stages/prepare.js')).prepare,
  build: async () => (await import('./stages/build.js')).build,
  profile: async () => (await import('./stages/profile.js')).profile,
  explore: async () => (await import('./stages/explore.js')).explore,
  report: async () => (await import('./stages/report.js')).report,
};

/** What the system refuses while a stage works is no bug. */
function systemProblem(error: unknown): readonly Problem[] | undefined {
  const { code, path } = error as NodeJS.ErrnoException;
  const refused = ['ENOSPC', 'EACCES', 'EPERM', 'EROFS', 'EDQUOT', 'EMFILE', 'EIO', 'ENAMETOOLONG'];
  return code && refused.includes(code) ? diskProblem(path ?? 'a file', error).problems : undefined;
}

export interface StageOutcome {
  readonly state: 'done' | 'failed' | 'interrupted';
  readonly problems: readonly Problem[];
  /** Of the stage `report`. */
  readonly report?: ProfileReport;
}

const plain = ({ code, message, hint }: Problem) => ({ code, message, ...(hint ? { hint } : {}) });

/** Contents of its inputs, its part of the spec, the tool and what it needs. */
export function fingerprintOf(run: RunDirectory, id: string): string {
  const stage = run.stage(id);
  const needs = (stage?.needs ?? []).map((n) => run.stage(n)?.fingerprint ?? '');
  const [kind, name] = id.split(':');
  const part =
    kind === 'build' || kind === 'explore'
      ? run.spec.models.find((m) => m.name === name)
      : kind === 'profile'
        ? run.scenario(name)
        : run.pipelineText;
  return sha256Text(
    canonicalJson({
      id,
      part,
      needs,
      tool: TOOL_VERSION,
      device: run.document.device,
      simulate: run.document.simulate,
    }),
  );
}

/** How long a measurement takes, as far as that is known beforehand. */
function aboutStage(run: RunDirectory, id: string): string | undefined {
  const scenario = run.spec.scenarios.find((s) => id === `profile:${s.name}`);
  if (!scenario || run.document.simulate) return undefined;
  const { warmup, duration, settleLimit, steady, iterations, repetitions } = scenario;
  const seconds = (ns: number): string => `${Math.round(ns / 1e6) / 1e3} s`;
  return [
    iterations === undefined ? seconds(duration) : `${iterations} iterations`,
    ` after ${seconds(warmup)} of warm-up`,
    steady === 'off' ? '' : ` and up to ${seconds(settleLimit)} until times are steady`,
    repetitions > 1 ? `, ${repetitions} times` : '',
  ].join('');
}

async function markBug(run: RunDirectory, id: string, error: unknown): Promise<void> {
  const problems = [{ code: 'run', message: `bug: ${messageOf(error)}` }];
  await run.updateStage(id, { state: 'failed', end: new Date().toISOString(), problems }).catch(() => undefined);
}

/** Never throws for a Problem; a bug is thrown after its stage is marked as failed. */
export async function runStage(
  run: RunDirectory,
  id: string,
  onEvent: OnEvent,
  signal: AbortSignal,
): Promise<StageOutcome> {
  const stage = run.stage(id);
  if (!stage) {
    const ids = run.document.stages.map((s) => s.id);
    throw new ProblemError({ code: 'usage', message: `this run has no stage "${id}"`, hint: suggest(id, ids) });
  }
  const tell = onEvent;
  onEvent = (event) => {
    logEvent(run.folder, event);
    tell(event);
  };
  const fingerprint = fingerprintOf(run, id);
  const resumed = stage.fingerprint === fingerprint && ['interrupted', 'running'].includes(stage.state);
  const begin = performance.now();
  const about = aboutStage(run, id);
  onEvent({ kind: 'stage-start', stage: id, ...(about ? { about } : {}) });
  await run.updateStage(id, {
    state: 'running',
    start: new Date().toISOString(),
    fingerprint,
    problems: undefined,
  });
  const end = async (
    state: StageOutcome['state'],
    problems: readonly Problem[],
    cached: boolean,
  ): Promise<StageOutcome> => {
    await run.updateStage(id, {
      state,
      end: new Date().toISOString(),
      cached,
      ...(problems.length > 0 ? { problems: problems.map(plain) } : {}),
    });
    onEvent({ kind: 'stage-end', stage: id, state, seconds: (performance.now() - begin) / 1000, cached });
    return { state, problems };
  };
  try {
    const body = await BODIES[stage.kind]();
    const result: StageResult = await body({ run, stage: id, onEvent, signal, resumed }, id.slice(id.indexOf(':') + 1));
    const problems = result.problems ?? [];
    const state = signal.aborted ? 'interrupted' : problems.length > 0 ? 'failed' : 'done';
    const outcome = await end(state, problems, result.cached ?? false);
    return result.report ? { ...outcome, report: result.report } : outcome;
  } catch (error) {
    const problems = problemsOf(error) ?? systemProblem(error);
    if (!problems) {
      await markBug(run, id, error);
      throw error;
    }
    if (!signal.aborted) for (const problem of problems) onEvent({ kind: 'problem', stage: id, problem });
    return await end(signal.aborted ? 'interrupted' : 'failed', problems, false);
  }
}
