/** Buttons, legend and keys of the timeline. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Span } from '../canvas/time-scale.js';
import { laneOrder } from './state.js';
import { strings } from './strings.js';

/** Everything that buttons and keys do. */
export interface TimelineActions {
  /** To a job, by its row. */
  readonly go: (row: number | undefined) => void;
  readonly next: () => void;
  readonly previous: () => void;
  readonly worst: () => void;
  readonly all: () => void;
  readonly measured: () => void;
  /** The marked stretch, or the chosen job, fills the sight. */
  readonly frame: () => void;
  /** Leaves what was opened last. */
  readonly clear: () => void;
  /** Next or previous job of the task. */
  readonly job: (step: 1 | -1) => void;
  /** Job of the task below or above at about the same time. */
  readonly task: (step: 1 | -1) => void;
  readonly pan: (part: number) => void;
  readonly zoom: (factor: number) => void;
  readonly help: () => void;
}

const ZOOM_STEP = 1.5;
const PAN_STEP = 0.2;

/** Does what a key asks for. @returns whether it asks for something */
export function keyOf(key: string, actions: TimelineActions): boolean {
  const table: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => actions.pan(-PAN_STEP),
    ArrowRight: () => actions.pan(PAN_STEP),
    a: () => actions.pan(-PAN_STEP),
    d: () => actions.pan(PAN_STEP),
    '+': () => actions.zoom(ZOOM_STEP),
    '=': () => actions.zoom(ZOOM_STEP),
    '-': () => actions.zoom(1 / ZOOM_STEP),
    w: () => actions.zoom(ZOOM_STEP),
    s: () => actions.zoom(1 / ZOOM_STEP),
    f: actions.frame,
    n: actions.next,
    p: actions.previous,
    x: actions.worst,
    m: actions.measured,
    '0': actions.all,
    '.': () => actions.job(1),
    ',': () => actions.job(-1),
    ArrowDown: () => actions.task(1),
    ArrowUp: () => actions.task(-1),
    Escape: actions.clear,
    '?': actions.help,
  };
  table[key]?.();
  return key in table;
}

const digitsFor = (span: Span): number =>
  Math.max(0, Math.min(6, Math.ceil(-Math.log10((span.to - span.from) / 1e6)) + 2));

/** The stretch in sight, in words. */
const spanText = (span: Span): string => {
  const digits = digitsFor(span);
  return `${(Math.max(0, span.from) / 1e6).toFixed(digits)} – ${(span.to / 1e6).toFixed(digits)} s`;
};

/** The row over the timeline. */
export function TimelineTools({ actions, span }: { actions: TimelineActions; span: Span }) {
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
        <button key={label} type="button" class="button" onClick={act}>
          {label}
        </button>
      ))}
      <fieldset class="switch small">
        <legend class="hidden">{words.order.legend}</legend>
        {(['task', 'engine'] as const).map((order) => (
          <button
            key={order}
            type="button"
            aria-pressed={laneOrder.value === order}
            onClick={() => {
              laneOrder.value = order;
            }}
          >
            {words.order[order]}
          </button>
        ))}
      </fieldset>
      <button type="button" class="button" onClick={actions.help} aria-label={words.keys.title}>
        ?
      </button>
      <output class="num">{spanText(span)}</output>
      <ul class="legend" aria-hidden="true">
        {(['run', 'late', 'wait', 'dropped', 'shade'] as const).map((kind) => (
          <li key={kind}>
            <i class={kind} />
            {words.legend[kind]}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** All keys, over the page. */
export function TimelineKeys({ close }: { close: () => void }) {
  const { keys } = strings.timeline;
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={close}>
      <h2 id="keys-title">{keys.title}</h2>
      <dl>
        {keys.list.map(([key, what]) => (
          <>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit" class="button">
          {keys.close}
        </button>
      </form>
    </dialog>
  );
}
