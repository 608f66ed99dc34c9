/** The numbers of TREx 0.2.1 on real engines, where TREx is right (golden.json). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trtexecPercentile } from '../src/explorer/readers/times.js';
import { reportSources } from '../src/explorer/sources.js';
import type { LayerGroup } from '../src/formats/engine/engine-report.js';
import { dataSets, sourcesOf, TRTEXEC } from './trtexec-fixtures.js';

interface Group {
  count: number;
  avg_time_ms: number;
  pct_time: number;
  weights_bytes: number;
  io_bytes: number;
}
const golden = JSON.parse(readFileSync(join(TRTEXEC, 'golden.json'), 'utf8')).datasets;

/** Equal but for the rounding of the last addition: TREx adds floats in three orders and gets three results. */
const lastDigit = (found: number, wanted: number) =>
  expect(Math.abs(found - wanted)).toBeLessThanOrEqual(4 * Number.EPSILON * Math.abs(wanted));

function sameGroups(found: readonly LayerGroup[], wanted: Record<string, Group>): void {
  expect(new Set(found.map((g) => g.name))).toEqual(new Set(Object.keys(wanted)));
  for (const g of found) {
    const w = wanted[g.name];
    expect(g.count, g.name).toBe(w.count);
    expect(g.weights_bytes, g.name).toBe(w.weights_bytes);
    expect(g.io_bytes, g.name).toBe(w.io_bytes);
    lastDigit(g.mean_ms, w.avg_time_ms);
    // trtexec prints percentages with six digits.
    expect(Math.abs(g.share * 100 - w.pct_time)).toBeLessThan(1e-3);
  }
}

describe.each(dataSets)('%s', (set) => {
  const report = reportSources(sourcesOf(set), { name: set });
  const want = golden[set];
  const { summary, table } = report;

  it('has the layers of TREx, one by one', () => {
    expect(summary.layers).toBe(want.layers);
    expect(
      table.layers.map((l, i) => ({
        name: l.name,
        type: l.type,
        subtype: l.subtype,
        precision: report.layers[i].precision,
        output_precision: report.layers[i].output_precision,
        tactic: l.tactic ?? 'TensorRT',
        avg_ms: l.time?.mean_ms,
        median_ms: l.time?.median_ms,
        weights_bytes: l.weights?.bytes ?? 0,
        io_bytes: report.layers[i].io_bytes,
        footprint_bytes: report.layers[i].footprint_bytes,
      })),
    ).toEqual(want.per_layer.map(({ pct: _, ...rest }: { pct: number }) => rest));
  });

  it('sums times and bytes as TREx does', () => {
    expect(summary.time.runs).toBe(want.profile_count_header);
    lastDigit(summary.time.layers_sum_ms ?? 0, want.latency_avg_time_sum_ms);
    expect(summary.time.layers_sum_ms).toBe(Number(want.total_runtime_ms.toFixed(12)));
    expect(summary.bytes.weights).toBe(want.weights_bytes);
    expect(summary.bytes.bias).toBe(want.bias_bytes);
    expect(summary.bytes.activations).toBe(want.activations_bytes);
    expect(summary.bytes.footprint).toBe(want.total_footprint_bytes);
    // TREx counts convolutions alone; with the pooling behind it one is a layer of another type.
    const pooled = table.layers.filter((l) => l.type === 'ConvActPool').reduce((sum, l) => sum + (l.macs ?? 0), 0);
    expect((summary.macs ?? 0) - pooled).toBe(want.conv.macs_sum);
  });

  it('groups as TREx does', () => {
    sameGroups(summary.by_type, want.by_type);
    sameGroups(summary.by_subtype, want.by_subtype);
    sameGroups(summary.by_precision, want.by_precision);
    sameGroups(summary.by_output_precision, want.by_output_precision);
    const tactics = Object.fromEntries(summary.by_tactic.map((g) => [g.name, g.count]));
    for (const [tactic, { count }] of Object.entries(want.tactics as Record<string, Group>))
      expect(tactics[tactic === 'TensorRT' ? 'not told' : tactic], tactic).toBe(count);
  });

  it('joins the layers as TREx does', () => {
    const tensors = new Set(report.graph.map((e) => e.tensor));
    expect(tensors.size).toBe(want.graph.regions_total);
    expect(report.graph.length).toBe(want.graph.default.edges);
    expect(report.graph.some((e) => e.back)).toBe(false);
    expect([...table.inputs, ...table.outputs].map((t) => t.name)).toEqual(want.bindings);
  });

  it('summarises the queries as trtexec does', () => {
    const latency = summary.time.measured.find((m) => m.what === 'Latency');
    const { samples, min, max, mean, median, p90, p95, p99, cv_percent } = want.timing;
    expect(latency).toMatchObject({ n: samples, min, max, median, p90, p95, p99, source: 'times' });
    // The reference adds thousands of values one after the other, and loses the last digits.
    expect(Math.abs((latency?.mean ?? 0) / mean - 1)).toBeLessThan(1e-12);
    expect(latency?.cv_percent).toBeCloseTo(cv_percent, 9);
  });

  it('knows the device and what was asked for', () => {
    expect(report.device?.name).toBe(want.device_properties['Selected Device']);
    expect(summary.asked_precisions).toEqual(want.builder_cfg.Precision.split('+'));
  });

  it('finds what the rules of TREx find, without their false alarms', () => {
    const layersOf = (id: string) => report.findings.find((f) => f.id === id)?.layers ?? [];
    // TREx takes kernels without a name and h16816 kernels for unaccelerated; ours is the part that is true.
    for (const layer of layersOf('tensor_cores')) {
      const tactic = table.layers.find((l) => l.name === layer)?.tactic ?? '';
      expect(want.lint.conv_tc.layers.includes(layer) || /simt|_hcudnn|gemv/.test(tactic), layer).toBe(true);
    }
    const conversions = Object.values(want.lint.reformat.type_conversions ?? {}) as number[];
    expect(layersOf('type_conversion').length).toBe(conversions.reduce((a, b) => a + b, 0));
    for (const layer of layersOf('quantized_float_output'))
      expect(want.lint.conv_mixed_precision.layers).toContain(layer);
    for (const layer of layersOf('channel_alignment')) expect(want.lint.conv_alignment.layers).toContain(layer);
  });
});

describe('percentiles of trtexec', () => {
  it('have the rank that 32-bit floats give', () => {
    const rising = (n: number) => Array.from({ length: n }, (_, i) => i);
    expect(trtexecPercentile(rising(10), 90)).toBe(8);
    expect(trtexecPercentile(rising(100), 99)).toBe(99);
    expect(trtexecPercentile([5], 99)).toBe(5);
  });
});
