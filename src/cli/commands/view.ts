import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fail } from '../../base/problem.js';
import { startView } from '../../server/start.js';
import type { ExitCode } from '../exit.js';

/** Serves the pages over a folder of runs until it is interrupted. */
export async function view(folder: string, { port }: { port: number }): Promise<ExitCode> {
  const runs = resolve(folder);
  if (!statSync(runs, { throwIfNoEntry: false })?.isDirectory())
    return fail('usage', `${runs} is not a folder`, 'name the folder that holds the runs, such as runs');
  const server = await startView(runs, port);
  process.stdout.write(`${server.url}\n`);
  process.stderr.write(`shows the runs in ${runs}; Ctrl-C ends it\n`);
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
  });
  await server.close();
  return 0;
}
