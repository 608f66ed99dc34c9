/** What would fit, from a run that was calibrated. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import pc from 'picocolors';
import { fail } from '../../base/problem.js';
import { readChange, withValues } from '../../formats/pipeline/with-values.js';
import {
  CALIBRATION_FILE,
  type Calibration,
  type PredictionCheck,
  readCalibration,
} from '../../formats/recording/calibration.js';
import { writeAtomic } from '../../machine/files.js';
import { runLocally } from '../../orchestrators/local.js';
import { LocalRunner } from '../../orchestrators/runner.js';
import { type Advice, advise as adviseRun, CONFIRMED_FILE, calibrationOfRun } from '../../pipeline/advice/advise.js';
import { outcomeOf } from '../../pipeline/advice/outcome.js';
import type { Change } from '../../pipeline/advice/search.js';
import { checksOf } from '../../pipeline/calibrate.js';
import { createRun } from '../../pipeline/new-run.js';
import { modelsOf } from '../../pipeline/predict.js';
import { readRecording } from '../../store/recording.js';
import { RunDirectory } from '../../store/run-directory.js';
import { adviceText } from '../advice-text.js';
import type { ExitCode } from '../exit.js';
import { onInterrupt } from '../interrupt.js';
import type { RunOptions } from '../make-run.js';
import { readPipeline } from '../read-pipeline.js';
import { chooseReporter } from '../reporters/index.js';
import { calibrate, checksText } from './calibrate.js';

/** Options of `infersight advise`. */
export interface AdviseOptions extends Pick<RunOptions, 'runs' | 'cache' | 'reporter' | 'quiet' | 'json' | 'force'> {
  readonly pipeline?: string;
  readonly set: readonly string[];
  readonly confirm?: number;
  readonly apply?: string;
}

/** Prints what would fit. A pipeline file is calibrated first, which takes some minutes. */
export async function advise(what: string, options: AdviseOptions): Promise<ExitCode> {
  const run = await runOf(what, options);
  if (!run) return 4;
  const text = withValues(
    options.pipeline === undefined ? run.pipelineText : readPipeline(options.pipeline),
    options.set.map(readChange),
  );
  const list = adviseRun(run, text);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify(
        list.map((a) => a.report),
        null,
        2,
      )}\n`,
    );
  else process.stdout.write(`${list.map((a) => adviceText(a.report)).join('\n\n')}\n`);
  if (options.apply !== undefined) await apply(run, text, list, options.apply);
  if (options.confirm) await confirm(run, list, options.confirm, options);
  return list.every((a) => a.report.holds) ? (list.every((a) => a.report.safe) ? 0 : 6) : 5;
}

async function runOf(what: string, options: AdviseOptions): Promise<RunDirectory | undefined> {
  if (existsSync(what) && statSync(what).isDirectory()) return RunDirectory.open(what);
  let made: RunDirectory | undefined;
  // One document on the standard output.
  const { json, set: _, ...rest } = options;
  await calibrate(what, { ...rest, on: [], ...(json ? { quiet: true } : {}) }, (directory) => {
    made = directory;
  });
  return made && existsSync(made.path(CALIBRATION_FILE)) ? made : undefined;
}

/** The first change of each scenario, in a file whose comments stay. */
async function apply(run: RunDirectory, text: string, list: readonly Advice[], file: string): Promise<void> {
  const values = list.flatMap((a) => a.changes[0]?.values ?? []);
  if (values.length === 0) {
    process.stderr.write('nothing to change: no file was written\n');
    return;
  }
  await writeAtomic(file, withValues(text, values));
  const folder = dirname(resolve(file));
  const note = folder === run.document.source ? '' : `; its paths are relative to ${run.document.source}`;
  process.stderr.write(`${file}: written with ${values.map(([p, v]) => `${p}=${v}`).join(', ')}${note}\n`);
}

/** Measures the first changes, and writes what became of the predictions. */
async function confirm(
  run: RunDirectory,
  list: readonly Advice[],
  most: number,
  options: AdviseOptions,
): Promise<void> {
  const calibration = calibrationOfRun(run);
  const checks: PredictionCheck[] = [];
  for (const advice of list)
    for (const change of advice.changes.slice(0, most)) {
      const found = await measured(run, advice, change, options);
      checks.push(...found.checks);
      process.stdout.write(`\n${pc.bold(textOf(change))}\n${found.verdict}\n${checksText(found.checks)}\n`);
    }
  if (checks.length === 0) return;
  const path = run.path(CONFIRMED_FILE);
  const before = existsSync(path) ? readCalibration(readFileSync(path, 'utf8'), path).checks : [];
  const document: Calibration = { ...calibration, scenarios: [], checks: [...before, ...checks] };
  await writeAtomic(path, `${JSON.stringify(document)}\n`);
}

const textOf = ({ steps }: Change): string => steps.map((s) => s.text).join('; ');

async function measured(
  run: RunDirectory,
  { situation }: Advice,
  change: Change,
  options: AdviseOptions,
): Promise<{ checks: PredictionCheck[]; verdict: string }> {
  const directory = await createRun({
    text: withValues(situation.text, change.values),
    file: join(run.document.source, basename(situation.file)),
    source: run.document.source,
    runs: dirname(run.folder),
    ...(options.cache === undefined ? {} : { cache: options.cache }),
    simulate: run.document.simulate,
  });
  const reporter = await chooseReporter(options.reporter, options.quiet ?? false);
  const interrupt = onInterrupt((text) => reporter.say(text), 'killed');
  try {
    const runner = new LocalRunner(directory, { force: options.force ?? false });
    const outcome = await runLocally(directory, reporter.onEvent, interrupt.signal, runner);
    if (outcome.state === 'interrupted') return fail('interrupted', 'interrupted; nothing was confirmed');
    if (!outcome.report) return fail('run', `the changed pipeline could not be measured; see ${directory.folder}`);
    const recordings = await Promise.all(directory.recordings().map(({ folder }) => readRecording(folder)));
    const { scenario, spec } = outcomeOf(situation, change.values);
    const base = { ...situation.base, models: modelsOf(spec) };
    const own = recordings.filter((r) => r.document.scenario === situation.scenario);
    return {
      checks: checksOf(base, scenario, own, textOf(change)),
      verdict: `measured: ${outcome.report.answer?.headline ?? outcome.report.verdict} (${directory.folder})`,
    };
  } finally {
    reporter.end();
    interrupt.release();
  }
}
