/** The timeline: canvas, its gestures and keys, and the way to misses. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { count } from '../../base/text.js';
import { onThemeChange } from '../theme.js';
import { panelsOf } from './panels.js';
import { chosenJob, type Loaded } from './state.js';
import { strings } from './strings.js';
import { endOf, missAfter, missBefore, neighbour, type Place, sameTime, worstJob } from './timeline-index.js';
import {
  jobAt,
  nameWidth,
  paintTimeline,
  type Scene,
  type Span,
  sceneHeight,
  type TimelinePalette,
  xToTime,
} from './timeline-paint.js';

const CLICK_PIXELS = 4;
const ZOOM_STEP = 1.5;
/** us. */
const SHORTEST = 50;

function paletteOf(element: Element): TimelinePalette {
  const style = getComputedStyle(element);
  const get = (name: string): string => style.getPropertyValue(name).trim();
  return {
    surface: get('--surface'),
    text: get('--text'),
    dim: get('--text-dim'),
    line: get('--line'),
    run: get('--run'),
    wait: get('--wait'),
    late: get('--worse'),
    dropped: get('--warning'),
    chosen: get('--accent'),
    shade: get('--shade'),
    lines: [1, 2, 3, 4, 5, 6].map((i) => get(`--line${i}`)),
  };
}

/** From the origin to the last job or sample. */
export function wholeSpan({ indexes, samples, recording }: Loaded): Span {
  let to = recording.measure[1];
  for (const { ended } of indexes) to = Math.max(to, ended.at(-1) ?? 0);
  for (const s of samples) if (s.samples > 0) to = Math.max(to, s.time[s.samples - 1]);
  return { from: 0, to: Math.max(to, 1) };
}

export function Timeline({ loaded }: { loaded: Loaded }) {
  const { jobs, indexes, recording } = loaded;
  const { canvas, height, scene, span, view, whole } = useTimelineCanvas(loaded);
  const go = (row: number | undefined): void => {
    if (row === undefined) return;
    chosenJob.value = row;
    const end = endOf(jobs, row);
    const deadline = indexes.find((i) => row >= i.from && row < i.to)?.deadline ?? 0;
    // A dropped job has no length of its own.
    view.show(jobs.release[row], end, Math.max(end - jobs.release[row], deadline, 1000));
  };
  const anchor = (): Place =>
    chosenJob.value === undefined
      ? { time: span.from, row: -1 }
      : { time: jobs.release[chosenJob.value], row: chosenJob.value };
  const actions: Actions = {
    next: () => go(missAfter(indexes, jobs, anchor())),
    previous: () => go(missBefore(indexes, jobs, anchor())),
    worst: () => go(worstJob(indexes, jobs, recording.measure)),
    all: () => view.set(whole.from, whole.to),
    measured: () => view.set(recording.measure[0], recording.measure[1]),
    job: (step) => go(neighbour(indexes, jobs, chosenJob.value, step, (span.from + span.to) / 2)),
    task: (step) => go(sameTime(indexes, jobs, chosenJob.value, step, (span.from + span.to) / 2)),
  };
  const handlers = usePointer(canvas, view, span, (px, py) => {
    const row = jobAt(px, py, canvas.current?.clientWidth ?? 1, span, scene());
    chosenJob.value = row < 0 ? undefined : row;
  });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the canvas and the buttons inside
    <div
      onKeyDown={(e) => {
        // Up and down scroll the page unless the timeline itself has the focus.
        const own = e.target === canvas.current || !/^Arrow(Up|Down)$/.test(e.key);
        if (own && !e.ctrlKey && !e.metaKey && !e.altKey && keys(e.key, view, actions)) e.preventDefault();
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

/** Paints at most once a frame, when the view, the choice, the size or the theme has changed. */
function useTimelineCanvas(loaded: Loaded) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const whole = useMemo(() => wholeSpan(loaded), [loaded]);
  const span = useRef<Span>({ ...whole }).current;
  const panels = useMemo(() => panelsOf(loaded.samples), [loaded]);
  const palette = useRef<TimelinePalette | undefined>(undefined);
  const frame = useRef(0);
  const height = sceneHeight(loaded.indexes.length, panels.length);
  const scene = (): Scene => {
    palette.current ??= paletteOf(canvas.current as Element);
    return { ...loaded, panels, palette: palette.current, chosen: chosenJob.value };
  };
  const paint = (): void => {
    frame.current = 0;
    const element = canvas.current;
    const context = element?.getContext('2d', { alpha: false });
    if (!element || !context) return;
    const ratio = globalThis.devicePixelRatio || 1;
    const width = element.clientWidth;
    if (element.width !== Math.round(width * ratio)) element.width = Math.round(width * ratio);
    if (element.height !== Math.round(height * ratio)) element.height = Math.round(height * ratio);
    const begin = performance.now();
    paintTimeline(context, width, height, span, scene());
    element.dataset.frameMs = (performance.now() - begin).toFixed(2);
  };
  const redraw = (): void => {
    if (frame.current === 0) frame.current = requestAnimationFrame(paint);
  };
  const view = useMemo(() => new TimelineView(span, whole, redraw), [loaded]);
  useEffect(() => {
    paint();
    const again = (): void => {
      palette.current = undefined;
      redraw();
    };
    const observer = new ResizeObserver(redraw);
    if (canvas.current) observer.observe(canvas.current);
    const stop = onThemeChange(again);
    // Nothing is painted between this event and the print.
    const print = (): void => {
      palette.current = undefined;
      paint();
    };
    window.addEventListener('beforeprint', print);
    return () => {
      observer.disconnect();
      stop();
      window.removeEventListener('beforeprint', print);
    };
  }, [loaded]);
  useEffect(redraw, [chosenJob.value]);
  return { canvas, height, scene, span, view, whole };
}

/** The stretch that is in sight; it never leaves the whole. */
class TimelineView {
  readonly #span: Span;
  readonly #whole: Span;
  readonly #changed: () => void;

  constructor(span: Span, whole: Span, changed: () => void) {
    this.#span = span;
    this.#whole = whole;
    this.#changed = changed;
  }

  set(from: number, to: number): void {
    const most = (this.#whole.to - this.#whole.from) * 1.02;
    const length = Math.min(most, Math.max(SHORTEST, to - from));
    const low = this.#whole.from - (most - (this.#whole.to - this.#whole.from)) / 2;
    this.#span.from = Math.min(Math.max(from, low), low + most - length);
    this.#span.to = this.#span.from + length;
    this.#changed();
  }

  zoom(factor: number, at = 0.5): void {
    const { from, to } = this.#span;
    const centre = from + (to - from) * at;
    this.set(centre - (centre - from) / factor, centre + (to - centre) / factor);
  }

  pan(part: number): void {
    const length = this.#span.to - this.#span.from;
    this.set(this.#span.from + part * length, this.#span.to + part * length);
  }

  /** In the middle; the zoom stays where it shows the job and its neighbours. @param size us of what is to be seen */
  show(from: number, to: number, size: number): void {
    const now = this.#span.to - this.#span.from;
    const length = now < size * 2 || now > size * 40 ? size * 12 : now;
    this.set((from + to) / 2 - length / 2, (from + to) / 2 + length / 2);
  }
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

function keys(key: string, view: TimelineView, actions: Actions): boolean {
  const table: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => view.pan(-0.2),
    ArrowRight: () => view.pan(0.2),
    '+': () => view.zoom(ZOOM_STEP),
    '=': () => view.zoom(ZOOM_STEP),
    '-': () => view.zoom(1 / ZOOM_STEP),
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
  view: TimelineView,
  span: Span,
  click: (px: number, py: number) => void,
) {
  const last = useRef<{ x: number; moved: number } | undefined>(undefined);
  const inner = (): number => {
    const width = canvas.current?.clientWidth ?? 1;
    return Math.max(1, width - nameWidth(width));
  };
  useEffect(() => {
    const element = canvas.current;
    const wheel = (e: WheelEvent): void => {
      // The page scrolls by, until the timeline is clicked or Ctrl asks for zoom.
      const across = !e.ctrlKey && Math.abs(e.deltaX) > Math.abs(e.deltaY);
      if (!across && !e.ctrlKey && !e.metaKey && document.activeElement !== element) return;
      if (across) view.pan(e.deltaX / inner());
      else {
        const at = (xToTime(e.offsetX, span, element?.clientWidth ?? 1) - span.from) / (span.to - span.from);
        view.zoom(Math.exp(-e.deltaY * (e.deltaMode === 1 ? 0.05 : 0.002)), Math.min(1, Math.max(0, at)));
      }
      e.preventDefault();
    };
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, [view]);
  return {
    onPointerDown: (e: PointerEvent) => {
      canvas.current?.setPointerCapture(e.pointerId);
      last.current = { x: e.offsetX, moved: 0 };
    },
    onPointerMove: (e: PointerEvent) => {
      if (!last.current) return;
      const shift = e.offsetX - last.current.x;
      view.pan(-shift / inner());
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
