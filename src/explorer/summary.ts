/** LayerTable, times and log -> the figures of an engine. */
import { groupBy } from '../base/group.js';
import { exactSum } from '../base/sum.js';
import type { EngineSummary, LayerGroup, MeasuredTime } from '../formats/engine/engine-report.js';
import type { Layer, LayerTable } from '../formats/engine/layer-table.js';
import { askedPrecisions, type EngineLog } from './engine-log.js';
import { ioBytes, outputPrecisionOf, precisionOf, weightsBytes } from './numbers.js';
import { type QueryTimes, summarizeTimes } from './readers/times.js';

/** Changes of layout and type, and copies between devices, by TensorRT's and ONNX Runtime's names. */
export const isReformat = (layer: Layer): boolean =>
  /^(reformat|reorder(input|output)|memcpy(to|from)host)$/i.test(layer.type) || /^reformat$/i.test(layer.subtype);
const meanOf = (layer: Layer): number => layer.time?.mean_ms ?? 0;
const add = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Groups in falling order of time, then of count. */
export function groupLayers(layers: readonly Layer[], key: (layer: Layer) => string): LayerGroup[] {
  const groups = groupBy(layers, key);
  const total = exactSum(layers.map(meanOf));
  return [...groups]
    .map(([name, members]) => {
      const mean = exactSum(members.map(meanOf));
      return {
        name,
        count: members.length,
        mean_ms: mean,
        share: total > 0 ? mean / total : 0,
        weights_bytes: add(members.map(weightsBytes)),
        io_bytes: add(members.map(ioBytes)),
      };
    })
    .sort((a, b) => b.mean_ms - a.mean_ms || b.count - a.count || (a.name < b.name ? -1 : 1));
}

/** Sums, groups and measured times of an engine. */
export function summarizeEngine(
  table: LayerTable,
  times: QueryTimes | undefined,
  log: EngineLog | undefined,
): EngineSummary {
  const { layers } = table;
  const timed = layers.some((l) => l.time);
  const sum = exactSum(layers.map(meanOf));
  const measured = measuredTimes(times, log);
  const whole = measured.find((m) => m.what === 'GPU Compute Time') ?? measured[0];
  const reformats = layers.filter(isReformat);
  const slow = exactSum(reformats.map(meanOf));
  const macs = layers.flatMap((l) => (l.macs === undefined ? [] : [l.macs]));
  const weights = add(layers.map(weightsBytes));
  const activations = add(layers.map(ioBytes));
  return {
    layers: layers.length,
    constants: table.constants.length,
    time: {
      ...(timed ? { layers_sum_ms: sum } : {}),
      ...(table.runs === undefined ? {} : { runs: table.runs }),
      measured,
      ...(timed && whole?.mean ? { sum_to_measured: sum / whole.mean } : {}),
      ...(log?.throughput_qps === undefined ? {} : { throughput_qps: log.throughput_qps }),
    },
    bytes: {
      weights,
      bias: add(layers.map((l) => l.bias?.bytes ?? 0)),
      activations,
      footprint: weights + activations,
      inputs: add(table.inputs.map((t) => t.bytes ?? 0)),
      outputs: add(table.outputs.map((t) => t.bytes ?? 0)),
      tensors_of_unknown_size: layers.flatMap((l) => [...l.inputs, ...l.outputs]).filter((t) => t.bytes === undefined)
        .length,
    },
    ...(macs.length > 0 ? { macs: add(macs) } : {}),
    reformats: { count: reformats.length, mean_ms: slow, share: sum > 0 ? slow / sum : 0 },
    by_type: groupLayers(layers, (l) => l.type),
    by_subtype: groupLayers(layers, (l) => l.subtype),
    by_precision: groupLayers(layers, precisionOf),
    by_output_precision: groupLayers(layers, outputPrecisionOf),
    by_device: groupLayers(layers, (l) => l.device),
    by_tactic: groupLayers(layers, (l) => l.tactic ?? 'not told'),
    asked_precisions: askedPrecisions(log),
    memory_plan_bytes: { ...log?.memory },
  };
}

/** Times of whole queries: from the file of all queries, else as the log printed them. */
function measuredTimes(times: QueryTimes | undefined, log: EngineLog | undefined): MeasuredTime[] {
  if (times) {
    const columns = { 'GPU Compute Time': times.compute, Latency: times.latency, 'Enqueue Time': times.enqueue };
    return Object.entries(columns).flatMap(([what, values]) => {
      const found = summarizeTimes(values);
      return found ? [{ what, source: 'times' as const, ...found }] : [];
    });
  }
  const performance = log?.performance ?? {};
  return ['GPU Compute Time', 'Latency', 'Enqueue Time'].flatMap((what) => {
    const { min, mean, median, p90, p95, p99, max } = performance[what] ?? {};
    if (mean === undefined) return [];
    const told = Object.fromEntries(
      Object.entries({ min, mean, median, p90, p95, p99, max }).filter(([, v]) => v !== undefined),
    );
    return [{ what, source: 'log' as const, ...told }];
  });
}
