/** Vega-Lite specification -> SVG -> PNG, with the fonts of this package alone, so that a bare machine draws text too. */
import { Resvg } from '@resvg/resvg-js';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** @param fonts paths of TTF files; the first family is used for all text */
export async function renderPng(spec: TopLevelSpec, fonts: readonly string[], scale = 1.5): Promise<Uint8Array> {
  const svg = await renderSvg(spec);
  const picture = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: { loadSystemFonts: false, fontFiles: [...fonts], defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
  });
  return picture.render().asPng();
}

export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const { spec: vega } = compile(spec);
  const view = new View(parse(vega), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
