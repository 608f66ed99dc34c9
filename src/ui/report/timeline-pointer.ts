/** What pointers do on the timeline: hover, click, mark a stretch, move it, zoom with a wheel or two fingers. */
import { useEffect, useRef } from 'preact/hooks';
import type { Span, TimeScale } from '../canvas/time-scale.js';
import type { TimelineStretch } from './timeline-stretch.js';

const CLICK_POINTS = 4;

/** What a timeline does with them. */
export interface PointerTarget {
  readonly canvas: { current: HTMLCanvasElement | null };
  readonly stretch: TimelineStretch;
  readonly scale: () => TimeScale;
  readonly click: (px: number, py: number) => void;
  readonly doubleClick: (px: number) => void;
  /** @param px undefined when the pointer has left */
  readonly hover: (px?: number, py?: number, event?: PointerEvent) => void;
  readonly mark: (span: Span | undefined) => void;
}

interface Finger {
  readonly x: number;
  readonly y: number;
}

/** The handlers of the canvas. */
export function usePointer({ canvas, stretch, scale, click, doubleClick, hover, mark }: PointerTarget) {
  const begin = useRef<{ x: number; moved: number; last: number; pan: boolean } | undefined>(undefined);
  const fingers = useRef(new Map<number, Finger>()).current;
  useWheel(canvas, stretch, scale);
  const pinch = (before: readonly Finger[], after: readonly Finger[]): void => {
    const width = (list: readonly Finger[]): number => Math.max(8, Math.abs(list[0].x - list[1].x));
    const middle = (list: readonly Finger[]): number => (list[0].x + list[1].x) / 2;
    stretch.zoom(width(after) / width(before), scale().part(middle(after)));
    stretch.pan((middle(before) - middle(after)) / scale().width);
  };
  return {
    onPointerDown: (e: PointerEvent) => {
      canvas.current?.setPointerCapture(e.pointerId);
      if (e.pointerType === 'touch') fingers.set(e.pointerId, { x: e.offsetX, y: e.offsetY });
      const pan = e.shiftKey || e.button === 1 || e.pointerType === 'touch';
      begin.current = { x: e.offsetX, last: e.offsetX, moved: fingers.size > 1 ? CLICK_POINTS : 0, pan };
    },
    onPointerMove: (e: PointerEvent) => {
      const start = begin.current;
      if (!start) {
        hover(e.offsetX, e.offsetY, e);
        return;
      }
      if (fingers.size > 1) {
        const before = [...fingers.values()];
        fingers.set(e.pointerId, { x: e.offsetX, y: e.offsetY });
        pinch(before, [...fingers.values()]);
        return;
      }
      start.moved = Math.max(start.moved, Math.abs(e.offsetX - start.x));
      if (start.moved < CLICK_POINTS) return;
      hover();
      if (start.pan) stretch.pan((start.last - e.offsetX) / scale().width);
      else {
        const axis = scale();
        const at = (x: number): number => axis.time(Math.max(axis.left, Math.min(axis.right, x)));
        const [a, b] = [at(start.x), at(e.offsetX)];
        mark({ from: Math.min(a, b), to: Math.max(a, b) });
      }
      start.last = e.offsetX;
    },
    onPointerUp: (e: PointerEvent) => {
      fingers.delete(e.pointerId);
      if (begin.current && begin.current.moved < CLICK_POINTS) click(e.offsetX, e.offsetY);
      begin.current = undefined;
    },
    onPointerCancel: (e: PointerEvent) => {
      fingers.delete(e.pointerId);
      begin.current = undefined;
    },
    onPointerLeave: () => hover(),
    onDblClick: (e: MouseEvent) => doubleClick(e.offsetX),
  };
}

/** Across moves, Ctrl zooms; up and down scroll the lanes and the page, as everywhere. */
function useWheel(canvas: PointerTarget['canvas'], stretch: TimelineStretch, scale: () => TimeScale): void {
  useEffect(() => {
    const element = canvas.current;
    const wheel = (e: WheelEvent): void => {
      const zoom = e.ctrlKey || e.metaKey;
      const across = e.shiftKey && e.deltaX === 0 ? e.deltaY : e.deltaX;
      if (!zoom && !e.shiftKey && Math.abs(e.deltaX) <= Math.abs(e.deltaY)) return;
      if (zoom) stretch.zoom(Math.exp(-e.deltaY * (e.deltaMode === 1 ? 0.05 : 0.002)), scale().part(e.offsetX));
      else stretch.pan(across / scale().width);
      e.preventDefault();
    };
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, [stretch]);
}
