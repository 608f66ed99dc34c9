/** Runs the real command line in a folder of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';

const MAIN = resolve('dist/cli/main.js');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function makeFolder(files: Record<string, string | Uint8Array> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'infersight-test-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

export function cli(
  folder: string,
  parameters: readonly string[],
  options: {
    env?: Record<string, string>;
    onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
    onSpawn?: (pid: number) => void;
  } = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, [MAIN, ...parameters], {
    cwd: folder,
    env: {
      ...process.env,
      NO_COLOR: '1',
      XDG_CACHE_HOME: join(folder, '.cache'),
      INFERSIGHT_LOCK: join(folder, '.lock'),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) options.onSpawn?.(child.pid);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    options.onStderr?.(chunk, (signal) => child.kill(signal));
  });
  return new Promise((done) => child.on('close', (code) => done({ code, stdout, stderr })));
}

/** Path of the only run in `runs/`. */
export const onlyRun = (folder: string): string => {
  const runs = readdirSync(join(folder, 'runs'));
  if (runs.length !== 1) throw new Error(`expected one run, found ${runs.join(', ')}`);
  return join(folder, 'runs', runs[0]);
};

export const readText = (...parts: string[]): string => readFileSync(join(...parts), 'utf8');

/** Exit codes of a run that was measured and reported, whatever its verdict: short runs on a shared machine prove nothing. */
export const MEASURED: readonly (number | null)[] = [0, 5, 6];
