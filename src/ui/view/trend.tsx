/** All runs of one pipeline, one after the other: p99 and misses of each task, and what changed when. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { msShort, shareText } from '../../base/text.js';
import type { RunSettings } from '../../formats/run/run-comparison.js';
import type { RunEntry } from '../../formats/run/run-list.js';
import type { RunSummary } from '../../formats/run/run-summary.js';
import { DataTable } from '../data-table.js';
import { ticks, tickText } from '../ticks.js';
import { useWidth } from '../use-width.js';
import { runs, settingsOf } from './api.js';
import { localTime, Result } from './run-facts.js';
import { strings } from './strings.js';

type Task = RunSummary['tasks'][number];
type Summarised = RunEntry & { readonly summary: RunSummary };

/** The page of a pipeline. */
export function Trend({ pipeline }: { pipeline: string }) {
  const list = (runs.value ?? [])
    .filter((r): r is Summarised => r.pipeline === pipeline && r.summary !== undefined)
    .sort((a, b) => (a.created < b.created ? -1 : 1));
  if (!runs.value) return null;
  if (list.length === 0) return <p class="hint">{strings.trend.none(pipeline)}</p>;
  const keys = [...new Set(list.flatMap((r) => r.summary.tasks.map(keyOf)))];
  return (
    <>
      <section>
        <h2>
          {strings.trend.tasks} <span class="sub">{strings.trend.about(list.length)}</span>
        </h2>
        <div class="trend-charts">
          {keys.map((key) => (
            <TaskTrend key={key} name={key} list={list} />
          ))}
        </div>
      </section>
      <Changes list={list} />
    </>
  );
}

const keyOf = ({ scenario, task }: Task): string => `${scenario} / ${task}`;
const taskOf = (run: Summarised, key: string): Task | undefined => run.summary.tasks.find((t) => keyOf(t) === key);

const [P99_HEIGHT, MISS_HEIGHT, LEFT, RIGHT, TOP, GAP, BOTTOM] = [110, 34, 56, 14, 12, 20, 20];
/** p99 that was never reached is drawn at the top. */
const HEIGHT = TOP + P99_HEIGHT + GAP + MISS_HEIGHT + BOTTOM;

/** Two charts over one axis of runs: p99 with the deadline, and the share that missed. */
function TaskTrend({ name, list }: { name: string; list: readonly Summarised[] }) {
  const { ref, width } = useWidth<HTMLElement>();
  const tasks = list.map((r) => taskOf(r, name));
  const deadline = tasks.findLast((t) => t?.deadline_ms !== undefined)?.deadline_ms;
  const { trend: words } = strings;
  const [first, last] = endTimes(list);
  return (
    <figure ref={ref} aria-label={words.label(name, list.length)}>
      <figcaption>
        <b>{name}</b> {words.chart(deadline === undefined ? undefined : msShort(deadline))}
      </figcaption>
      {width > 0 ? (
        <svg viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT}>
          <title>{words.label(name, list.length)}</title>
          <P99Chart list={list} tasks={tasks} width={width} />
          <MissChart list={list} tasks={tasks} width={width} />
          <text x={LEFT} y={HEIGHT - 5}>
            {first}
          </text>
          <text x={width - RIGHT} y={HEIGHT - 5} text-anchor="end">
            {last}
          </text>
        </svg>
      ) : null}
    </figure>
  );
}

interface ChartProps {
  readonly list: readonly Summarised[];
  readonly tasks: readonly (Task | undefined)[];
  readonly width: number;
}

/** Middle of the place of a run, or the begin of it at half a run before. */
const place = (run: number, runs: number, width: number): number =>
  LEFT + ((run + 0.5) / runs) * (width - LEFT - RIGHT);

function P99Chart({ list, tasks, width }: ChartProps) {
  const finite = tasks.flatMap((t) => (typeof t?.p99_ms === 'number' ? [t.p99_ms] : []));
  const top = Math.max(...finite, ...tasks.map((t) => t?.deadline_ms ?? 0), 1e-6) * 1.12;
  const x = (i: number): number => place(i, list.length, width);
  const y = (ms: number): number => TOP + (1 - ms / top) * P99_HEIGHT;
  const marks = ticks(0, top, 3);
  const step = marks.length > 1 ? marks[1] - marks[0] : 1;
  const line = tasks.flatMap((t, i) =>
    typeof t?.p99_ms === 'number' ? [`${x(i).toFixed(1)},${y(t.p99_ms).toFixed(1)}`] : [],
  );
  return (
    <>
      {marks.map((m) => (
        <g key={m}>
          <line x1={LEFT} x2={width - RIGHT} y1={y(m)} y2={y(m)} class="grid" />
          <text x={LEFT - 6} y={y(m) + 4} text-anchor="end">
            {tickText(m, step)} ms
          </text>
        </g>
      ))}
      {tasks.map((t, i) =>
        t?.deadline_ms === undefined ? null : (
          <line
            key={list[i].id}
            x1={x(i - 0.5)}
            x2={x(i + 0.5)}
            y1={y(t.deadline_ms)}
            y2={y(t.deadline_ms)}
            class="deadline"
          />
        ),
      )}
      {tasks.every((t) => t?.p99_ms === undefined) ? (
        <text x={(LEFT + width - RIGHT) / 2} y={TOP + P99_HEIGHT / 2} text-anchor="middle">
          {strings.trend.tooFew}
        </text>
      ) : null}
      <polyline points={line.join(' ')} class="median" />
      {tasks.map((t, i) => (t ? <Point key={list[i].id} task={t} run={list[i]} x={x(i)} y={y} top={TOP} /> : null))}
    </>
  );
}

/** px */
const [WIDEST_BAR, LEAST_BAR] = [18, 2];

function MissChart({ list, tasks, width }: ChartProps) {
  const most = Math.max(0.01, ...tasks.map((t) => t?.miss_ratio ?? 0));
  const base = HEIGHT - BOTTOM;
  const wide = Math.min(WIDEST_BAR, (width / list.length) * 0.6);
  return (
    <>
      <text x={LEFT - 6} y={base - MISS_HEIGHT + 8} text-anchor="end">
        {shareText(most)}
      </text>
      <line x1={LEFT} x2={width - RIGHT} y1={base} y2={base} class="grid" />
      {tasks.map((t, i) => {
        if (!t?.miss_ratio) return null;
        const height = Math.max(LEAST_BAR, (t.miss_ratio / most) * MISS_HEIGHT);
        const x = place(i, list.length, width) - wide / 2;
        return (
          <rect key={list[i].id} x={x} width={wide} y={base - height} height={height} class="tone-late">
            <title>{`${list[i].id}: ${strings.missedShare(shareText(t.miss_ratio))}`}</title>
          </rect>
        );
      })}
    </>
  );
}

/** Days, of one day its hours. */
function endTimes(list: readonly Summarised[]): readonly string[] {
  const [first, last] = [list[0], list[list.length - 1]].map((r) => localTime(r.created));
  return first.slice(0, 10) === last.slice(0, 10) ? [first, last.slice(11)] : [first.slice(0, 10), last.slice(0, 10)];
}

interface PointProps {
  readonly task: Task;
  readonly run: Summarised;
  readonly x: number;
  readonly y: (ms: number) => number;
  readonly top: number;
}

/** A run is a point; one whose p99 was never reached is a cross at the top. */
function Point({ task, run, x, y, top }: PointProps) {
  const { p99_ms: p99, deadline_ms: deadline } = task;
  if (p99 === undefined) return null;
  const late = p99 === 'inf' || (deadline !== undefined && p99 > deadline);
  const said = `${run.id}: p99 ${p99 === 'inf' ? strings.never : msShort(p99)}`;
  return (
    <a href={`#/run/${encodeURIComponent(run.id)}`} aria-label={said}>
      <title>{said}</title>
      {p99 === 'inf' ? (
        <text x={x} y={top + 4} text-anchor="middle" class="never-mark">
          ✗
        </text>
      ) : (
        <circle cx={x} cy={y(p99)} r={4.5} class={late ? 'tone-late' : 'tone-run'} />
      )}
    </a>
  );
}

/** Newest first: what was another than in the run before. */
function Changes({ list }: { list: readonly Summarised[] }) {
  const { trend: words } = strings;
  return (
    <section>
      <h2>{words.changes}</h2>
      <DataTable columns={Object.values(words.columns)} left={[0, 1, 2, 3]}>
        {list
          .map((run, i) => ({ run, before: list[i - 1] }))
          .reverse()
          .map(({ run, before }) => (
            <tr key={run.id}>
              <th scope="row" class="left">
                <a href={`#/run/${encodeURIComponent(run.id)}`}>{run.id}</a>
              </th>
              <td class="left">{localTime(run.created)}</td>
              <td class="left">
                <Result run={run} />
              </td>
              <td class="left changed">{before ? <Changed before={before} run={run} /> : words.first}</td>
            </tr>
          ))}
      </DataTable>
    </section>
  );
}

const PIPELINE_FACT = 'pipeline.yaml';
/** Of one run; the comparison shows all. */
const MOST_CHANGES = 5;

/** Of another pipeline.yaml is asked what in it is another. */
function Changed({ before, run }: { before: Summarised; run: Summarised }) {
  const { trend: words } = strings;
  const inside = useSignal<readonly string[]>([]);
  const [old, now] = [before.summary.facts ?? {}, run.summary.facts ?? {}];
  const other = old[PIPELINE_FACT] !== now[PIPELINE_FACT];
  useEffect(() => {
    if (!other) return;
    void Promise.all([settingsOf(before.id), settingsOf(run.id)]).then(([a, b]) => {
      if (a && b) inside.value = changes(a, b).filter((c) => !changes(old, now).includes(c));
    });
  }, [before.id, run.id, other]);
  const told = [...changes(old, now, inside.value.length > 0 ? [PIPELINE_FACT] : []), ...inside.value];
  const more = told.length - MOST_CHANGES;
  return (
    <>
      {(told.length > 0 ? told : [words.nothing]).slice(0, MOST_CHANGES).map((c) => (
        <span key={c}>{c}</span>
      ))}{' '}
      {more > 0 ? <span>{words.more(more)}</span> : null}
      <a href={`#/compare/${[before.id, run.id].map(encodeURIComponent).join(',')}`}>{words.compare}</a>
    </>
  );
}

/** `commit: 1a2b → 3c4d` for each that is another. */
function changes(old: RunSettings, now: RunSettings, without: readonly string[] = []): string[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((k) => !without.includes(k));
  return keys.filter((k) => old[k] !== now[k]).map((k) => `${k}: ${old[k] ?? '–'} → ${now[k] ?? '–'}`);
}
