/** Runs beside each other: what differs more than chance explains, every job against its deadline, distributions, settings. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type Difference, differenceOf } from '../../analysis/difference.js';
import { estimateOf } from '../../analysis/regression.js';
import { msShort, shareText } from '../../base/text.js';
import { deadlineFigure } from '../../charts/deadline-figure.js';
import type { DeadlineRow } from '../../formats/report/deadline-rows.js';
import type { ComparedRun, ComparedTask, RunComparison } from '../../formats/run/run-comparison.js';
import { Curves, colour, dash } from '../curves.js';
import { DataTable } from '../data-table.js';
import { FigureMarks } from '../figure-marks.js';
import { useWidth } from '../use-width.js';
import { compare } from './api.js';
import { WORDS } from './run-facts.js';
import { strings } from './strings.js';

const { comparison: words } = strings;

/** Some runs over each other. */
export function Compare({ ids }: { ids: readonly string[] }) {
  const found = useSignal<RunComparison | undefined>(undefined);
  const base = useSignal(0);
  useEffect(() => {
    void compare(ids).then((answer) => {
      found.value = answer;
      base.value = 0;
    });
  }, [ids.join()]);
  const list = found.value?.runs;
  if (!list) return <p class="hint">…</p>;
  const keys = [...new Set(list.flatMap((r) => r.tasks.map((t) => `${t.scenario} / ${t.task}`)))];
  const first = Math.min(base.value, list.length - 1);
  return (
    <>
      <section>
        <h2>
          {words.overview} <span class="sub">{words.about}</span>
        </h2>
        {found.value?.problems.map((p) => (
          <p key={p} class="finding error">
            {p}
          </p>
        ))}
        {list.length > 1 ? <BaseChoice runs={list} base={base} /> : null}
        <Overview keys={keys} runs={list} base={first} />
      </section>
      <section>
        <h2>{words.against}</h2>
        <DeadlineFigure keys={keys} runs={list} />
      </section>
      <section>
        <h2>{words.distribution}</h2>
        <ul class="legend">
          {list.map((r, i) => (
            <li key={r.id}>
              <Key name={r.id} index={i} />
            </li>
          ))}
        </ul>
        <AllCurves keys={keys} runs={list} />
      </section>
      <Settings runs={list} />
    </>
  );
}

/** Which run the others are measured against. */
const BaseChoice = ({ runs, base }: { runs: readonly ComparedRun[]; base: Signal<number> }) => (
  <label>
    {words.base}{' '}
    <select
      value={String(base.value)}
      onChange={(e) => {
        base.value = Number(e.currentTarget.value);
      }}
    >
      {runs.map((r, i) => (
        <option key={r.id} value={i}>
          {r.id}
        </option>
      ))}
    </select>
  </label>
);

/** The name of a run behind its line. */
const Key = ({ name, index }: { name: string; index: number }) => (
  <span class="key">
    <svg width="26" height="10" aria-hidden="true">
      <line
        x1="0"
        x2="26"
        y1="5"
        y2="5"
        style={{ stroke: colour(index), strokeWidth: 2.5, strokeDasharray: dash(index) }}
      />
    </svg>{' '}
    <a href={`#/run/${encodeURIComponent(name)}`}>{name}</a>
  </span>
);

const taskOf = (run: ComparedRun, key: string): ComparedTask | undefined =>
  run.tasks.find((t) => `${t.scenario} / ${t.task}` === key);

/** Named figures of a task, and how each is written. */
const FIGURES = [
  ['p50', msShort],
  ['p99', msShort],
  ['miss', shareText],
] as const;

/** Quantiles and misses of every task, and whether they differ from those of the base. */
function Overview({ keys, runs, base }: { keys: readonly string[]; runs: readonly ComparedRun[]; base: number }) {
  return (
    <DataTable name="differences" columns={[words.task, ...runs.map((r) => <RunHead key={r.id} run={r} />)]}>
      {keys.map((key) => {
        const tasks = runs.map((r) => taskOf(r, key));
        return (
          <tr key={key}>
            <th scope="row" class="left">
              <bdi>{key}</bdi>
            </th>
            {tasks.map((task, i) => (
              <td key={runs[i].id}>
                {FIGURES.map(([name, text]) => (
                  <Figure key={name} name={name} task={task} base={i === base ? undefined : tasks[base]} text={text} />
                ))}
              </td>
            ))}
          </tr>
        );
      })}
    </DataTable>
  );
}

const RunHead = ({ run }: { run: ComparedRun }) => (
  <>
    <bdi>{run.id}</bdi> <span class={`result ${run.verdict}`}>{WORDS[run.verdict] ?? run.verdict}</span>
  </>
);

interface FigureProps {
  readonly name: (typeof FIGURES)[number][0];
  readonly task: ComparedTask | undefined;
  readonly base: ComparedTask | undefined;
  readonly text: (value: number) => string;
}

/** A figure with its interval, and its difference to the base with its own. */
function Figure({ name, task, base, text }: FigureProps) {
  const figure = task?.[name];
  if (!task) return name === 'p99' ? <p>{words.absent}</p> : null;
  if (!figure) return name === 'p99' ? <p class="sub">{words.tooFew}</p> : null;
  const difference = base === undefined ? undefined : differenceOf(estimateOf(base[name]), estimateOf(figure));
  const shown = figure.value === null ? strings.never : text(figure.value);
  return (
    <p>
      <span class="sub">{words.names[name]}</span> <b>{shown}</b>{' '}
      <span class="sub">
        {words.interval(
          figure.low === null ? strings.never : text(figure.low),
          figure.high === null ? '∞' : text(figure.high),
        )}
      </span>
      {difference ? <Told difference={difference} text={name === 'miss' ? words.points : text} /> : null}
    </p>
  );
}

const CLASSES = { more: 'worse', less: 'better', none: 'calm', unknown: 'calm' } as const;

/** "No difference shown" is a result. */
function Told({
  difference: { value, low, high, shown },
  text,
}: {
  difference: Difference;
  text: (value: number) => string;
}) {
  const signed = (v: number): string => `${v < 0 ? '−' : '+'}${text(Math.abs(v))}`;
  const range = low === undefined || high === undefined ? '' : ` (${signed(low)} … ${signed(high)})`;
  const said =
    shown === 'none'
      ? words.none
      : shown === 'unknown'
        ? words.unknown
        : value === undefined
          ? words[shown]
          : `${signed(value)}${range}`;
  return (
    <span class={`told ${CLASSES[shown]}`} title={shown === 'none' ? range : undefined}>
      {' '}
      {said}
    </span>
  );
}

const ROW_HEIGHT = 44;

/** The rows of a task beside each other, the task that missed most first. */
function DeadlineFigure({ keys, runs }: { keys: readonly string[]; runs: readonly ComparedRun[] }) {
  const { ref, width } = useWidth<HTMLElement>();
  const worst = (key: string): number => Math.max(...runs.map((r) => missRatio(taskOf(r, key))));
  const names = shortNames(runs.map((r) => r.id));
  const several = new Set(keys.map(scenarioOf)).size > 1;
  const rows = keys
    .toSorted((a, b) => worst(b) - worst(a))
    .flatMap((key) =>
      runs.flatMap((run, i) => rowOf(taskOf(run, key), several ? `${names[i]} · ${scenarioOf(key)}` : names[i])),
    );
  if (rows.length === 0) return null;
  const drawn =
    width > 0 ? deadlineFigure(rows, { x: 0, y: 0, width, rowHeight: ROW_HEIGHT, size: 13 }, words.figure) : undefined;
  return (
    <figure ref={ref} class="compared">
      {drawn ? <FigureMarks marks={drawn.marks} width={width} height={drawn.height} label={words.against} /> : null}
    </figure>
  );
}

const scenarioOf = (key: string): string => key.split(' / ')[0];
const missRatio = (task: ComparedTask | undefined): number => (task ? task.missed / Math.max(1, task.released) : 0);

function rowOf(task: ComparedTask | undefined, run: string): DeadlineRow[] {
  if (!task || task.deadline_ms === undefined) return [];
  const p99 = task.p99 ? (task.p99.value ?? ('inf' as const)) : undefined;
  const { bins, never, released, missed, deadline_ms: deadline } = task;
  return [
    { task: task.task, place: run, deadline, bins, never, released, missed, ...(p99 === undefined ? {} : { p99 }) },
  ];
}

/** `robot-1`, `robot-2` -> `1`, `2`: what tells names apart, whole words of it. */
export function shortNames(names: readonly string[]): readonly string[] {
  if (names.length < 2) return names;
  const words = names.map((n) => n.split('-'));
  let same = 0;
  while (words.every((w) => w.length > same + 1 && w[same] === words[0][same])) same++;
  return words.map((w) => w.slice(same).join('-'));
}

/** px */
const [CURVE_WIDTH, CURVE_GAP, CURVE_HEIGHT] = [400, 24, 190];

function AllCurves({ keys, runs }: { keys: readonly string[]; runs: readonly ComparedRun[] }) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const columns = Math.max(1, Math.min(keys.length, Math.floor((width + CURVE_GAP) / (CURVE_WIDTH + CURVE_GAP))));
  const each = Math.min(1.6 * CURVE_WIDTH, Math.floor((width - (columns - 1) * CURVE_GAP) / columns));
  return (
    <div class="curves" ref={ref}>
      {width > 0
        ? keys.map((key) => {
            const tasks = runs.map((r) => taskOf(r, key));
            return (
              <Curves
                key={key}
                caption={key}
                label={key}
                curves={tasks.map((t) => t?.quantiles ?? [])}
                width={each}
                height={CURVE_HEIGHT}
                deadline={tasks.find((t) => t?.deadline_ms !== undefined)?.deadline_ms}
                deadlineWord={words.deadline}
              />
            );
          })
        : null}
    </div>
  );
}

function Settings({ runs }: { runs: readonly ComparedRun[] }) {
  const keys = [...new Set(runs.flatMap((r) => Object.keys(r.settings)))];
  const differing = keys.filter((k) => new Set(runs.map((r) => r.settings[k] ?? '')).size > 1);
  return (
    <section>
      <h2>{words.settings}</h2>
      {differing.length === 0 ? <p class="calm">{words.same}</p> : null}
      {differing.length === 0 ? null : (
        <DataTable
          name="settings"
          columns={[words.setting, ...runs.map((r) => r.id)]}
          left={[0, ...runs.keys()].map((_, i) => i)}
        >
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
        </DataTable>
      )}
    </section>
  );
}
