/** Everything that is known of an engine -> EngineReport. */
import { layerSource } from '../formats/backends/layer-sources.js';
import { ENGINE_REPORT_VERSION, type EngineReport } from '../formats/engine/engine-report.js';
import type { LayerTable } from '../formats/engine/layer-table.js';
import { deviceOfLog } from './device.js';
import { engineGraph } from './engine-graph.js';
import type { EngineLog } from './engine-log.js';
import { numbersOf } from './numbers.js';
import { onnxMap } from './onnx-map.js';
import type { QueryTimes } from './readers/times.js';
import { findingsOf } from './rules/index.js';
import type { BuiltEngine } from './rules/rule.js';
import { summarizeEngine } from './summary.js';

/** What a report of an engine is made from. */
export interface EngineFacts {
  readonly name: string;
  /** For problems. */
  readonly file: string;
  readonly table: LayerTable;
  readonly times?: QueryTimes;
  readonly log?: EngineLog;
  /** Precisions that the build was asked for, where no log tells them. */
  readonly asked?: readonly string[];
  readonly toolVersion?: string;
  readonly built?: BuiltEngine;
}

/** @throws ProblemError `file` when the layers go round in a circle */
export function reportEngine(facts: EngineFacts): EngineReport {
  const { name, file, table, times, log, asked, toolVersion, built } = facts;
  const device = deviceOfLog(log);
  const plain = summarizeEngine(table, times, log);
  const summary = asked && plain.asked_precisions.length === 0 ? { ...plain, asked_precisions: [...asked] } : plain;
  const layers = table.layers.map((l) => numbersOf(l, device));
  const { edges } = engineGraph(table, file);
  const version = log?.version ?? toolVersion;
  return {
    version: ENGINE_REPORT_VERSION,
    schema: 'infersight/engine-report',
    name,
    tool: { name: layerSource(table).title, ...(version ? { version } : {}) },
    ...(log?.command ? { command: log.command } : {}),
    ...(device ? { device } : {}),
    summary,
    findings: findingsOf({
      table,
      numbers: layers,
      summary,
      ...(device ? { device } : {}),
      ...(log ? { log } : {}),
      ...(built ? { built } : {}),
    }),
    layers,
    graph: edges.map(({ from, to, tensor, back }) => ({ from, to, tensor: tensor.name, back })),
    onnx_map: onnxMap(table.layers),
    table,
    warnings: [...(log?.warnings ?? [])],
  };
}
