/** Which record of a profile belongs to which layer of the engine. */
import { addTo } from '../../base/group.js';
import type { ProfileRecord } from '../readers/profile.js';

/** Times by the position of the layer, and what belongs to none. */
export interface JoinedProfile {
  /** By the position of the layer; several where rows around a DLA node were folded into it. */
  readonly records: readonly (readonly ProfileRecord[])[];
  readonly unused: readonly ProfileRecord[];
  /** The names did not agree, so the order was trusted. */
  readonly byOrder: boolean;
}

/**
 * By name, the n-th record of a name to the n-th layer of it: names repeat, and layers without time may lack a record.
 * By order only when the counts agree and the names do not.
 */
export function joinProfile(names: readonly string[], records: readonly ProfileRecord[]): JoinedProfile {
  const waiting = new Map<string, number[]>();
  records.forEach((r, i) => {
    addTo(waiting, r.name, i);
  });
  const taken = new Set<number>();
  const next = new Map<string, number>();
  const joined: ProfileRecord[][] = names.map((name) => {
    const list = waiting.get(name);
    const n = next.get(name) ?? 0;
    next.set(name, n + 1);
    if (!list || n >= list.length) return [];
    taken.add(list[n]);
    return [records[list[n]]];
  });
  if (names.length === records.length && taken.size * 2 < names.length)
    return { records: records.map((r) => [r]), unused: [], byOrder: true };
  return { records: joined, unused: records.filter((_, i) => !taken.has(i)), byOrder: false };
}

/** `head_3 from nvm`, `images to nvm`, `images copy finish`: the traffic around a DLA node, and most of its time. */
const DLA_ROW = /^(.+) (to nvm|from nvm|copy finish)$/;

/** A record of a profile that stands for a whole DLA. */
export const isDlaRow = (name: string): boolean => DLA_ROW.test(name);

/** A part of the network that runs on a DLA as one. */
export interface DlaNode {
  readonly position: number;
  /** Names of tensors. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Puts the records of a DLA node's traffic to the node; with one node it is that one, whatever the tensor is called. */
export function foldDlaRows(
  joined: JoinedProfile,
  nodes: readonly DlaNode[],
): {
  readonly records: readonly (readonly ProfileRecord[])[];
  readonly unused: readonly ProfileRecord[];
  readonly folded: number;
} {
  const records = joined.records.map((r) => [...r]);
  const unused: ProfileRecord[] = [];
  let folded = 0;
  for (const record of joined.unused) {
    const owner = ownerOf(record.name, nodes);
    if (owner) {
      records[owner.position].push(record);
      folded++;
    } else unused.push(record);
  }
  return { records, unused, folded };
}

/** What goes to the memory of the DLA is read by its node, what comes from there was written by it. */
function ownerOf(name: string, nodes: readonly DlaNode[]): DlaNode | undefined {
  const [, tensor, direction] = DLA_ROW.exec(name) ?? [];
  if (tensor === undefined) return undefined;
  const reader = nodes.find((n) => n.inputs.includes(tensor));
  const writer = nodes.find((n) => n.outputs.includes(tensor));
  const owner = direction === 'from nvm' ? (writer ?? reader) : (reader ?? writer);
  return owner ?? (nodes.length === 1 ? nodes[0] : undefined);
}
