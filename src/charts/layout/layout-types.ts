/** What the steps of the layered layout hand to each other. */

export interface LayoutEdge {
  readonly from: number;
  readonly to: number;
  /** What goes over it: edges with one name from one node share their way. */
  readonly name?: string;
}

/** Nodes and dummies of one connected part; `original` is -1 for a dummy. */
export interface Part {
  readonly original: Int32Array;
  readonly rank: Int32Array;
  readonly width: Float64Array;
  readonly lane: Int32Array;
  /** Edges between neighbouring ranks, as positions in this part. */
  readonly up: readonly (readonly number[])[];
  readonly down: readonly (readonly number[])[];
}
