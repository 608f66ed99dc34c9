/** One question to a program of our own in a child process: a crash there is an answer, not the end of the caller. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
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
  /** When the signal ends it, it is sent CANCEL first, and killed this much later, ms; at once where nothing is said. */
  readonly graceMs?: number;
  /** Besides the caller's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const LAST_LINES = 5;

/** What a child is sent that is to end by itself. */
export const CANCEL = 'cancel';

/**
 * Sends `request` to the module and waits for its one message.
 * @returns the answer, or how the child ended without one
 * @throws ProblemError `interrupted` when the signal ended it
 */
export async function askChild<Answer>(
  module: URL,
  request: object,
  { signal, onLine, limitMs, graceMs, env }: ChildOptions,
): Promise<{ readonly answer: Answer } | { readonly end: ChildEnd }> {
  const child = fork(fileURLToPath(module), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
    serialization: 'advanced',
    env: { ...process.env, ...env },
    ...(graceMs === undefined ? { signal, killSignal: 'SIGKILL' as const } : {}),
  });
  if (graceMs !== undefined) endGently(child, signal, graceMs);
  const tail: string[] = [];
  if (child.stderr)
    createInterface({ input: child.stderr }).on('line', (line) => {
      tail.push(withoutColours(line));
      if (tail.length > LAST_LINES) tail.shift();
      onLine?.(line);
    });
  let late = false;
  const kill = (): void => {
    late = true;
    child.kill('SIGKILL');
  };
  const timer = limitMs === undefined ? undefined : setTimeout(kill, limitMs);
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
  if (signal.aborted) return fail('interrupted', 'it was interrupted');
  const [answer] = answers;
  if (answer !== undefined) return { answer };
  const how = late
    ? `it took longer than ${Math.round((limitMs ?? 0) / 1000)} s`
    : (end.name ?? `exit code ${end.code}`);
  return { end: { how, lastWords: tail.join(' | ') || 'it said nothing' } };
}

/** Asks it to end, and kills it when it does not. */
function endGently(child: ChildProcess, signal: AbortSignal, graceMs: number): void {
  const ask = (): void => {
    if (child.connected) child.send(CANCEL);
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    child.once('close', () => clearTimeout(timer));
  };
  if (signal.aborted) ask();
  else {
    signal.addEventListener('abort', ask, { once: true });
    child.once('close', () => signal.removeEventListener('abort', ask));
  }
}

/** What a program prints on both streams, and its exit code: 127 where it is not there. */
export const outputOf = (
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly code: number; readonly text: string }> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
    child.once('error', (error) => resolve({ code: 127, text: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, text }));
  });
