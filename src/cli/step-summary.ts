/** GitHub Actions shows the Markdown that a step appends to the file it names. */
import { appendFileSync } from 'node:fs';
import { decisiveRows } from '../analysis/answer.js';
import { messageOf } from '../base/problem.js';
import type { ProfileReport } from '../formats/report/report.js';
import { reportMarkdown } from '../report/markdown.js';

/** GitHub takes 1 MiB for a step. */
const MOST_BYTES = 1_000_000;

/** Appends the report as Markdown where GitHub Actions asks for it. */
export function writeStepSummary(report: ProfileReport): void {
  const path = process.env.GITHUB_STEP_SUMMARY;
  if (!path) return;
  const text = Buffer.from(reportMarkdown(report, { rows: decisiveRows(report) }));
  try {
    // A letter that the cut has split is left out.
    const shown =
      text.length > MOST_BYTES
        ? `${text
            .subarray(0, MOST_BYTES)
            .toString()
            .replace(/\uFFFD+$/, '')}\n\n(cut short)`
        : text;
    appendFileSync(path, `${shown}\n`);
  } catch (error) {
    process.stderr.write(`the summary of this step could not be written: ${messageOf(error)}\n`);
  }
}
