/** What differs between engine A and engine B. */
import { useSignal } from '@preact/signals';
import { bytes, difference, timeText } from '../../base/text.js';
import { comparisonAnswer } from '../../explorer/answer.js';
import { CHANGES, type Change, type EngineComparison, type LayerPair } from '../../formats/engine/engine-comparison.js';
import { choose, page, view } from './state.js';
import { strings } from './strings.js';

const MOST_ROWS = 400;
/** Under this change a time is the same for a reader. */
const NOTABLE = 0.03;

/** Two engines beside each other. */
export function ComparisonView({ comparison }: { comparison: EngineComparison }) {
  return (
    <div class="overview">
      <Difference comparison={comparison} />
      <Totals comparison={comparison} />
      <Groups title={strings.groups.timeByType} groups={comparison.by_type} />
      <Groups title={strings.groups.timeByPrecision} groups={comparison.by_precision} />
      <Fusions comparison={comparison} />
      <Pairs comparison={comparison} />
    </div>
  );
}

/** The first sentence. */
function Difference({ comparison }: { comparison: EngineComparison }) {
  const { headline, reasons } = comparisonAnswer(comparison);
  return (
    <section class="answer">
      <h2 class="headline">{headline}</h2>
      <p class="why">{reasons.join(' ')}</p>
    </section>
  );
}

const tone = (a: number | undefined, b: number | undefined): string => {
  if (a === undefined || b === undefined || a === 0 || Math.abs(b / a - 1) <= NOTABLE) return '';
  return b > a ? 'worse' : 'better';
};
const change = (a: number | undefined, b: number | undefined): string =>
  a === undefined || b === undefined || (a === 0 && b === 0)
    ? '–'
    : a === 0
      ? strings.comparison.added
      : b === 0
        ? strings.comparison.gone
        : `${b >= a ? '+' : '−'}${Math.abs((b / a - 1) * 100).toFixed(1)} %`;

function Totals({ comparison: { a, b, matched, notes } }: { comparison: EngineComparison }) {
  const { figures, comparison: words } = strings;
  const rows: readonly (readonly [string, number | undefined, number | undefined, (n: number) => string])[] = [
    [figures.measured, a.measured_ms, b.measured_ms, timeText],
    [figures.sum, a.layers_sum_ms, b.layers_sum_ms, timeText],
    [figures.layers, a.layers, b.layers, String],
    [figures.weights, a.weights_bytes, b.weights_bytes, bytes],
    [figures.activations, a.activations_bytes, b.activations_bytes, bytes],
  ];
  return (
    <section>
      <h2>{words.whole}</h2>
      {notes.map((n) => (
        <p key={n} class="finding warning">
          {n}
        </p>
      ))}
      <table class="plain">
        <thead>
          <tr>
            <td />
            <th scope="col">
              A: {a.name}
              {a.device ? <span class="sub"> {a.device}</span> : null}
            </th>
            <th scope="col">
              B: {b.name}
              {b.device ? <span class="sub"> {b.device}</span> : null}
            </th>
            <th scope="col">{words.change}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, x, y, show]) => (
            <tr key={name}>
              <th scope="row" class="left">
                {name}
              </th>
              <td>{x === undefined ? '–' : show(x)}</td>
              <td>{y === undefined ? '–' : show(y)}</td>
              <td class={name === figures.layers ? '' : tone(x, y)}>{change(x, y)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="sub">{words.matched(matched, a.layers - matched, b.layers - matched)}</p>
    </section>
  );
}

function Groups({ title, groups }: { title: string; groups: EngineComparison['by_type'] }) {
  const most = Math.max(...groups.flatMap((g) => [g.a.mean_ms ?? 0, g.b.mean_ms ?? 0]), 1e-9);
  const bar = (ms: number | undefined, side: string) => (
    <span class={`bar ${side}`} style={{ width: `${((ms ?? 0) / most) * 100}%` }} />
  );
  return (
    <section>
      <h2>{title}</h2>
      <table class="bars">
        <thead>
          <tr>
            <th scope="col">{strings.groups.name}</th>
            <th scope="col">A</th>
            <th scope="col">B</th>
            <th scope="col">{strings.comparison.change}</th>
            <th scope="col" class="wide">
              <span class="hidden">{strings.groups.bars}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.map((g) => (
            <tr key={g.name}>
              <th scope="row">{g.name === '?' ? strings.groups.unknown : g.name}</th>
              <td>
                {g.a.mean_ms === undefined ? '–' : timeText(g.a.mean_ms)} ({g.a.count})
              </td>
              <td>
                {g.b.mean_ms === undefined ? '–' : timeText(g.b.mean_ms)} ({g.b.count})
              </td>
              <td class={tone(g.a.mean_ms, g.b.mean_ms)}>{change(g.a.mean_ms, g.b.mean_ms)}</td>
              <td class="wide two">
                {bar(g.a.mean_ms, 'a')}
                {bar(g.b.mean_ms, 'b')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Fusions({ comparison: { fusions } }: { comparison: EngineComparison }) {
  if (fusions.length === 0) return null;
  return (
    <section>
      <h2>{strings.comparison.fusions}</h2>
      <ul class="names">
        {fusions.slice(0, 100).map((f) => (
          <li key={f.nodes[0]}>
            <details>
              <summary>
                {strings.comparison.fusion(f.nodes.slice(0, 4), f.nodes.length - 4, f.a.length, f.b.length)}
              </summary>
              <p class="sub">A: {f.a.join(' | ')}</p>
              <p class="sub">B: {f.b.join(' | ')}</p>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

type Filter = 'all' | 'unmatched' | Change;

function Pairs({ comparison }: { comparison: EngineComparison }) {
  const filter = useSignal<Filter>('all');
  const byTime = useSignal(true);
  const keep = (p: LayerPair): boolean =>
    filter.value === 'all' || (filter.value === 'unmatched' ? !(p.a && p.b) : p.changes.includes(filter.value));
  const shown = comparison.pairs.filter(keep);
  const rows = byTime.value
    ? [...shown].sort((x, y) => Math.abs(y.difference_ms ?? 0) - Math.abs(x.difference_ms ?? 0))
    : shown;
  return (
    <section>
      <h2>{strings.pairs.title}</h2>
      <PairsToolbar filter={filter} byTime={byTime} rows={rows.length} />
      <table class="plain pairs">
        <thead>
          <tr>
            <th scope="col" class="left">
              A
            </th>
            <th scope="col" class="left">
              B
            </th>
            <th scope="col">A</th>
            <th scope="col">B</th>
            <th scope="col">{strings.comparison.difference}</th>
            <th scope="col" class="left">
              {strings.comparison.changed}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_ROWS).map((p) => (
            <PairRow key={`${p.a?.name} ${p.b?.name}`} pair={p} />
          ))}
        </tbody>
      </table>
      {rows.length > MOST_ROWS ? <p class="sub">{strings.pairs.more(MOST_ROWS)}</p> : null}
    </section>
  );
}

function PairsToolbar({
  filter,
  byTime,
  rows,
}: {
  filter: { value: Filter };
  byTime: { value: boolean };
  rows: number;
}) {
  const { pairs: words } = strings;
  return (
    <div class="toolbar">
      <label>
        {words.show}{' '}
        <select
          value={filter.value}
          onChange={(e) => {
            filter.value = e.currentTarget.value as Filter;
          }}
        >
          <option value="all">{words.all}</option>
          <option value="unmatched">{words.unmatched}</option>
          {CHANGES.map((c) => (
            <option key={c} value={c}>
              {words.changed(c)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={byTime.value}
          onChange={(e) => {
            byTime.value = e.currentTarget.checked;
          }}
        />{' '}
        {words.largest}
      </label>
      <output>{words.rows(rows)}</output>
    </div>
  );
}

function PairRow({ pair: { a, b, difference_ms, changes } }: { pair: LayerPair }) {
  const go = (index: number, name: string): void => {
    const layer = page.value?.engines[index]?.report.table.layers.findIndex((l) => l.name === name) ?? -1;
    if (layer < 0) return;
    choose(index === 0 ? 'a' : 'b', layer);
    view.value = 'graph';
  };
  const name = (index: number, layer: typeof a) =>
    layer ? (
      <button type="button" class="link" onClick={() => go(index, layer.name)}>
        {layer.name}
      </button>
    ) : (
      <span class="hint">–</span>
    );
  const details = [
    ...(a && b && a.precision !== b.precision ? [`${a.precision} → ${b.precision}`] : []),
    ...changes.filter((c) => c !== 'precision'),
  ];
  return (
    <tr>
      <td class="left name">{name(0, a)}</td>
      <td class="left name">{name(1, b)}</td>
      <td>{a?.mean_ms === undefined ? '–' : timeText(a.mean_ms)}</td>
      <td>{b?.mean_ms === undefined ? '–' : timeText(b.mean_ms)}</td>
      <td class={tone(a?.mean_ms, b?.mean_ms)}>
        {difference_ms === undefined ? '–' : difference(difference_ms, timeText)}
      </td>
      <td class="left">{details.join(', ')}</td>
    </tr>
  );
}
