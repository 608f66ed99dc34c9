/** Pictures as PNG, with the fonts of this package alone, so that a bare machine draws text too. */
import { Resvg } from '@resvg/resvg-js';
import type { TopLevelSpec } from 'vega-lite';
import { compile, parse, View } from './vega.js';

/** A side longer than this is refused by viewers; the picture is made smaller instead. */
const MOST_PIXELS_A_SIDE = 16_000;
const MOST_PIXELS = 120e6;

/** @param fonts paths of TTF files; the first family is used for all text */
export async function renderPng(spec: TopLevelSpec, fonts: readonly string[], scale = 1.5): Promise<Uint8Array> {
  return rasterize(await renderSvg(spec), fonts, scale);
}

/** A chart specification as an SVG document. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const { spec: vega } = compile(spec);
  const view = new View(parse(vega), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** An SVG document as PNG. @param fonts files of the fonts that it names */
export function rasterize(svg: string, fonts: readonly string[], scale: number): Uint8Array {
  const picture = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: { loadSystemFonts: false, fontFiles: [...fonts], defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
  });
  return picture.render().asPng();
}

/** The scale at which a drawing of this size is still a picture that programs open. */
export const fittingScale = (width: number, height: number, wanted: number): number =>
  Math.min(wanted, MOST_PIXELS_A_SIDE / Math.max(width, height), Math.sqrt(MOST_PIXELS / (width * height)));
