/** What differs between two engines: `infersight explore A B --json`. */

export const ENGINE_COMPARISON_VERSION = 1;

/** What can differ between two layers that do the same work. */
export const CHANGES = ['type', 'precision', 'tactic', 'format', 'fusion'] as const;
/** One of them. */
export type Change = (typeof CHANGES)[number];

/** One side of a pair. */
export interface ComparedLayer {
  readonly name: string;
  readonly type: string;
  readonly precision: string;
  readonly tactic?: string;
  readonly mean_ms?: number;
}

/** Layers that do the same work; one side is absent where the other has no such layer. */
export interface LayerPair {
  /** Absent when the other engine has no such layer. */
  readonly a?: ComparedLayer;
  readonly b?: ComparedLayer;
  /** b minus a; a layer that is missing takes no time. */
  readonly difference_ms?: number;
  readonly changes: readonly Change[];
}

/** No time where the engine has no times at all. */
export interface ComparedGroup {
  readonly name: string;
  readonly a: { readonly count: number; readonly mean_ms?: number };
  readonly b: { readonly count: number; readonly mean_ms?: number };
}

/** ONNX nodes that the builder put together differently. */
export interface FusionChange {
  readonly nodes: readonly string[];
  readonly a: readonly string[];
  readonly b: readonly string[];
}

/** Totals of one side. */
export interface ComparedEngine {
  readonly name: string;
  readonly tool: string;
  /** The GPU, where a log told it. */
  readonly device?: string;
  readonly layers: number;
  readonly layers_sum_ms?: number;
  readonly measured_ms?: number;
  readonly weights_bytes: number;
  readonly activations_bytes: number;
}

/** Everything that differs between two engines. */
export interface EngineComparison {
  readonly version: typeof ENGINE_COMPARISON_VERSION;
  readonly schema: 'infersight/engine-comparison';
  readonly a: ComparedEngine;
  readonly b: ComparedEngine;
  readonly matched: number;
  readonly pairs: readonly LayerPair[];
  /** What makes the comparison less than it seems. */
  readonly notes: readonly string[];
  readonly by_type: readonly ComparedGroup[];
  readonly by_precision: readonly ComparedGroup[];
  readonly fusions: readonly FusionChange[];
}
