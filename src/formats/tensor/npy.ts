/** NumPy's .npy files (format 1.0 to 3.0): a header line of Python, then the bytes. */
import { fail } from '../../base/problem.js';
import { arrayOf, type Dtype, ELEMENT_BYTES, elementCount, hasArray, type Tensor } from './tensor.js';

const MAGIC = '\u0093NUMPY';
const MAX_HEADER = 65_536;
const DTYPE_OF: Record<string, Dtype> = {
  '<f4': 'float32',
  '<f8': 'float64',
  '<f2': 'float16',
  '|i1': 'int8',
  '|u1': 'uint8',
  '|b1': 'bool',
  '<i2': 'int16',
  '<u2': 'uint16',
  '<i4': 'int32',
  '<u4': 'uint32',
  '<i8': 'int64',
  '<u8': 'uint64',
};

/** @throws ProblemError that says what was expected and found */
export function readNpy(bytes: Uint8Array, file: string): Tensor {
  const latin = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length < 10 || latin(0, 6) !== MAGIC)
    return fail('file', `${file}: expected a .npy file, found other bytes at its begin`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6] >= 2;
  if (wide && bytes.length < 12) return fail('file', `${file}: cut short in its header`);
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const begin = (wide ? 12 : 10) + length;
  if (length > MAX_HEADER || begin > bytes.length) return fail('file', `${file}: cut short in its header`);
  const header = latin(begin - length, begin);
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  const dtype = DTYPE_OF[descr.replace('=', '<')];
  if (!dtype || !hasArray(dtype)) {
    return fail(
      'file',
      `${file}: element type ${descr || 'unknown'} is not supported`,
      `use one of ${Object.keys(DTYPE_OF).join(', ')}, little-endian`,
    );
  }
  if (/'fortran_order':\s*True/.test(header))
    return fail('file', `${file}: is in Fortran order`, 'save it with numpy.ascontiguousarray');
  if (shapeText === undefined) return fail('file', `${file}: no shape in its header`);
  const shape = shapeText
    .split(',')
    .map((s) => s.trim())
    .filter(Boolean)
    .map(Number);
  const count = elementCount(shape);
  const expected = count * ELEMENT_BYTES[dtype];
  if (!Number.isSafeInteger(expected) || bytes.length - begin !== expected) {
    return fail(
      'file',
      `${file}: ${dtype}[${shape.join(',')}] has ${expected} bytes of data, found ${bytes.length - begin}`,
    );
  }
  const buffer = new ArrayBuffer(Math.max(8, expected));
  new Uint8Array(buffer).set(bytes.subarray(begin));
  return { dtype, shape, data: arrayOf(dtype, count, buffer) };
}
