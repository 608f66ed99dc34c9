/** What a rule sees and gives. A rule is a file; it never fires without evidence. */
import { percent } from '../../base/text.js';
import type { EngineTrial } from '../../formats/engine/engine.js';
import type { EngineDevice, EngineFinding, EngineSummary, LayerNumbers } from '../../formats/engine/engine-report.js';
import type { Layer, LayerTable } from '../../formats/engine/layer-table.js';
import type { EngineLog } from '../engine-log.js';

/** What a rule sees of an engine. */
export interface RuleContext {
  readonly table: LayerTable;
  /** By the position of the layer. */
  readonly numbers: readonly LayerNumbers[];
  readonly summary: EngineSummary;
  readonly device?: EngineDevice;
  readonly log?: EngineLog;
  /** How it was built, where this program did it. */
  readonly built?: BuiltEngine;
}

/** What a build tells of an engine besides its layers. */
export interface BuiltEngine {
  readonly precision: string;
  /** As engine.json has them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What it runs with. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly profiles: readonly Readonly<Record<string, Readonly<Record<'min' | 'opt' | 'max', readonly number[]>>>>[];
  readonly trial?: EngineTrial;
  /** Engines of the same model and shapes in other precisions that lie beside it. */
  readonly siblings: readonly { readonly name: string; readonly precision: string; readonly gpu_ms: number }[];
}

/** Gives a finding for each thing that it finds. */
export type Rule = (context: RuleContext) => readonly EngineFinding[];

/** A time of a layer for a message. */
export const ms = (value: number): string => `${value.toFixed(value < 0.1 ? 4 : 3)} ms`;
/** Sum of the mean times, ms. */
export const timeOf = (layers: readonly Layer[]): number => layers.reduce((sum, l) => sum + (l.time?.mean_ms ?? 0), 0);
/** Sum of the shares of the time. */
export const shareOf = (layers: readonly Layer[]): number => layers.reduce((sum, l) => sum + (l.time?.share ?? 0), 0);
/** Names in order. */
export const namesOf = (layers: readonly Layer[]): string[] => layers.map((l) => l.name);
/** `1 layer`, `3 layers` */
export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
/** `, 12.3 % of the time`, nothing without times. */
export const ofTheTime = (layers: readonly Layer[]): string =>
  layers.some((l) => l.time) ? `, ${percent(shareOf(layers))} of the time` : '';

/** A convolution, fused or not. */
export const isConvolution = (layer: Layer): boolean => layer.type === 'Convolution' || layer.type === 'correlation';
/** Layers whose precision matters for speed: those that multiply. */
export const multiplies = (layer: Layer): boolean =>
  isConvolution(layer) ||
  ['ConvActPool', 'Deconvolution', 'MatrixMultiply', 'FullyConnected', 'gemm', 'MatMul'].includes(layer.type);
/** A convolution with one channel per group. */
export const isDepthwise = (layer: Layer): boolean => {
  const groups = Number(layer.attributes.Groups ?? 1);
  return /depthwise/i.test(layer.subtype) || (groups > 1 && groups === layer.inputs[0]?.shape?.[1]);
};
/** Reads integers of eight bits or less. */
export const isQuantized = (dtype: string): boolean => ['INT8', 'FP8', 'INT4', 'FP4'].includes(dtype);
/** Reads floating-point numbers. */
export const isFloat = (dtype: string): boolean => ['FP32', 'FP16', 'BF16', 'TF32', 'FP64'].includes(dtype);
