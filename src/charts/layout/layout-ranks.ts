/** The rank of every node: below all nodes it has an edge from. */
import { successors, topologicalOrder } from '../../base/order.js';
import type { LayoutEdge } from './layout-types.js';

/** Row of every node. */
export interface Ranks {
  readonly rank: Int32Array;
  /** 1 for an edge that is drawn against its direction, because it closes a cycle. */
  readonly reversed: Uint8Array;
}

/** Longest ways from the top; cycles are broken first. */
export function assignRanks(count: number, edges: readonly LayoutEdge[]): Ranks {
  const reversed = breakCycles(count, edges);
  const out = successors(
    count,
    edges.flatMap(({ from, to }, e) => (from === to ? [] : reversed[e] ? [{ from: to, to: from }] : [{ from, to }])),
  );
  const rank = new Int32Array(count);
  const { order } = topologicalOrder(out);
  for (const node of order) for (const next of out[node]) rank[next] = Math.max(rank[next], rank[node] + 1);
  pullDown(order, out, rank);
  return { rank, reversed };
}

/** A node without predecessors comes as near to its first user as it can: inputs of the middle stand in the middle. */
function pullDown(order: readonly number[], out: readonly (readonly number[])[], rank: Int32Array): void {
  const hasInput = new Uint8Array(rank.length);
  for (const list of out) for (const next of list) hasInput[next] = 1;
  for (const node of order) {
    if (hasInput[node] || out[node].length === 0) continue;
    let least = Number.POSITIVE_INFINITY;
    for (const next of out[node]) least = Math.min(least, rank[next]);
    rank[node] = least - 1;
  }
}

/** Depth-first; an edge into a node that is being visited goes back. Without recursion, as chains are long. */
function breakCycles(count: number, edges: readonly LayoutEdge[]): Uint8Array {
  const reversed = new Uint8Array(edges.length);
  const out: number[][] = Array.from({ length: count }, () => []);
  const hasInput = new Uint8Array(count);
  edges.forEach(({ from, to }, e) => {
    if (from === to) return;
    out[from].push(e);
    hasInput[to] = 1;
  });
  const state = new Uint8Array(count);
  const next = new Int32Array(count);
  const starts = [...hasInput.keys()].sort((a, b) => hasInput[a] - hasInput[b] || a - b);
  for (const start of starts) {
    if (state[start] !== 0) continue;
    const stack = [start];
    state[start] = 1;
    while (stack.length > 0) {
      const node = stack[stack.length - 1];
      if (next[node] === out[node].length) {
        state[node] = 2;
        stack.pop();
        continue;
      }
      const edge = out[node][next[node]++];
      const { to } = edges[edge];
      if (state[to] === 1) reversed[edge] = 1;
      else if (state[to] === 0) {
        state[to] = 1;
        stack.push(to);
      }
    }
  }
  return reversed;
}
