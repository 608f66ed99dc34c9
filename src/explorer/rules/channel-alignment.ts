/** Channels that do not fill the matrix instructions of Tensor Cores. */
import type { Layer } from '../../formats/engine/layer-table.js';
import { computePrecision } from '../numbers.js';
import { count, isConvolution, isDepthwise, namesOf, ofTheTime, type Rule } from './rule.js';

/** NVIDIA's guide for Tensor Cores: 16 bytes, and 16 channels in INT8. Plain FP32 does not use them. */
const MULTIPLE: Readonly<Record<string, number>> = { TF32: 4, FP16: 8, BF16: 8, INT8: 16, FP8: 16 };

function misaligned(layer: Layer): boolean {
  const multiple = MULTIPLE[computePrecision(layer)];
  const [x, y] = [layer.inputs[0]?.shape, layer.outputs[0]?.shape];
  if (multiple === undefined || x === undefined || y === undefined || x.length < 4 || x.length !== y.length)
    return false;
  return [x[1], y[1]].some((c) => c > 0 && c % multiple !== 0);
}

/** Channels that do not fill the units that multiply. */
export const channelAlignment: Rule = ({ table }) => {
  const found = table.layers.filter((l) => l.device === 'gpu' && isConvolution(l) && !isDepthwise(l) && misaligned(l));
  if (found.length === 0) return [];
  const [first] = found;
  return [
    {
      id: 'channel_alignment',
      severity: 'info',
      message: `${count(found.length, 'convolution')} ${found.length === 1 ? 'has' : 'have'} channels that Tensor Cores must pad${ofTheTime(found)}`,
      advice: `Make the channels a multiple of ${MULTIPLE[computePrecision(first)]} in ${computePrecision(first)} where the network allows it; a first layer over RGB can be fed with 4 or 8 channels.`,
      layers: namesOf(found),
      evidence: {
        layer: first.name,
        channels_in: first.inputs[0]?.shape?.[1] ?? 0,
        channels_out: first.outputs[0]?.shape?.[1] ?? 0,
      },
    },
  ];
};
