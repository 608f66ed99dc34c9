import { stat } from 'node:fs/promises';
import { fail } from '../../base/problem.js';
import { writeAtomic } from '../../machine/files.js';
import { perfettoTrace } from '../../report/perfetto.js';
import { readRecording } from '../../store/recording.js';
import { RunDirectory } from '../../store/run-directory.js';
import { tracedRecordings } from '../../views/traced.js';
import type { ExitCode } from '../exit.js';

/** Writes a run in the form of another tool. */
export async function exportRun(_what: 'perfetto', folder: string, options: { out?: string }): Promise<ExitCode> {
  const run = RunDirectory.open(folder);
  const recordings = await Promise.all(run.recordings().map((r) => readRecording(r.folder)));
  if (recordings.length === 0) return fail('run', `${run.folder} has no recordings`, 'run its profile stages first');
  const out = options.out ?? run.path('trace.perfetto-trace');
  await writeAtomic(out, perfettoTrace(tracedRecordings(run, recordings)));
  process.stderr.write(`wrote ${out} (${((await stat(out)).size / 1e6).toFixed(1)} MB); open it in ui.perfetto.dev\n`);
  return 0;
}
