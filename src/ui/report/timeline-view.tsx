/** The timeline: canvas, its gestures and keys, and the way to misses. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { count } from '../../base/text.js';
import type { Span, TimeScale } from '../canvas/time-scale.js';
import { cssColours, useCanvas } from '../canvas/use-canvas.js';
import { panelsOf } from './panels.js';
import { chosenJob, type Loaded } from './state.js';
import { strings } from './strings.js';
import type { TimelineData } from './timeline-draft.js';
import { endOf, missAfter, missBefore, neighbour, type Place, sameTime, worstJob } from './timeline-index.js';
import { measureText, paintTimeline, timelinePalette } from './timeline-paint.js';
import { jobAt } from './timeline-rows.js';
import { sceneHeight, timelineScale, timelineScene } from './timeline-scene.js';
import { TimelineStretch } from './timeline-stretch.js';

const CLICK_PIXELS = 4;
const ZOOM_STEP = 1.5;

/** From the origin to the last job or sample. */
export function wholeSpan({ indexes, samples, recording }: Loaded): Span {
  let to = recording.measure[1];
  for (const { ended } of indexes) to = Math.max(to, ended.at(-1) ?? 0);
  for (const s of samples) if (s.samples > 0) to = Math.max(to, s.time[s.samples - 1]);
  return { from: 0, to: Math.max(to, 1) };
}

/** The timeline of the recording in sight. */
export function Timeline({ loaded }: { loaded: Loaded }) {
  const { jobs, indexes, recording } = loaded;
  const { canvas, height, data, scale, stretch } = useTimelineCanvas(loaded);
  const { span, whole } = stretch;
  const go = (row: number | undefined): void => {
    if (row === undefined) return;
    chosenJob.value = row;
    const end = endOf(jobs, row);
    const deadline = indexes.find((i) => row >= i.from && row < i.to)?.deadline ?? 0;
    // A dropped job has no length of its own.
    stretch.show(jobs.release[row], end, Math.max(end - jobs.release[row], deadline, 1000));
  };
  const anchor = (): Place =>
    chosenJob.value === undefined
      ? { time: span.from, row: -1 }
      : { time: jobs.release[chosenJob.value], row: chosenJob.value };
  const actions: Actions = {
    next: () => go(missAfter(indexes, jobs, anchor())),
    previous: () => go(missBefore(indexes, jobs, anchor())),
    worst: () => go(worstJob(indexes, jobs, recording.measure)),
    all: () => stretch.set(whole.from, whole.to),
    measured: () => stretch.set(recording.measure[0], recording.measure[1]),
    job: (step) => go(neighbour(indexes, jobs, chosenJob.value, step, (span.from + span.to) / 2)),
    task: (step) => go(sameTime(indexes, jobs, chosenJob.value, step, (span.from + span.to) / 2)),
  };
  const handlers = usePointer(canvas, stretch, scale, (px, py) => {
    const row = jobAt(px, py, scale(), data());
    chosenJob.value = row < 0 ? undefined : row;
  });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the canvas and the buttons inside
    <div
      onKeyDown={(e) => {
        // Up and down scroll the page unless the timeline itself has the focus.
        const own = e.target === canvas.current || !/^Arrow(Up|Down)$/.test(e.key);
        if (own && !e.ctrlKey && !e.metaKey && !e.altKey && keys(e.key, stretch, actions)) e.preventDefault();
      }}
    >
      <TimelineButtons actions={actions} />
      <p class="hint help">{strings.timeline.help}</p>
      <canvas
        ref={canvas}
        class="timeline"
        tabIndex={0}
        role="img"
        aria-label={strings.timeline.label(indexes.length, count(jobs.length))}
        style={{ height: `${height}px` }}
        {...handlers}
      />
    </div>
  );
}

/** Painted again when the stretch, the choice, the size or the theme has changed. */
function useTimelineCanvas(loaded: Loaded) {
  const panels = useMemo(() => panelsOf(loaded.samples), [loaded]);
  const data = (): TimelineData => ({ ...loaded, panels, chosen: chosenJob.value });
  const { canvas, redraw } = useCanvas((context, { width }, element) => {
    const begin = performance.now();
    const scene = timelineScene(data(), stretch.span, width, (text) => measureText(context, text));
    paintTimeline(context, scene, timelinePalette(cssColours(element)));
    element.dataset.frameMs = (performance.now() - begin).toFixed(2);
  }, loaded);
  const stretch = useMemo(() => new TimelineStretch(wholeSpan(loaded), redraw), [loaded]);
  useEffect(redraw, [chosenJob.value]);
  const scale = (): TimeScale => timelineScale(stretch.span, canvas.current?.clientWidth ?? 1);
  return { canvas, height: sceneHeight(loaded.indexes.length, panels.length), data, scale, stretch };
}

interface Actions {
  readonly next: () => void;
  readonly previous: () => void;
  readonly worst: () => void;
  readonly all: () => void;
  readonly measured: () => void;
  /** Next or previous job of the task. */
  readonly job: (step: 1 | -1) => void;
  /** Job of the task below or above at about the same time. */
  readonly task: (step: 1 | -1) => void;
}

function TimelineButtons({ actions }: { actions: Actions }) {
  const { timeline: words } = strings;
  const buttons: readonly (readonly [string, () => void])[] = [
    [words.previous, actions.previous],
    [words.next, actions.next],
    [words.worst, actions.worst],
    [words.measured, actions.measured],
    [words.all, actions.all],
  ];
  return (
    <div class="toolbar">
      {buttons.map(([label, act]) => (
        <button key={label} type="button" onClick={act}>
          {label}
        </button>
      ))}
      <ul class="legend" aria-hidden="true">
        {(['release', 'wait', 'run', 'late', 'dropped', 'deadline'] as const).map((kind) => (
          <li key={kind}>
            <i class={kind} />
            {words.legend[kind]}
          </li>
        ))}
      </ul>
    </div>
  );
}

function keys(key: string, stretch: TimelineStretch, actions: Actions): boolean {
  const table: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => stretch.pan(-0.2),
    ArrowRight: () => stretch.pan(0.2),
    '+': () => stretch.zoom(ZOOM_STEP),
    '=': () => stretch.zoom(ZOOM_STEP),
    '-': () => stretch.zoom(1 / ZOOM_STEP),
    n: actions.next,
    p: actions.previous,
    w: actions.worst,
    '0': actions.all,
    '.': () => actions.job(1),
    ',': () => actions.job(-1),
    ArrowDown: () => actions.task(1),
    ArrowUp: () => actions.task(-1),
  };
  table[key]?.();
  return key in table;
}

function usePointer(
  canvas: { current: HTMLCanvasElement | null },
  stretch: TimelineStretch,
  scale: () => TimeScale,
  click: (px: number, py: number) => void,
) {
  const last = useRef<{ x: number; moved: number } | undefined>(undefined);
  useEffect(() => {
    const element = canvas.current;
    const wheel = (e: WheelEvent): void => {
      // The page scrolls by, until the timeline is clicked or Ctrl asks for zoom.
      const across = !e.ctrlKey && Math.abs(e.deltaX) > Math.abs(e.deltaY);
      if (!across && !e.ctrlKey && !e.metaKey && document.activeElement !== element) return;
      if (across) stretch.pan(e.deltaX / scale().width);
      else stretch.zoom(Math.exp(-e.deltaY * (e.deltaMode === 1 ? 0.05 : 0.002)), scale().part(e.offsetX));
      e.preventDefault();
    };
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, [stretch]);
  return {
    onPointerDown: (e: PointerEvent) => {
      canvas.current?.setPointerCapture(e.pointerId);
      last.current = { x: e.offsetX, moved: 0 };
    },
    onPointerMove: (e: PointerEvent) => {
      if (!last.current) return;
      const shift = e.offsetX - last.current.x;
      stretch.pan(-shift / scale().width);
      last.current = { x: e.offsetX, moved: last.current.moved + Math.abs(shift) };
    },
    onPointerUp: (e: PointerEvent) => {
      if (last.current && last.current.moved < CLICK_PIXELS) click(e.offsetX, e.offsetY);
      last.current = undefined;
    },
    onPointerCancel: () => {
      last.current = undefined;
    },
  };
}
