/** How far a run is. */
import pc from 'picocolors';
import type { RunProgress, StageStatus } from '../../formats/run/run-state.js';
import { RunDirectory } from '../../store/run-directory.js';
import type { ExitCode } from '../exit.js';

const COLOURS: Readonly<Record<StageStatus, (text: string) => string>> = {
  waiting: pc.dim,
  running: pc.cyan,
  lost: pc.red,
  done: pc.green,
  failed: pc.red,
  interrupted: pc.yellow,
  skipped: pc.dim,
};

/** Prints how far a run is. */
export async function status(folder: string, { json }: { json?: true }): Promise<ExitCode> {
  const run = RunDirectory.open(folder);
  const progress = run.progress();
  if (json) {
    const stages = progress.stages.map(({ stage, status: state, state: document }) => ({
      id: stage.id,
      status: state,
      ...(document?.start ? { start: document.start } : {}),
      ...(document?.end ? { end: document.end } : {}),
      ...(document?.problems ? { problems: document.problems } : {}),
    }));
    process.stdout.write(`${JSON.stringify({ run: run.document.id, status: progress.status, stages }, null, 2)}\n`);
  } else process.stdout.write(`${text(run.document.id, progress)}\n`);
  return 0;
}

function text(id: string, { status: overall, stages }: RunProgress): string {
  const width = Math.max(...stages.map((s) => s.stage.id.length));
  return [
    `${pc.bold(id)}  ${COLOURS[overall](overall)}`,
    ...stages.flatMap(({ stage, status: state, state: document }) => [
      `  ${stage.id.padEnd(width)}  ${COLOURS[state](state)}`,
      ...(document?.problems ?? []).map((p) => pc.dim(`      ${p.message}`)),
    ]),
  ].join('\n');
}
