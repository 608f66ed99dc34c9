/** Exit codes of the command line. */
import type { ProblemCode } from '../base/problem.js';

/** What the program ends with. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 130;

const BY_PROBLEM: Record<ProblemCode, ExitCode> = {
  usage: 2,
  config: 2,
  file: 2,
  model: 2,
  version: 2,
  build: 3,
  backend: 3,
  task: 4,
  run: 4,
  disk: 4,
  interrupted: 130,
};

/** The exit code of one kind of problem. */
export const exitCodeOf = (code: ProblemCode): ExitCode => BY_PROBLEM[code];

/** Of a run: the first failed stage decides; without one, the verdict. */
export function exitCodeOfRun(outcome: {
  readonly state: 'done' | 'failed' | 'interrupted';
  readonly problems: readonly { readonly code: ProblemCode; readonly stage: string }[];
  readonly verdict?: string;
}): ExitCode {
  if (outcome.state === 'interrupted') return 130;
  const [first] = outcome.problems;
  if (first?.code === 'config' || first?.code === 'usage') return 2;
  if (first)
    return first.stage.startsWith('build:') ? 3 : first.stage.startsWith('profile:') ? 4 : exitCodeOf(first.code);
  if (outcome.verdict === 'fail') return 5;
  if (outcome.verdict === 'inconclusive') return 6;
  return outcome.state === 'failed' ? 4 : 0;
}

const WORST_FIRST: readonly ExitCode[] = [1, 2, 130, 3, 4, 5, 6, 0];

/** Of several runs: the code that needs somebody most. */
export const worstOf = (codes: readonly ExitCode[]): ExitCode => WORST_FIRST.find((code) => codes.includes(code)) ?? 0;
