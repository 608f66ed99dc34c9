/** ONNX Runtime's profile (a Trace Event file) -> LayerTable. */

import { fail } from '../../base/problem.js';
import { round } from '../../base/units.js';
import { LAYERS_VERSION, type Layer, type LayerTable } from '../../formats/layer-table.js';

interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  readonly dur?: number;
  readonly ts?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

const KERNEL = '_kernel_time';

/** @param runs number of runs in the profile; @param skip first runs left out as warm-up */
export function layerTable(text: string, file: string, runs: number, skip: number): LayerTable {
  let events: ProfileEvent[];
  try {
    events = JSON.parse(text) as ProfileEvent[];
  } catch {
    return fail(
      'file',
      `${file}: ONNX Runtime's profile is not valid JSON`,
      'the process that wrote it may have ended early',
    );
  }
  const from = beginOf(events, skip);
  const layers = new Map<string, { event: ProfileEvent; times: number[] }>();
  for (const event of events) {
    if (event.cat !== 'Node' || !event.name?.endsWith(KERNEL) || event.dur === undefined || (event.ts ?? 0) < from)
      continue;
    const name = event.name.slice(0, -KERNEL.length);
    const entry = layers.get(name) ?? { event, times: [] };
    entry.times.push(event.dur);
    layers.set(name, entry);
  }
  const counted = Math.max(1, runs - skip);
  const total = [...layers.values()].reduce((sum, { times }) => sum + add(times), 0);
  return {
    version: LAYERS_VERSION,
    source: 'onnxruntime',
    runs: counted,
    layers: [...layers].map(([name, { event, times }]) => toLayer(name, event, times, counted, total)),
  };
}

const add = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Time stamp of the first run behind those left out. */
function beginOf(events: readonly ProfileEvent[], skip: number): number {
  const begins = events
    .filter((e) => e.cat === 'Session' && e.name === 'model_run')
    .map((e) => e.ts ?? 0)
    .sort((a, b) => a - b);
  return begins[skip] ?? 0;
}

function toLayer(name: string, event: ProfileEvent, times: number[], runs: number, total: number): Layer {
  times.sort((a, b) => a - b);
  const sum = add(times);
  const args = event.args ?? {};
  const bytes = (key: string) => (args[key] === undefined ? undefined : Number(args[key]));
  const output = bytes('output_size');
  const parameters = bytes('parameter_size');
  return {
    name,
    operator: String(args.op_name ?? ''),
    provider: String(args.provider ?? ''),
    mean_us: round(sum / runs, 3),
    median_us: round(times[Math.floor((times.length - 1) / 2)], 3),
    share: total === 0 ? 0 : round(sum / total, 6),
    calls: round(times.length / runs, 3),
    ...(output === undefined ? {} : { output_bytes: output }),
    ...(parameters === undefined ? {} : { parameter_bytes: parameters }),
  };
}
