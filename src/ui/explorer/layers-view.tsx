/** All layers in a table that sorts and filters; only the rows in sight are in the page. */
import { useSignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { bytes, metric, percent, timeText } from '../../base/text.js';
import type { EngineReport } from '../../formats/engine/engine-report.js';
import { choose, engineIndex, matches, paneOfEngine, search, selection, view } from './state.js';
import { strings } from './strings.js';

const ROW = 28;
const SPARE = 12;

interface Column {
  readonly title: string;
  readonly value: (report: EngineReport, i: number) => string | number | undefined;
  readonly show: (report: EngineReport, i: number) => string;
  readonly left?: boolean;
}

const layerOf = (r: EngineReport, i: number) => r.table.layers[i];
const dash = (value: number | undefined, show: (v: number) => string): string =>
  value === undefined ? '–' : show(value);

const { columns } = strings.layers;
const COLUMNS: readonly Column[] = [
  { title: '#', value: (_, i) => i, show: (_, i) => String(i + 1) },
  { title: columns.layer, left: true, value: (r, i) => layerOf(r, i).name, show: (r, i) => layerOf(r, i).name },
  { title: columns.type, left: true, value: (r, i) => layerOf(r, i).type, show: (r, i) => layerOf(r, i).type },
  {
    title: columns.precision,
    left: true,
    value: (r, i) => r.layers[i].precision,
    show: (r, i) =>
      r.layers[i].precision === r.layers[i].output_precision
        ? r.layers[i].precision
        : `${r.layers[i].precision} → ${r.layers[i].output_precision}`,
  },
  {
    title: columns.time,
    value: (r, i) => layerOf(r, i).time?.mean_ms,
    show: (r, i) => dash(layerOf(r, i).time?.mean_ms, timeText),
  },
  {
    title: columns.share,
    value: (r, i) => layerOf(r, i).time?.share,
    show: (r, i) => dash(layerOf(r, i).time?.share, percent),
  },
  { title: columns.activations, value: (r, i) => r.layers[i].io_bytes, show: (r, i) => bytes(r.layers[i].io_bytes) },
  {
    title: columns.weights,
    value: (r, i) => layerOf(r, i).weights?.bytes,
    show: (r, i) => dash(layerOf(r, i).weights?.bytes, bytes),
  },
  { title: 'MAC', value: (r, i) => layerOf(r, i).macs, show: (r, i) => dash(layerOf(r, i).macs, metric) },
  { title: 'OP/s', value: (r, i) => r.layers[i].ops_per_s, show: (r, i) => dash(r.layers[i].ops_per_s, metric) },
  { title: 'B/s', value: (r, i) => r.layers[i].bytes_per_s, show: (r, i) => dash(r.layers[i].bytes_per_s, metric) },
];

/** Layers without a value come last, whichever way is sorted. */
function sorted(report: EngineReport, rows: readonly number[], column: number, falling: boolean): number[] {
  const { value } = COLUMNS[column];
  const sign = falling ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(report, a), value(report, b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined) || a - b;
    return sign * (typeof x === 'string' ? x.localeCompare(String(y)) : x - Number(y)) || a - b;
  });
}

/** All layers as a table. */
export function LayersView({ report }: { report: EngineReport }) {
  const column = useSignal(report.summary.time.layers_sum_ms === undefined ? 0 : 4);
  const falling = useSignal(column.value !== 0);
  const top = useSignal(0);
  const body = useRef<HTMLDivElement>(null);
  const rows = useMemo(
    () =>
      sorted(
        report,
        search.value.trim() === '' ? report.table.layers.map((_, i) => i) : matches(report, search.value),
        column.value,
        falling.value,
      ),
    [report, search.value, column.value, falling.value],
  );
  const high = body.current?.clientHeight ?? 800;
  const first = Math.max(0, Math.floor(top.value / ROW) - SPARE);
  const last = Math.min(rows.length, Math.ceil((top.value + high) / ROW) + SPARE);
  const sortBy = (i: number): void => {
    falling.value = column.value === i ? !falling.value : i > 3;
    column.value = i;
  };
  return (
    <div class="layers-view">
      <Filter shown={rows.length} />
      <div
        class="table-scroll"
        ref={body}
        onScroll={(e) => {
          top.value = e.currentTarget.scrollTop;
        }}
      >
        <table class="layers" aria-rowcount={rows.length}>
          <thead>
            <tr>
              {COLUMNS.map(({ title, left = false }, i) => (
                <Heading
                  key={title}
                  title={title}
                  left={left}
                  falling={column.value === i ? falling.value : undefined}
                  sort={() => sortBy(i)}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            <tr style={{ height: `${first * ROW}px` }} />
            {rows.slice(first, last).map((i) => (
              <LayerRow key={i} report={report} index={i} />
            ))}
            <tr style={{ height: `${(rows.length - last) * ROW}px` }} />
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Filter({ shown }: { shown: number }) {
  return (
    <div class="toolbar">
      <input
        type="search"
        id="search"
        aria-label={strings.layers.filter}
        placeholder={strings.layers.placeholder}
        value={search.value}
        onInput={(e) => {
          search.value = e.currentTarget.value;
        }}
      />
      <output aria-live="polite">{strings.layers.shown(shown)}</output>
    </div>
  );
}

interface HeadingProps {
  readonly title: string;
  readonly left: boolean;
  /** Undefined where the rows are sorted by another column. */
  readonly falling: boolean | undefined;
  readonly sort: () => void;
}

function Heading({ title, left, falling, sort }: HeadingProps) {
  const order = falling === undefined ? 'none' : falling ? 'descending' : 'ascending';
  return (
    <th scope="col" class={left ? 'left' : ''} aria-sort={order}>
      <button type="button" onClick={sort}>
        {title}
        {falling === undefined ? '' : falling ? ' ↓' : ' ↑'}
      </button>
    </th>
  );
}

function LayerRow({ report, index }: { report: EngineReport; index: number }) {
  const pane = paneOfEngine(engineIndex.value);
  const chosen = selection.value?.pane === pane && selection.value.layer === index;
  return (
    <tr class={chosen ? 'chosen' : ''}>
      {COLUMNS.map((c) => (
        <td
          key={c.title}
          class={c.left ? 'left' : ''}
          title={c.title === columns.layer ? c.show(report, index) : undefined}
        >
          {c.title === columns.layer ? (
            <button
              type="button"
              class="link"
              onClick={() => {
                choose(pane, index);
                view.value = 'graph';
              }}
            >
              {c.show(report, index)}
            </button>
          ) : (
            c.show(report, index)
          )}
        </td>
      ))}
    </tr>
  );
}
