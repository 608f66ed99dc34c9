/** Points of a sweep that are measured: a run for each, one after another; those that are there already are kept. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail, messageOf } from '../base/problem.js';
import { parsePipeline } from '../formats/pipeline/parse.js';
import type { ProfileReport } from '../formats/report/report.js';
import { lockDevice } from '../machine/device-lock.js';
import { currentPowerMode, type PowerMode, powerModeOf, setPowerMode } from '../machine/power-mode.js';
import { runLocally } from '../orchestrators/local.js';
import { outcomeOf } from '../orchestrators/outcome.js';
import { LocalRunner } from '../orchestrators/runner.js';
import { createRun } from '../pipeline/new-run.js';
import { measuredPoint, POWER_MODE, type Sweep, type SweepAxis, type SweepPoint, textAt } from '../pipeline/sweep.js';
import { RunDirectory } from '../store/run-directory.js';
import { onInterrupt } from './interrupt.js';

/** Where the runs go. */
export interface MeasureOptions {
  /** Begin of their names. */
  readonly id?: string;
  readonly runs: string;
  readonly cache?: string;
  readonly force?: true;
}

const HASH_DIGITS = 8;

/** @throws ProblemError where a point could not be measured, or it was interrupted: the same command goes on */
export async function measurePoints(
  sweep: Sweep,
  axes: readonly SweepAxis[],
  all: readonly (readonly string[])[],
  options: MeasureOptions,
): Promise<SweepPoint[]> {
  const name = options.id ?? `sweep-${hashOf(sweep.text + axes.map((a) => a.path).join())}`;
  // Every mistake before anything is measured.
  for (const values of all) parsePipeline(textAt(sweep, axes, values), sweep.file);
  const modeAxis = axes.findIndex((a) => a.path === POWER_MODE);
  const modes = modeAxis < 0 ? undefined : all.map((values) => powerModeOf(values[modeAxis] ?? ''));
  const before = modes && currentPowerMode();
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const interrupt = onInterrupt(say, 'killed; the same command goes on');
  const points: SweepPoint[] = [];
  // Nobody else measures, or sets a mode, until the one that there was is set again.
  const wait = (): void => say('waiting for the device: somebody measures; --force does not wait');
  const release =
    before && !options.force ? await lockDevice('a sweep of power modes', wait, interrupt.signal) : undefined;
  try {
    for (const [i, values] of all.entries()) {
      const text = textAt(sweep, axes, values);
      say(`${i + 1} of ${all.length}: ${axes.map((a, k) => `${a.path} ${values[k]}`).join(', ')}`);
      const mode = modes?.[i];
      const run = await runOf(sweep, text, `${name}.${hashOf(mode ? `${text}\n${mode.id}` : text)}`, options);
      const there = outcomeOf(run);
      if (mode && !(there.state === 'done' && there.report)) setPowerMode(mode);
      points.push(measuredPoint(sweep, values, await reportOf(run, options, interrupt.signal)));
    }
    return points;
  } finally {
    setBack(before, say);
    release?.();
    interrupt.release();
  }
}

/** Sets the mode again that there was; what went wrong before is told first. */
function setBack(before: PowerMode | undefined, say: (text: string) => void): void {
  try {
    if (before && currentPowerMode().id !== before.id) setPowerMode(before);
  } catch (error) {
    say(`the power mode ${before?.id} could not be set again: ${messageOf(error)}`);
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);

/** The run of a point, which may be there. */
async function runOf(
  { file }: Sweep,
  text: string,
  id: string,
  { runs, cache }: MeasureOptions,
): Promise<RunDirectory> {
  const folder = join(runs, id);
  if (existsSync(join(folder, 'run.json'))) return RunDirectory.open(folder);
  return createRun({ text, file, runs, id, ...(cache === undefined ? {} : { cache }) });
}

async function reportOf(run: RunDirectory, { force }: MeasureOptions, signal: AbortSignal): Promise<ProfileReport> {
  const before = outcomeOf(run);
  if (before.state === 'done' && before.report) return before.report;
  const { state, report } = await runLocally(run, () => {}, signal, new LocalRunner(run, { force: force ?? false }));
  if (state === 'interrupted') return fail('run', 'interrupted', 'the same command goes on where it stopped');
  return report ?? fail('run', `${run.folder} could not be measured`, `infersight status ${run.folder}`);
}
