/** Paints a scene of the timeline on a canvas. */

import { LINE_DASHES } from '../../charts/marks.js';
import { AXIS_HEIGHT, COLOURS, type Colour, type SceneText, type TimelineScene } from './timeline-draft.js';
import type { OverviewScene } from './timeline-overview.js';

/** What the meanings look like. */
export interface TimelinePalette extends Readonly<Record<Colour, string>> {
  /** Of counters, by their number. */
  readonly lines: readonly string[];
}

/** Points between two lines of a hatch. */
const HATCH = 4;
const FONT = '11px Inter, system-ui, sans-serif';

/** Points that a text of the timeline is wide. */
export function measureText(context: CanvasRenderingContext2D, text: string): number {
  context.font = FONT;
  return context.measureText(text).width;
}

/** Paints everything of a scene. */
export function paintTimeline(context: CanvasRenderingContext2D, scene: TimelineScene, palette: TimelinePalette): void {
  const { width, height, rects, scale } = scene;
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, width, height);
  let colour: Colour | undefined;
  rects.forEach((next, x, y, w, h) => {
    if (next !== colour) {
      colour = next;
      context.fillStyle = palette[next];
    }
    context.fillRect(x, y, w, h);
  });
  context.save();
  context.beginPath();
  context.rect(scale.left, AXIS_HEIGHT, scale.width, height - AXIS_HEIGHT);
  context.clip();
  for (const { x, y, width: w, height: h } of scene.hatches) hatch(context, x, y, w, h, palette);
  for (const line of scene.lines) {
    context.setLineDash([...LINE_DASHES[line.series % LINE_DASHES.length]]);
    stroke(context, line.points, lineColour(palette, line.series), line.thick ? 1.8 : 1.2);
  }
  context.setLineDash([]);
  for (const { x, y, width: w, height: h, colour } of scene.frames) {
    context.strokeStyle = palette[colour];
    context.lineWidth = colour === 'chosen' ? 2.5 : 1.5;
    context.strokeRect(x, y, w, h);
  }
  context.restore();
  context.save();
  context.beginPath();
  context.rect(0, AXIS_HEIGHT, width, height - AXIS_HEIGHT);
  context.clip();
  context.font = FONT;
  for (const text of scene.texts) write(context, text, palette);
  context.restore();
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, width, AXIS_HEIGHT);
  context.fillStyle = palette.line;
  context.fillRect(0, AXIS_HEIGHT - 1, width, 1);
  context.font = FONT;
  for (const text of scene.axis) write(context, text, palette);
}

const lineColour = ({ lines }: TimelinePalette, series: number): string => lines[series % lines.length];

function write(
  context: CanvasRenderingContext2D,
  { text, x, y, align, colour, most }: SceneText,
  palette: TimelinePalette,
): void {
  context.fillStyle = typeof colour === 'number' ? lineColour(palette, colour) : palette[colour];
  context.textAlign = align;
  if (most === undefined) context.fillText(text, x, y);
  else context.fillText(text, x, y, most);
}

/** Lines across, in a frame. */
function hatch(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  palette: TimelinePalette,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.fillStyle = palette.surface;
  context.fillRect(x, y, width, height);
  context.strokeStyle = palette.dropped;
  context.lineWidth = 1.6;
  context.beginPath();
  for (let at = -height; at < width; at += HATCH) {
    context.moveTo(x + at, y + height);
    context.lineTo(x + at + height, y);
  }
  context.stroke();
  context.restore();
  context.lineWidth = 1;
  context.strokeStyle = palette.dropped;
  context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}

function stroke(context: CanvasRenderingContext2D, points: ArrayLike<number>, colour: string, width: number): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  for (let i = 0; i < points.length; i += 2) context.lineTo(points[i], points[i + 1]);
  context.stroke();
}

/** Paints the strip over the timeline: what lies outside of its window is pale. */
export function paintOverview(
  context: CanvasRenderingContext2D,
  { rects, line, window: sight, texts }: OverviewScene,
  { width, height, left }: { readonly width: number; readonly height: number; readonly left: number },
  palette: TimelinePalette,
): void {
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, width, height);
  rects.forEach((colour, x, y, w, h) => {
    context.fillStyle = palette[colour];
    context.fillRect(x, y, w, h);
  });
  stroke(context, line, lineColour(palette, 0), 1.4);
  context.globalAlpha = 0.55;
  context.fillStyle = palette.surface;
  context.fillRect(left, 0, Math.max(0, sight.x - left), height);
  context.fillRect(sight.x + sight.width, 0, width, height);
  context.globalAlpha = 1;
  context.strokeStyle = palette.chosen;
  context.lineWidth = 2;
  context.strokeRect(sight.x + 1, 1, Math.max(2, sight.width - 2), height - 2);
  context.font = FONT;
  for (const text of texts) write(context, text, palette);
}

/** @param get looks up a CSS variable */
export const timelinePalette = (get: (name: string) => string): TimelinePalette => {
  const names: Readonly<Record<Colour, string>> = {
    run: '--run',
    wait: '--wait',
    late: '--late',
    dropped: '--drop',
    marked: '--marked',
    surface: '--surface',
    chosen: '--accent',
    shade: '--shade',
    line: '--line',
    dim: '--text-dim',
    text: '--text',
  };
  const colours = Object.fromEntries(COLOURS.map((c) => [c, get(names[c])])) as Record<Colour, string>;
  return { ...colours, lines: [1, 2, 3, 4, 5, 6].map((i) => get(`--line${i}`)) };
};
