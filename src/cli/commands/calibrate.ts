/** A run with every task alone and every two back to back: what predictions rest on, and how good they are. */
import { existsSync, readFileSync } from 'node:fs';
import pc from 'picocolors';
import { msShort, shareText } from '../../base/text.js';
import {
  CALIBRATION_FILE,
  type Calibration,
  type PredictionCheck,
  readCalibration,
} from '../../formats/recording/calibration.js';
import { RunDirectory } from '../../store/run-directory.js';
import type { ExitCode } from '../exit.js';
import type { RunOptions } from '../make-run.js';
import { plainTable } from '../text.js';
import { run } from './run.js';

/** Measures, and says what was learned. @param onRun hears of the run once there is one */
export async function calibrate(
  file: string,
  options: RunOptions,
  onRun?: (directory: RunDirectory) => void,
): Promise<ExitCode> {
  let folder: string | undefined;
  const code = await run(file, { ...options, ...(options.resume ? {} : { calibrate: true }) }, (d) => {
    folder = d.folder;
    onRun?.(d);
  });
  if (folder && !options.json && !options.quiet) {
    const path = RunDirectory.open(folder).path(CALIBRATION_FILE);
    const found = existsSync(path) ? readCalibration(readFileSync(path, 'utf8'), path) : undefined;
    // One that was interrupted has nothing to tell of yet.
    if (found?.scenarios.some((s) => s.tasks.length > 0)) process.stdout.write(calibrationText(found, folder));
  }
  return code;
}

const factorText = (factor: number | undefined): string =>
  factor === undefined ? '-' : factor >= 1.1 ? pc.yellow(factor.toFixed(2)) : factor.toFixed(2);

/** What each task costs the others, and predictions beside measurements. */
function calibrationText({ scenarios, checks }: Calibration, folder: string): string {
  const parts = scenarios.flatMap(({ name, tasks, pairs }) => {
    if (pairs.length === 0) return [];
    const rows = plainTable([`${name}: times as long`, ...tasks.map((t) => `beside ${t.name}`)], 1);
    for (const task of tasks)
      rows.push([
        task.name,
        ...tasks.map((beside) =>
          beside === task
            ? ''
            : factorText(pairs.find((p) => p.task === task.name && p.beside === beside.name)?.factor),
        ),
      ]);
    return [rows.toString()];
  });
  return `\n${[...parts, checksText(checks)].filter(Boolean).join('\n\n')}\n\nwhat would fit: infersight advise ${folder}\n`;
}

/** Predictions beside measurements. */
export function checksText(checks: readonly PredictionCheck[]): string {
  if (checks.length === 0) return '';
  const rows = plainTable(['predicted / measured', 'p50', 'p99', 'missed'], 1);
  const pair = (value: { predicted: number; measured: number } | undefined, text: (v: number) => string): string =>
    value ? `${text(value.predicted)} / ${text(value.measured)}` : '-';
  for (const { task, p50_ms, p99_ms, miss_ratio } of checks)
    rows.push([task, pair(p50_ms, msShort), pair(p99_ms, msShort), pair(miss_ratio, shareText)]);
  return rows.toString();
}
