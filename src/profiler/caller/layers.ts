/** Time per layer of an engine, taken in a process of its own. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Problem } from '../../base/problem.js';
import type { LayerTable } from '../../formats/engine/layer-table.js';
import type { TaskSpec } from '../../formats/pipeline/types.js';
import type { TaskRequest } from '../messages.js';

export interface LayersRequest {
  readonly task: TaskRequest;
  readonly spec: TaskSpec;
  readonly seed: number;
  readonly folder: string;
}

export type LayersAnswer = { readonly layers?: LayerTable } | { readonly problem: Problem };

const LIMIT_MS = 60_000;

/** No layers when the backend cannot time them. */
export async function timeLayers(
  task: TaskRequest,
  spec: TaskSpec,
  { seed, folder, signal }: { seed: number; folder: string; signal: AbortSignal },
): Promise<LayersAnswer> {
  const child = fork(fileURLToPath(new URL('../thread/layers-child.js', import.meta.url)), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  const request: LayersRequest = { task, spec, seed, folder };
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  return new Promise<LayersAnswer>((resolve) => {
    child.on('message', (answer: LayersAnswer) => resolve(answer));
    child.on('exit', (code, name) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      resolve({
        problem: { code: 'run', message: `the process that times layers ended (${name ?? `exit code ${code}`})` },
      });
    });
    child.send(request);
  });
}
