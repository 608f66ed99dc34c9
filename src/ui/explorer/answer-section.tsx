/** The first screen: the engine as a sentence, and the run in the order in which it happens. */
import { useSignal } from '@preact/signals';
import { percent, timeText } from '../../base/text.js';
import { barColour } from '../../charts/engine-colours.js';
import { fitText } from '../../charts/marks.js';
import { engineAnswer } from '../../explorer/answer.js';
import { blocksOf, type LayerBlock } from '../../explorer/blocks.js';
import type { EngineReport } from '../../formats/engine/engine-report.js';
import { useWidth } from '../use-width.js';
import { showLayer } from './state.js';
import { strings } from './strings.js';

/** Headline and reasons. */
export function Answer({ report }: { report: EngineReport }) {
  const { headline, reasons } = engineAnswer(report);
  return (
    <section class="answer">
      <h2 class="headline">{headline}</h2>
      <p class="why">{reasons.join(' ')}</p>
    </section>
  );
}

const HEIGHT = 56;
/** Of the bar of a layer that has no bound: its whole time is its own. */
const FULL = 1;
/** A name needs this many points. */
const LEAST_LABEL = 26;

interface Cell {
  readonly layer: number;
  readonly x: number;
  readonly width: number;
  /** Part of its time that memory or arithmetic needs. */
  readonly filled: number;
}

/** Layers one after the other: as wide as their time, filled as far as their bound. */
export function RunStrip({ report }: { report: EngineReport }) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const hover = useSignal(-1);
  const { table, summary } = report;
  const timed = summary.time.layers_sum_ms !== undefined;
  const weights = table.layers.map((l) => (timed ? (l.time?.mean_ms ?? 0) : 1));
  const ends = endsOf(weights, width);
  const cells = table.layers.map((layer, i): Cell => {
    const bound = report.layers[i].bound_ms;
    const took = layer.time?.mean_ms;
    const filled = took && bound !== undefined ? Math.min(FULL, bound / took) : FULL;
    return { layer: i, x: ends[i], width: ends[i + 1] - ends[i], filled };
  });
  const { stages, blocks } = blocksOf(table.layers);
  const { run: words } = strings;
  const told = hover.value >= 0 ? layerLine(report, hover.value) : timed ? words.about : words.aboutUntimed;
  return (
    <section class="run">
      <h2>
        {words.title} <span class="sub">{told}</span>
      </h2>
      <div ref={ref}>
        {width > 0 ? (
          <>
            <Strip report={report} cells={cells} width={width} hover={hover} />
            {blocks.length > 0 ? <BlockRow list={blocks} ends={ends} of={words.blocks} /> : null}
            {stages.length > 0 ? <BlockRow list={stages} ends={ends} of={words.stages} share={timed} /> : null}
          </>
        ) : null}
      </div>
      <Legend report={report} />
    </section>
  );
}

/** Left end of each, and the right end of the last. */
function endsOf(weights: readonly number[], width: number): number[] {
  const all = weights.reduce((a, b) => a + b, 0) || 1;
  const ends = [0];
  for (const w of weights) ends.push(ends[ends.length - 1] + (w / all) * width);
  return ends;
}

function layerLine(report: EngineReport, i: number): string {
  const layer = report.table.layers[i];
  const bound = report.layers[i].bound_ms;
  return strings.run.layer(
    layer.name,
    layer.time ? `${timeText(layer.time.mean_ms)}, ${percent(layer.time.share)}` : layer.type,
    bound === undefined ? undefined : timeText(bound),
  );
}

/** Neighbours of the same colour that are narrower than this together are drawn as one. */
const NARROW = 1;

function Strip({ report, cells, width, hover }: StripProps) {
  const drawn = merged(report, cells);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the same layers are reached by keys in the list below and in the table
    <svg
      class="run-strip"
      viewBox={`0 0 ${width} ${HEIGHT}`}
      width={width}
      height={HEIGHT}
      role="img"
      aria-label={strings.run.label(cells.length)}
      onMouseMove={(e) => {
        hover.value = cellAt(cells, e.offsetX);
      }}
      onMouseLeave={() => {
        hover.value = -1;
      }}
      onClick={(e) => {
        const at = cellAt(cells, e.offsetX);
        if (at >= 0) showLayer(report, report.table.layers[at].name);
      }}
    >
      {drawn.map(({ layer, x, width: wide, filled }) => {
        const colour = barColour(report.table.layers[layer].type);
        const gap = wide > 3 ? 0.5 : 0;
        return (
          <g key={layer} style={{ fill: colour }}>
            <rect x={x} y={0} width={Math.max(0.3, wide - gap)} height={HEIGHT} opacity={0.3} />
            <rect x={x} y={HEIGHT * (1 - filled)} width={Math.max(0.3, wide - gap)} height={HEIGHT * filled} />
          </g>
        );
      })}
    </svg>
  );
}

interface StripProps {
  readonly report: EngineReport;
  readonly cells: readonly Cell[];
  readonly width: number;
  readonly hover: { value: number };
}

const cellAt = (cells: readonly Cell[], x: number): number => cells.findIndex((c) => x >= c.x && x < c.x + c.width);

/** Ten thousand layers have less than a point each. */
function merged({ table }: EngineReport, cells: readonly Cell[]): Cell[] {
  const out: Cell[] = [];
  for (const cell of cells) {
    const last = out.at(-1);
    const same = last && table.layers[last.layer].type === table.layers[cell.layer].type;
    if (last && same && last.width < NARROW && cell.width < NARROW) {
      const width = last.width + cell.width;
      const filled = width > 0 ? (last.filled * last.width + cell.filled * cell.width) / width : 1;
      out[out.length - 1] = { ...last, width, filled };
    } else out.push(cell);
  }
  return out;
}

function BlockRow({
  list,
  ends,
  of,
  share = false,
}: {
  list: readonly LayerBlock[];
  ends: readonly number[];
  of: string;
  share?: boolean;
}) {
  const whole = ends[ends.length - 1] || 1;
  return (
    <ol class={share ? 'blocks stages' : 'blocks'} aria-label={of}>
      {list.map(({ name, from, to }) => {
        const wide = ends[to] - ends[from];
        const part = percent(wide / whole);
        const text = share ? `${name} · ${part}` : name;
        return (
          <li key={`${name} ${from}`} style={{ width: `${wide}px` }} title={`${name}: ${part}`}>
            {wide > LEAST_LABEL ? fitText(text, wide - 8, 11.5) : ''}
          </li>
        );
      })}
    </ol>
  );
}

const MOST_TYPES = 10;

function Legend({ report: { summary } }: { report: EngineReport }) {
  return (
    <ul class="legend">
      {summary.by_type.slice(0, MOST_TYPES).map(({ name }) => (
        <li key={name}>
          <i style={{ background: barColour(name) }} />
          {name === '?' ? strings.groups.unknown : name}
        </li>
      ))}
    </ul>
  );
}
