/** Orders and parts of small graphs: nodes are numbers from 0, edges are lists of successors. */

/** An order in which nothing stands before what it follows. */
export interface Order {
  readonly order: number[];
  /** Nodes on a cycle, or behind one; they are not in the order. */
  readonly stuck: number[];
}

/** Kahn's algorithm (1962). Nodes that are free at the same time keep their numbers' order. @param next successors of each node */
export function topologicalOrder(next: readonly (readonly number[])[]): Order {
  const waiting = new Int32Array(next.length);
  for (const list of next) for (const to of list) waiting[to]++;
  const order: number[] = [];
  for (let i = 0; i < next.length; i++) if (waiting[i] === 0) order.push(i);
  for (let head = 0; head < order.length; head++)
    for (const to of next[order[head]]) if (--waiting[to] === 0) order.push(to);
  const stuck = order.length === next.length ? [] : Array.from(next.keys()).filter((i) => waiting[i] > 0);
  return { order, stuck };
}

/** Successors of each node. */
export function successors(
  count: number,
  edges: readonly { readonly from: number; readonly to: number }[],
): number[][] {
  const lists: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of edges) lists[from].push(to);
  return lists;
}

/** Sets that are joined pair by pair (Tarjan 1975, with path halving). */
export class DisjointSets {
  readonly #parent: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, i) => i);
  }

  /** The same number for all members of a set. */
  root(i: number): number {
    const parent = this.#parent;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  }

  join(a: number, b: number): void {
    this.#parent[this.root(a)] = this.root(b);
  }
}
