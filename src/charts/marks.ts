/** Shapes of a figure, drawn by pages as elements and by pictures as text: both show the same. */
import { escapeXml } from '../base/text.js';

/** What a colour says; pages and pictures have their own for each. */
export type Tone = 'ink' | 'dim' | 'hair' | 'zone' | 'surface' | 'run' | 'late' | 'drop' | 'pass' | 'warn';

/** One shape, in points. */
export type Mark =
  | {
      readonly kind: 'rect';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly tone: Tone;
      readonly round?: number;
      /** Lines across instead of a full area. */
      readonly hatched?: boolean;
    }
  | {
      readonly kind: 'text';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly tone: Tone;
      readonly size: number;
      readonly anchor?: 'start' | 'middle' | 'end';
      readonly bold?: boolean;
    };

/** Colours on white; each is at least 3:1 against it where it bears meaning. */
export const LIGHT: Readonly<Record<Tone, string>> = {
  ink: '#16191f',
  dim: '#5b6472',
  hair: '#e1e4e9',
  zone: '#f3f4f7',
  surface: '#ffffff',
  run: '#2f6fd0',
  late: '#c8321f',
  drop: '#6b3fa0',
  pass: '#1a7f4b',
  warn: '#8f5f00',
};

const FONT = 'Inter, system-ui, -apple-system, &quot;Segoe UI&quot;, sans-serif';
const number = (value: number): string => String(Math.round(value * 100) / 100);

/** A figure as an SVG document. */
export function marksSvg(marks: readonly Mark[], width: number, height: number, title: string): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="${LIGHT.surface}"/><rect width="2.2" height="5" fill="${LIGHT.drop}"/></pattern></defs>`,
    `<rect width="${width}" height="${height}" fill="${LIGHT.surface}"/>`,
    ...marks.map(markSvg),
    '</svg>\n',
  ].join('\n');
}

function markSvg(mark: Mark): string {
  if (mark.kind === 'text') {
    const { x, y, text, tone, size, anchor = 'start', bold } = mark;
    const weight = bold ? ' font-weight="600"' : '';
    return `<text x="${number(x)}" y="${number(y)}" font-size="${size}"${weight} text-anchor="${anchor}" fill="${LIGHT[tone]}">${escapeXml(text)}</text>`;
  }
  const { x, y, width, height, tone, round = 0, hatched } = mark;
  const fill = hatched ? `url(#hatch)" stroke="${LIGHT.drop}" stroke-width="1` : LIGHT[tone];
  return `<rect x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}" rx="${round}" fill="${fill}"/>`;
}

const NARROW = /[iIjl.,:;'|!()[\]ft r1]/;
const WIDE = /[mwMW@%—…]/;

/** Points that a text is wide in the font of the pictures, to within a few percent and rather too much. */
export function textWidth(text: string, size: number, bold = false): number {
  let units = 0;
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    if (code > 0x2e80) units += 1.05;
    else if (NARROW.test(c)) units += 0.34;
    else if (WIDE.test(c)) units += 0.92;
    else units += /[A-Z]/.test(c) ? 0.68 : 0.58;
  }
  return units * size * (bold ? 1.04 : 1);
}

/** Words into lines of at most this width; a longer word has a line of its own. */
export function wrapText(text: string, width: number, size: number, bold = false): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    const joined = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && textWidth(joined, size, bold) <= width) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}

/** The middle is left out where a text has no room. */
export function fitText(text: string, width: number, size: number, bold = false): string {
  if (textWidth(text, size, bold) <= width) return text;
  const letters = [...text];
  for (let kept = letters.length - 1; kept > 1; kept--) {
    const head = Math.ceil(kept * 0.55);
    const cut = `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (kept - head)).join('')}`;
    if (textWidth(cut, size, bold) <= width) return cut;
  }
  return '…';
}

/** Lengths of dashes and gaps of a line by its number: colours that look alike to some are told apart by them. */
export const LINE_DASHES: readonly (readonly number[])[] = [[], [], [7, 4], [7, 4], [2, 3], [2, 3]];
