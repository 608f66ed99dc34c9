/** The whole graph in a corner, and the part in sight; a click or drag goes there. */
import { useEffect, useRef } from 'preact/hooks';
import { type Colouring, nodeColour } from '../../charts/engine-colours.js';
import type { EngineDrawing } from '../../charts/engine-drawing.js';
import type { Camera } from './painter.js';
import { strings } from './strings.js';

/** px */
const [MOST_WIDTH, MOST_HEIGHT] = [190, 130];

/** What the map needs of its graph. */
export interface MinimapProps {
  readonly drawing: EngineDrawing;
  readonly camera: { current: Camera };
  readonly colouring: Colouring;
  readonly most: number;
  /** Of the graph's canvas, px. */
  readonly size: () => { readonly width: number; readonly height: number };
  /** Has the graph painted again after the camera was moved. */
  readonly moved: () => void;
  /** Called with what paints the map, whenever the camera may have moved. */
  readonly onPaint: (paint: () => void) => void;
}

/** Nothing where all of the graph is in sight anyway. */
export function Minimap({ drawing, camera, colouring, most, size, moved, onPaint }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = useRef<HTMLCanvasElement | undefined>(undefined);
  const scale = Math.min(MOST_WIDTH / drawing.width, MOST_HEIGHT / drawing.height);
  const [width, height] = [Math.max(8, drawing.width * scale), Math.max(8, drawing.height * scale)];
  const paint = (): void => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    const { x, y, scale: zoom } = camera.current;
    const { width: w, height: h } = size();
    const all = x <= 0 && y <= 0 && x + w / zoom >= drawing.width && y + h / zoom >= drawing.height;
    element.hidden = all;
    if (all) return;
    picture.current ??= pictureOf(drawing, scale, colouring, most);
    context.clearRect(0, 0, element.width, element.height);
    context.drawImage(picture.current, 0, 0);
    context.strokeStyle = getComputedStyle(element).getPropertyValue('--accent').trim();
    context.lineWidth = 2 * RATIO;
    context.strokeRect(x * scale * RATIO, y * scale * RATIO, (w / zoom) * scale * RATIO, (h / zoom) * scale * RATIO);
  };
  useEffect(() => {
    picture.current = undefined;
    onPaint(paint);
    paint();
  }, [drawing, colouring]);
  const go = (e: PointerEvent): void => {
    if (e.buttons === 0) return;
    const { scale: zoom } = camera.current;
    const { width: w, height: h } = size();
    camera.current.x = e.offsetX / scale - w / zoom / 2;
    camera.current.y = e.offsetY / scale - h / zoom / 2;
    moved();
  };
  return (
    <canvas
      ref={canvas}
      class="minimap"
      width={Math.round(width * RATIO)}
      height={Math.round(height * RATIO)}
      style={{ width: `${width}px`, height: `${height}px` }}
      role="img"
      aria-label={strings.graph.minimap}
      onPointerDown={(e) => {
        canvas.current?.setPointerCapture(e.pointerId);
        go(e);
      }}
      onPointerMove={go}
    />
  );
}

/** Sharp on fine screens. */
const RATIO = 2;

/** Painted once: ten thousand boxes in every frame would be too many. */
function pictureOf(drawing: EngineDrawing, scale: number, colouring: Colouring, most: number): HTMLCanvasElement {
  const picture = document.createElement('canvas');
  picture.width = Math.max(1, Math.ceil(drawing.width * scale * RATIO));
  picture.height = Math.max(1, Math.ceil(drawing.height * scale * RATIO));
  const context = picture.getContext('2d');
  if (!context) return picture;
  context.scale(scale * RATIO, scale * RATIO);
  const least = 1 / (scale * RATIO);
  for (const node of drawing.nodes) {
    context.fillStyle = nodeColour(node, colouring, most);
    context.fillRect(
      node.x - node.width / 2,
      node.y - node.height / 2,
      Math.max(least, node.width),
      Math.max(least, node.height),
    );
  }
  return picture;
}
