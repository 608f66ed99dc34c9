/** Engine report -> SVG and PNG. */
import type { Colouring } from '../charts/engine-colours.js';
import { drawEngine } from '../charts/engine-drawing.js';
import { engineSvg } from '../charts/engine-svg.js';
import { fittingScale, rasterize } from '../charts/render.js';
import type { EngineReport } from '../formats/engine-report.js';
import { FONTS } from './fonts.js';

const SCALE = 2;

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

/** @returns the picture, and how much smaller than readable it had to be made */
export function enginePng(svg: string): { png: Uint8Array; scale: number } {
  const [, width = 1, height = 1] = (/width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? []).map(Number);
  const scale = fittingScale(width, height, SCALE);
  return { png: rasterize(svg, FONTS, scale), scale };
}
