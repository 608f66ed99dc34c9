/** A canvas that is as sharp as the screen, and painted again when its size or the theme changes. */
import { useEffect, useRef } from 'preact/hooks';
import { onThemeChange } from '../theme.js';

/** @param size of the canvas in CSS pixels */
export type Painter = (
  context: CanvasRenderingContext2D,
  size: { readonly width: number; readonly height: number },
  element: HTMLCanvasElement,
) => void;

/** Looks up colours by the names of CSS variables. */
export function cssColours(element: Element): (name: string) => string {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim();
}

/**
 * Paints at most once a frame.
 * @param subject painted anew from scratch when it is another
 * @returns the canvas, and a call for when something else has changed
 */
export function useCanvas(paint: Painter, subject: unknown) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef(0);
  const latest = useRef(paint);
  latest.current = paint;
  const paintNow = useRef(() => {
    frame.current = 0;
    const element = canvas.current;
    const context = element?.getContext('2d', { alpha: false });
    if (!element || !context) return;
    const ratio = globalThis.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = element;
    if (element.width !== Math.round(width * ratio)) element.width = Math.round(width * ratio);
    if (element.height !== Math.round(height * ratio)) element.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    latest.current(context, { width, height }, element);
  }).current;
  const redraw = useRef(() => {
    if (frame.current === 0) frame.current = requestAnimationFrame(paintNow);
  }).current;
  useEffect(() => {
    paintNow();
    const observer = new ResizeObserver(redraw);
    if (canvas.current) observer.observe(canvas.current);
    const stop = onThemeChange(redraw);
    // Nothing is painted between this event and the print.
    window.addEventListener('beforeprint', paintNow);
    return () => {
      observer.disconnect();
      stop();
      window.removeEventListener('beforeprint', paintNow);
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    };
  }, [subject]);
  return { canvas, redraw };
}
