/** Finds trtexec and builds with it. */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fail, ProblemError } from '../../base/problem.js';
import { withoutColours } from '../../base/text.js';
import { explainBuild } from './explain.js';
import { versionText } from './tables/index.js';
import { commandLine, readHelp, type Trtexec, type TrtexecRequest } from './trtexec.js';

const FOLDERS = ['/usr/src/tensorrt/bin', '/usr/local/tensorrt/bin', '/opt/tensorrt/bin'];
const HELP_LIMIT_MS = 60_000;
const MOST_HELP_BYTES = 10_000_000;

/** Where trtexec is; undefined where it is not. @param named as the pipeline file names it */
export function findTrtexec(
  named: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const path = (environment.PATH ?? '').split(delimiter).filter(Boolean);
  const places = named === undefined ? [...path, ...FOLDERS].map((folder) => join(folder, 'trtexec')) : [named];
  return places.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Asks a trtexec what it is; it needs no GPU for that. @throws ProblemError `backend` */
export function describeTrtexec(path: string): Trtexec {
  const { stdout, error } = spawnSync(path, ['--help'], {
    encoding: 'utf8',
    timeout: HELP_LIMIT_MS,
    maxBuffer: MOST_HELP_BYTES,
  });
  return (
    (error ? undefined : readHelp(stdout)) ??
    fail(
      'backend',
      `${path} is no trtexec that can be used${error ? `: ${error.message}` : ''}`,
      'name it: build: { trtexec: /usr/src/tensorrt/bin/trtexec }',
    )
  );
}

/** How a build is listened to and ended. */
export interface TrtexecOptions {
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  readonly limitMs: number;
}

/** Builds the plan. @throws ProblemError `build` in words */
export async function runTrtexec(
  request: TrtexecRequest,
  name: string,
  { signal, onLine, limitMs }: TrtexecOptions,
): Promise<void> {
  const path =
    findTrtexec(request.options.trtexec) ??
    fail(
      'backend',
      request.options.trtexec === undefined ? 'trtexec is not here' : `${request.options.trtexec} is no program`,
      'JetPack has it in /usr/src/tensorrt/bin (package libnvinfer-bin); or use via: library',
    );
  const trtexec = describeTrtexec(path);
  const line = commandLine(trtexec, request);
  if ('problems' in line) throw new ProblemError(line.problems);
  const child = spawn(path, [...line.args], { stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
  const errors: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (text) => {
      const plain = withoutColours(text);
      const [, said] = /\[E\] (?:\[TRT\] )?(.*)$/.exec(plain) ?? [];
      if (said !== undefined) errors.push(said);
      onLine(plain);
    });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const end = await new Promise<{ code: number | null; name: string | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, by) => resolve({ code, name: by }));
  }).catch((error: Error) => {
    if (signal.aborted) return fail('interrupted', 'it was interrupted');
    return fail('build', `${path} cannot be run: ${error.message}`);
  });
  clearTimeout(timer);
  if (end.code === 0) return;
  if (end.name !== null && errors.length === 0)
    return fail('build', `trtexec ended while it built ${name} (${end.name})`, 'its log is beside the engine');
  const [message, hint] = explainBuild(errors, name, versionText(trtexec.version));
  fail('build', message, hint);
}
