/** What went wrong, in the words of the person who can mend it. */
import { printable, shorten } from './text.js';

/** Kinds of problems; the exit code of the program follows from it. */
export type ProblemCode =
  | 'usage' // wrong command line
  | 'config' // wrong pipeline.yaml
  | 'file' // a file that cannot be read, or is not what it should be
  | 'model' // an ONNX file that is malformed or lacks something
  | 'version' // a document newer than this program
  | 'build' // an engine could not be built
  | 'backend' // a backend or accelerator is missing
  | 'task' // one task of a scenario failed; the others' recordings are kept
  | 'run' // the run as a whole failed
  | 'disk' // a write failed
  | 'interrupted';

/** A place in a text that a person wrote. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The source line and a caret under the place, where the text is at hand. */
  readonly excerpt?: string;
}

/** One thing that went wrong. */
export interface Problem {
  readonly code: ProblemCode;
  /** What was found and what was expected. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string | undefined;
  readonly at?: Position;
  /** Keys in the pipeline file that lead to what is wrong; its place is looked up from them. */
  readonly path?: readonly (string | number)[];
  /** The name that it is about, such as an input, for code: messages are for people only. */
  readonly about?: string;
  readonly cause?: unknown;
}

/** Names and values come from files of any origin; a message is for people. */
const LONGEST = 800;

const inShort = (problem: Problem): Problem =>
  problem.message.length <= LONGEST && (problem.hint?.length ?? 0) <= LONGEST
    ? problem
    : {
        ...problem,
        message: shorten(problem.message, LONGEST),
        ...(problem.hint === undefined ? {} : { hint: shorten(problem.hint, LONGEST) }),
      };

/** Carries problems through code that throws; everything else that is thrown is a bug. */
export class ProblemError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: Problem | readonly Problem[]) {
    const list = (Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem]).map(inShort);
    super(list.map((p) => p.message).join('\n'));
    this.name = 'ProblemError';
    this.problems = list;
  }
}

/** Throws one problem. */
export const fail = (code: ProblemCode, message: string, hint?: string, at?: Position): never => {
  throw new ProblemError({ code, message, ...(hint ? { hint } : {}), ...(at ? { at } : {}) });
};

/** The problems inside a thrown value, or undefined when it is a bug. */
export const problemsOf = (thrown: unknown): readonly Problem[] | undefined =>
  thrown instanceof ProblemError ? thrown.problems : undefined;

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** `file:line:column: message`, the line with a caret, the hint. */
export function formatProblem(problem: Problem): string {
  const { at } = problem;
  const place = at ? `${at.file}:${at.line}:${at.column}: ` : '';
  const lines = [printable(`${place}${problem.message}`)];
  if (at?.excerpt) lines.push(printable(at.excerpt));
  if (problem.hint) lines.push(`  ${printable(problem.hint)}`);
  return lines.join('\n');
}
