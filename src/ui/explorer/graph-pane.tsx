/** One graph: canvas with pan, zoom, choice and search marks. Every gesture has a key. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { onThemeChange } from '../theme.js';
import { type Camera, centre, fitCamera, nodeAt, type Palette, paint } from './painter.js';
import { reachOf } from './reach.js';
import { choose, colouring, markedIn, matches, type Pane, search, selection, showPath } from './state.js';

const ZOOM_STEP = 1.25;
const PAN_STEP = 80;
const [LEAST_SCALE, MOST_SCALE] = [0.005, 4];
/** A pointer that moves less than this was a click. */
const CLICK_PIXELS = 4;

function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const get = (name: string): string => style.getPropertyValue(name).trim();
  return {
    background: get('--surface'),
    edge: get('--edge'),
    label: get('--text-dim'),
    lane: get('--lane'),
    accent: get('--accent'),
    found: get('--found'),
  };
}

function zoomAt(camera: Camera, px: number, py: number, factor: number): void {
  const scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, camera.scale * factor));
  camera.x += px / camera.scale - px / scale;
  camera.y += py / camera.scale - py / scale;
  camera.scale = scale;
}

export function GraphPane({ pane }: { pane: Pane }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const camera = useRef<Camera>({ x: 0, y: 0, scale: 1 });
  const hover = useSignal(-1);
  const { drawing, report } = pane;
  const shift = report.table.inputs.length;
  const most = useMemo(() => drawing.nodes.reduce((m, n) => Math.max(m, n.share ?? 0), 0), [drawing]);
  const marked = markedIn(pane.id);
  const found = useMemo(() => new Set(matches(report, search.value).map((i) => i + shift)), [report, search.value]);
  const path = useMemo(
    () => (showPath.value && marked.length > 0 ? reachOf(drawing, marked[0] + shift) : undefined),
    [drawing, marked[0], showPath.value],
  );
  const marks = {
    chosen: new Set(marked.map((i) => i + shift)),
    found,
    ...(path ? { path } : {}),
    ...(hover.value >= 0 ? { hover: hover.value } : {}),
  };
  const size = () => ({ width: canvas.current?.clientWidth ?? 1, height: canvas.current?.clientHeight ?? 1 });
  const redraw = useRef(() => {});
  redraw.current = () => {
    const element = canvas.current;
    const context = element?.getContext('2d', { alpha: false });
    if (!element || !context) return;
    const ratio = globalThis.devicePixelRatio || 1;
    const { width, height } = size();
    if (element.width !== Math.round(width * ratio)) element.width = Math.round(width * ratio);
    if (element.height !== Math.round(height * ratio)) element.height = Math.round(height * ratio);
    paint(context, { width, height }, drawing, camera.current, {
      colouring: colouring.value,
      marks,
      palette: paletteOf(element),
      most,
    });
  };
  useEffect(() => {
    camera.current = fitCamera(drawing, size(), false);
    redraw.current();
    const observer = new ResizeObserver(() => redraw.current());
    if (canvas.current) observer.observe(canvas.current);
    const stop = onThemeChange(() => redraw.current());
    return () => {
      observer.disconnect();
      stop();
    };
  }, [drawing]);
  // A choice made elsewhere brings the layer into sight; one made here is in sight already.
  useEffect(() => {
    const node = drawing.nodes[(marked[0] ?? -1) + shift];
    if (node && marked.length > 0 && !visible(camera.current, node, size())) centre(camera.current, node, size());
    redraw.current();
  }, [selection.value]);
  useEffect(() => redraw.current());
  const controls = useGestures(pane, canvas, camera, hover, () => redraw.current());
  return (
    <section class="pane" aria-label={pane.title}>
      <h2>{pane.title}</h2>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: keys move through the graph, which is what the role says */}
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={`Graph of ${pane.title}: ${report.summary.layers} layers. Arrow keys go along edges, plus and minus zoom, 0 shows everything.`}
        data-pane={pane.id}
        {...controls.handlers}
      />
      <div class="zoom">
        <button type="button" onClick={() => controls.zoom(ZOOM_STEP)} title="Zoom in (+)" aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={() => controls.zoom(1 / ZOOM_STEP)} title="Zoom out (-)" aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={() => controls.all()} title="Everything (0)" aria-label="Show everything">
          ⤢
        </button>
      </div>
    </section>
  );
}

function visible(camera: Camera, node: { x: number; y: number }, size: { width: number; height: number }): boolean {
  const [x, y] = [(node.x - camera.x) * camera.scale, (node.y - camera.y) * camera.scale];
  return camera.scale > 0.3 && x > 40 && y > 30 && x < size.width - 40 && y < size.height - 30;
}

function useGestures(
  pane: Pane,
  canvas: { current: HTMLCanvasElement | null },
  camera: { current: Camera },
  hover: { value: number },
  redraw: () => void,
) {
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const moved = useRef(0);
  const { drawing } = pane;
  const shift = pane.report.table.inputs.length;
  const size = () => ({ width: canvas.current?.clientWidth ?? 1, height: canvas.current?.clientHeight ?? 1 });
  const place = (e: { offsetX: number; offsetY: number }) =>
    nodeAt(
      drawing,
      camera.current.x + e.offsetX / camera.current.scale,
      camera.current.y + e.offsetY / camera.current.scale,
    );
  const pick = (node: number): void => {
    if (node >= 0 && drawing.nodes[node].kind === 'layer') choose(pane.id, node - shift);
  };
  const zoom = (factor: number, x = size().width / 2, y = size().height / 2): void => {
    zoomAt(camera.current, x, y, factor);
    redraw();
  };
  const all = (): void => {
    camera.current = fitCamera(drawing, size(), true);
    redraw();
  };
  useEffect(() => {
    const element = canvas.current;
    const wheel = (e: WheelEvent): void => {
      e.preventDefault();
      if (e.ctrlKey || !e.shiftKey)
        zoom(Math.exp(-e.deltaY * (e.deltaMode === 1 ? 0.05 : 0.0015)), e.offsetX, e.offsetY);
      else {
        camera.current.x += e.deltaY / camera.current.scale;
        redraw();
      }
    };
    // Preact's own handler is passive, and would scroll the page too.
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, [drawing]);
  const handlers = {
    onPointerDown: (e: PointerEvent) => {
      canvas.current?.setPointerCapture(e.pointerId);
      pointers.current.set(e.pointerId, { x: e.offsetX, y: e.offsetY });
      moved.current = 0;
    },
    onPointerMove: (e: PointerEvent) => {
      const before = pointers.current.get(e.pointerId);
      if (!before) {
        hover.value = place(e);
        return;
      }
      drag(camera.current, before, e, others(pointers.current, e.pointerId));
      moved.current += Math.abs(e.offsetX - before.x) + Math.abs(e.offsetY - before.y);
      pointers.current.set(e.pointerId, { x: e.offsetX, y: e.offsetY });
      redraw();
    },
    onPointerUp: (e: PointerEvent) => {
      pointers.current.delete(e.pointerId);
      if (moved.current < CLICK_PIXELS) pick(place(e));
    },
    onPointerCancel: (e: PointerEvent) => pointers.current.delete(e.pointerId),
    onPointerLeave: () => {
      hover.value = -1;
    },
    onDblClick: (e: MouseEvent) => zoom(ZOOM_STEP * ZOOM_STEP, e.offsetX, e.offsetY),
    onKeyDown: (e: KeyboardEvent) => {
      if (key(e, pane, { zoom, all, pick })) e.preventDefault();
      else if (e.key.startsWith('Page')) {
        camera.current.y += ((e.key === 'PageDown' ? 1 : -1) * PAN_STEP * 5) / camera.current.scale;
        redraw();
        e.preventDefault();
      }
    },
  };
  return { handlers, zoom, all };
}

type Point = { readonly x: number; readonly y: number };

const others = (pointers: ReadonlyMap<number, Point>, id: number): Point[] =>
  [...pointers].filter(([other]) => other !== id).map(([, p]) => p);

/** One pointer moves the drawing, two spread it. */
function drag(camera: Camera, before: Point, e: PointerEvent, [other]: readonly Point[]): void {
  if (other) {
    const spread = (x: number, y: number): number => Math.hypot(x - other.x, y - other.y);
    zoomAt(camera, other.x, other.y, spread(e.offsetX, e.offsetY) / Math.max(1, spread(before.x, before.y)));
    return;
  }
  camera.x -= (e.offsetX - before.x) / camera.scale;
  camera.y -= (e.offsetY - before.y) / camera.scale;
}

interface KeyActions {
  zoom(factor: number): void;
  all(): void;
  pick(node: number): void;
}

/** Arrows go along the edges: down to what reads the result, up to what wrote the input, sideways in the rank. */
function key(e: KeyboardEvent, pane: Pane, { zoom, all, pick }: KeyActions): boolean {
  if (e.key === '+' || e.key === '=') zoom(ZOOM_STEP);
  else if (e.key === '-') zoom(1 / ZOOM_STEP);
  else if (e.key === '0') all();
  else if (e.key.startsWith('Arrow')) pick(neighbour(pane, e.key));
  else return false;
  return true;
}

function neighbour({ drawing, report, id }: Pane, arrow: string): number {
  const shift = report.table.inputs.length;
  const [marked] = markedIn(id);
  if (marked === undefined) return drawing.nodes.findIndex((n) => n.kind === 'layer');
  const at = marked + shift;
  const layers = (list: readonly number[]) => list.filter((n) => drawing.nodes[n].kind === 'layer');
  if (arrow === 'ArrowDown') return layers(drawing.edges.filter((e) => e.from === at).map((e) => e.to))[0] ?? -1;
  if (arrow === 'ArrowUp') return layers(drawing.edges.filter((e) => e.to === at).map((e) => e.from))[0] ?? -1;
  const here = drawing.nodes[at];
  const row = drawing.nodes
    .flatMap((n, i) => (n.kind === 'layer' && Math.abs(n.y - here.y) < 1 ? [i] : []))
    .sort((a, b) => drawing.nodes[a].x - drawing.nodes[b].x);
  return row[row.indexOf(at) + (arrow === 'ArrowRight' ? 1 : -1)] ?? -1;
}
