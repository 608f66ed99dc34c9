/** Everything before and behind a node of a drawing. */
import type { EngineDrawing } from '../../charts/engine-drawing.js';

/** Boxes before and behind one, along the edges. */
export function reachOf(drawing: EngineDrawing, start: number): ReadonlySet<number> {
  const down: number[][] = drawing.nodes.map(() => []);
  const up: number[][] = drawing.nodes.map(() => []);
  for (const { from, to } of drawing.edges) {
    down[from].push(to);
    up[to].push(from);
  }
  const reached = new Set([start]);
  for (const next of [down, up]) {
    const queue = [start];
    const seen = new Set(queue);
    for (let head = 0; head < queue.length; head++)
      for (const n of next[queue[head]]) {
        if (seen.has(n)) continue;
        seen.add(n);
        reached.add(n);
        queue.push(n);
      }
  }
  return reached;
}
