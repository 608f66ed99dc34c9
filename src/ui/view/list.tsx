/** The list of runs: filtered, sorted, and ticked to be compared. */
import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { hostOf } from '../../analysis/fleet-matrix.js';
import { MOST_COMPARED } from '../../formats/run/run-comparison.js';
import type { RunEntry } from '../../formats/run/run-list.js';
import { runs } from './api.js';
import { type ListSort, listState, setListState } from './place.js';
import { localTime, MissStrip, Result, resultOf, WORDS, WorstTask, worstTask } from './run-facts.js';
import { strings } from './strings.js';

/** Runs that are ticked. */
export const picked = signal<readonly string[]>([]);
/** Rows in the page; narrowing the filter shows the others. */
const MOST_ROWS = 300;

function matches(run: RunEntry, words: readonly string[], verdict: string): boolean {
  const hay = [run.id, run.pipeline, run.hostname, run.summary?.device ?? '', ...(run.summary?.models ?? [])]
    .join(' ')
    .toLowerCase();
  return words.every((w) => hay.includes(w)) && (verdict === '' || resultOf(run) === verdict);
}

const ORDER = [
  'running',
  'fail',
  'failed',
  'interrupted',
  'lost',
  'unreadable',
  'inconclusive',
  'none',
  'done',
  'pass',
];

/** What a column is sorted by; a larger value stands first. */
const KEYS: Readonly<Record<ListSort, (run: RunEntry) => number | string>> = {
  when: (r) => r.created,
  run: (r) => r.id,
  verdict: (r) => -ORDER.indexOf(resultOf(r)),
  worst: (r) => worstTask(r.summary)?.miss_ratio ?? -1,
  device: (r) => r.summary?.device ?? r.hostname,
};

function sorted(list: readonly RunEntry[], by: ListSort, up: boolean): RunEntry[] {
  const key = KEYS[by];
  const sign = up ? -1 : 1;
  return list.toSorted((a, b) => {
    const [x, y] = [key(a), key(b)];
    return sign * (x < y ? 1 : x > y ? -1 : 0);
  });
}

/** All runs as a table. */
export function RunTable() {
  const all = runs.value;
  const { find, verdict, by, up } = listState.value;
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = useMemo(
    () => sorted(all?.filter((r) => matches(r, words, verdict)) ?? [], by, up),
    [all, find, verdict, by, up],
  );
  if (!all) return null;
  const { columns: c } = strings;
  return (
    <section>
      <h2 class="hidden">{strings.title}</h2>
      <Toolbar all={all} shown={shown.length} />
      {shown.length === 0 ? <p class="hint">{all.length === 0 ? strings.none : strings.noMatch}</p> : null}
      <div class="scroll">
        <table class="plain runs">
          <thead>
            <tr>
              <th scope="col" class="left">
                {c.pick}
              </th>
              <SortHead by="run" title={c.run} />
              <SortHead by="verdict" title={c.verdict} />
              <th scope="col" class="left">
                {c.misses}
              </th>
              <SortHead by="worst" title={c.worst} />
              <SortHead by="device" title={c.device} />
              <SortHead by="when" title={c.created} />
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, MOST_ROWS).map((r) => (
              <RunRow key={r.id} run={r} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function SortHead({ by, title }: { by: ListSort; title: string }) {
  const { by: now, up } = listState.value;
  const own = now === by;
  return (
    <th scope="col" class="left" aria-sort={own ? (up ? 'ascending' : 'descending') : 'none'}>
      <button type="button" class="sort" onClick={() => setListState({ by, up: own ? !up : false })}>
        {title}
        {own ? (up ? ' ↑' : ' ↓') : ''}
      </button>
    </th>
  );
}

function Toolbar({ all, shown }: { all: readonly RunEntry[]; shown: number }) {
  const { find, verdict } = listState.value;
  return (
    <div class="toolbar">
      <input
        type="search"
        aria-label={strings.filter}
        placeholder={strings.filter}
        value={find}
        onInput={(e) => setListState({ find: e.currentTarget.value })}
      />
      <select
        aria-label={strings.columns.verdict}
        value={verdict}
        onChange={(e) => setListState({ verdict: e.currentTarget.value })}
      >
        <option value="">{strings.all}</option>
        {Object.entries(WORDS).map(([v, word]) => (
          <option key={v} value={v}>
            {word}
          </option>
        ))}
      </select>
      <output>{strings.count(shown, all.length)}</output>
      <button
        type="button"
        disabled={picked.value.length < 2 || picked.value.length > MOST_COMPARED}
        title={strings.choose}
        onClick={() => {
          // The oldest is what the others are measured against, until another is chosen.
          const order = all.map((r) => r.id).filter((id) => picked.value.includes(id));
          location.hash = `#/compare/${order.reverse().map(encodeURIComponent).join(',')}`;
        }}
      >
        {picked.value.length < 2
          ? strings.choose
          : picked.value.length > MOST_COMPARED
            ? strings.tooMany(MOST_COMPARED)
            : strings.compare(picked.value.length)}
      </button>
      <Trends all={all} />
    </div>
  );
}

/** A pipeline that was run often enough has a page of its own over all its runs. */
function Trends({ all }: { all: readonly RunEntry[] }) {
  const counts = new Map<string, number>();
  for (const r of all) if (r.summary) counts.set(r.pipeline, (counts.get(r.pipeline) ?? 0) + 1);
  const names = [...counts].filter(([, n]) => n > 1).map(([name]) => name);
  const hosts = new Set(all.filter((r) => r.summary && !r.simulate).map(hostOf));
  const fleet = hosts.size > 1 ? <a href="#/fleet">{strings.fleet.link}</a> : null;
  if (names.length === 0) return fleet;
  return (
    <span class="trends">
      {fleet}
      {strings.trend.of}{' '}
      {names.map((name) => (
        <a key={name} href={`#/trend/${encodeURIComponent(name)}`}>
          {name}
        </a>
      ))}
    </span>
  );
}

function RunRow({ run }: { run: RunEntry }) {
  const { summary } = run;
  const chosen = picked.value.includes(run.id);
  const where = run.state === 'running' || !summary ? 'live' : 'run';
  return (
    <tr>
      <td class="left">
        <input
          type="checkbox"
          aria-label={`${strings.columns.pick} ${run.id}`}
          disabled={!summary}
          checked={chosen}
          onChange={() => {
            picked.value = chosen ? picked.value.filter((id) => id !== run.id) : [...picked.value, run.id];
          }}
        />
      </td>
      <th scope="row" class="left">
        <a href={`#/${where}/${encodeURIComponent(run.id)}`}>{run.id}</a>
        {run.simulate ? <span class="sub"> {strings.simulated}</span> : null}
        {summary?.headline ? <p class="sub">{summary.headline}</p> : null}
      </th>
      <td class="left">
        <Result run={run} />
      </td>
      <td class="left">
        <MissStrip misses={summary?.misses} />
      </td>
      <td class="left tasks-cell">
        <WorstTask summary={summary} />
      </td>
      <td class="left">{summary?.device ?? run.hostname}</td>
      <td class="left" title={run.created}>
        {localTime(run.created)}
      </td>
    </tr>
  );
}
