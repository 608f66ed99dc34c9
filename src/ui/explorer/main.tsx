/** The explorer page. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { COLOURINGS } from '../../charts/engine-colours.js';
import type { ExplorerPage } from '../../formats/report/explorer-page.js';
import { CopyButton } from '../copy-button.js';
import { readPayload } from '../payload.js';
import { followTheme, keepTheme, printLight, switchTheme } from '../theme.js';
import { onUrlChange, readUrl, type UrlState, writeUrl } from '../url-state.js';
import { ComparisonView } from './comparison-view.js';
import { GraphView } from './graph-view.js';
import { LayersView } from './layers-view.js';
import { Overview } from './overview.js';
import { colouring, current, engineIndex, page, panes, search, selection, showPath, type View, view } from './state.js';
import { strings } from './strings.js';
import '../base.css';
import './style.css';

function App() {
  const report = current.value;
  const data = page.value;
  if (!report || !data) return null;
  const { comparison } = data;
  const views: View[] = [...(comparison ? (['comparison'] as const) : []), 'overview', 'graph', 'layers'];
  const both = view.value === 'comparison' || view.value === 'graph';
  return (
    <>
      <Header views={views} />
      <main>
        <div class="panel" role="tabpanel" id="panel" aria-labelledby={`tab-${view.value}`}>
          {data.engines.length > 1 && !both ? <EngineSwitch /> : null}
          {view.value === 'comparison' && comparison ? <ComparisonView comparison={comparison} /> : null}
          {view.value === 'overview' ? <Overview report={report} /> : null}
          {view.value === 'graph' ? <GraphView /> : null}
          {view.value === 'layers' ? <LayersView report={report} /> : null}
        </div>
      </main>
    </>
  );
}

function Header({ views }: { views: readonly View[] }) {
  const engines = page.value?.engines ?? [];
  const title = engines.map((e) => e.report.name).join('  ↔  ');
  const told = engines.map(({ report: { tool, device } }) =>
    [[tool.name, tool.version].filter(Boolean).join(' '), device?.name].filter(Boolean).join(' · '),
  );
  const facts = [...new Set(told)].join('  ↔  ');
  return (
    <header>
      <div class="titles">
        <h1>{title}</h1>
        <p>{facts}</p>
      </div>
      <div class="tabs">
        <div class="tabs" role="tablist" aria-label={strings.header.views} onKeyDown={(e) => moveTab(e, views)}>
          {views.map((v) => (
            <button
              key={v}
              id={`tab-${v}`}
              type="button"
              role="tab"
              aria-selected={view.value === v}
              aria-controls="panel"
              tabIndex={view.value === v ? 0 : -1}
              onClick={() => {
                view.value = v;
              }}
            >
              {strings.views[v]}
            </button>
          ))}
        </div>
        {page.value?.report === undefined ? null : (
          <a class="button" href={page.value.report}>
            {strings.backToReport}
          </a>
        )}
        <CopyButton
          label={strings.copy.link}
          done={strings.copy.done}
          failed={strings.copy.failed}
          text={() => location.href}
        />
        <button
          type="button"
          class="theme"
          onClick={switchTheme}
          title={strings.header.theme.title}
          aria-label={strings.header.theme.label}
        >
          ◐
        </button>
      </div>
    </header>
  );
}

/** Arrows, Home and End go from tab to tab, as in any list of tabs. */
function moveTab(event: KeyboardEvent, views: readonly View[]): void {
  const at = views.indexOf(view.value);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: views.length - 1 }[event.key];
  const next = to === undefined ? undefined : views[(to + views.length) % views.length];
  if (next === undefined) return;
  event.preventDefault();
  view.value = next;
  document.getElementById(`tab-${next}`)?.focus();
}

function EngineSwitch() {
  return (
    <fieldset class="switch">
      <legend class="hidden">{strings.header.engine}</legend>
      {page.value?.engines.map((e, i) => (
        <button
          key={e.report.name}
          type="button"
          aria-pressed={engineIndex.value === i}
          onClick={() => {
            engineIndex.value = i;
          }}
        >
          {i === 0 ? 'A' : 'B'}: {e.report.name}
        </button>
      ))}
    </fieldset>
  );
}

document.addEventListener('keydown', (e) => {
  if (e.key !== '/' || e.target instanceof HTMLInputElement) return;
  e.preventDefault();
  document.getElementById('search')?.focus();
});

/** The first address of a page says nothing: the comparison, or the overview. */
const firstView = (data: ExplorerPage): View => (data.comparison ? 'comparison' : 'overview');

function showUrl(data: ExplorerPage, state: UrlState): void {
  const wanted = (['comparison', 'overview', 'graph', 'layers'] as const).find((v) => v === state.view);
  view.value = wanted && (wanted !== 'comparison' || data.comparison) ? wanted : firstView(data);
  engineIndex.value = state.engine === 'b' && data.engines.length > 1 ? 1 : 0;
  colouring.value = COLOURINGS.find((c) => c === state.colour) ?? 'type';
  search.value = state.find ?? '';
  showPath.value = state.path === 'on';
  const pane = panes.value.find((p) => p.id === state.pane) ?? panes.value.at(-1);
  const layer = pane?.report.table.layers.findIndex((l) => l.name === state.layer) ?? -1;
  selection.value = pane && layer >= 0 ? { pane: pane.id, layer } : undefined;
}

/** Keeps the address up to what the page shows; a view and a layer are places of their own in the history. */
function followState(data: ExplorerPage): void {
  let before = readUrl();
  effect(() => {
    const chosen = selection.value;
    const pane = panes.value.find((p) => p.id === chosen?.pane);
    const state: UrlState = {
      view: view.value === firstView(data) ? undefined : view.value,
      engine: engineIndex.value === 1 ? 'b' : undefined,
      layer: chosen && pane ? pane.report.table.layers[chosen.layer].name : undefined,
      pane: chosen && pane && pane !== panes.value.at(-1) ? pane.id : undefined,
      colour: colouring.value === 'type' ? undefined : colouring.value,
      find: search.value || undefined,
      path: showPath.value ? 'on' : undefined,
    };
    document.title = strings.title(data.engines.map((e) => e.report.name).join(' ↔ '), strings.views[view.value]);
    writeUrl(state, state.view !== before.view || state.layer !== before.layer);
    before = state;
  });
}

keepTheme();
followTheme();
printLight();
const app = document.getElementById('app') as HTMLElement;
readPayload<ExplorerPage>().then(
  (data) => {
    page.value = data;
    showUrl(data, readUrl());
    app.replaceChildren();
    render(<App />, app);
    followState(data);
    onUrlChange((state) => showUrl(data, state));
    document.body.dataset.ready = 'true';
  },
  () => {
    app.textContent = strings.damaged;
  },
);
