/** The timeline: the whole run as a strip, the stretch in sight, and beside it what is known of the chosen job. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { count } from '../../base/text.js';
import { fitText } from '../../charts/marks.js';
import type { Span, TimeScale } from '../canvas/time-scale.js';
import { cssColours, useCanvas } from '../canvas/use-canvas.js';
import { Drawer } from './drawer.js';
import { hoverText } from './job-facts.js';
import { OverviewStrip } from './overview-strip.js';
import { panelsOf } from './panels.js';
import { chosenJob, hoveredJob, type Loaded, laneOrder, marked, sight } from './state.js';
import { strings } from './strings.js';
import { AXIS_HEIGHT, type TimelineData } from './timeline-draft.js';
import { endOf, missAfter, missBefore, neighbour, type Place, sameTime, worstJob } from './timeline-index.js';
import { layoutLanes } from './timeline-lanes.js';
import { measureText, paintTimeline, timelinePalette } from './timeline-paint.js';
import { usePointer } from './timeline-pointer.js';
import { jobAt } from './timeline-rows.js';
import { lanesHeight, nameWidth, timelineScale, timelineScene } from './timeline-scene.js';
import { TimelineStretch } from './timeline-stretch.js';
import { keyOf, type TimelineActions, TimelineKeys, TimelineTools } from './timeline-tools.js';

/** From the origin to the last job or sample. */
export function wholeSpan({ indexes, samples, recording }: Pick<Loaded, 'indexes' | 'samples' | 'recording'>): Span {
  let to = recording.measure[1];
  for (const { ended } of indexes) to = Math.max(to, ended.at(-1) ?? 0);
  for (const s of samples) if (s.samples > 0) to = Math.max(to, s.time[s.samples - 1]);
  return { from: 0, to: Math.max(to, 1) };
}

/** The timeline of the recording in sight. */
export function Timeline({ loaded }: { loaded: Loaded }) {
  const view = useTimelineCanvas(loaded);
  const { canvas, scroll, height, data, stretch, redraw } = view;
  const help = useSignal(false);
  const actions = actionsOf(loaded, stretch, scroll, data, help);
  const { handlers, tip } = useGestures(loaded, view, actions);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the canvas and the buttons inside
    <div
      class="tl"
      onKeyDown={(e) => {
        // The list of keys closes by itself, and gives the focus back.
        if (help.value) return;
        // Up and down scroll the page unless the timeline itself has the focus.
        const own = e.target === canvas.current || !/^Arrow(Up|Down)$/.test(e.key);
        if (own && !e.ctrlKey && !e.metaKey && !e.altKey && keyOf(e.key, actions)) e.preventDefault();
      }}
    >
      <TimelineTools actions={actions} span={sight.value ?? stretch.whole} />
      <div class="tl-body">
        <OverviewStrip loaded={loaded} stretch={stretch} data={data} />
        <div class="tl-scroll" ref={scroll} onScroll={redraw}>
          <div style={{ height: `${height + AXIS_HEIGHT}px` }}>
            {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: keys walk through its jobs, which the drawer reads */}
            <canvas
              ref={canvas}
              class="timeline"
              tabIndex={0}
              role="application"
              aria-label={strings.timeline.label(loaded.indexes.length, count(loaded.jobs.length))}
              aria-describedby="job-sentence"
              style={{ height: `min(${height + AXIS_HEIGHT}px, var(--tl-height))` }}
              {...handlers}
            />
            <LaneNames data={data()} />
          </div>
        </div>
        <Drawer loaded={loaded} actions={actions} />
      </div>
      {help.value ? (
        <TimelineKeys
          close={() => {
            help.value = false;
          }}
        />
      ) : null}
      {tip ? <Tip {...tip} /> : null}
    </div>
  );
}

interface TipProps {
  readonly x: number;
  readonly y: number;
  readonly text: readonly string[];
}

/** What pointers do, and what is told beside them. */
function useGestures(loaded: Loaded, view: ReturnType<typeof useTimelineCanvas>, actions: TimelineActions) {
  const { canvas, scroll, data, scale, stretch, redraw } = view;
  const tip = useSignal<TipProps | undefined>(undefined);
  const rowAt = (px: number, py: number): number =>
    py < AXIS_HEIGHT ? -1 : jobAt(px, py - AXIS_HEIGHT + (scroll.current?.scrollTop ?? 0), scale(), data());
  const handlers = usePointer({
    canvas,
    stretch,
    scale,
    click: (px, py) => {
      const row = rowAt(px, py);
      chosenJob.value = row < 0 ? undefined : row;
      if (row < 0) marked.value = undefined;
    },
    doubleClick: (px) => (chosenJob.value === undefined ? stretch.zoom(4, scale().part(px)) : actions.frame()),
    hover: (px, py, event) => {
      const row = px === undefined || py === undefined ? -1 : rowAt(px, py);
      hoveredJob.value = row < 0 ? undefined : row;
      tip.value = row < 0 || !event ? undefined : { x: event.clientX, y: event.clientY, text: hoverText(loaded, row) };
    },
    mark: (span) => {
      marked.value = span;
      redraw();
    },
  });
  return { handlers, tip: tip.value };
}

/** In the document, so that they can be selected and found; the whole name is in the title. */
function LaneNames({ data: { layout } }: { data: TimelineData }) {
  const narrow = innerWidth < 640;
  const room = nameWidth(narrow ? 0 : 1000) - 20;
  return (
    <ul class="lane-names" style={{ width: `${room + 14}px` }}>
      {layout.headings.map(({ title, top, height }) => (
        <li key={`heading ${title}`} class="heading" style={{ top: `${top}px`, height: `${height}px` }}>
          {title}
        </li>
      ))}
      {layout.lanes.map(({ name, sub, top, height, task }) => (
        <li key={task} style={{ top: `${top}px`, height: `${height}px` }} title={name}>
          <bdi>{fitText(name, room, 13)}</bdi>
          {sub ? <span>{sub}</span> : null}
        </li>
      ))}
    </ul>
  );
}

const TIP_WIDTH = 270;

function Tip({ x, y, text }: TipProps) {
  const left = Math.max(4, Math.min(x + 14, innerWidth - TIP_WIDTH - 8));
  return (
    <div class="tip" style={{ left: `${left}px`, top: `${Math.min(y + 16, innerHeight - 70)}px` }} aria-hidden="true">
      {text.map((line, i) => (i === 0 ? <b key={line}>{line}</b> : <span key={line}>{line}</span>))}
    </div>
  );
}

/** Painted again when the stretch, the choice, the size or the theme has changed. */
function useTimelineCanvas(loaded: Loaded) {
  const scroll = useRef<HTMLDivElement>(null);
  const panels = useMemo(() => panelsOf(loaded.samples), [loaded]);
  const layout = useMemo(() => layoutLanes(loaded.indexes, loaded.engines, laneOrder.value), [loaded, laneOrder.value]);
  const data = (): TimelineData => ({
    ...loaded,
    panels,
    layout,
    chosen: chosenJob.value,
    hovered: hoveredJob.value,
    marked: marked.value,
  });
  const { canvas, redraw } = useCanvas((context, { width, height }, element) => {
    const begin = performance.now();
    const view = { width, height, scrolled: scroll.current?.scrollTop ?? 0 };
    const scene = timelineScene(data(), stretch.span, view, (text) => measureText(context, text), strings.deadline);
    paintTimeline(context, scene, timelinePalette(cssColours(element)));
    element.dataset.frameMs = (performance.now() - begin).toFixed(2);
  }, loaded);
  const stretch = useMemo(() => {
    const made: TimelineStretch = new TimelineStretch(wholeSpan(loaded), () => {
      const { from, to } = made.span;
      const all = from <= made.whole.from && to >= made.whole.to;
      sight.value = all ? undefined : { from, to };
      redraw();
    });
    return made;
  }, [loaded]);
  useSight(stretch, redraw);
  useEffect(redraw, [chosenJob.value, hoveredJob.value, marked.value, layout]);
  const scale = (): TimeScale => timelineScale(stretch.span, canvas.current?.clientWidth ?? 1);
  return { canvas, scroll, height: lanesHeight(data()), data, scale, stretch, redraw };
}

/** An address can ask for a stretch, or for none. */
function useSight(stretch: TimelineStretch, redraw: () => void): void {
  useEffect(() => {
    const wanted = sight.value ?? stretch.whole;
    const { from, to } = stretch.span;
    if (Math.abs(wanted.from - from) + Math.abs(wanted.to - to) > 1) stretch.set(wanted.from, wanted.to);
    redraw();
  }, [sight.value, stretch]);
}

function actionsOf(
  { jobs, indexes, recording }: Loaded,
  stretch: TimelineStretch,
  scroll: { current: HTMLDivElement | null },
  data: () => TimelineData,
  help: { value: boolean },
): TimelineActions {
  const { span, whole } = stretch;
  const frame = (row: number): void => {
    const index = indexes.find((i) => row >= i.from && row < i.to);
    const [release, end] = [jobs.release[row], endOf(jobs, row)];
    // A dropped job has no length of its own.
    stretch.show(release, end, Math.max(end - release, index?.deadline ?? 0, 1000));
  };
  const go = (row: number | undefined): void => {
    if (row === undefined) return;
    chosenJob.value = row;
    frame(row);
    showLane(scroll.current, data(), row);
  };
  const anchor = (before: boolean): Place =>
    chosenJob.value === undefined
      ? { time: before ? span.to : span.from, row: -1 }
      : { time: jobs.release[chosenJob.value], row: chosenJob.value };
  const middle = (): number => (span.from + span.to) / 2;
  return {
    go,
    next: () => go(missAfter(indexes, jobs, anchor(false))),
    previous: () => go(missBefore(indexes, jobs, anchor(true))),
    worst: () => go(worstJob(indexes, jobs, recording.measure)),
    all: () => stretch.set(whole.from, whole.to),
    measured: () => stretch.set(recording.measure[0], recording.measure[1]),
    frame: () => {
      const stretchOf = marked.value;
      if (stretchOf) stretch.set(stretchOf.from, stretchOf.to);
      else if (chosenJob.value !== undefined) frame(chosenJob.value);
      marked.value = undefined;
    },
    clear: () => {
      if (marked.value) marked.value = undefined;
      else chosenJob.value = undefined;
    },
    job: (step) => go(neighbour(indexes, jobs, chosenJob.value, step, middle())),
    task: (step) => go(sameTime(indexes, jobs, chosenJob.value, step, middle())),
    pan: (part) => stretch.pan(part),
    zoom: (factor) => stretch.zoom(factor),
    help: () => {
      help.value = !help.value;
    },
  };
}

/** Scrolls the lane of a job into sight, below the axis. */
function showLane(element: HTMLDivElement | null, { layout }: TimelineData, row: number): void {
  const lane = layout.lanes.find(({ index }) => row >= index.from && row < index.to);
  if (!element || !lane) return;
  const room = element.clientHeight - AXIS_HEIGHT;
  if (lane.top < element.scrollTop) element.scrollTop = lane.top;
  else if (lane.top + lane.height > element.scrollTop + room) element.scrollTop = lane.top + lane.height - room;
}
