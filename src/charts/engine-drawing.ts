/** Engine report -> what is to be drawn and where; pictures and the page paint the same drawing. */
import { shorten, timeText } from '../base/text.js';
import type { EngineReport } from '../formats/engine/engine-report.js';
import type { Layer, LayerTensor } from '../formats/engine/layer-table.js';
import { type LaneExtent, type Layout, type LayoutNode, layoutGraph } from './layout/layered-layout.js';
import { windLayout } from './layout/wind.js';

/** A box with its place and text. */
export interface DrawnNode {
  readonly kind: 'layer' | 'input' | 'output';
  /** Position in `table.layers`, or among the inputs or outputs. */
  readonly index: number;
  /** Centre and size. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly lines: readonly string[];
  readonly type: string;
  readonly precision: string;
  /** Made of several ONNX nodes; drawn as a stack. */
  readonly fused: boolean;
  /** Part of the time, 0 to 1; undefined without a time. */
  readonly share?: number;
}

/** A line from box to box with its tensor. */
export interface DrawnEdge {
  /** Positions in `EngineDrawing.nodes`. */
  readonly from: number;
  readonly to: number;
  readonly tensor: string;
  /** Size and format; empty where another edge of the tensor carries it. */
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly back: boolean;
}

/** A column of layers that run on one device. */
export interface DrawnLane extends Pick<LaneExtent, 'left' | 'right'> {
  readonly title: string;
}

/** An area with a name. */
export interface DrawnBlock {
  readonly title: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Layers [from, to) of the table that belong together. */
export interface NamedLayers {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The graph of an engine with every place decided. */
export interface EngineDrawing {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
  readonly lanes: readonly DrawnLane[];
  /** Areas of layers whose names belong together. */
  readonly blocks: readonly DrawnBlock[];
  readonly width: number;
  readonly height: number;
}

const DEVICES: readonly Layer['device'][] = ['gpu', 'dla', 'cpu', 'unknown'];
const TITLES = { gpu: 'GPU', dla: 'DLA', cpu: 'CPU', unknown: 'device not told' } as const;
const TITLE_CHARS = 34;
const LINE_HEIGHT = 15;
const CHAR_WIDTH = 6.3;
const LEAST_WIDTH = 120;
const PADDING = 24;

/** A shape as `1×3×224×224`. */
export const shapeText = (shape: readonly number[] | undefined): string =>
  shape === undefined ? '' : shape.length === 0 ? 'scalar' : shape.map((d) => (d < 0 ? '?' : d)).join('×');

/** Shape, type and layout of a tensor in one line. */
export const tensorLabel = ({ shape, dtype, layout }: LayerTensor): string =>
  [shapeText(shape), dtype === '?' ? '' : dtype, layout ?? ''].filter((t) => t !== '').join(' ');

type Draft = Omit<DrawnNode, 'x' | 'y'> & { readonly lane: number };

/** Constants are folded into the layers that read them. @param blocks whose areas are shown where they are apart */
export function drawEngine(report: EngineReport, blocks: readonly NamedLayers[] = []): EngineDrawing {
  const { table } = report;
  const ends = endsOf(report);
  const drafts = [
    ...ends.inputs.map((t, index) => end('input', t, index, ends.lane)),
    ...table.layers.map((layer, index) => layerDraft(layer, report.layers[index].output_precision, index)),
    ...ends.outputs.map((t, index) => end('output', t, index, ends.lane)),
  ];
  const links = linksOf(report, ends);
  const sizes = drafts.map(({ width, height, lane }): LayoutNode => ({ width, height, lane }));
  const layout = windLayout(layoutGraph(sizes, links), sizes, links);
  return { ...finish(report, drafts, links, layout), blocks: areasOf(blocks, drafts, layout, ends.inputs.length) };
}

interface Ends {
  readonly inputs: readonly LayerTensor[];
  readonly outputs: readonly LayerTensor[];
  readonly lane: number;
}

/** Inputs and outputs stand in the lane of most layers. */
function endsOf({ table }: EngineReport): Ends {
  const counts = DEVICES.map((d) => table.layers.filter((l) => l.device === d).length);
  return { inputs: table.inputs, outputs: table.outputs, lane: counts.indexOf(Math.max(...counts)) };
}

const widthOf = (lines: readonly string[]): number =>
  Math.max(LEAST_WIDTH, PADDING + CHAR_WIDTH * lines.reduce((most, l) => Math.max(most, l.length), 0));

function end(kind: 'input' | 'output', tensor: LayerTensor, index: number, lane: number): Draft {
  const title = shorten(tensor.name, TITLE_CHARS);
  const lines = [tensorLabel(tensor)].filter((l) => l !== '');
  return {
    kind,
    index,
    title,
    lines,
    type: kind,
    precision: tensor.dtype,
    fused: false,
    lane,
    width: widthOf([title, ...lines]),
    height: 12 + LINE_HEIGHT * (1 + lines.length),
  };
}

function layerDraft(layer: Layer, output: string, index: number): Draft {
  const precision = layer.inputs[0]?.dtype ?? layer.outputs[0]?.dtype ?? '?';
  const title = shorten(layer.name, TITLE_CHARS);
  const types =
    precision === '?' ? '' : precision === output || output === '?' ? precision : `${precision} → ${output}`;
  const lines = [
    [layer.type, types].filter((t) => t !== '').join(' · '),
    [
      ...(layer.time ? [`${timeText(layer.time.mean_ms)} · ${(layer.time.share * 100).toFixed(1)} %`] : []),
      ...(layer.onnx.length > 1 ? [`${layer.onnx.length} ONNX nodes`] : []),
      ...(layer.inside ? [`in ${shorten(layer.inside, 16)}`] : []),
    ].join(' · '),
  ].filter((l) => l !== '');
  return {
    kind: 'layer',
    index,
    title,
    lines,
    type: layer.type,
    precision,
    fused: layer.onnx.length > 1,
    lane: DEVICES.indexOf(layer.device),
    ...(layer.time ? { share: layer.time.share } : {}),
    width: widthOf([title, ...lines]),
    height: 12 + LINE_HEIGHT * (1 + lines.length),
  };
}

interface Link {
  readonly from: number;
  readonly to: number;
  readonly tensor: LayerTensor | undefined;
  readonly name: string;
  readonly back: boolean;
}

function linksOf({ table, graph }: EngineReport, ends: Ends): Link[] {
  const shift = ends.inputs.length;
  const inputs = new Map(ends.inputs.map((t, i) => [t.name, i]));
  const outputs = new Map(ends.outputs.map((t, i) => [t.name, shift + table.layers.length + i]));
  return graph.flatMap(({ from, to, tensor: name, back }) => {
    const source = from < 0 ? inputs.get(name) : shift + from;
    const target = to < 0 ? outputs.get(name) : shift + to;
    if (source === undefined || target === undefined) return [];
    const of = (tensors: readonly LayerTensor[]): LayerTensor | undefined => tensors.find((t) => t.name === name);
    const tensor =
      (from < 0 ? undefined : of(table.layers[from].outputs)) ?? (to < 0 ? undefined : of(table.layers[to].inputs));
    return [{ from: source, to: target, tensor, name, back }];
  });
}

const MARGIN = 10;
/** Boxes of one column are about as far apart as this; a block goes on in the next column as an area of its own. */
const COLUMN_GAP = 200;

/** The areas of blocks; one that another lies in is left out, as its layers are no block of the drawing. */
function areasOf(
  blocks: readonly NamedLayers[],
  drafts: readonly Draft[],
  { nodes }: Layout,
  shift: number,
): DrawnBlock[] {
  const areas = blocks.flatMap(({ name, from, to }) => {
    const parts: DrawnBlock[] = [];
    for (let i = from; i < to; i++) {
      const { x, y } = nodes[i + shift];
      const { width, height } = drafts[i + shift];
      const box = {
        left: x - width / 2 - MARGIN,
        right: x + width / 2 + MARGIN,
        top: y - height / 2 - MARGIN,
        bottom: y + height / 2 + MARGIN,
      };
      const last = parts.at(-1);
      if (
        last &&
        box.top > last.top - COLUMN_GAP &&
        box.left < last.right + COLUMN_GAP &&
        box.right > last.left - COLUMN_GAP
      )
        parts[parts.length - 1] = {
          title: name,
          left: Math.min(last.left, box.left),
          right: Math.max(last.right, box.right),
          top: Math.min(last.top, box.top),
          bottom: Math.max(last.bottom, box.bottom),
        };
      else parts.push({ title: name, ...box });
    }
    return parts;
  });
  const meets = (a: DrawnBlock, b: DrawnBlock): boolean =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return areas.filter((a) => areas.every((b) => a === b || !meets(a, b)));
}

function finish(
  report: EngineReport,
  drafts: readonly Draft[],
  links: readonly Link[],
  layout: Layout,
): Omit<EngineDrawing, 'blocks'> {
  const labelled = new Set<string>();
  const shift = report.table.inputs.length;
  const edges = links.map(({ from, to, tensor, name, back }, i): DrawnEdge => {
    const first = `${from} ${name}`;
    // An input's own box tells its size already.
    const quiet = from < shift || tensor === undefined || labelled.has(first);
    labelled.add(first);
    return { from, to, tensor: name, label: quiet ? '' : tensorLabel(tensor), points: layout.edges[i], back };
  });
  return {
    nodes: drafts.map(({ lane: _, ...node }, i) => ({ ...node, x: layout.nodes[i].x, y: layout.nodes[i].y })),
    edges,
    lanes: layout.lanes.map((l) => ({ left: l.left, right: l.right, title: TITLES[DEVICES[l.lane]] })),
    width: layout.width,
    height: layout.height,
  };
}
