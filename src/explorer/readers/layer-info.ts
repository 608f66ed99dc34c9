/** trtexec --exportLayerInfo of TensorRT 8, 10 and 11 -> layers as they stand in the file. */
import { fail } from '../../base/problem.js';
import { isObject, type JsonObject, kindOf, number, text } from '../json.js';

/** More layers than any engine has; a file with more is not worth an hour of a person's time. */
const MAX_LAYERS = 500_000;

/** A tensor as the file has it. */
export interface RawTensor {
  readonly name: string;
  /** Sentence or bare type. */
  readonly format: string;
  /** TensorRT 11 tells the type apart from the format. */
  readonly datatype?: string;
  readonly shape?: readonly number[];
  readonly location?: 'device' | 'host';
}

/** A layer as the file has it. */
export interface RawLayer {
  readonly name: string;
  readonly layerType: string;
  readonly parameterType?: string;
  readonly inputs: readonly RawTensor[];
  readonly outputs: readonly RawTensor[];
  readonly record: JsonObject;
}

/** A layer file, read. */
export interface LayerInfo {
  readonly names: boolean;
  readonly layers: readonly RawLayer[];
  /** Names of inputs and outputs; the direction is told from TensorRT 11 on. */
  readonly bindings: readonly {
    readonly name: string;
    readonly mode?: 'input' | 'output';
    readonly tensor?: RawTensor;
  }[];
  readonly notes: readonly string[];
}

/** Whether JSON is a layer file of trtexec. */
export const isLayerInfo = (data: unknown): boolean =>
  (isObject(data) && Array.isArray(data.Layers)) ||
  (Array.isArray(data) && data.length > 0 && isObject(data[0]) && 'LayerType' in data[0]);

/** @throws ProblemError `file` naming the layer that is not as it should be */
export function readLayerInfo(data: unknown, file: string): LayerInfo {
  const root: JsonObject = Array.isArray(data) ? { Layers: data } : isObject(data) ? data : {};
  const list = root.Layers;
  if (!Array.isArray(list)) return fail('file', `${file}: "Layers" is ${kindOf(list)}, expected a list`);
  if (list.length > MAX_LAYERS) return fail('file', `${file}: ${list.length} layers, expected at most ${MAX_LAYERS}`);
  if (list.length === 0)
    return fail(
      'file',
      `${file}: has no layers`,
      'an engine without layers cannot run; write the file again with trtexec',
    );
  const names = list.every((l) => typeof l === 'string');
  const layers = list.map((l, i) => readLayer(l, `${file}: layer ${i + 1}`));
  const bindings = readBindings(root, file);
  const notes = names
    ? [
        'the file holds names only: build the engine with --profilingVerbosity=detailed to see types, formats and tactics',
      ]
    : [];
  return { names, layers, bindings, notes };
}

function readLayer(value: unknown, where: string): RawLayer {
  if (typeof value === 'string') return { name: value, layerType: 'Unknown', inputs: [], outputs: [], record: {} };
  if (!isObject(value)) return fail('file', `${where} is ${kindOf(value)}, expected an object or a name`);
  const name = text(value.Name);
  if (name === undefined) return fail('file', `${where}: "Name" is ${kindOf(value.Name)}, expected a string`);
  const at = `${where} "${name.slice(0, 60)}"`;
  const parameterType = text(value.ParameterType);
  return {
    name,
    layerType: text(value.LayerType) ?? 'Unknown',
    ...(parameterType ? { parameterType } : {}),
    inputs: readTensors(value.Inputs, `${at}: Inputs`),
    outputs: readTensors(value.Outputs, `${at}: Outputs`),
    record: value,
  };
}

function readTensors(value: unknown, where: string): RawTensor[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return fail('file', `${where} is ${kindOf(value)}, expected a list of tensors`);
  return value.map((t, i) => readTensor(t, `${where}[${i}]`));
}

function readTensor(value: unknown, where: string): RawTensor {
  if (!isObject(value)) return fail('file', `${where} is ${kindOf(value)}, expected an object with a Name`);
  const name = text(value.Name);
  if (name === undefined) return fail('file', `${where}: "Name" is ${kindOf(value.Name)}, expected a string`);
  const { Dimensions: sizes } = value;
  if (sizes !== undefined && !(Array.isArray(sizes) && sizes.every((d) => number(d) !== undefined)))
    return fail('file', `${where} "${name.slice(0, 60)}": Dimensions is not a list of numbers`);
  const datatype = text(value.Datatype) ?? text(value.DataType);
  const location = text(value.Location)?.toLowerCase();
  return {
    name,
    format: text(value['Format/Datatype']) ?? text(value.Format) ?? datatype ?? '',
    ...(datatype === undefined ? {} : { datatype }),
    ...(sizes === undefined ? {} : { shape: (sizes as unknown[]).map((d) => number(d) ?? -1) }),
    ...(location === 'device' || location === 'host' ? { location } : {}),
  };
}

function readBindings(root: JsonObject, file: string): LayerInfo['bindings'] {
  const io = root['I/O Tensors'];
  if (Array.isArray(io)) {
    return io.map((value, i) => {
      const tensor = readTensor(value, `${file}: I/O Tensors[${i}]`);
      const mode = text((value as JsonObject).IOMode)?.toLowerCase();
      return { name: tensor.name, tensor, ...(mode === 'input' || mode === 'output' ? { mode } : {}) };
    });
  }
  const { Bindings: list } = root;
  if (list === undefined) return [];
  if (!Array.isArray(list)) return fail('file', `${file}: "Bindings" is ${kindOf(list)}, expected a list of names`);
  return list.map((value, i) => {
    const name = text(value) ?? (isObject(value) ? text(value.Name) : undefined);
    return name === undefined ? fail('file', `${file}: Bindings[${i}] is ${kindOf(value)}, expected a name`) : { name };
  });
}
