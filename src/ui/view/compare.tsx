/** Runs laid over each other: distributions, ratios, what differs. */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { msText } from '../../base/text.js';
import type { ComparedRun, RunComparison } from '../../formats/run/run-comparison.js';
import { Curves, colour, P50, P99 } from '../curves.js';
import { DataTable } from '../data-table.js';
import { compare } from './api.js';
import { strings } from './strings.js';

/** Of a picture, px. */
const [NARROWEST, WIDEST, MARGIN] = [260, 1100, 38];

/** Some runs over each other. */
export function Compare({ ids }: { ids: readonly string[] }) {
  const found = useSignal<RunComparison | undefined>(undefined);
  useEffect(() => {
    void compare(ids).then((answer) => {
      found.value = answer;
    });
  }, [ids.join()]);
  const list = found.value?.runs;
  if (!list) return <p class="hint">…</p>;
  const tasks = [...new Map(list.flatMap((r) => r.tasks.map((t) => [`${t.scenario} / ${t.task}`, t] as const))).keys()];
  return (
    <>
      <section>
        <h2>{strings.comparison.title}</h2>
        {found.value?.problems.map((p) => (
          <p key={p} class="finding error">
            {p}
          </p>
        ))}
        <ul class="legend">
          {list.map((r, i) => (
            <li key={r.id}>
              <i style={{ background: colour(i) }} />
              <a href={`#/run/${encodeURIComponent(r.id)}`}>{r.id}</a>{' '}
              <span class={`verdict-word ${r.verdict}`}>
                {strings.verdicts[r.verdict as keyof typeof strings.verdicts] ?? r.verdict}
              </span>
            </li>
          ))}
        </ul>
      </section>
      {tasks.length > 1 ? <Overview names={tasks} runs={list} /> : null}
      {tasks.map((key) => (
        <TaskComparison key={key} name={key} runs={list} />
      ))}
      <Settings runs={list} />
    </>
  );
}

/** The name of a run behind its colour. */
const Key = ({ name, index }: { name: string; index: number }) => (
  <span class="key">
    <i style={{ background: colour(index) }} />
    {name}
  </span>
);

const SAME = 0.05;

/** The p99 of every task in one table; a task is a way to its section. */
function Overview({ names, runs }: { names: readonly string[]; runs: readonly ComparedRun[] }) {
  const { comparison: words } = strings;
  return (
    <section>
      <h2>{words.overview}</h2>
      <DataTable columns={['', ...runs.map((r, i) => <Key key={r.id} name={r.id} index={i} />)]}>
        {names.map((name) => {
          const p99 = runs.map((r) => p99Of(taskOf(r, name)));
          return (
            <tr key={name}>
              <th scope="row" class="left">
                <button
                  type="button"
                  class="link"
                  onClick={() => document.getElementById(`task ${name}`)?.scrollIntoView()}
                >
                  {name}
                </button>
              </th>
              {p99.map((value, i) => {
                const factor = i > 0 && value !== undefined && p99[0] ? value / p99[0] : 1;
                return (
                  <td key={i} class={factor > 1 + SAME ? 'worse' : factor < 1 - SAME ? 'better' : ''}>
                    {value === undefined ? '–' : msText(value)}
                    {i > 0 ? ratioText(value, p99[0]) : ''}
                  </td>
                );
              })}
            </tr>
          );
        })}
      </DataTable>
    </section>
  );
}

const taskOf = (run: ComparedRun, name: string): ComparedRun['tasks'][number] | undefined =>
  run.tasks.find((t) => `${t.scenario} / ${t.task}` === name);
const quantilesOf = (task: ComparedRun['tasks'][number] | undefined): readonly number[] => task?.quantiles ?? [];
/** A quantile needs enough jobs: 1 / (1 - p). */
const p99Of = (task: ComparedRun['tasks'][number] | undefined): number | undefined =>
  task && task.jobs >= 100 ? task.quantiles[P99] : undefined;
const ratioText = (value: number | undefined, base: number | undefined): string =>
  value === undefined || !base ? '' : ` (${(value / base).toFixed(2)} ×)`;

function TaskComparison({ name, runs }: { name: string; runs: readonly ComparedRun[] }) {
  const { comparison: words } = strings;
  const tasks = runs.map((r) => taskOf(r, name));
  const first = tasks[0];
  return (
    <section id={`task ${name}`}>
      <h2>{name}</h2>
      <Curves
        caption={words.distribution}
        label={name}
        curves={tasks.map((t) => t?.quantiles ?? [])}
        width={Math.min(WIDEST, Math.max(NARROWEST, innerWidth - 2 * MARGIN))}
        height={240}
        deadline={first?.deadline_ms}
        deadlineWord={words.deadline}
      />
      <DataTable columns={['', words.jobs, words.p50, words.p99, words.missed]}>
        {tasks.map((t, i) => (
          <tr key={runs[i].id}>
            <th scope="row" class="left">
              <Key name={runs[i].id} index={i} />
            </th>
            <td>{t?.jobs ?? words.absent}</td>
            {([quantilesOf(t)[P50], p99Of(t)] as const).map((value, q) => (
              <td key={q}>
                {value === undefined ? '–' : msText(value)}
                {i > 0 ? ratioText(value, q === 0 ? quantilesOf(first)[P50] : p99Of(first)) : ''}
              </td>
            ))}
            <td>{t?.miss_ratio === undefined ? '–' : `${(t.miss_ratio * 100).toFixed(2)} %`}</td>
          </tr>
        ))}
      </DataTable>
    </section>
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
