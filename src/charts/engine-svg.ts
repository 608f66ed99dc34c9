/** Drawing of an engine -> SVG. */
import { escapeXml } from '../base/text.js';
import { type Colouring, legendOf, nodeColour } from './engine-colours.js';
import type { DrawnEdge, DrawnNode, EngineDrawing } from './engine-drawing.js';

/** Words and colours of a picture. */
export interface SvgOptions {
  readonly title: string;
  readonly subtitle: string;
  readonly colouring: Colouring;
}

const MARGIN = 32;
const HEAD = 84;
const FONT = 'Inter, system-ui, sans-serif';
const LABEL_CHAR = 5.4;
/** How far the second box of a fused layer stands out. */
const STACK = 3.5;

const round = (value: number): string => String(Math.round(value * 10) / 10);

/** Through the points, leaving and entering each upright. */
export function edgePath(points: DrawnEdge['points']): string {
  const [first, ...rest] = points;
  let [x, y] = first;
  let path = `M${round(x)} ${round(y)}`;
  for (const [nx, ny] of rest) {
    const bend = (y + ny) / 2;
    path +=
      x === nx ? `V${round(ny)}` : `C${round(x)} ${round(bend)} ${round(nx)} ${round(bend)} ${round(nx)} ${round(ny)}`;
    [x, y] = [nx, ny];
  }
  return path;
}

/** The drawing of an engine as an SVG document. */
export function engineSvg(drawing: EngineDrawing, { title, subtitle, colouring }: SvgOptions): string {
  const legend = legendOf(drawing.nodes, colouring);
  const wide = legend.reduce((sum, l) => sum + 30 + l.label.length * 6.4, 0);
  const width = Math.max(drawing.width, wide, title.length * 9.5, subtitle.length * 6.6) + 2 * MARGIN;
  const head = HEAD + (drawing.lanes.length > 0 ? 28 : 0);
  const height = drawing.height + head + MARGIN;
  const most = drawing.nodes.reduce((m, n) => Math.max(m, n.share ?? 0), 0);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}" font-family="${FONT}">`,
    `<title>${escapeXml(title)}</title>`,
    '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5L8 4L0 7.5z" fill="#64748b"/></marker></defs>',
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="34" font-size="18" font-weight="600" fill="#0f172a">${escapeXml(title)}</text>`,
    `<text x="${MARGIN}" y="54" font-size="12" fill="#475569">${escapeXml(subtitle)}</text>`,
    ...legendParts(legend),
    `<g transform="translate(${round(Math.max(MARGIN, (width - drawing.width) / 2))} ${head})">`,
    ...drawing.lanes.map(
      (l) =>
        `<rect x="${round(l.left - 20)}" y="-24" width="${round(l.right - l.left + 40)}" height="${round(drawing.height + 36)}" rx="10" fill="#f1f5f9"/><text x="${round((l.left + l.right) / 2)}" y="-7" font-size="12" font-weight="600" text-anchor="middle" fill="#334155">${escapeXml(l.title)}</text>`,
    ),
    ...drawing.edges.map((e) => edgeParts(e)),
    ...drawing.edges.map((e) => labelParts(e)),
    ...drawing.nodes.map((n) => nodeParts(n, nodeColour(n, colouring, most))),
    '</g></svg>',
  ];
  return parts.join('\n');
}

function legendParts(legend: readonly { label: string; colour: string }[]): string[] {
  let x = MARGIN;
  return legend.map(({ label, colour }) => {
    const part = `<rect x="${round(x)}" y="64" width="12" height="12" rx="3" fill="${colour}" stroke="#94a3b8"/><text x="${round(x + 17)}" y="74" font-size="11" fill="#334155">${escapeXml(label)}</text>`;
    x += 30 + label.length * 6.4;
    return part;
  });
}

const edgeParts = (edge: DrawnEdge): string =>
  edge.points.length < 2
    ? ''
    : `<path d="${edgePath(edge.points)}" fill="none" stroke="${edge.back ? '#b45309' : '#64748b'}" stroke-width="1.2"${edge.back ? ' stroke-dasharray="5 4"' : ''} marker-end="url(#a)"/>`;

/** Below the node that writes the tensor, on white, so that lines do not cross it. */
function labelParts({ label, points }: DrawnEdge): string {
  if (label === '' || points.length < 2) return '';
  const [[x, y], [nx, ny]] = points;
  const t = Math.min(0.5, 11 / Math.max(1, ny - y));
  const cx = x + (nx - x) * t * t * (3 - 2 * t);
  const cy = y + (ny - y) * t;
  const w = label.length * LABEL_CHAR + 6;
  return `<rect x="${round(cx - w / 2)}" y="${round(cy - 7)}" width="${round(w)}" height="13" rx="3" fill="#ffffff" fill-opacity="0.9"/><text x="${round(cx)}" y="${round(cy + 3)}" font-size="9.5" text-anchor="middle" fill="#475569">${escapeXml(label)}</text>`;
}

function nodeParts(node: DrawnNode, colour: string): string {
  const { width, height, kind, title, lines, share } = node;
  const x = node.x - width / 2;
  const y = node.y - height / 2;
  const rx = kind === 'layer' ? 6 : height / 2;
  const box = (shift: number): string =>
    `<rect x="${round(x + shift)}" y="${round(y - shift)}" width="${round(width)}" height="${round(height)}" rx="${round(rx)}" fill="${colour}" stroke="#64748b" stroke-width="0.8"/>`;
  const bar =
    share === undefined
      ? ''
      : `<rect x="${round(x + 6)}" y="${round(y + height - 5)}" width="${round(Math.max(0.5, (width - 12) * share))}" height="2.5" fill="#dc2626"/>`;
  const text = lines.map(
    (line, i) =>
      `<text x="${round(node.x)}" y="${round(y + 34 + i * 15 - 2)}" font-size="10.5" text-anchor="middle" fill="#334155">${escapeXml(line)}</text>`,
  );
  return `${node.fused ? box(STACK) : ''}${box(0)}<text x="${round(node.x)}" y="${round(y + 17)}" font-size="11" font-weight="600" text-anchor="middle" fill="#0f172a">${escapeXml(title)}</text>${text.join('')}${bar}`;
}
