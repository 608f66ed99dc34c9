/** layers.json: what each layer of an engine took, one form for every vendor's output. */
export const LAYERS_VERSION = 1;

export interface Layer {
  readonly name: string;
  readonly operator: string;
  readonly provider: string;
  /** Time of one run of the engine spent in this layer. */
  readonly mean_us: number;
  readonly median_us: number;
  /** Part of the sum of all layers. */
  readonly share: number;
  /** Calls per run. */
  readonly calls: number;
  readonly output_bytes?: number;
  readonly parameter_bytes?: number;
}

export interface LayerTable {
  readonly version: typeof LAYERS_VERSION;
  readonly source: string;
  readonly runs: number;
  readonly layers: readonly Layer[];
}
