/** The parts that a scene of the timeline is put together from. */
import type { PageJobs, PageRecording, PageSamples } from '../../formats/report/report-page.js';
import type { Span, TimeScale } from '../canvas/time-scale.js';
import type { TaskIndex } from './timeline-index.js';
import type { LaneLayout } from './timeline-lanes.js';

/** Counters of one unit. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly PageSamples[];
  readonly low: number;
  readonly high: number;
}

/** What a timeline shows. */
export interface TimelineData {
  readonly recording: PageRecording;
  readonly jobs: PageJobs;
  readonly indexes: readonly TaskIndex[];
  readonly layout: LaneLayout;
  readonly panels: readonly Panel[];
  /** Row of the job that was chosen. */
  readonly chosen: number | undefined;
  /** Row of the job under the pointer. */
  readonly hovered?: number | undefined;
  /** A stretch that was marked. */
  readonly marked?: Readonly<Span> | undefined;
}

/** Meanings of colours; a palette says what they are. */
export const COLOURS = [
  'run',
  'wait',
  'late',
  'dropped',
  'chosen',
  'marked',
  'shade',
  'line',
  'dim',
  'text',
  'surface',
] as const;
/** One of them. */
export type Colour = (typeof COLOURS)[number];

/** Rectangles in the order in which they are drawn, as columns: there may be ten thousand of them in a frame. */
export class Rects {
  #values = new Float64Array(4 * 1024);
  #colours = new Uint8Array(1024);
  length = 0;

  add(colour: Colour, x: number, y: number, width: number, height: number): void {
    if (this.length === this.#colours.length) this.#grow();
    const at = 4 * this.length;
    this.#values[at] = x;
    this.#values[at + 1] = y;
    this.#values[at + 2] = width;
    this.#values[at + 3] = height;
    this.#colours[this.length++] = COLOURS.indexOf(colour);
  }

  /** In the order of drawing. */
  forEach(draw: (colour: Colour, x: number, y: number, width: number, height: number) => void): void {
    const values = this.#values;
    for (let i = 0; i < this.length; i++)
      draw(COLOURS[this.#colours[i]], values[4 * i], values[4 * i + 1], values[4 * i + 2], values[4 * i + 3]);
  }

  #grow(): void {
    const values = new Float64Array(2 * this.#values.length);
    values.set(this.#values);
    this.#values = values;
    const colours = new Uint8Array(2 * this.#colours.length);
    colours.set(this.#colours);
    this.#colours = colours;
  }
}

/** A place with a size, points. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Words at a place. */
export interface SceneText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly align: 'left' | 'center' | 'right';
  readonly colour: Colour | number;
  readonly most?: number;
}

/** A line of a counter; its colour is that of its number. */
export interface SceneLine {
  readonly series: number;
  readonly thick: boolean;
  /** x and y in turn. */
  readonly points: Float64Array;
}

/** Everything that is drawn. Lines, hatches and frames are cut at the left end of the axis and below it. */
export interface TimelineScene {
  readonly scale: TimeScale;
  readonly width: number;
  readonly height: number;
  readonly rects: Rects;
  /** Jobs that were never done, from their release to when they were given up. */
  readonly hatches: readonly Box[];
  /** Round the chosen job and the one under the pointer. */
  readonly frames: readonly (Box & { readonly colour: Colour })[];
  readonly lines: readonly SceneLine[];
  readonly texts: readonly SceneText[];
  /** Words on the axis, which nothing scrolls over. */
  readonly axis: readonly SceneText[];
}

/** A scene while it is put together. */
export interface Draft {
  readonly scale: TimeScale;
  readonly data: TimelineData;
  readonly rects: Rects;
  readonly hatches: Box[];
  readonly frames: (Box & { colour: Colour })[];
  readonly lines: SceneLine[];
  readonly texts: SceneText[];
  readonly axis: SceneText[];
  /** Every lane shows sums instead of jobs. */
  readonly dense: boolean;
  /** Points that a text is wide. */
  readonly measure: (text: string) => number;
}

/** Of the axis at the top, points. */
export const AXIS_HEIGHT = 26;
/** Of a panel of counters, points. */
export const PANEL_HEIGHT = 84;
