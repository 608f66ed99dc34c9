/** Runs laid over each other: distributions, ratios, what differs. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ComparedRun } from '../../formats/run-comparison.js';
import { msText, ticks, tickText } from '../report/ticks.js';
import { compare } from './api.js';
import { strings } from './strings.js';

const COLOURS = [1, 2, 3, 4, 5, 6].map((i) => `var(--line${i})`);
const colour = (i: number): string => COLOURS[i % COLOURS.length];
/** Of a picture, px. */
const [NARROWEST, WIDEST, MARGIN] = [260, 1100, 38];
const P50 = 100;
const P99 = 198;

export function Compare({ ids }: { ids: readonly string[] }) {
  const runs = useSignal<readonly ComparedRun[] | undefined>(undefined);
  useEffect(() => {
    void compare(ids).then((found) => {
      runs.value = found;
    });
  }, [ids.join()]);
  const list = runs.value;
  if (!list) return <p class="hint">…</p>;
  const tasks = [...new Map(list.flatMap((r) => r.tasks.map((t) => [`${t.scenario} / ${t.task}`, t] as const))).keys()];
  return (
    <>
      <section>
        <h2>{strings.comparison.title}</h2>
        <ul class="legend">
          {list.map((r, i) => (
            <li key={r.id}>
              <i style={{ background: colour(i) }} />
              <a href={`#/run/${encodeURIComponent(r.id)}`}>{r.id}</a>
            </li>
          ))}
        </ul>
      </section>
      {tasks.map((key) => (
        <TaskComparison key={key} name={key} runs={list} />
      ))}
      <Settings runs={list} />
    </>
  );
}

function TaskComparison({ name, runs }: { name: string; runs: readonly ComparedRun[] }) {
  const { comparison: words } = strings;
  const tasks = runs.map((r) => r.tasks.find((t) => `${t.scenario} / ${t.task}` === name));
  const first = tasks[0];
  const ratio = (value: number | undefined, base: number | undefined): string =>
    value === undefined || !base ? '' : ` (${(value / base).toFixed(2)} ×)`;
  return (
    <section>
      <h2>{name}</h2>
      <Curves tasks={tasks} label={name} />
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              {['', words.jobs, words.p50, words.p99, words.missed].map((t, i) => (
                <th key={t} scope="col" class={i === 0 ? 'left' : ''}>
                  {t}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {tasks.map((t, i) => (
              <tr key={runs[i].id}>
                <th scope="row" class="left">
                  {runs[i].id}
                </th>
                <td>{t?.jobs ?? words.absent}</td>
                {[P50, P99].map((q) => (
                  <td key={q}>
                    {t?.quantiles[q] === undefined ? '–' : msText(t.quantiles[q])}
                    {i > 0 ? ratio(t?.quantiles[q], first?.quantiles[q]) : ''}
                  </td>
                ))}
                <td>{t?.miss_ratio === undefined ? '–' : `${(t.miss_ratio * 100).toFixed(2)} %`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Cumulative distributions; the last half percent would press the rest together. */
function Curves({ tasks, label }: { tasks: readonly (ComparedRun['tasks'][number] | undefined)[]; label: string }) {
  const told = tasks.filter((t) => t !== undefined && t.quantiles.length > 0);
  if (told.length === 0) return null;
  const low = Math.min(...told.map((t) => t?.quantiles[0] ?? 0));
  const high = Math.max(...told.map((t) => t?.quantiles[P99 + 1] ?? 0), low + 1e-3);
  // Drawn at the size it is shown at, so that its text has that of the page.
  const width = Math.min(WIDEST, Math.max(NARROWEST, innerWidth - 2 * MARGIN));
  const [height, left, bottom] = [240, 44, 24];
  const x = (ms: number): number => left + ((Math.min(ms, high) - low) / (high - low)) * (width - left - 12);
  const y = (part: number): number => 8 + (1 - part) * (height - bottom - 8);
  const marks = ticks(low, high, Math.max(4, Math.round(width / 130)));
  const step = marks.length > 1 ? marks[1] - marks[0] : 1;
  return (
    <figure>
      <figcaption>{strings.comparison.distribution}</figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        style={{ width: `${width}px`, maxWidth: '100%' }}
        role="img"
        aria-label={`${strings.comparison.distribution}: ${label}`}
      >
        {marks.map((m) => (
          <g key={m}>
            <line x1={x(m)} x2={x(m)} y1={8} y2={height - bottom} class="grid" />
            <text x={x(m)} y={height - 7} text-anchor="middle">
              {tickText(m, step)} ms
            </text>
          </g>
        ))}
        {[0, 0.5, 1].map((p) => (
          <text key={p} x={left - 6} y={y(p) + 4} text-anchor="end">
            {p * 100} %
          </text>
        ))}
        {tasks.map((t, i) =>
          t && t.quantiles.length > 0 ? (
            <polyline
              key={i}
              points={t.quantiles
                .map((q, k) => `${x(q).toFixed(1)},${y(k / (t.quantiles.length - 1)).toFixed(1)}`)
                .join(' ')}
              style={{ fill: 'none', stroke: colour(i), strokeWidth: 1.8 }}
            />
          ) : null,
        )}
      </svg>
    </figure>
  );
}

function Settings({ runs }: { runs: readonly ComparedRun[] }) {
  const keys = [...new Set(runs.flatMap((r) => Object.keys(r.settings)))];
  const differing = keys.filter((k) => new Set(runs.map((r) => r.settings[k] ?? '')).size > 1);
  return (
    <section>
      <h2>{strings.comparison.settings}</h2>
      {differing.length === 0 ? <p class="calm">{strings.comparison.same}</p> : null}
      <div class="scroll">
        <table class="plain settings">
          <tbody>
            {differing.map((k) => (
              <tr key={k}>
                <th scope="row" class="left">
                  {k}
                </th>
                {runs.map((r) => (
                  <td key={r.id} class="left">
                    {r.settings[k] ?? '–'}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
