/** The graphs side by side, with search, colours and the details of what is chosen. */
import { useRef } from 'preact/hooks';
import { COLOURINGS, legendOf } from '../../charts/engine-colours.js';
import { Details } from './details.js';
import { GraphPane } from './graph-pane.js';
import { choose, colouring, matches, type Pane, panes, search, selection, showPath } from './state.js';
import { strings } from './strings.js';

/** Graphs of all engines on the page. */
export function GraphView() {
  const list = panes.value;
  return (
    <div class="graph-view">
      <Toolbar panes={list} />
      <div class="graph-body">
        <div class={`panes n${list.length}`}>
          {list.map((pane) => (
            <GraphPane key={pane.id} pane={pane} />
          ))}
        </div>
        {selection.value ? <Details /> : null}
      </div>
    </div>
  );
}

function Toolbar({ panes: list }: { panes: readonly Pane[] }) {
  const last = list[list.length - 1];
  const legend = last ? legendOf(last.drawing.nodes, colouring.value) : [];
  return (
    <div class="toolbar">
      <search>
        <SearchBox panes={list} />
      </search>
      <label>
        {strings.graph.colour}{' '}
        <select
          value={colouring.value}
          onChange={(e) => {
            colouring.value = e.currentTarget.value as (typeof COLOURINGS)[number];
          }}
        >
          {COLOURINGS.map((c) => (
            <option key={c} value={c}>
              {c}
            </option>
          ))}
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={showPath.value}
          onChange={(e) => {
            showPath.value = e.currentTarget.checked;
          }}
        />{' '}
        {strings.graph.path}
      </label>
      <ul class="legend" aria-label={strings.graph.legend}>
        {legend.map(({ label, colour }) => (
          <li key={label}>
            <i style={{ background: colour }} />
            {label}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Enter goes to the next hit, Shift+Enter to the one before. */
function SearchBox({ panes: list }: { panes: readonly Pane[] }) {
  const at = useRef(-1);
  const hits = list.flatMap((pane) => matches(pane.report, search.value).map((layer) => ({ pane: pane.id, layer })));
  const go = (step: number): void => {
    if (hits.length === 0) return;
    at.current = (at.current + step + hits.length) % hits.length;
    choose(hits[at.current].pane, hits[at.current].layer);
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        go(1);
      }}
    >
      <input
        type="search"
        id="search"
        placeholder={strings.search.placeholder}
        aria-label={strings.search.label}
        value={search.value}
        onInput={(e) => {
          at.current = -1;
          search.value = e.currentTarget.value;
        }}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && e.shiftKey) {
            e.preventDefault();
            go(at.current < 0 ? 0 : -1);
          }
          if (e.key === 'Escape') search.value = '';
        }}
      />
      <output class="hits" aria-live="polite">
        {search.value === '' ? '' : strings.search.found(hits.length)}
      </output>
      <button type="submit" disabled={hits.length === 0} title={strings.search.nextHit}>
        {strings.search.next}
      </button>
      <button
        type="button"
        disabled={selection.value === undefined}
        onClick={() => {
          selection.value = undefined;
        }}
      >
        {strings.search.clear}
      </button>
    </form>
  );
}
