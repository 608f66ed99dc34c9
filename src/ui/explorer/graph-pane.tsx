/** One graph: canvas with pan, zoom, choice and search marks. Every gesture has a key. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { cssColours, useCanvas } from '../canvas/use-canvas.js';
import { Minimap } from './minimap.js';
import { type Camera, centre, fitCamera, type Marks, nodeAt, type Palette, paint } from './painter.js';
import { reachOf } from './reach.js';
import { choose, colouring, markedIn, matches, type Pane, search, selection, showPath } from './state.js';
import { strings } from './strings.js';

const ZOOM_STEP = 1.25;
const PAN_STEP = 80;
const [LEAST_SCALE, MOST_SCALE] = [0.005, 4];
/** A pointer that moves less than this was a click. */
const CLICK_PIXELS = 4;

const paletteOf = (get: (name: string) => string): Palette => ({
  background: get('--surface'),
  edge: get('--edge'),
  label: get('--text-dim'),
  lane: get('--lane'),
  accent: get('--accent'),
  found: get('--found'),
});

function zoomAt(camera: Camera, px: number, py: number, factor: number): void {
  const scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, camera.scale * factor));
  camera.x += px / camera.scale - px / scale;
  camera.y += py / camera.scale - py / scale;
  camera.scale = scale;
}

/** One graph with its gestures. */
export function GraphPane({ pane }: { pane: Pane }) {
  const hover = useSignal(-1);
  const map = useRef<(() => void) | undefined>(undefined);
  const { canvas, camera, redraw, most } = usePaneCanvas(pane, hover, map);
  const controls = useGestures(pane, canvas, camera, hover, redraw);
  const { report } = pane;
  return (
    <section class="pane" aria-label={pane.title}>
      <h2>{pane.title}</h2>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: keys move through the graph, which is what the role says */}
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={strings.graph.label(pane.title, report.summary.layers)}
        data-pane={pane.id}
        {...controls.handlers}
      />
      <Minimap
        drawing={pane.drawing}
        camera={camera}
        colouring={colouring.value}
        most={most}
        size={() => sizeOf(canvas)}
        moved={redraw}
        onPaint={(paintMap) => {
          map.current = paintMap;
        }}
      />
      <div class="zoom">
        <Zoom words={strings.graph.zoomIn} sign="+" act={() => controls.zoom(ZOOM_STEP)} />
        <Zoom words={strings.graph.zoomOut} sign="−" act={() => controls.zoom(1 / ZOOM_STEP)} />
        <Zoom words={strings.graph.everything} sign="⤢" act={() => controls.all()} />
      </div>
    </section>
  );
}

function Zoom({ words, sign, act }: { words: { title: string; label: string }; sign: string; act: () => void }) {
  return (
    <button type="button" onClick={act} title={words.title} aria-label={words.label}>
      {sign}
    </button>
  );
}

/** What is marked in a pane: chosen, found, on the way of the chosen layer, under the pointer. */
function useMarks(pane: Pane, hover: number): Marks {
  const { drawing, report } = pane;
  const shift = report.table.inputs.length;
  const marked = markedIn(pane.id);
  const found = useMemo(() => new Set(matches(report, search.value).map((i) => i + shift)), [report, search.value]);
  const path = useMemo(
    () => (showPath.value && marked.length > 0 ? reachOf(drawing, marked[0] + shift) : undefined),
    [drawing, marked[0], showPath.value],
  );
  return {
    chosen: new Set(marked.map((i) => i + shift)),
    found,
    ...(path ? { path } : {}),
    ...(hover >= 0 ? { hover } : {}),
  };
}

/** @param map paints the map, whenever the graph was painted */
function usePaneCanvas(pane: Pane, hover: { value: number }, map: { current: (() => void) | undefined }) {
  const camera = useRef<Camera>({ x: 0, y: 0, scale: 1 });
  const placed = useRef<unknown>(undefined);
  const { drawing, report } = pane;
  const most = useMemo(() => drawing.nodes.reduce((m, n) => Math.max(m, n.share ?? 0), 0), [drawing]);
  const marks = useMarks(pane, hover.value);
  const { canvas, redraw } = useCanvas((context, size, element) => {
    if (placed.current !== drawing) camera.current = fitCamera(drawing, size, false);
    placed.current = drawing;
    paint(context, size, drawing, camera.current, {
      colouring: colouring.value,
      marks,
      palette: paletteOf(cssColours(element)),
      most,
    });
    map.current?.();
  }, drawing);
  // A choice made elsewhere brings the layer into sight; one made here is in sight already.
  useEffect(() => {
    const [chosen] = markedIn(pane.id);
    const node = chosen === undefined ? undefined : drawing.nodes[chosen + report.table.inputs.length];
    // The details beside it take room first.
    const frame = requestAnimationFrame(() => {
      const size = sizeOf(canvas);
      if (!node || visible(camera.current, node, size)) return;
      centre(camera.current, node, size);
      redraw();
    });
    return () => cancelAnimationFrame(frame);
  }, [selection.value]);
  useEffect(redraw);
  return { canvas, camera, redraw, most };
}

const sizeOf = (canvas: { current: HTMLCanvasElement | null }) => ({
  width: canvas.current?.clientWidth ?? 1,
  height: canvas.current?.clientHeight ?? 1,
});

function visible(camera: Camera, node: { x: number; y: number }, size: { width: number; height: number }): boolean {
  const [x, y] = [(node.x - camera.x) * camera.scale, (node.y - camera.y) * camera.scale];
  return camera.scale > 0.3 && x > 40 && y > 30 && x < size.width - 40 && y < size.height - 30;
}

interface Gestures extends KeyActions {
  place(e: { offsetX: number; offsetY: number }): number;
}

function useGestures(
  pane: Pane,
  canvas: { current: HTMLCanvasElement | null },
  camera: { current: Camera },
  hover: { value: number },
  redraw: () => void,
) {
  const { drawing } = pane;
  const shift = pane.report.table.inputs.length;
  const zoom = (factor: number, x = sizeOf(canvas).width / 2, y = sizeOf(canvas).height / 2): void => {
    zoomAt(camera.current, x, y, factor);
    redraw();
  };
  const gestures: Gestures = {
    zoom,
    all: () => {
      camera.current = fitCamera(drawing, sizeOf(canvas), true);
      redraw();
    },
    pick: (node) => {
      if (node >= 0 && drawing.nodes[node].kind === 'layer') choose(pane.id, node - shift);
    },
    place: ({ offsetX, offsetY }) => {
      const { x, y, scale } = camera.current;
      return nodeAt(drawing, x + offsetX / scale, y + offsetY / scale);
    },
  };
  useWheel(canvas, camera, zoom, redraw, drawing);
  const pointer = usePointers(canvas, camera, hover, redraw, gestures);
  const handlers = {
    ...pointer,
    onDblClick: (e: MouseEvent) => zoom(ZOOM_STEP * ZOOM_STEP, e.offsetX, e.offsetY),
    onKeyDown: (e: KeyboardEvent) => {
      if (key(e, pane, gestures)) e.preventDefault();
      else if (e.key.startsWith('Page')) {
        camera.current.y += ((e.key === 'PageDown' ? 1 : -1) * PAN_STEP * 5) / camera.current.scale;
        redraw();
        e.preventDefault();
      }
    },
  };
  return { handlers, zoom, all: gestures.all };
}

function useWheel(
  canvas: { current: HTMLCanvasElement | null },
  camera: { current: Camera },
  zoom: (factor: number, x: number, y: number) => void,
  redraw: () => void,
  subject: unknown,
): void {
  useEffect(() => {
    const element = canvas.current;
    const wheel = (e: WheelEvent): void => {
      e.preventDefault();
      const lines = e.deltaMode === 1 ? 30 : 1;
      if (e.ctrlKey || e.metaKey) {
        zoom(Math.exp(-e.deltaY * lines * 0.002), e.offsetX, e.offsetY);
        return;
      }
      // As a page scrolls, and two fingers on a trackpad.
      const [x, y] = e.shiftKey && e.deltaX === 0 ? [e.deltaY, 0] : [e.deltaX, e.deltaY];
      camera.current.x += (x * lines) / camera.current.scale;
      camera.current.y += (y * lines) / camera.current.scale;
      redraw();
    };
    // Preact's own handler is passive, and would scroll the page too.
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, [subject]);
}

function usePointers(
  canvas: { current: HTMLCanvasElement | null },
  camera: { current: Camera },
  hover: { value: number },
  redraw: () => void,
  { place, pick }: Gestures,
) {
  const pointers = useRef(new Map<number, Point>());
  const moved = useRef(0);
  return {
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
  };
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
