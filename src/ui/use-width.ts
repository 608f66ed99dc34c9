/** The width that an element has now, so that pictures are drawn at the size they are shown at. */
import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** @returns what to put on the element, and its width in px; 0 until it is known */
export function useWidth<T extends Element>(): { readonly ref: RefObject<T | null>; readonly width: number } {
  const ref = useRef<T>(null);
  const width = useSignal(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = (): void => {
      width.value = Math.floor(element.clientWidth);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, width: width.value };
}
