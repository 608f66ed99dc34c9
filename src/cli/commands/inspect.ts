import Table from 'cli-table3';
import pc from 'picocolors';
import { suggest } from '../../base/nearest.js';
import { fail } from '../../base/problem.js';
import { metric, printableAll } from '../../base/text.js';
import type { ModelSummary } from '../../formats/engine/model.js';
import type { InputSpec } from '../../formats/pipeline/types.js';
import { tensorText } from '../../formats/tensor/tensor.js';
import { resolveInputs } from '../../onnx/inputs.js';
import { hashModel, inputsOf, readOnnxFile, summarizeFile } from '../../store/onnx-file.js';
import type { ExitCode } from '../exit.js';
import { parseShape } from '../shape-option.js';
import { showPlaces } from './inspect-places.js';

const MOST_OPERATORS = 24;

/** Prints what an ONNX file is. */
export async function inspect(
  path: string,
  options: { shape: readonly string[]; target?: string; json?: true },
): Promise<ExitCode> {
  const read = readOnnxFile(path);
  const inputs = inputsOf(read.model);
  const given = Object.fromEntries(
    options.shape.map((text) =>
      shapeOption(
        text,
        inputs.map((i) => i.name),
      ),
    ),
  );
  const resolved = resolveInputs('', inputs, given);
  // What is left open costs nothing here: the summary says what could not be known.
  const wrong = resolved.problems.filter(({ about }) => about === undefined || !resolved.open.includes(about));
  if (wrong.length > 0) fail('usage', wrong.map((p) => p.message).join('; '), wrong[0]?.hint);
  // The hash of a large file takes longer than reading it, so only --json, which documents the file, has it.
  const sha256 = options.json ? await hashModel(path, read.external) : '';
  const summary = summarizeFile(path, read, {
    name: path.replace(/^.*\//, '').replace(/\.onnx$/, ''),
    sha256,
    shapes: resolved.shapes,
  });
  if (options.target !== undefined) return showPlaces(path, summary, resolved.shapes, options.target, options.json);
  process.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : `${text(printableAll(summary))}\n`);
  return 0;
}

function shapeOption(option: string, names: readonly string[]): [string, InputSpec] {
  const [name, shape] = parseShape(option);
  if (!names.includes(name)) fail('usage', `the model has no input "${name}"`, suggest(name, names));
  return [name, { shape, data: { kind: 'random' } }];
}

function text(s: ModelSummary): string {
  const facts: [string, string][] = [
    [
      'file',
      `${s.file} (${metric(s.bytes)}B${s.external_data.length > 0 ? `, with ${s.external_data.map((e) => e.path).join(', ')}` : ''})`,
    ],
    [
      'producer',
      `${s.producer || 'unknown'}, IR ${s.ir_version}, opset ${Object.entries(s.opsets)
        .map(([d, v]) => `${d === 'ai.onnx' ? '' : `${d} `}${v}`)
        .join(', ')}`,
    ],
    ['nodes', s.nodes === s.nodes_all ? String(s.nodes) : `${s.nodes} (${s.nodes_all} with bodies and functions)`],
    ['parameters', `${metric(s.parameters)} (${metric(s.parameter_bytes)}B)`],
    [
      'cost',
      `${s.macs.total === 0 && s.macs.unknown_nodes > 0 ? 'unknown' : metric(s.macs.total)} multiply-accumulates per run${s.macs.unknown_nodes > 0 ? `, ${s.macs.unknown_nodes} ${s.macs.unknown_nodes === 1 ? 'node' : 'nodes'} unknown` : ''}`,
    ],
  ];
  const input = s.inputs.find((i) => i.shape?.some((d) => typeof d === 'string'));
  const open = input && `${input.name}=${input.shape?.map((d) => (typeof d === 'string' ? 'N' : d)).join('x')}`;
  const width = Math.max(...facts.map(([k]) => k.length));
  const operators = Object.entries(s.operators);
  const shown = operators
    .slice(0, MOST_OPERATORS)
    .map(([name, n]) => `${name} ${n}`)
    .join(', ');
  return [
    ...facts.map(([k, v]) => `${pc.bold(k.padEnd(width))}  ${v}`),
    '',
    ...s.inputs.map((i) => `${pc.bold('in ')} ${i.name}: ${tensorText(i)}`),
    ...s.outputs.map((o) => `${pc.bold('out')} ${o.name}: ${tensorText(o)}`),
    '',
    `${pc.bold('operators')}  ${shown}${operators.length > MOST_OPERATORS ? `, and ${operators.length - MOST_OPERATORS} more` : ''}`,
    ...heaviest(s),
    ...s.notes.map((n) => pc.dim(`note: ${n}`)),
    ...(s.macs.unknown_nodes > 0 && open !== undefined
      ? [pc.dim(`      give the sizes that the model leaves open: --shape ${open}`)]
      : []),
  ].join('\n');
}

function heaviest({ macs }: ModelSummary): string[] {
  if (macs.heaviest.length === 0) return [];
  const table = new Table({
    head: ['heaviest nodes', 'operator', 'MACs', 'share'].map((h) => pc.bold(h)),
    colAligns: ['left', 'left', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, operator, macs: cost } of macs.heaviest.slice(0, 5))
    table.push([name.slice(0, 50), operator, metric(cost), `${((100 * cost) / macs.total).toFixed(1)} %`]);
  return ['', table.toString()];
}
