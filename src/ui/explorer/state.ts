/** What the page shows now. */

import { computed, signal } from '@preact/signals';
import { addTo } from '../../base/group.js';
import type { Colouring } from '../../charts/engine-colours.js';
import { drawEngine, type EngineDrawing } from '../../charts/engine-drawing.js';
import { blocksOf } from '../../explorer/blocks.js';
import type { EngineReport } from '../../formats/engine/engine-report.js';
import type { ExplorerPage } from '../../formats/report/explorer-page.js';

/** A tab of the page. */
export type View = 'overview' | 'graph' | 'layers' | 'comparison';
/** Which graph: of an engine or of its model. */
export type PaneId = 'model' | 'engine' | 'a' | 'b';

/** A graph on the page. */
export interface Pane {
  readonly id: PaneId;
  readonly title: string;
  readonly report: EngineReport;
  readonly drawing: EngineDrawing;
}

/** Position in `table.layers` of a pane's report. */
export interface Selection {
  readonly pane: PaneId;
  readonly layer: number;
}

/** What the page holds. */
export const page = signal<ExplorerPage | undefined>(undefined);
/** The tab in sight. */
export const view = signal<View>('overview');
/** Which engine overview and layers are about. */
export const engineIndex = signal(0);
/** The chosen layer in each pane. */
export const selection = signal<Selection | undefined>(undefined);
/** What colours tell. */
export const colouring = signal<Colouring>('type');
/** What is looked for. */
export const search = signal('');
/** Everything that the chosen layer depends on, and that depends on it. */
export const showPath = signal(false);

/** The engine in sight. */
export const current = computed<EngineReport | undefined>(
  () => page.value?.engines[Math.min(engineIndex.value, page.value.engines.length - 1)]?.report,
);

/** Graphs that are shown. */
export const panes = computed<readonly Pane[]>(() => {
  const { engines = [] } = page.value ?? {};
  const make = (id: PaneId, title: string, report: EngineReport): Pane => ({
    id,
    title,
    report,
    drawing: drawEngine(report, blocksOf(report.table.layers).stages),
  });
  const [first, second] = engines;
  if (!first) return [];
  if (second)
    return [make('a', `A: ${first.report.name}`, first.report), make('b', `B: ${second.report.name}`, second.report)];
  const engine = make('engine', first.report.name, first.report);
  return first.model ? [make('model', `ONNX: ${first.model.name}`, first.model), engine] : [engine];
});

/** Name -> position, by pane. */
const places = computed(
  () => new Map(panes.value.map((p) => [p.id, new Map(p.report.table.layers.map((l, i) => [l.name, i]))])),
);

/** What the other pane has for a layer of one pane: the layers of a node, the nodes of a layer, the partner in B. */
const partners = computed<ReadonlyMap<string, readonly number[]>>(() => {
  const found = new Map<string, number[]>();
  const link = (from: PaneId, i: number | undefined, to: PaneId, j: number | undefined): void => {
    if (i === undefined || j === undefined) return;
    for (const [a, x, y] of [
      [from, i, j],
      [to, j, i],
    ] as const) {
      addTo(found, `${a} ${x}`, y);
    }
  };
  const at = (pane: PaneId, name: string | undefined) =>
    name === undefined ? undefined : places.value.get(pane)?.get(name);
  for (const p of page.value?.comparison?.pairs ?? []) link('a', at('a', p.a?.name), 'b', at('b', p.b?.name));
  if (places.value.has('model'))
    panes.value
      .find((p) => p.id === 'engine')
      ?.report.table.layers.forEach((layer, i) => {
        for (const node of layer.onnx) link('engine', i, 'model', at('model', node));
      });
  return found;
});

const other: Readonly<Record<PaneId, PaneId>> = { model: 'engine', engine: 'model', a: 'b', b: 'a' };

/** Layers to mark in a pane: the chosen one, or what belongs to the one chosen in the other pane. */
export function markedIn(pane: PaneId): readonly number[] {
  const chosen = selection.value;
  if (!chosen) return [];
  if (chosen.pane === pane) return [chosen.layer];
  return chosen.pane === other[pane] ? (partners.value.get(`${chosen.pane} ${chosen.layer}`) ?? []) : [];
}

/** Layers of the other pane that belong to one. */
export const partnersOf = (chosen: Selection): { pane: PaneId; layers: readonly number[] } => ({
  pane: other[chosen.pane],
  layers: partners.value.get(`${chosen.pane} ${chosen.layer}`) ?? [],
});

/** Words that must all occur in name, type, precision, tactic or ONNX nodes. */
export function matches(report: EngineReport, text: string): number[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((w) => w !== '');
  if (words.length === 0) return [];
  return report.table.layers.flatMap((layer, i) => {
    const hay = [layer.name, layer.type, layer.subtype, report.layers[i].precision, layer.tactic ?? '', ...layer.onnx]
      .join(' ')
      .toLowerCase();
    return words.every((w) => hay.includes(w)) ? [i] : [];
  });
}

/** Chooses a layer, and its partners in the other pane. */
export function choose(pane: PaneId, layer: number): void {
  selection.value = { pane, layer };
}

/** The pane that shows the engine with this index. */
export const paneOfEngine = (index: number): PaneId =>
  (page.value?.engines.length ?? 1) > 1 ? (index === 0 ? 'a' : 'b') : 'engine';

/** Brings a layer of the engine in sight into the graph. */
export function showLayer(report: EngineReport, name: string): void {
  const index = report.table.layers.findIndex((l) => l.name === name);
  if (index < 0) return;
  choose(paneOfEngine(engineIndex.value), index);
  view.value = 'graph';
}
