/** Convolutions in a reduced precision whose kernel does not use Tensor Cores. */
import { precisionOf } from '../numbers.js';
import { count, isConvolution, isDepthwise, namesOf, ofTheTime, type Rule } from './rule.js';

/**
 * What the name of a kernel says: cuDNN writes the shape of the matrix instruction (h884, i8816, s1688, h16816), XMMA
 * `tensor16x8x16` or hmma and imma, CUTLASS `tensorop`. `simt`, `ffma`, `dp4a`, `int8x4_icudnn`, `scudnn` and `hcudnn`
 * are the plain units. A name that says neither, such as one that Myelin generated, is unknown.
 */
export function usesTensorCores(tactic: string | undefined): boolean | undefined {
  if (!tactic) return undefined;
  const name = tactic.toLowerCase();
  if (/simt|ffma|dp4a|gemvx?_|_icudnn_int8x4|int8x4_icudnn|(?:^|_)[sdh]cudnn|(?:^|_)[sdh]gemm/.test(name)) return false;
  if (
    /imma|hmma|bmma|qmma|wgmma|gmma|tensor\d+x\d+|tensorop|[a-z]8816|[a-z]884|[a-z]1688|[a-z]168(?:16|32)|xmma/.test(
      name,
    )
  )
    return true;
  return undefined;
}

const REDUCED = new Set(['FP16', 'BF16', 'INT8', 'FP8', 'INT4', 'FP4']);
const FEW_CHANNELS = 32;

/** Layers that multiply without Tensor Cores. */
export const tensorCore: Rule = ({ table }) => {
  const plain = table.layers.filter(
    (l) =>
      l.device === 'gpu' &&
      isConvolution(l) &&
      !isDepthwise(l) &&
      REDUCED.has(precisionOf(l)) &&
      usesTensorCores(l.tactic) === false,
  );
  if (plain.length === 0) return [];
  const few = plain.filter((l) => (l.inputs[0]?.shape?.[1] ?? FEW_CHANNELS) < FEW_CHANNELS);
  return [
    {
      id: 'tensor_cores',
      severity: 'warning',
      message: `${count(plain.length, 'convolution')} in reduced precision run${plain.length === 1 ? 's' : ''} without Tensor Cores${ofTheTime(plain)}`,
      advice: `${few.length > 0 ? `${few.length} of them ${few.length === 1 ? 'reads' : 'read'} fewer than ${FEW_CHANNELS} channels, too few to fill a matrix instruction: widen them where you can, or leave them in FP16. ` : ''}Otherwise try another opset, layout or TensorRT version, and keep channels at multiples of 8 (FP16) or 16 (INT8).`,
      layers: namesOf(plain),
      evidence: { tactic: plain[0].tactic ?? '', few_channels: few.length },
    },
  ];
};
