/** Pictures of a sweep: PNG, SVG, or a page with the table, by the name of the file. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fail } from '../base/problem.js';
import { shareText } from '../base/text.js';
import { renderPng, renderSvg } from '../charts/render.js';
import { sweepSpec } from '../charts/sweep-chart.js';
import { writeAtomic } from '../machine/files.js';
import type { Knee, SweepAxis, SweepPoint } from '../pipeline/sweep.js';
import { sweepHtml } from '../report/sweep-page.js';
import { FONTS } from '../views/fonts.js';
import { kneeText, sweepHead, sweepRow } from './sweep-rows.js';

/** What is drawn. */
export interface DrawnSweep {
  readonly axes: readonly SweepAxis[];
  readonly points: readonly SweepPoint[];
  /** Where it stops to hold; absent with two values. */
  readonly knee?: Knee | undefined;
  /** Share of its releases that a task may miss. */
  readonly limit: number;
  /** `measured`, `simulated` ... */
  readonly how: string;
}

/** Before anything is measured. @throws ProblemError `usage` */
export function checkPicture(file: string, axes: readonly SweepAxis[]): void {
  if (axes.length > 2) fail('usage', `a picture is of one value or of two, not of ${axes.length}`);
  if (!/\.(png|svg|html)$/i.test(file)) fail('usage', `${file} is none of .png, .svg and .html`);
  if (!existsSync(dirname(resolve(file))))
    fail('usage', `${file} could not be written: its folder does not exist`, 'make the folder, or name another file');
}

/** Writes it whole or not at all. */
export async function drawSweep(file: string, sweep: DrawnSweep): Promise<void> {
  const { axes, points, limit, how } = sweep;
  const title = axes.map((a) => a.path).join(' and ');
  const subtitle = `${points.length} points, ${how}; a task holds while it misses at most ${shareText(limit)} of its releases`;
  const page = /\.html$/i.test(file);
  const spec = sweepSpec({
    ...(page ? {} : { title, subtitle }),
    paths: axes.map((a) => a.path),
    marks: points.flatMap(({ values, tasks, holds }) =>
      tasks.map((t) => ({
        values,
        task: t.task,
        ...(typeof t.p99_ms === 'number' && t.deadline_ms !== undefined ? { used: t.p99_ms / t.deadline_ms } : {}),
        missed: t.miss_ratio ?? 0,
        holds,
      })),
    ),
    limit,
  });
  if (/\.png$/i.test(file)) return writeAtomic(file, await renderPng(spec, FONTS));
  const figure = await renderSvg(spec);
  if (!page) return writeAtomic(file, figure);
  const rows = points.map((point) => ({ cells: sweepRow(point, points), holds: point.holds }));
  const parts = { title, answer: answerOf(sweep), how: subtitle, figure, head: sweepHead(axes, points), rows };
  return writeAtomic(file, sweepHtml(parts, axes.length));
}

function answerOf({ points, knee }: DrawnSweep): string {
  if (knee) return `${kneeText(knee).replace(/^h/, 'H')}.`;
  const held = points.filter((p) => p.holds).length;
  return held === points.length ? 'Every point holds.' : `${held} of ${points.length} points hold.`;
}
