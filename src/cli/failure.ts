/** What a command says when it fails: problems in words, bugs with their stack. */
import pc from 'picocolors';
import { formatProblem, type Problem, problemsOf } from '../base/problem.js';
import { type ExitCode, exitCodeOf } from './exit.js';

/** More are no help. */
const MOST_PRINTED = 40;

/** On stderr, with places and hints. */
export function printProblems(problems: readonly Problem[]): void {
  for (const problem of problems.slice(0, MOST_PRINTED))
    process.stderr.write(`${pc.red('problem')} ${formatProblem(problem)}\n`);
  if (problems.length > 1)
    process.stderr.write(
      `${problems.length} problems${problems.length > MOST_PRINTED ? `, the first ${MOST_PRINTED} of them above` : ''}\n`,
    );
}

/** Prints what was thrown. @returns the exit code */
export function reportFailure(error: unknown): ExitCode {
  const problems = problemsOf(error);
  const [first] = problems ?? [];
  if (problems && first) {
    printProblems(problems);
    return exitCodeOf(first.code);
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${pc.red('bug')} ${stack}\nThis is a fault of infersight; please report it with this text.\n`);
  return 1;
}
