/** One question to a program of our own in a child process: a crash there is an answer, not the end of the caller. */
import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fail } from '../base/problem.js';
import { withoutColours } from '../base/text.js';

/** How the child ended without an answer. */
export interface ChildEnd {
  /** Signal or exit code, in words. */
  readonly how: string;
  /** Its last lines on stderr. */
  readonly lastWords: string;
}

/** How a child is listened to and ended. */
export interface ChildOptions {
  readonly signal: AbortSignal;
  /** Lines on stderr. */
  readonly onLine?: (line: string) => void;
  /** It is killed when it takes longer, ms. */
  readonly limitMs?: number;
}

const LAST_LINES = 5;

/**
 * Sends `request` to the module and waits for its one message.
 * @returns the answer, or how the child ended without one
 * @throws ProblemError `interrupted` when the signal ended it
 */
export async function askChild<Answer>(
  module: URL,
  request: object,
  { signal, onLine, limitMs }: ChildOptions,
): Promise<{ readonly answer: Answer } | { readonly end: ChildEnd }> {
  const child = fork(fileURLToPath(module), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
    serialization: 'advanced',
    signal,
    killSignal: 'SIGKILL',
  });
  const tail: string[] = [];
  if (child.stderr)
    createInterface({ input: child.stderr }).on('line', (line) => {
      tail.push(withoutColours(line));
      if (tail.length > LAST_LINES) tail.shift();
      onLine?.(line);
    });
  const timer = limitMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), limitMs);
  const answers: Answer[] = [];
  child.on('message', (message: Answer) => answers.push(message));
  child.send(request);
  const end = await new Promise<{ code: number | null; name: string | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, name) => resolve({ code, name }));
  }).catch((error: Error) => {
    if (signal.aborted) return fail('interrupted', 'it was interrupted');
    throw error;
  });
  clearTimeout(timer);
  const [answer] = answers;
  if (answer !== undefined) return { answer };
  return { end: { how: end.name ?? `exit code ${end.code}`, lastWords: tail.join(' | ') || 'it said nothing' } };
}
