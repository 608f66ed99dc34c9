/** The *.metadata.json that TREx made of trtexec's logs -> the same document as the log itself. */
import { type EngineLog, emptyLog } from '../engine-log.js';
import { isObject, type JsonObject, number } from '../json.js';

const SECTIONS = {
  model_options: 'Model Options',
  build_options: 'Build Options',
  inference_options: 'Inference Options',
};
/** TREx keeps the values of a metric in the order of the line; a percentile list of one or three is told by its length. */
const STATISTICS: Readonly<Record<number, readonly string[]>> = {
  5: ['min', 'max', 'mean', 'median', 'p99'],
  7: ['min', 'max', 'mean', 'median', 'p90', 'p95', 'p99'],
};

/** Whether JSON is a metadata file of TREx. */
export const isTrexMetadata = (data: unknown): boolean =>
  isObject(data) && ('performance_summary' in data || 'build_options' in data || 'device_information' in data);

const strings = (value: unknown): Record<string, string> =>
  isObject(value) ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, String(v)])) : {};

/** What such a file tells, as a log would. */
export function readTrexMetadata(data: unknown): EngineLog {
  const root = data as JsonObject;
  const options: Record<string, Record<string, string>> = {};
  for (const [key, section] of Object.entries(SECTIONS)) if (isObject(root[key])) options[section] = strings(root[key]);
  const performance: Record<string, Record<string, number>> = {};
  const summary = isObject(root.performance_summary) ? root.performance_summary : {};
  for (const [metric, values] of Object.entries(summary)) {
    if (!Array.isArray(values)) continue;
    const names = STATISTICS[values.length] ?? STATISTICS[7];
    performance[metric] = Object.fromEntries(
      values.flatMap((v, i) => (number(v) === undefined || !names[i] ? [] : [[names[i], Number(v)]])),
    );
  }
  const throughput = number(summary.Throughput);
  return {
    ...emptyLog(),
    options,
    device: strings(root.device_information),
    performance,
    ...(throughput === undefined ? {} : { throughput_qps: throughput }),
  };
}

/** CUDA's attributes of a device, as TREx lists them (clocks in kHz), in the words of trtexec's device section. */
export const isCudaAttributes = (data: unknown): boolean =>
  Array.isArray(data) && isObject(data[0]) && 'MULTIPROCESSOR_COUNT' in data[0];

/** What a list of attributes tells of the device. */
export function readCudaAttributes(data: unknown): EngineLog {
  const record = (data as readonly JsonObject[])[0];
  const ghz = (key: string): Record<string, string> => {
    const value = number(record[key]);
    return value === undefined
      ? {}
      : { [key === 'CLOCK_RATE' ? 'Compute Clock Rate' : 'Memory Clock Rate']: String(value / 1e6) };
  };
  const plain = (key: string, name: string): Record<string, string> =>
    record[key] === undefined ? {} : { [name]: String(record[key]) };
  const capability = [record.COMPUTE_CAPABILITY_MAJOR, record.COMPUTE_CAPABILITY_MINOR];
  return {
    ...emptyLog(),
    device: {
      ...plain('Name', 'Selected Device'),
      ...(capability.every((c) => number(c) !== undefined) ? { 'Compute Capability': capability.join('.') } : {}),
      ...plain('MULTIPROCESSOR_COUNT', 'SMs'),
      ...plain('GLOBAL_MEMORY_BUS_WIDTH', 'Memory Bus Width'),
      ...ghz('CLOCK_RATE'),
      ...ghz('MEMORY_CLOCK_RATE'),
    },
  };
}
