/** Paints a drawing on a canvas. Only what is in sight is drawn, and text only where it can be read. */
import { type Colouring, nodeColour } from '../../charts/engine-colours.js';
import type { DrawnEdge, DrawnNode, EngineDrawing } from '../../charts/engine-drawing.js';

/** What part of a drawing is in sight. */
export interface Camera {
  /** Place of the drawing in the top left corner of the canvas. */
  x: number;
  y: number;
  scale: number;
}

/** Which boxes stand out. */
export interface Marks {
  readonly chosen: ReadonlySet<number>;
  readonly found: ReadonlySet<number>;
  /** Everything else is dimmed; undefined: nothing is. */
  readonly path?: ReadonlySet<number>;
  readonly hover?: number;
}

/** Colours of the theme. */
export interface Palette {
  readonly background: string;
  readonly edge: string;
  readonly label: string;
  readonly lane: string;
  readonly accent: string;
  readonly found: string;
}

/** Below these scales text of that kind is smaller than five pixels. */
const TITLE_SCALE = 0.42;
const LABEL_SCALE = 0.6;
const ARROW_SCALE = 0.25;
/** How far the second box of a fused layer stands out. */
const STACK = 3.5;

interface View {
  readonly context: CanvasRenderingContext2D;
  readonly camera: Camera;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** @param size of the canvas in CSS pixels */
export function paint(
  context: CanvasRenderingContext2D,
  size: { width: number; height: number },
  drawing: EngineDrawing,
  camera: Camera,
  options: { colouring: Colouring; marks: Marks; palette: Palette; most: number },
): void {
  const { palette } = options;
  const view: View = {
    context,
    camera,
    left: camera.x,
    top: camera.y,
    right: camera.x + size.width / camera.scale,
    bottom: camera.y + size.height / camera.scale,
  };
  context.fillStyle = palette.background;
  context.fillRect(0, 0, size.width, size.height);
  context.scale(camera.scale, camera.scale);
  context.translate(-camera.x, -camera.y);
  context.textAlign = 'center';
  for (const lane of drawing.lanes) {
    context.fillStyle = palette.lane;
    context.fillRect(lane.left - 20, -30, lane.right - lane.left + 40, drawing.height + 60);
    text(view, lane.title, (lane.left + lane.right) / 2, -12, '600 12px', palette.label);
  }
  for (const block of drawing.blocks) {
    context.fillStyle = palette.lane;
    context.beginPath();
    context.roundRect(block.left, block.top, block.right - block.left, block.bottom - block.top, 10);
    context.fill();
  }
  paintEdges(view, drawing, options.marks, palette);
  drawing.nodes.forEach((node, i) => {
    if (!inSight(view, node)) return;
    paintNode(view, node, i, nodeColour(node, options.colouring, options.most), options.marks, palette);
  });
  context.globalAlpha = 1;
  paintTitles(view, drawing, palette);
}

/** Of areas of blocks: as large on the screen at any scale, where they have room. */
function paintTitles(view: View, { blocks }: EngineDrawing, palette: Palette): void {
  const { context, camera } = view;
  const size = Math.max(12, 11 / camera.scale);
  context.textAlign = 'left';
  for (const { title, left, right, top, bottom } of blocks) {
    if ((right - left) * camera.scale < LEAST_TITLE || (bottom - top) * camera.scale < LEAST_TITLE / 2) continue;
    text(view, title, left + 4, top - 3 / camera.scale, `650 ${size}px`, palette.label, right - left);
  }
  context.textAlign = 'center';
}

/** Points on the screen that an area needs for its title. */
const LEAST_TITLE = 40;

const inSight = (v: View, n: DrawnNode): boolean =>
  n.x + n.width / 2 >= v.left &&
  n.x - n.width / 2 <= v.right &&
  n.y + n.height / 2 >= v.top &&
  n.y - n.height / 2 <= v.bottom;

/** @param most width that the words are squeezed into, should the font be a wide one */
function text(view: View, words: string, x: number, y: number, font: string, colour: string, most?: number): void {
  view.context.font = `${font} Inter, system-ui, sans-serif`;
  view.context.fillStyle = colour;
  view.context.fillText(words, x, y, most);
}

function edgeInSight(v: View, { points }: DrawnEdge): boolean {
  if (points.length < 2) return false;
  let [left, right] = [points[0][0], points[0][0]];
  let [top, bottom] = [points[0][1], points[0][1]];
  for (const [x, y] of points) {
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return right >= v.left && left <= v.right && bottom >= v.top && top <= v.bottom;
}

function paintEdges(view: View, drawing: EngineDrawing, marks: Marks, palette: Palette): void {
  const { context, camera } = view;
  for (const edge of drawing.edges) {
    if (!edgeInSight(view, edge)) continue;
    const strong = marks.path
      ? marks.path.has(edge.from) && marks.path.has(edge.to)
      : marks.chosen.has(edge.from) || marks.chosen.has(edge.to);
    context.globalAlpha = marks.path && !strong ? 0.12 : 1;
    context.strokeStyle = strong ? palette.accent : palette.edge;
    context.lineWidth = (strong ? 2.2 : 1.1) / Math.min(1, Math.max(camera.scale, 0.15));
    context.setLineDash(edge.back ? [6, 5] : []);
    context.beginPath();
    trace(context, edge.points);
    context.stroke();
    if (camera.scale > ARROW_SCALE) arrow(context, edge.points, strong ? palette.accent : palette.edge);
  }
  context.setLineDash([]);
  if (camera.scale > LABEL_SCALE)
    for (const edge of drawing.edges) {
      if (edge.label === '' || !edgeInSight(view, edge)) continue;
      context.globalAlpha = marks.path && !marks.path.has(edge.from) ? 0.12 : 1;
      edgeLabel(view, edge, palette);
    }
  context.globalAlpha = 1;
}

function trace(context: CanvasRenderingContext2D, points: DrawnEdge['points']): void {
  let [x, y] = points[0];
  context.moveTo(x, y);
  for (let i = 1; i < points.length; i++) {
    const [nx, ny] = points[i];
    const bend = (y + ny) / 2;
    if (x === nx) context.lineTo(nx, ny);
    else context.bezierCurveTo(x, bend, nx, bend, nx, ny);
    [x, y] = [nx, ny];
  }
}

function arrow(context: CanvasRenderingContext2D, points: DrawnEdge['points'], colour: string): void {
  const [x, y] = points[points.length - 1];
  const down = y >= points[points.length - 2][1] ? 1 : -1;
  context.setLineDash([]);
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x - 3.5, y - 7 * down);
  context.lineTo(x + 3.5, y - 7 * down);
  context.fill();
}

function edgeLabel(view: View, { label, points }: DrawnEdge, palette: Palette): void {
  const [x, y] = points[0];
  const down = points[1][1] >= y ? 1 : -1;
  const wide = label.length * 5.4 + 6;
  view.context.fillStyle = palette.background;
  view.context.fillRect(x - wide / 2, y + 11 * down - 7, wide, 13);
  text(view, label, x, y + 11 * down + 3, '9.5px', palette.label);
}

function paintNode(view: View, node: DrawnNode, i: number, colour: string, marks: Marks, palette: Palette): void {
  const { context, camera } = view;
  const [x, y] = [node.x - node.width / 2, node.y - node.height / 2];
  const chosen = marks.chosen.has(i);
  context.globalAlpha = marks.path && !marks.path.has(i) ? 0.18 : 1;
  context.fillStyle = colour;
  if (node.fused && camera.scale > ARROW_SCALE) {
    context.beginPath();
    context.roundRect(x + STACK, y - STACK, node.width, node.height, 6);
    context.fill();
    context.lineWidth = 0.8;
    context.strokeStyle = palette.edge;
    context.stroke();
  }
  context.beginPath();
  if (camera.scale > ARROW_SCALE)
    context.roundRect(x, y, node.width, node.height, node.kind === 'layer' ? 6 : node.height / 2);
  else context.rect(x, y, node.width, node.height);
  context.fill();
  const found = marks.found.has(i);
  context.lineWidth =
    (chosen ? 3.5 : found ? 3 : marks.hover === i ? 2 : 0.8) / Math.min(1, Math.max(camera.scale, 0.12));
  context.strokeStyle = chosen ? palette.accent : found ? palette.found : palette.edge;
  if (chosen || found || camera.scale > 0.15) context.stroke();
  if (camera.scale > TITLE_SCALE) {
    text(view, node.title, node.x, y + 17, '600 11px', '#0f172a', node.width - 12);
    node.lines.forEach((line, k) => {
      text(view, line, node.x, y + 32 + k * 15, '10.5px', '#334155', node.width - 12);
    });
  }
  if (node.share !== undefined && camera.scale > ARROW_SCALE) {
    context.fillStyle = '#dc2626';
    context.fillRect(x + 6, y + node.height - 5, Math.max(0.5, (node.width - 12) * node.share), 2.5);
  }
}

/** Topmost node at a place of the drawing; -1 where there is none. */
export function nodeAt(drawing: EngineDrawing, x: number, y: number): number {
  return drawing.nodes.findLastIndex((n) => Math.abs(n.x - x) <= n.width / 2 && Math.abs(n.y - y) <= n.height / 2);
}

/** Text can be read at this scale. */
const READABLE_SCALE = 1;

/** The whole drawing, or where that would be too small to read, its top left corner. */
export function fitCamera(drawing: EngineDrawing, size: { width: number; height: number }, whole: boolean): Camera {
  const margin = 40;
  const all = Math.min(1, size.width / (drawing.width + 2 * margin), size.height / (drawing.height + 2 * margin));
  if (whole || all >= READABLE_SCALE)
    return { scale: all, x: (drawing.width - size.width / all) / 2, y: (drawing.height - size.height / all) / 2 };
  return {
    scale: READABLE_SCALE,
    x: Math.max(-margin, Math.min(0, drawing.width - size.width)) - margin / 2,
    y: -margin,
  };
}

/** Brings a box into the middle. */
export function centre(camera: Camera, node: DrawnNode, size: { width: number; height: number }): void {
  camera.scale = Math.max(camera.scale, 0.6);
  camera.x = node.x - size.width / camera.scale / 2;
  camera.y = node.y - size.height / camera.scale / 2;
}
