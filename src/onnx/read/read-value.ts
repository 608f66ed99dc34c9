/** Types and shapes of inputs, outputs and tensors between nodes. */
import type { Wire } from '../../base/protobuf/wire.js';
import { type Dimension, DTYPES, type Dtype } from '../../formats/tensor/tensor.js';
import type { Value } from './graph.js';

/** More dimensions than this are a damaged file. */
export const MAX_RANK = 64;

/** An element type by its number in onnx.proto. */
export const dtypeOf = (number: number): Dtype => DTYPES[number] ?? 'undefined';

/** ValueInfoProto. */
export function readValue(wire: Wire, end: number): Omit<Value, 'span'> {
  let name = '';
  let type: Pick<Value, 'dtype' | 'shape'> = { dtype: 'undefined' };
  while (wire.next(end)) {
    if (wire.field === 1) name = wire.string();
    else if (wire.field === 2) type = wire.message((inner) => readType(wire, inner));
    else wire.skip();
  }
  return { name, ...type };
}

/** TypeProto: only tensors have an element type and a shape here. */
function readType(wire: Wire, end: number): Pick<Value, 'dtype' | 'shape'> {
  let found: Pick<Value, 'dtype' | 'shape'> = { dtype: 'undefined' };
  while (wire.next(end)) {
    if (wire.field === 1) found = wire.message((inner) => readTensorType(wire, inner));
    else wire.skip();
  }
  return found;
}

function readTensorType(wire: Wire, end: number): Pick<Value, 'dtype' | 'shape'> {
  let dtype: Dtype = 'undefined';
  let shape: Dimension[] | undefined;
  while (wire.next(end)) {
    if (wire.field === 1) dtype = dtypeOf(wire.number());
    else if (wire.field === 2) shape = wire.message((inner) => readShape(wire, inner));
    else wire.skip();
  }
  return { dtype, ...(shape ? { shape } : {}) };
}

function readShape(wire: Wire, end: number): Dimension[] {
  const shape: Dimension[] = [];
  while (wire.next(end)) {
    if (wire.field !== 1) wire.skip();
    else shape.push(wire.message((inner) => readDimension(wire, inner)));
    if (shape.length > MAX_RANK) wire.broken(`a tensor of more than ${MAX_RANK} dimensions`);
  }
  return shape;
}

function readDimension(wire: Wire, end: number): Dimension {
  let size: Dimension = '';
  while (wire.next(end)) {
    if (wire.field === 1) {
      const value = wire.number();
      // Some exporters write -1 or 0 for a dimension that is not fixed.
      size = value > 0 ? value : value === 0 ? 0 : '';
    } else if (wire.field === 2) size = wire.string();
    else wire.skip();
  }
  return size;
}
