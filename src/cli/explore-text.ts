/** An engine, and two engines beside each other, as a person wants them in a terminal. */
import pc from 'picocolors';
import { bytes, metric, percent, shorten, timeText } from '../base/text.js';
import { engineAnswer } from '../explorer/answer.js';
import { layerSource } from '../formats/backends/layer-sources.js';
import type { EngineComparison, LayerPair } from '../formats/engine/engine-comparison.js';
import type { EngineReport, LayerGroup } from '../formats/engine/engine-report.js';
import { findingLine, plainTable, widthOf, wrap } from './text.js';

const GROUPS = 12;
/** Of sentences, columns. */
const MOST_WIDTH = 120;

/** One engine. @param top rows of the table of layers */
export function engineText(report: EngineReport, top: number): string {
  const answer = engineAnswer(report);
  return [
    headline(report),
    '',
    pc.bold(answer.headline),
    ...answer.reasons.map((r) => wrap(r, MOST_WIDTH, 0)),
    '',
    ...facts(report).map(([key, value]) => `${pc.bold(key.padEnd(8))} ${value}`),
    '',
    ...groups('type', report.summary.by_type, report),
    ...groups('precision', report.summary.by_precision, report),
    ...slowest(report, top),
    ...findings(report),
    ...report.table.notes.map((n) => pc.dim(`note: ${n}`)),
  ].join('\n');
}

function headline({ name, tool, device, summary }: EngineReport): string {
  const parts = [
    [tool.name, tool.version].filter(Boolean).join(' '),
    device?.name ?? '',
    `${summary.layers} layers${summary.constants > 0 ? ` and ${summary.constants} constants` : ''}`,
  ];
  return `${pc.bold(name)}  ${parts.filter((p) => p !== '').join(', ')}`;
}

function facts({ summary, device }: EngineReport): [string, string][] {
  const { time, bytes: b } = summary;
  const rows: [string, string][] = [];
  if (time.layers_sum_ms !== undefined)
    rows.push([
      'layers',
      `${timeText(time.layers_sum_ms)} summed${time.runs ? ` (means over ${time.runs} run${time.runs === 1 ? '' : 's'})` : ''}`,
    ]);
  const [first] = time.measured;
  for (const m of time.measured.filter((t) => t === first || (t.what === 'Latency' && t.mean !== first?.mean)))
    rows.push([
      'measured',
      `${m.what.toLowerCase()}: mean ${timeText(m.mean ?? 0)}${m.median === undefined ? '' : `, median ${timeText(m.median)}`}${m.p99 === undefined ? '' : `, p99 ${timeText(m.p99)}`}${m.n === undefined ? '' : ` over ${m.n} queries`}`,
    ]);
  if (time.sum_to_measured !== undefined)
    rows.push([
      '',
      pc.dim(
        `the sum is ${time.sum_to_measured.toFixed(2)} times the measured run: timing each layer costs time, so it is no latency`,
      ),
    ]);
  rows.push([
    'bytes',
    `weights ${bytes(b.weights)}, activations read and written ${bytes(b.activations)}${b.tensors_of_unknown_size > 0 ? ` (${b.tensors_of_unknown_size} tensors of unknown size left out)` : ''}`,
  ]);
  if (summary.macs) {
    const whole = time.measured[0]?.mean ?? time.layers_sum_ms;
    rows.push([
      'work',
      `${metric(summary.macs)} multiply-accumulates${whole ? `, ${metric((2 * summary.macs) / (whole / 1000))}OP/s over the whole run` : ''}`,
    ]);
  }
  const plan = Object.entries(summary.memory_plan_bytes);
  if (plan.length > 0) rows.push(['memory', plan.map(([k, v]) => `${k.replace('_', ' ')} ${bytes(v)}`).join(', ')]);
  const peaks = Object.entries(device?.ops_per_s ?? {});
  if (device?.memory_bytes_per_s)
    rows.push([
      'peaks',
      `${metric(device.memory_bytes_per_s)}B/s${peaks.length > 0 ? `; ${peaks.map(([p, v]) => `${p} ${metric(v)}OP/s`).join(', ')}` : ''} (nominal clocks, dense)`,
    ]);
  return rows;
}

function groups(what: string, list: readonly LayerGroup[], { summary }: EngineReport): string[] {
  const open = summary.bytes.tensors_of_unknown_size > 0;
  const table = plainTable([what, 'layers', 'time', 'share', 'weights', 'activations'], 1);
  for (const g of list.slice(0, GROUPS))
    table.push([
      g.name === '?' ? 'not told' : shorten(g.name, 40),
      g.count,
      g.mean_ms > 0 ? timeText(g.mean_ms) : '-',
      g.mean_ms > 0 ? percent(g.share) : '-',
      bytes(g.weights_bytes),
      g.io_bytes === 0 && open ? '-' : bytes(g.io_bytes),
    ]);
  const rest = list.length - GROUPS;
  return [table.toString(), ...(rest > 0 ? [pc.dim(`and ${rest} more`)] : []), ''];
}

function adviceWithoutTimes({ table }: EngineReport): string {
  if (layerSource(table).runs) return 'no times: give the profile of trtexec with --profile';
  const open = table.inputs.filter((t) => t.shape?.some((d) => d < 0));
  if (open.length === 0) return 'a model has no times; measure it with infersight run, or explore its engine';
  const sizes = open.map((t) => `${t.name} is [${t.shape?.map((d) => (d < 0 ? '?' : d)).join(',')}]`).join(', ');
  const example = open
    .map((t) => `--shape ${t.name}=${t.shape?.map((d, i) => (d >= 0 ? d : i === 0 ? 1 : 'N')).join('x')}`)
    .join(' ');
  return `sizes are open: input ${sizes}; say what it is fed: ${example}, a number for each N`;
}

function slowest(report: EngineReport, top: number): string[] {
  const order = report.table.layers
    .map((layer, i) => ({ layer, numbers: report.layers[i] }))
    .filter(({ layer }) => layer.time)
    .sort((a, b) => (b.layer.time?.mean_ms ?? 0) - (a.layer.time?.mean_ms ?? 0));
  if (order.length === 0) return [pc.dim(adviceWithoutTimes(report)), ''];
  const peaks = report.device?.memory_bytes_per_s !== undefined;
  const table = plainTable(
    ['slowest layers', 'type', 'precision', 'time', 'share', 'GB/s', 'TOP/s', ...(peaks ? ['of bound'] : [])],
    3,
  );
  for (const { layer, numbers: n } of order.slice(0, top)) {
    if (!n) continue;
    const took = layer.time?.mean_ms ?? 0;
    table.push([
      shorten(layer.name, 44),
      shorten(layer.type, 20),
      n.precision === n.output_precision ? n.precision : `${n.precision} > ${n.output_precision}`,
      timeText(took),
      percent(layer.time?.share ?? 0),
      n.bytes_per_s === undefined ? '-' : (n.bytes_per_s / 1e9).toFixed(0),
      n.ops_per_s === undefined ? '-' : (n.ops_per_s / 1e12).toFixed(2),
      ...(peaks
        ? [n.bound_ms === undefined || took === 0 ? '-' : `${((n.bound_ms / took) * 100).toFixed(0)} % ${n.bound_by}`]
        : []),
    ]);
  }
  return [table.toString(), ''];
}

function findings(report: EngineReport): string[] {
  if (report.findings.length === 0) return [];
  return [...report.findings.map((f) => findingLine(f, widthOf(process.stdout))), ''];
}

/** Two engines. @param top rows of the table of changes */
export function comparisonText(c: EngineComparison, top: number): string {
  return [
    ...[['A', c.a] as const, ['B', c.b] as const].map(
      ([letter, e]) =>
        `${pc.bold(letter)} ${[`${e.name}  ${e.tool}`, e.device, `${e.layers} layers`].filter(Boolean).join(', ')}`,
    ),
    ...c.notes.map((n) => pc.yellow(`note: ${n}`)),
    '',
    totals(c),
    '',
    groupsText('type', c),
    '',
    `${c.matched} layers matched, ${c.a.layers - c.matched} only in A, ${c.b.layers - c.matched} only in B`,
    '',
    changesText(c, top),
    ...fusionLines(c, top),
  ].join('\n');
}

const change = (a: number | undefined, b: number | undefined): string => {
  if (a === undefined || b === undefined) return '-';
  if (a === 0) return b === 0 ? '-' : 'new';
  if (b === 0) return 'gone';
  const text = `${b >= a ? '+' : ''}${((b / a - 1) * 100).toFixed(1)} %`;
  return Math.abs(b / a - 1) > 0.03 ? (b > a ? pc.red(text) : pc.green(text)) : text;
};
const time = (ms: number | undefined): string => (ms === undefined ? '-' : timeText(ms));

function totals({ a, b }: EngineComparison): string {
  const table = plainTable(['', 'A', 'B', 'change'], 1);
  const row = (name: string, x: number | undefined, y: number | undefined, show: (n: number) => string): void => {
    if (x !== undefined && y !== undefined) table.push([name, show(x), show(y), change(x, y)]);
  };
  row('sum of layers', a.layers_sum_ms, b.layers_sum_ms, timeText);
  row('measured run', a.measured_ms, b.measured_ms, timeText);
  row('layers', a.layers, b.layers, String);
  row('weights', a.weights_bytes, b.weights_bytes, bytes);
  row('activations', a.activations_bytes, b.activations_bytes, bytes);
  return table.toString();
}

function groupsText(what: string, c: EngineComparison): string {
  const table = plainTable([what, 'A layers', 'A time', 'B layers', 'B time', 'change'], 1);
  for (const g of c.by_type.slice(0, GROUPS))
    table.push([g.name, g.a.count, time(g.a.mean_ms), g.b.count, time(g.b.mean_ms), change(g.a.mean_ms, g.b.mean_ms)]);
  return table.toString();
}

function changesText(c: EngineComparison, top: number): string {
  const size = (p: LayerPair): number => Math.abs(p.difference_ms ?? 0);
  const table = plainTable(
    [
      c.pairs.some((p) => p.difference_ms !== undefined) ? 'largest changes' : 'changes',
      'in B',
      'A time',
      'B time',
      'difference',
      'what changed',
    ],
    2,
  );
  const timed = c.pairs.some((p) => p.difference_ms !== undefined);
  // Without times the pairs that changed, and what one engine alone has.
  const shown = timed
    ? [...c.pairs].sort((x, y) => size(y) - size(x))
    : c.pairs.filter((p) => !p.a || !p.b || p.changes.length > 0);
  for (const p of shown.slice(0, top))
    table.push([
      p.a ? shorten(p.a.name, 36) : pc.dim('only in B'),
      p.b ? (p.b.name === p.a?.name ? pc.dim('same name') : shorten(p.b.name, 36)) : pc.dim('only in A'),
      time(p.a?.mean_ms),
      time(p.b?.mean_ms),
      p.difference_ms === undefined ? '-' : `${p.difference_ms >= 0 ? '+' : '-'}${timeText(Math.abs(p.difference_ms))}`,
      [
        ...(p.a && p.b && p.a.precision !== p.b.precision ? [`${p.a.precision} > ${p.b.precision}`] : []),
        ...p.changes.filter((x) => x !== 'precision'),
      ].join(', '),
    ]);
  return table.toString();
}

function fusionLines(c: EngineComparison, top: number): string[] {
  if (c.fusions.length === 0) return [];
  return [
    '',
    pc.bold('fused differently'),
    ...c.fusions
      .slice(0, top)
      .map(
        (f) =>
          `  ${f.nodes.slice(0, 6).join(', ')}${f.nodes.length > 6 ? ', ...' : ''}: ${f.a.length} layer${f.a.length === 1 ? '' : 's'} in A, ${f.b.length} in B`,
      ),
  ];
}
