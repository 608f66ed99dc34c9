/** What became of a run, told by what it left on disk. */
import { existsSync, readFileSync } from 'node:fs';
import type { Problem, ProblemCode } from '../base/problem.js';
import { type ProfileReport, readProfileReport } from '../formats/report/report.js';
import { ORCHESTRATOR } from '../formats/run/run-state.js';
import type { RunDirectory } from '../store/run-directory.js';

/** What became of a run. */
export interface RunOutcome {
  readonly state: 'done' | 'failed' | 'interrupted';
  /** Problems with the kind of the stage they came from. */
  readonly problems: readonly (Problem & { readonly stage: string })[];
  readonly verdict?: string;
  readonly report?: ProfileReport;
}

/** @throws ProblemError `file` where its report is damaged */
export function outcomeOf(run: RunDirectory): RunOutcome {
  const { status, stages } = run.progress();
  const path = run.path('profile_report.yaml');
  const report = existsSync(path) ? readProfileReport(readFileSync(path, 'utf8'), path) : undefined;
  const problems = stages.flatMap(({ stage, state }) =>
    (state?.problems ?? []).map(({ code, message, hint }) => ({
      code: code as ProblemCode,
      message,
      ...(hint === undefined ? {} : { hint }),
      stage: stage.id,
    })),
  );
  const orchestrator = run.states().get(ORCHESTRATOR)?.state;
  return {
    state:
      status === 'done'
        ? 'done'
        : orchestrator === 'interrupted' || status === 'interrupted'
          ? 'interrupted'
          : 'failed',
    problems,
    ...(report ? { verdict: report.verdict, report } : {}),
  };
}
