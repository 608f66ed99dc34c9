/** Multiply-accumulates of an engine layer, from the shapes and attributes that the file tells. */
import type { LayerTensor } from '../../formats/engine/layer-table.js';
import type { JsonObject } from '../json.js';

const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);
const fixed = (tensor: LayerTensor | undefined): readonly number[] | undefined =>
  tensor?.shape && tensor.shape.length > 0 && tensor.shape.every((d) => d >= 0) ? tensor.shape : undefined;
const sizes = (value: unknown): readonly number[] | undefined =>
  Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === 'number' && v > 0) ? value : undefined;
const numbers = (value: unknown): readonly number[] | undefined =>
  Array.isArray(value) && value.every((v) => typeof v === 'number') ? value : undefined;

/** Convolution: every output element sums over the input channels of its group and the kernel (N K P Q C R S / G). */
function convolution(x: readonly number[], y: readonly number[], record: JsonObject): number | undefined {
  const kernel = sizes(record.Kernel);
  if (!kernel || x.length !== kernel.length + 2 || y.length !== x.length) return undefined;
  const groups = typeof record.Groups === 'number' && record.Groups > 0 ? record.Groups : 1;
  return (product(y) * x[1] * product(kernel)) / groups;
}

/** A convolution with the pooling behind it in one kernel: its output is written by the pooling, so its own is worked out. */
function pooledConvolution(x: readonly number[], y: readonly number[], record: JsonObject): number | undefined {
  const kernel = sizes(record.ConvKernel);
  const stride = sizes(record.ConvStride);
  const [before, after] = [numbers(record.ConvPrePadding), numbers(record.ConvPostPadding)];
  if (!kernel || !stride || !before || !after) return undefined;
  const dilation = sizes(record.ConvDilation) ?? kernel.map(() => 1);
  const own = x.slice(2).map((size, i) => {
    const span = (kernel[i] - 1) * dilation[i] + 1;
    return Math.floor((size + before[i] + after[i] - span) / stride[i]) + 1;
  });
  return convolution(x, [...y.slice(0, 2), ...own], { Kernel: record.ConvKernel, Groups: record.ConvGroups });
}

/** Transposed: every input element is spread over the output channels of its group and the kernel. */
function deconvolution(x: readonly number[], y: readonly number[], record: JsonObject): number | undefined {
  const kernel = sizes(record.Kernel);
  if (!kernel || x.length !== kernel.length + 2 || y.length !== x.length) return undefined;
  const groups = typeof record.Groups === 'number' && record.Groups > 0 ? record.Groups : 1;
  return (product(x) * y[1] * product(kernel)) / groups;
}

/** C = A B with C of m x n: A is m x k or, transposed, k x m; leading sizes of 1 are spread over those of C. */
function matrixProduct(a: readonly number[], c: readonly number[]): number | undefined {
  const [m, k] = a.slice(-2);
  if (a.length === c.length && c.length >= 2) {
    const rows = c[c.length - 2];
    if (m === rows) return product(c) * k;
    if (k === rows) return product(c) * m;
  }
  // Flattened: A's rows are the leading sizes of C, and the length of the sum is what is left.
  const inner = product(a) / (product(c) / c[c.length - 1]);
  return Number.isInteger(inner) && inner > 0 ? product(c) * inner : undefined;
}

/** Undefined where the layer multiplies no matrices, or its sizes are open. */
export function macsOfLayer(
  type: string,
  inputs: readonly LayerTensor[],
  outputs: readonly LayerTensor[],
  record: JsonObject,
): number | undefined {
  const [x, y] = [fixed(inputs[0]), fixed(outputs[0])];
  if (!x || !y) return undefined;
  switch (type) {
    case 'Convolution':
      return convolution(x, y, record);
    case 'ConvActPool':
      return pooledConvolution(x, y, record);
    case 'Deconvolution':
      return deconvolution(x, y, record);
    case 'gemm':
    case 'MatrixMultiply':
    case 'FullyConnected':
      return matrixProduct(x, y);
    default:
      return undefined;
  }
}
