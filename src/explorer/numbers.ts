/** What follows from a layer's tensors, weights and time. */

import type { EngineDevice, LayerNumbers } from '../formats/engine/engine-report.js';
import type { Layer, LayerTensor } from '../formats/engine/layer-table.js';
import { UNKNOWN_TYPE } from '../formats/tensor/element-type.js';

/** Element type of the first input; a layer without inputs has that of its output. */
export const precisionOf = (layer: Layer): string => layer.inputs[0]?.dtype ?? layer.outputs[0]?.dtype ?? UNKNOWN_TYPE;
/** Precision of what a layer writes. */
export const outputPrecisionOf = (layer: Layer): string => layer.outputs[0]?.dtype ?? UNKNOWN_TYPE;

const bytesOf = (tensors: readonly LayerTensor[]): number => tensors.reduce((sum, t) => sum + (t.bytes ?? 0), 0);
/** Bytes of the tensors that a layer reads and writes. */
export const ioBytes = (layer: Layer): number => bytesOf(layer.inputs) + bytesOf(layer.outputs);
/** Bytes of the weights of a layer. */
export const weightsBytes = (layer: Layer): number => layer.weights?.bytes ?? 0;

/** What the units multiply: TF32 where the kernel says so, else the type of the input. */
export const computePrecision = (layer: Layer): string => {
  const precision = precisionOf(layer);
  return precision === 'FP32' && /tf32/i.test(layer.tactic ?? '') ? 'TF32' : precision;
};

/** What follows from the facts of one layer. */
export function numbersOf(layer: Layer, device: EngineDevice | undefined): LayerNumbers {
  const io = ioBytes(layer);
  const footprint = io + weightsBytes(layer);
  const { macs } = layer;
  const seconds = (layer.time?.mean_ms ?? 0) / 1000;
  const tensors = [...layer.inputs, ...layer.outputs];
  return {
    name: layer.name,
    precision: precisionOf(layer),
    output_precision: outputPrecisionOf(layer),
    io_bytes: io,
    footprint_bytes: footprint,
    unknown_bytes:
      tensors.some((t) => t.bytes === undefined) || (layer.weights !== undefined && layer.weights.bytes === undefined),
    ...(macs && footprint > 0 ? { macs_per_byte: macs / footprint } : {}),
    ...(macs && seconds > 0 ? { ops_per_s: (2 * macs) / seconds } : {}),
    ...(footprint > 0 && seconds > 0 ? { bytes_per_s: footprint / seconds } : {}),
    ...boundOf(layer, footprint, device),
  };
}

/** Roofline (Williams, Waterman, Patterson 2009): no layer is faster than its bytes or its operations allow. */
function boundOf(
  layer: Layer,
  footprint: number,
  device: EngineDevice | undefined,
): Pick<LayerNumbers, 'bound_ms' | 'bound_by'> {
  if (layer.device !== 'gpu' || !device?.memory_bytes_per_s || footprint === 0) return {};
  const memory = (footprint / device.memory_bytes_per_s) * 1000;
  const peak = device.ops_per_s[computePrecision(layer)];
  const compute = layer.macs && peak ? ((2 * layer.macs) / peak) * 1000 : 0;
  return compute > memory ? { bound_ms: compute, bound_by: 'compute' } : { bound_ms: memory, bound_by: 'memory' };
}
