/**
 * Layers in the order in which they run, put together by what their names have in common: stages, and blocks inside them.
 *
 *   conv2_block1_1_conv/Conv2D, conv2_block1_2_conv/Conv2D, conv2_block2_1_conv/Conv2D, ...
 *   stage conv2 = blocks block1, block2, ...
 */
import type { Layer } from '../formats/engine/layer-table.js';

/** Layers [from, to) of the table. */
export interface LayerBlock {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Two levels; empty where names have nothing in common. */
export interface LayerBlocks {
  readonly stages: readonly LayerBlock[];
  readonly blocks: readonly LayerBlock[];
}

/** More parts than this have no room for their names. */
const [MOST_STAGES, MOST_BLOCKS] = [14, 48];
/** A stage that holds more of the layers than this says little. */
const LARGEST_STAGE = 0.7;
/** Blocks of one layer each are none. */
const MOST_SINGLE = 0.6;
/** A name is looked at so far. */
const MOST_DEPTH = 8;

/** What builders put before the name of the layer that they work for. */
const FOR_ANOTHER =
  /^(?:Reformatting CopyNode for (?:Input|Output) Tensor \d+ to|reorder(?:ing)? (?:input|output) of)\s+/i;

const depthOf = (name: string): number => name.split('/').length;

/** The words of a name, from the outermost on: of the ONNX node that lies deepest, where it has some. */
function pathOf({ name, onnx }: Layer): string[] {
  const parts = onnx.length > 0 ? onnx : name.replace(FOR_ANOTHER, '').split(/ \+ |\|\|/);
  // Names that a converter made up stand outside of the model's own tree.
  const own = parts.reduce((a, b) => (depthOf(b) > depthOf(a) ? b : a));
  return own
    .split(/[/.:_\s-]+/)
    .filter((word) => word !== '')
    .slice(0, MOST_DEPTH);
}

/** Neighbours whose first words are the same. */
function runsAt(paths: readonly (readonly string[])[], depth: number): LayerBlock[] {
  const runs: { name: string; from: number; to: number }[] = [];
  paths.forEach((path, i) => {
    const name = path.slice(0, depth).join(' ');
    const last = runs.at(-1);
    if (last && last.name === name) last.to = i + 1;
    else runs.push({ name, from: i, to: i + 1 });
  });
  return runs;
}

/** Stages and blocks of an engine. */
export function blocksOf(layers: readonly Layer[]): LayerBlocks {
  const paths = layers.map(pathOf);
  const levels = Array.from({ length: MOST_DEPTH }, (_, i) => runsAt(paths, i + 1));
  const stage = levels.findIndex(
    (runs) =>
      runs.length > 1 &&
      runs.length <= MOST_STAGES &&
      Math.max(...runs.map((r) => r.to - r.from)) <= LARGEST_STAGE * layers.length,
  );
  const block = levels.findLastIndex(
    (runs, depth) =>
      depth > stage && runs.length > 1 && runs.length <= Math.min(MOST_BLOCKS, MOST_SINGLE * layers.length),
  );
  const named = (runs: readonly LayerBlock[], from: number): LayerBlock[] =>
    runs.map((r) => ({ ...r, name: nameOf(paths[r.from], from, r.name) }));
  return {
    stages: stage < 0 ? [] : named(levels[stage], stage),
    blocks:
      block < 0 || levels[block].length <= (levels[stage]?.length ?? 0)
        ? []
        : named(levels[block], stage < 0 ? block : stage + 1),
  };
}

/** What is behind the words that stand above it already. */
const nameOf = (path: readonly string[], from: number, whole: string): string =>
  whole.split(' ').slice(from).join(' ') || path.slice(0, from).at(-1) || whole;
