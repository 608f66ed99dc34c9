/** How near an engine is to what its device can do: the bound of each layer, and the time above it. */
import type { EngineReport } from '../formats/engine/engine-report.js';

/** A layer that takes longer than memory and arithmetic need. */
export interface LayerRoom {
  /** Position in `table.layers`. */
  readonly layer: number;
  /** ms */
  readonly time: number;
  readonly bound: number;
  readonly by: 'memory' | 'compute';
  readonly room: number;
}

/** An engine against its bound. */
export interface EngineRoom {
  /** Sum over the layers that have a bound, and the own time of those that have none, ms. */
  readonly bound: number;
  /** Sum of the layers, ms. */
  readonly time: number;
  /** bound / time, at most 1: a layer below its bound counts as at it. */
  readonly used: number;
  /** Share of the time of the layers that have a bound. */
  readonly known: number;
  /** The most room first. */
  readonly layers: readonly LayerRoom[];
}

/** Undefined without times, or without the peaks of the device. */
export function roomOf({ table, layers }: EngineReport): EngineRoom | undefined {
  let [bound, time, known] = [0, 0, 0];
  const found: LayerRoom[] = [];
  table.layers.forEach((layer, i) => {
    const took = layer.time?.mean_ms;
    if (took === undefined) return;
    const { bound_ms: least, bound_by: by } = layers[i];
    time += took;
    bound += least === undefined ? took : Math.min(took, least);
    if (least === undefined || by === undefined) return;
    known += took;
    if (took > least) found.push({ layer: i, time: took, bound: least, by, room: took - least });
  });
  if (time <= 0 || known <= 0) return undefined;
  return { bound, time, used: bound / time, known: known / time, layers: found.sort((a, b) => b.room - a.room) };
}
