/** Engine report -> SVG and PNG. */
import { fail } from '../base/problem.js';
import type { Colouring } from '../charts/engine-colours.js';
import { drawEngine } from '../charts/engine-drawing.js';
import { engineSvg } from '../charts/engine-svg.js';
import { fittingScale, rasterize } from '../charts/render.js';
import type { EngineReport } from '../formats/engine/engine-report.js';
import { FONTS } from './fonts.js';

const SCALE = 2;

/** The graph of an engine as SVG. */
export function engineSvgOf(report: EngineReport, colouring: Colouring): string {
  const { summary, tool, device } = report;
  const sum = summary.time.layers_sum_ms;
  return engineSvg(drawEngine(report), {
    title: report.name,
    subtitle: [
      [tool.name, tool.version].filter(Boolean).join(' '),
      device?.name ?? '',
      `${summary.layers} layers`,
      sum === undefined ? '' : `${sum.toFixed(3)} ms summed over the layers`,
    ]
      .filter((t) => t !== '')
      .join(' · '),
    colouring,
  });
}

/** Under this no letter of a graph can be read. */
const LEAST_SCALE = 0.6;

/**
 * @returns the picture, and its scale; under 1 its text is small
 * @throws ProblemError `usage` when the graph is too large for a picture of points
 */
export function enginePng(svg: string): { png: Uint8Array; scale: number } {
  const [, width = 1, height = 1] = (/width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? []).map(Number);
  const scale = fittingScale(width, height, SCALE);
  if (scale < LEAST_SCALE)
    return fail(
      'usage',
      `the graph is ${Math.round(width)} x ${Math.round(height)} points, too large for a PNG`,
      '--svg and --html keep every detail',
    );
  return { png: rasterize(svg, FONTS, scale), scale };
}
