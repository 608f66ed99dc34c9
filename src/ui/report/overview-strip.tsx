/** The strip over the timeline: drag its window, or an edge of it. */
import { useEffect, useRef } from 'preact/hooks';
import { TimeScale } from '../canvas/time-scale.js';
import { cssColours, useCanvas } from '../canvas/use-canvas.js';
import { chosenJob, type Loaded, sight } from './state.js';
import { strings } from './strings.js';
import type { TimelineData } from './timeline-draft.js';
import { overviewScene, STRIP_HEIGHT } from './timeline-overview.js';
import { paintOverview, timelinePalette } from './timeline-paint.js';
import { nameWidth } from './timeline-scene.js';
import type { TimelineStretch } from './timeline-stretch.js';

/** Points from an edge of the window at which that edge is taken. */
const EDGE = 7;

/** What the strip needs. */
export interface OverviewStripProps {
  readonly loaded: Loaded;
  readonly stretch: TimelineStretch;
  readonly data: () => TimelineData;
}

/** The whole run, and the stretch of it that the timeline shows. */
export function OverviewStrip({ loaded, stretch, data }: OverviewStripProps) {
  const held = useRef<{ part: 'window' | 'from' | 'to'; at: number } | undefined>(undefined);
  const scaleOf = (width: number): TimeScale => new TimeScale(stretch.whole, nameWidth(width), width);
  const { canvas, redraw } = useCanvas((context, { width }, element) => {
    const scale = scaleOf(width);
    const scene = overviewScene(data(), loaded.samples, scale, stretch.span, strings.timeline.strip);
    paintOverview(
      context,
      scene,
      { width, height: STRIP_HEIGHT, left: scale.left },
      timelinePalette(cssColours(element)),
    );
  }, loaded);
  useEffect(redraw, [sight.value, chosenJob.value]);
  const own = (): TimeScale => scaleOf(canvas.current?.clientWidth ?? 1);
  const move = (px: number): void => {
    const now = held.current;
    if (!now) return;
    const { from, to } = stretch.span;
    const time = own().time(px);
    if (now.part === 'window') stretch.set(time - now.at, time - now.at + (to - from));
    else if (now.part === 'from' && time < to) stretch.set(time, to);
    else if (now.part === 'to' && time > from) stretch.set(from, time);
  };
  return (
    <canvas
      ref={canvas}
      class="strip"
      style={{ height: `${STRIP_HEIGHT}px` }}
      role="img"
      aria-label={strings.timeline.strip.label}
      onPointerDown={(e) => {
        const scale = own();
        const [x, a, b] = [e.offsetX, scale.x(stretch.span.from), scale.x(stretch.span.to)];
        const half = (stretch.span.to - stretch.span.from) / 2;
        const inside = x > a && x < b;
        const part = Math.abs(x - a) < EDGE ? 'from' : Math.abs(x - b) < EDGE ? 'to' : 'window';
        held.current = { part, at: part === 'window' && !inside ? half : scale.time(x) - stretch.span.from };
        canvas.current?.setPointerCapture(e.pointerId);
        if (part === 'window') move(x);
      }}
      onPointerMove={(e) => move(e.offsetX)}
      onPointerUp={() => {
        held.current = undefined;
      }}
      onPointerCancel={() => {
        held.current = undefined;
      }}
    />
  );
}
