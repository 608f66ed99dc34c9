/** A run while it runs, from its events. */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { msText, withUnit } from '../../base/text.js';
import { kindOfSeries } from '../../formats/recording/series.js';
import type { PipelineEvent } from '../../formats/run/events.js';
import { DataTable } from '../data-table.js';
import { refresh, runs } from './api.js';
import { ReportFrame } from './run.js';
import { strings } from './strings.js';

/** An event of the log; the server adds, to an end that it tells itself, whether the run has kept events at all. */
export type LiveEvent = PipelineEvent & { readonly logged?: boolean };
type Progress = Extract<PipelineEvent, { kind: 'progress' }>;

interface LiveState {
  readonly stages: readonly { readonly id: string; readonly state: string; readonly seconds?: number }[];
  readonly progress?: Progress;
  /** Last responses of each task, ms. */
  readonly recent: ReadonlyMap<string, readonly number[]>;
  readonly notes: readonly { readonly severity: string; readonly text: string }[];
  readonly ended?: string;
  /** False for a run that kept no events. */
  readonly logged?: boolean;
}

/** What a stage is that had not ended when its run did. */
const ENDED: Readonly<Record<string, string>> = { running: 'interrupted', waiting: 'not reached' };
const EMPTY: LiveState = { stages: [], recent: new Map(), notes: [] };
const MOST_RECENT = 120;
const MOST_NOTES = 30;

/** Pure: the state after one more event. */
export function after(state: LiveState, event: LiveEvent): LiveState {
  const stage = (id: string, change: { state: string; seconds?: number }): LiveState['stages'] =>
    state.stages.some((s) => s.id === id)
      ? state.stages.map((s) => (s.id === id ? { ...s, ...change } : s))
      : [...state.stages, { id, ...change }];
  switch (event.kind) {
    case 'run-start':
      return { ...EMPTY, stages: event.stages.map(({ id }) => ({ id, state: 'waiting' })) };
    case 'stage-start':
      return { ...state, stages: stage(event.stage, { state: 'running' }), recent: new Map() };
    case 'stage-end':
      return {
        ...state,
        stages: stage(event.stage, { state: event.state, seconds: event.seconds }),
      };
    case 'progress':
      return {
        ...state,
        progress: event,
        recent: new Map(
          event.tasks.map((t) => [
            t.task,
            [...(state.recent.get(t.task) ?? []), ...(t.response_ms === undefined ? [] : [t.response_ms])].slice(
              -MOST_RECENT,
            ),
          ]),
        ),
      };
    case 'note':
      return withNote(state, event.severity, event.text);
    case 'problem':
      return withNote(state, 'error', [event.problem.message, event.problem.hint].filter(Boolean).join('. '));
    case 'run-end':
      return {
        ...state,
        stages: state.stages.map((s) => ({ ...s, state: ENDED[s.state] ?? s.state })),
        ended: event.state,
        logged: event.logged ?? true,
      };
    default:
      return state;
  }
}

const withNote = (state: LiveState, severity: string, text: string): LiveState => ({
  ...state,
  notes: [...state.notes, { severity, text }].slice(-MOST_NOTES),
});

/** What the server tells of a run, as it comes. */
function useEvents(id: string) {
  const state = useSignal<LiveState>(EMPTY);
  const lost = useSignal(false);
  const unknown = useSignal(false);
  useEffect(() => {
    const source = new EventSource(`/api/events/${encodeURIComponent(id)}`);
    source.onmessage = ({ data }: MessageEvent<string>) => {
      lost.value = false;
      state.value = after(state.value, JSON.parse(data) as LiveEvent);
    };
    source.onerror = () => {
      // An answer that is no stream of events: there is no such run.
      unknown.value = source.readyState === EventSource.CLOSED && state.value.ended === undefined;
      lost.value = state.value.ended === undefined && !unknown.value;
      // The server has said all there is; a new connection would begin anew.
      if (!lost.value) source.close();
    };
    return () => source.close();
  }, [id]);
  return { state, lost, unknown };
}

/** A run while it runs. */
export function Live({ id }: { id: string }) {
  const { state, lost, unknown } = useEvents(id);
  const { stages, progress, recent, notes, ended, logged } = state.value;
  const reported = runs.value?.find((r) => r.id === id)?.report === true;
  useEffect(() => {
    if (ended !== undefined) void refresh();
  }, [ended]);
  return (
    <>
      {unknown.value ? <p class="finding error">{strings.noSuchRun(id)}</p> : null}
      {lost.value ? <p class="finding warning">{strings.lost}</p> : null}
      {ended === undefined ? null : (
        <p class={`finding ${ended === 'done' ? 'info' : 'warning'}`}>
          {strings.ended[ended as keyof typeof strings.ended] ?? strings.ended.done}{' '}
          {logged ? null : `${strings.noEvents} `}
          {reported ? <a href={`#/run/${encodeURIComponent(id)}`}>{strings.report}</a> : null}
        </p>
      )}
      {unknown.value ? null : (
        <section>
          <h2>{strings.stages}</h2>
          {stages.length === 0 && ended === undefined ? <p class="hint">{strings.waiting}</p> : null}
          <ol class="stages">
            {stages.map((s) => (
              <li key={s.id} class={s.state}>
                {s.id}{' '}
                <span class="sub">{s.seconds === undefined ? s.state : `${s.state}, ${s.seconds.toFixed(1)} s`}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
      {progress ? <Now progress={progress} recent={recent} ended={ended !== undefined} /> : null}
      {notes.length > 0 ? (
        <section>
          <h2>{strings.notes}</h2>
          {notes.map((n, i) => (
            <p key={i} class={`finding ${n.severity}`}>
              {n.text}
            </p>
          ))}
        </section>
      ) : null}
      {ended === 'done' && reported ? <ReportFrame id={id} /> : null}
    </>
  );
}

interface NowProps {
  readonly progress: Progress;
  readonly recent: LiveState['recent'];
  /** What is shown is the last that was told. */
  readonly ended: boolean;
}

function Now({ progress, recent, ended }: NowProps) {
  const { taskColumns: c } = strings;
  const { phase, elapsed_s, left_s } = progress;
  return (
    <>
      <section>
        <h2>
          {ended ? strings.tasksLast : strings.tasks}{' '}
          <span class="sub">{strings.phase(phase, elapsed_s, ended ? undefined : left_s)}</span>
        </h2>
        {left_s === undefined || ended ? null : (
          <progress
            class="left"
            max={elapsed_s + left_s}
            value={elapsed_s}
            aria-label={strings.phase(phase, elapsed_s, left_s)}
          />
        )}
        <DataTable columns={Object.values(c)} left={[0, Object.keys(c).length - 1]}>
          {progress.tasks.map((t) => (
            <tr key={t.task}>
              <th scope="row" class="left">
                {t.task}
              </th>
              <td>{t.rate_hz === undefined ? '–' : `${t.rate_hz} Hz`}</td>
              <td>{t.response_ms === undefined ? '–' : msText(t.response_ms)}</td>
              <td>{t.released}</td>
              <td>{t.completed}</td>
              <td class={t.late > 0 ? 'worse' : ''}>{t.late}</td>
              <td class={t.dropped > 0 ? 'worse' : ''}>{t.dropped}</td>
              <td class="left">
                <Recent values={recent.get(t.task) ?? []} deadline={t.deadline_ms} />
              </td>
            </tr>
          ))}
        </DataTable>
      </section>
      <Probes values={progress.system ?? {}} units={progress.units ?? {}} />
    </>
  );
}

function Probes({
  values,
  units,
}: {
  values: Readonly<Record<string, number>>;
  units: Readonly<Record<string, string>>;
}) {
  const system = Object.entries(values).filter(([name]) => kindOfSeries(name)?.vital);
  if (system.length === 0) return null;
  return (
    <section>
      <h2>{strings.probes}</h2>
      <dl class="facts">
        {system.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{withUnit(value, units[name] ?? kindOfSeries(name)?.unit ?? '')}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

/** px */
const [RECENT_WIDTH, RECENT_HEIGHT] = [240, 30];

/** The last responses against the deadline; what is late is red. */
function Recent({ values, deadline }: { values: readonly number[]; deadline: number | undefined }) {
  if (values.length < 2) return null;
  const top = Math.max(...values, deadline ?? 0) * 1.1 || 1;
  const wide = RECENT_WIDTH / MOST_RECENT;
  const from = MOST_RECENT - values.length;
  const y = (ms: number): number => RECENT_HEIGHT - (ms / top) * RECENT_HEIGHT;
  return (
    <svg
      class="recent"
      width={RECENT_WIDTH}
      height={RECENT_HEIGHT}
      viewBox={`0 0 ${RECENT_WIDTH} ${RECENT_HEIGHT}`}
      aria-hidden="true"
    >
      {values.map((v, i) => (
        <rect
          key={i}
          x={(from + i) * wide}
          width={Math.max(1, wide - 0.4)}
          y={y(v)}
          height={RECENT_HEIGHT - y(v)}
          class={deadline !== undefined && v > deadline ? 'tone-late' : 'tone-run'}
        />
      ))}
      {deadline === undefined ? null : (
        <line x1={0} x2={RECENT_WIDTH} y1={y(deadline)} y2={y(deadline)} class="deadline" />
      )}
    </svg>
  );
}
