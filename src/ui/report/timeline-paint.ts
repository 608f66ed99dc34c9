/** Paints a scene of the timeline on a canvas. */
import { AXIS_HEIGHT, COLOURS, type Colour, type SceneText, type TimelineScene } from './timeline-draft.js';

/** What the meanings look like. */
export interface TimelinePalette extends Readonly<Record<Colour, string>> {
  readonly surface: string;
  /** Of counters, by their number. */
  readonly lines: readonly string[];
}

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
  for (const { x, y } of scene.crosses) cross(context, x, y, palette.dropped);
  for (const line of scene.lines) stroke(context, line.points, lineColour(palette, line.series), line.thick ? 1.6 : 1);
  if (scene.frame) {
    const { x, y, width: w, height: h } = scene.frame;
    context.strokeStyle = palette.chosen;
    context.lineWidth = 2.5;
    context.strokeRect(x, y, w, h);
  }
  context.restore();
  context.font = FONT;
  for (const text of scene.texts) write(context, text, palette);
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

function cross(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  stroke(context, [x - 4, y - 4, x + 4, y + 4], colour, 2);
  stroke(context, [x + 4, y - 4, x - 4, y + 4], colour, 2);
}

function stroke(context: CanvasRenderingContext2D, points: ArrayLike<number>, colour: string, width: number): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  for (let i = 0; i < points.length; i += 2) context.lineTo(points[i], points[i + 1]);
  context.stroke();
}

/** @param get looks up a CSS variable */
export const timelinePalette = (get: (name: string) => string): TimelinePalette => {
  const names: Readonly<Record<Colour, string>> = {
    run: '--run',
    wait: '--wait',
    late: '--worse',
    dropped: '--warning',
    chosen: '--accent',
    shade: '--shade',
    line: '--line',
    dim: '--text-dim',
    text: '--text',
  };
  const colours = Object.fromEntries(COLOURS.map((c) => [c, get(names[c])])) as Record<Colour, string>;
  return { ...colours, surface: get('--surface'), lines: [1, 2, 3, 4, 5, 6].map((i) => get(`--line${i}`)) };
};
