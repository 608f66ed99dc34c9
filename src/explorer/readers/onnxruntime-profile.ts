/** ONNX Runtime's profile (a Trace Event file) -> LayerTable with times. */
import { fail } from '../../base/problem.js';
import { round } from '../../base/units.js';
import { LAYERS_VERSION, type Layer, type LayerTable } from '../../formats/engine/layer-table.js';
import { dtypeOf, tensorBytes, UNKNOWN_TYPE } from '../../formats/tensor/element-type.js';
import { isObject, number, text } from '../json.js';

interface ProfileEvent {
  readonly cat?: unknown;
  readonly name?: unknown;
  readonly dur?: unknown;
  readonly ts?: unknown;
  readonly args?: unknown;
}

const KERNEL = '_kernel_time';

/** Whether JSON is a profile of ONNX Runtime. */
export const isOnnxRuntimeProfile = (data: unknown): boolean =>
  Array.isArray(data) && data.some((e) => isObject(e) && (e.cat === 'Session' || e.cat === 'Node') && 'ph' in e);

/**
 * @param skip first runs left out as warm-up
 * @throws ProblemError `file` when it has no layer times
 */
export function readOnnxRuntimeProfile(data: unknown, file: string, skip: number): LayerTable {
  const events = (data as readonly unknown[]).filter(isObject) as ProfileEvent[];
  const begins = events
    .filter((e) => e.cat === 'Session' && e.name === 'model_run')
    .map((e) => number(e.ts) ?? 0)
    .sort((a, b) => a - b);
  const from = begins[skip] ?? 0;
  const layers = new Map<string, { event: ProfileEvent; times: number[] }>();
  for (const event of events) {
    const name = text(event.name);
    const took = number(event.dur);
    if (event.cat !== 'Node' || !name?.endsWith(KERNEL) || took === undefined || (number(event.ts) ?? 0) < from)
      continue;
    const key = name.slice(0, -KERNEL.length);
    const entry = layers.get(key) ?? { event, times: [] };
    entry.times.push(took);
    layers.set(key, entry);
  }
  if (layers.size === 0)
    fail(
      'file',
      `${file}: is a profile of ONNX Runtime without a node in it`,
      'let the session run the model before the profile ends',
    );
  const runs = Math.max(1, begins.length - skip);
  const total = [...layers.values()].reduce((sum, { times }) => sum + add(times), 0);
  return {
    version: LAYERS_VERSION,
    source: 'onnxruntime',
    detail: 'times',
    runs,
    inputs: [],
    outputs: [],
    layers: [...layers].map(([name, { event, times }]) => toLayer(name, event, times, runs, total)),
    constants: [],
    notes: [],
  };
}

const add = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** `CPUExecutionProvider` runs on the CPU, CUDA, TensorRT and WebGPU on the GPU. */
export function deviceOf(provider: string): Layer['device'] {
  if (/^CPU/.test(provider)) return 'cpu';
  return /CUDA|Tensorrt|NvTensorRT|WebGpu|ROCM|DML/i.test(provider) ? 'gpu' : 'unknown';
}

function toLayer(name: string, event: ProfileEvent, times: number[], runs: number, total: number): Layer {
  times.sort((a, b) => a - b);
  const sum = add(times);
  const args = isObject(event.args) ? event.args : {};
  const provider = text(args.provider) ?? '';
  const weights = number(args.parameter_size);
  return {
    name,
    type: text(args.op_name) ?? 'Unknown',
    subtype: provider,
    device: deviceOf(provider),
    inputs: tensors(args.input_type_shape, `${name}:in`),
    outputs: tensors(args.output_type_shape, `${name}:out`),
    onnx: [name],
    ...(weights ? { weights: { dtype: UNKNOWN_TYPE, count: 0, bytes: weights } } : {}),
    time: {
      mean_ms: round(sum / runs / 1000, 6),
      median_ms: round(times[Math.floor((times.length - 1) / 2)] / 1000, 6),
      total_ms: round(sum / 1000, 6),
      share: total === 0 ? 0 : round(sum / total, 6),
      calls: round(times.length / runs, 3),
    },
    attributes: {},
  };
}

/** `[{"float":[1,3,224,224]}, ...]`: types and shapes without names. */
function tensors(value: unknown, prefix: string): Layer['inputs'] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).flatMap((entry, i) =>
    Object.entries(entry).map(([type, shape]) => {
      const dtype = dtypeOf(type)?.dtype ?? UNKNOWN_TYPE;
      const sizes = Array.isArray(shape) ? shape.map((d) => number(d) ?? -1) : undefined;
      const bytes = tensorBytes(dtype, sizes);
      return {
        name: `${prefix}${i}`,
        dtype,
        ...(sizes ? { shape: sizes } : {}),
        ...(bytes === undefined ? {} : { bytes }),
      };
    }),
  );
}
