/** Whose layers a table holds, and what follows from that. */

/** What is true of the layers of a source. */
export interface LayerSource {
  /** For people. */
  readonly title: string;
  /** Layers are kernels with names of their own that fuse nodes of a model; otherwise they are the model's nodes. */
  readonly compiled: boolean;
  /** Layers are timed by running them. */
  readonly runs: boolean;
}

/** By the word that stands in layers.json. */
export const LAYER_SOURCES = {
  tensorrt: { title: 'TensorRT', compiled: true, runs: true },
  onnxruntime: { title: 'ONNX Runtime', compiled: false, runs: true },
  onnx: { title: 'ONNX model', compiled: false, runs: false },
} as const satisfies Readonly<Record<string, LayerSource>>;

/** The word for a source. */
export type LayerSourceId = keyof typeof LAYER_SOURCES;

/** In the order of the table. */
export const LAYER_SOURCE_IDS = ['tensorrt', 'onnxruntime', 'onnx'] as const satisfies readonly LayerSourceId[];

/** Source of tables of version 1, which said none. */
export const FIRST_SOURCE: LayerSourceId = 'onnxruntime';

/** What is true of the layers of a table. */
export const layerSource = ({ source }: { readonly source: LayerSourceId }): LayerSource => LAYER_SOURCES[source];
