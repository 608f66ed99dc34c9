/** Where the lanes of the tasks lie: each in a row of its own, or together under the engine that they share. */
import type { TaskIndex } from './timeline-index.js';

/** Lanes by task, or by engine. */
export type LaneOrder = 'task' | 'engine';

/** The jobs of one task. Points from the top of all lanes. */
export interface Lane {
  readonly index: TaskIndex;
  /** Place of the task in the recording. */
  readonly task: number;
  readonly name: string;
  /** Its engine; under a heading that says so, nothing. */
  readonly sub: string;
  readonly top: number;
  readonly height: number;
  /** Of the bars of its jobs, from its top. */
  readonly bar: { readonly top: number; readonly height: number };
}

/** All lanes, and the headings over them. */
export interface LaneLayout {
  readonly lanes: readonly Lane[];
  readonly headings: readonly { readonly title: string; readonly top: number; readonly height: number }[];
  readonly height: number;
}

const TALL = { height: 50, bar: { top: 20, height: 22 } } as const;
const FLAT = { height: 30, bar: { top: 11, height: 14 } } as const;
const HEADING = 22;

/** @param engines of the tasks, in their order */
export function layoutLanes(indexes: readonly TaskIndex[], engines: readonly string[], order: LaneOrder): LaneLayout {
  const lanes: Lane[] = [];
  const headings: LaneLayout['headings'][number][] = [];
  let top = 0;
  const add = (task: number, kind: typeof TALL | typeof FLAT, sub: string): void => {
    lanes.push({ index: indexes[task], task, name: indexes[task].name, sub, top, ...kind });
    top += kind.height;
  };
  if (order === 'task') for (const task of indexes.keys()) add(task, TALL, engines[task] ?? '');
  else
    for (const engine of [...new Set(engines)]) {
      headings.push({ title: engine, top, height: HEADING });
      top += HEADING;
      indexes.forEach((_, task) => {
        if (engines[task] === engine) add(task, FLAT, '');
      });
    }
  return { lanes, headings, height: top };
}

/** The lane at a height, if there is one. */
export const laneAt = ({ lanes }: LaneLayout, y: number): Lane | undefined =>
  lanes.find((l) => y >= l.top && y < l.top + l.height);
