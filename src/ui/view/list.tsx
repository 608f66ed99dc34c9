/** The list of runs. */
import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { msText } from '../../base/text.js';
import { MOST_COMPARED } from '../../formats/run/run-comparison.js';
import type { RunEntry } from '../../formats/run/run-list.js';
import type { RunSummary } from '../../formats/run/run-summary.js';
import { runs } from './api.js';
import { strings } from './strings.js';

const filter = signal('');
const verdict = signal('');
/** Runs that are ticked. */
export const picked = signal<readonly string[]>([]);
/** Rows in the page; narrowing the filter shows the others. */
const MOST_ROWS = 300;

/** A run that did not end well is that first, whatever its verdict. */
const resultOf = (run: RunEntry): string => (run.state === 'done' ? (run.summary?.verdict ?? 'done') : run.state);

const WORDS: Readonly<Record<string, string>> = { ...strings.states, ...strings.verdicts };

function matches(run: RunEntry, words: readonly string[]): boolean {
  const hay = [run.id, run.pipeline, run.hostname, run.summary?.device ?? '', ...(run.summary?.models ?? [])]
    .join(' ')
    .toLowerCase();
  return words.every((w) => hay.includes(w)) && (verdict.value === '' || resultOf(run) === verdict.value);
}

/** All runs as a table. */
export function RunTable() {
  const all = runs.value;
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = useMemo(() => all?.filter((r) => matches(r, words)) ?? [], [all, filter.value, verdict.value]);
  if (!all) return null;
  const { columns: c } = strings;
  return (
    <section>
      <h2>{strings.title}</h2>
      <Toolbar all={all} shown={shown.length} />
      {shown.length === 0 ? <p class="hint">{all.length === 0 ? strings.none : strings.noMatch}</p> : null}
      <div class="scroll">
        <table class="plain runs">
          <thead>
            <tr>
              {[c.pick, c.run, c.verdict, c.created, c.device, c.tasks, c.spark].map((t) => (
                <th key={t} scope="col" class="left">
                  {t}
                </th>
              ))}
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

function Toolbar({ all, shown }: { all: readonly RunEntry[]; shown: number }) {
  return (
    <div class="toolbar">
      <input
        type="search"
        aria-label={strings.filter}
        placeholder={strings.filter}
        value={filter.value}
        onInput={(e) => {
          filter.value = e.currentTarget.value;
        }}
      />
      <select
        aria-label={strings.columns.verdict}
        value={verdict.value}
        onChange={(e) => {
          verdict.value = e.currentTarget.value;
        }}
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
          // The oldest is what the others are measured against.
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
    </div>
  );
}

function RunRow({ run }: { run: RunEntry }) {
  const { summary } = run;
  const chosen = picked.value.includes(run.id);
  const where = run.state === 'running' || !summary ? 'live' : 'run';
  const result = resultOf(run);
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
      </th>
      <td class={`left ${result}`}>{WORDS[result]}</td>
      <td class="left" title={run.created}>
        {localTime(run.created)}
      </td>
      <td class="left">{summary?.device ?? run.hostname}</td>
      <td class="left tasks-cell">{summary ? <Tasks tasks={summary.tasks} /> : null}</td>
      <td class="left">
        <Spark values={summary?.spark ?? []} />
      </td>
    </tr>
  );
}

const MOST_TASKS = 4;

/** Those that missed most first, as not all have room. */
function Tasks({ tasks }: { tasks: RunSummary['tasks'] }) {
  const order = [...tasks].sort((a, b) => (b.miss_ratio ?? 0) - (a.miss_ratio ?? 0));
  return (
    <>
      {order.slice(0, MOST_TASKS).map((t, i) => (
        <span key={`${t.scenario} ${t.task} ${i}`} class={t.miss_ratio ? 'worse' : ''} title={t.scenario}>
          {t.task} {t.p50_ms === undefined ? '–' : msText(t.p50_ms)}
          {t.miss_ratio ? `, ${(t.miss_ratio * 100).toFixed(1)} %` : ''}{' '}
        </span>
      ))}
      {order.length > MOST_TASKS ? <span class="sub">{strings.more(order.length - MOST_TASKS)}</span> : null}
    </>
  );
}

/** 2026-11-21 08:22 in the time of the one who looks. */
const localTime = (utc: string): string => (utc === '' ? '' : new Date(utc).toLocaleString('sv-SE').slice(0, 16));

/** The line at 1 is the deadline. */
function Spark({ values }: { values: readonly number[] }) {
  if (values.length === 0) return null;
  const [width, height] = [132, 26];
  const top = Math.max(1.2, ...values);
  const y = (v: number): number => 1 + (1 - v / top) * (height - 2);
  const points = values.map(
    (v, i) => `${((i / Math.max(1, values.length - 1)) * width).toFixed(1)},${y(v).toFixed(1)}`,
  );
  return (
    <svg
      class="spark"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${strings.columns.spark}: ${Math.max(...values)}`}
    >
      <line x1={0} x2={width} y1={y(1)} y2={y(1)} class="deadline" />
      <polyline points={points.join(' ')} class="median" />
    </svg>
  );
}
