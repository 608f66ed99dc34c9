/** Names of ONNX nodes that mean the same in two engines. */
import type { Layer } from '../../formats/engine/layer-table.js';
import { weightsOfName } from '../tensorrt/layer-names.js';

/** By the position of the layer. */
export type NodeNames = readonly (readonly string[])[];

/** `Conv_12`: the exporter's number, not a name. Another node in front, and every number behind it is another. */
const NUMBERED = /^([A-Za-z][A-Za-z0-9]*)_(\d+)$/;

/** A name without the number that exporters count at its end. */
export const withoutNumber = (name: string): string => NUMBERED.exec(name)?.[1] ?? name;

/** Of the numbered names that both engines have, so many must stand in layers of one kind and size for them to count. */
const TRUSTED = 0.9;

/** The names of nodes and weights of each layer, without the numbered ones where the two models are numbered differently. */
export function comparableNodes(a: readonly Layer[], b: readonly Layer[]): [NodeNames, NodeNames] {
  const kind = (l: Layer): string => `${l.type} ${l.outputs[0]?.shape?.slice(1).join('x') ?? ''}`;
  const kinds = new Map(a.flatMap((l) => l.onnx.filter((n) => NUMBERED.test(n)).map((n) => [n, kind(l)] as const)));
  let common = 0;
  let alike = 0;
  for (const layer of b)
    for (const name of layer.onnx) {
      const other = kinds.get(name);
      if (other === undefined) continue;
      common++;
      if (other === kind(layer)) alike++;
    }
  const trusted = common === 0 || alike / common >= TRUSTED;
  const keep = (l: Layer): readonly string[] => [
    ...weightsOfName(l.name),
    ...(trusted ? l.onnx : l.onnx.filter((n) => !NUMBERED.test(n))),
  ];
  return [a.map(keep), b.map(keep)];
}
