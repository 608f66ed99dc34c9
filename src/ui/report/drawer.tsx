/** Beside the timeline: the chosen job, the marked stretch, or where to begin. */
import { jobSentence } from '../../analysis/job-sentence.js';
import { count, msShort, shareText, withUnit } from '../../base/text.js';
import { COMPLETED } from '../../formats/recording/jobs.js';
import { kindOfSeries, seriesLabel } from '../../formats/recording/series.js';
import { NONE } from '../../formats/report/report-page.js';
import { DataTable } from '../data-table.js';
import { badgeOf, factsOf, indexOf, isMiss, jobName, sharing } from './job-facts.js';
import { valueAt } from './panels.js';
import { chosenJob, type Loaded, marked } from './state.js';
import { strings } from './strings.js';
import { deadlineOf, endOf, startOf, sumsBetween } from './timeline-index.js';
import type { TimelineActions } from './timeline-tools.js';

const MOST_OTHERS = 8;
const { job: words } = strings;

/** What it needs. */
export interface DrawerProps {
  readonly loaded: Loaded;
  readonly actions: TimelineActions;
}

/** The drawer. */
export function Drawer({ loaded, actions }: DrawerProps) {
  const row = chosenJob.value;
  return (
    <aside class="drawer job" aria-label={words.drawer}>
      {marked.value ? (
        <Stretch loaded={loaded} actions={actions} />
      ) : row === undefined ? (
        <Begin loaded={loaded} actions={actions} />
      ) : (
        <Job loaded={loaded} actions={actions} row={row} />
      )}
    </aside>
  );
}

/** Nothing is chosen yet. */
function Begin({ loaded, actions }: DrawerProps) {
  const [from, to] = loaded.recording.measure;
  const sums = loaded.indexes.map((index) => sumsBetween(index, loaded.jobs, from, to));
  const missed = sums.reduce((sum, s) => sum + s.missed, 0);
  const released = sums.reduce((sum, s) => sum + s.released, 0);
  return (
    <>
      <p id="job-sentence" class="sentence">
        {missed === 0 ? words.noMiss(count(released)) : words.misses(count(missed), count(released))}
      </p>
      <p class="hint">{words.choose}</p>
      {missed > 0 ? (
        <button type="button" class="link" onClick={actions.worst}>
          {words.toWorst}
        </button>
      ) : null}
    </>
  );
}

/** Sums of the marked stretch. */
function Stretch({ loaded, actions }: DrawerProps) {
  const span = marked.value;
  if (!span) return null;
  const rows = loaded.indexes.map((index) => ({ index, sums: sumsBetween(index, loaded.jobs, span.from, span.to) }));
  const length = span.to - span.from;
  const { stretch } = strings;
  return (
    <>
      <h3>{stretch.title(msShort(length / 1000))}</h3>
      <p id="job-sentence" class="hint">
        {stretch.at((span.from / 1e6).toFixed(3), (span.to / 1e6).toFixed(3))}
      </p>
      <DataTable columns={Object.values(stretch.columns)}>
        {rows.map(({ index, sums }) => (
          <tr key={index.name}>
            <th scope="row" class="left">
              <bdi>{index.name}</bdi>
            </th>
            <td>{count(sums.released)}</td>
            <td class={sums.missed > 0 ? 'worse' : ''}>{count(sums.missed)}</td>
            <td>{shareText(sums.busy / length)}</td>
          </tr>
        ))}
      </DataTable>
      <p class="actions">
        <button type="button" class="button" onClick={actions.frame}>
          {stretch.zoom}
        </button>
        <button type="button" class="button" onClick={actions.clear}>
          {stretch.close}
        </button>
      </p>
    </>
  );
}

function Job({ loaded, actions, row }: DrawerProps & { row: number }) {
  const index = indexOf(loaded, row);
  const facts = factsOf(loaded, row);
  if (!index || !facts) return null;
  return (
    <>
      <h3>
        <bdi>{jobName(index, row)}</bdi>{' '}
        <span class={`badge ${isMiss(index, row) ? 'bad' : 'good'}`}>{badgeOf(loaded, row)}</span>
      </h3>
      <p id="job-sentence" class="sentence" aria-live="polite">
        {jobSentence(facts)}
      </p>
      {facts.cause ? <p class="cause">{words.causes[facts.cause]}</p> : null}
      <Times loaded={loaded} row={row} />
      <Meanwhile loaded={loaded} actions={actions} row={row} />
      <Probes loaded={loaded} row={row} />
      <Stamps loaded={loaded} row={row} />
    </>
  );
}

interface OfJob {
  readonly loaded: Loaded;
  readonly row: number;
}

/** Wait and run as bars on one axis, then what they sum up to. */
function Times({ loaded, row }: OfJob) {
  const { jobs } = loaded;
  const index = indexOf(loaded, row);
  if (!index) return null;
  const due = deadlineOf(index, jobs, row);
  const release = jobs.release[row];
  const completed = jobs.outcome[row] === COMPLETED;
  const most = Math.max(jobs.wait[row] === NONE ? 0 : jobs.wait[row], completed ? jobs.run[row] : 0, 1);
  const bar = (name: string, us: number, kind: string) =>
    us === NONE ? null : (
      <>
        <dt>{name}</dt>
        <dd class="span-bar">
          <i class={kind} style={{ width: `${(us / most) * 100}%` }} />
        </dd>
        <dd>{msShort(us / 1000)}</dd>
      </>
    );
  const line = (name: string, value: string | undefined) =>
    value === undefined ? null : (
      <>
        <dt>{name}</dt>
        <dd class="span-bar" />
        <dd>{value}</dd>
      </>
    );
  return (
    <dl class="times">
      {bar(words.wait, jobs.wait[row], 'wait')}
      {completed ? bar(words.service, jobs.run[row], 'run') : null}
      {completed && jobs.device[row] !== NONE ? bar(words.device, jobs.device[row], 'device') : null}
      {line(words.response, completed ? msShort((endOf(jobs, row) - release) / 1000) : undefined)}
      {line(words.deadline, index.deadline === undefined ? undefined : msShort(index.deadline / 1000))}
      {line(
        words.lateness,
        completed && due !== undefined
          ? `${msShort((endOf(jobs, row) - due) / 1000)} (${jobs.late[row] ? words.late : words.onTime})`
          : undefined,
      )}
    </dl>
  );
}

function Meanwhile({ loaded, actions, row }: OfJob & { actions: TimelineActions }) {
  const others = sharing(loaded, row);
  return (
    <>
      <h4>{words.meanwhile}</h4>
      {others.length === 0 ? <p class="hint">{words.alone}</p> : null}
      <ul class="meanwhile">
        {others.slice(0, MOST_OTHERS).map((other) => (
          <li key={other.row}>
            <button type="button" class="link" onClick={() => actions.go(other.row)}>
              {other.name}
            </button>
            <span>{other.engine}</span>
            <span class="num">{msShort(other.shared / 1000)}</span>
          </li>
        ))}
      </ul>
      {others.length > MOST_OTHERS ? <p class="hint">{words.more(others.length - MOST_OTHERS)}</p> : null}
    </>
  );
}

function Probes({ loaded: { samples, jobs }, row }: OfJob) {
  const at = endOf(jobs, row);
  const seen = samples
    .filter((s) => kindOfSeries(s.name)?.vital)
    .flatMap((s) => {
      const value = valueAt(s, at);
      return value === undefined ? [] : [{ s, value }];
    });
  if (seen.length === 0) return null;
  return (
    <>
      <h4>{words.probes}</h4>
      <Facts rows={seen.map(({ s, value }) => [seriesLabel(s.name), withUnit(value, s.unit)] as const)} />
    </>
  );
}

function Stamps({ loaded, row }: OfJob) {
  const { jobs } = loaded;
  const index = indexOf(loaded, row);
  if (!index) return null;
  const completed = jobs.outcome[row] === COMPLETED;
  const release = jobs.release[row];
  const start = startOf(jobs, row);
  const at = (us: number | undefined): string | undefined =>
    us === undefined ? undefined : `${(us / 1000).toFixed(3)} ms`;
  const plus = (base: number, us: number): string | undefined => at(us === NONE ? undefined : base + us);
  const rows: readonly (readonly [string, string | undefined])[] = [
    [words.stamps.grid, at(release - jobs.offset[row])],
    [words.stamps.release, at(release)],
    [words.stamps.seen, plus(release, jobs.seen[row])],
    [words.stamps.start, completed ? at(start) : undefined],
    [words.stamps.enqueue, completed ? plus(start, jobs.enqueue[row]) : undefined],
    [words.stamps.complete, completed ? at(endOf(jobs, row)) : undefined],
    [words.stamps.dropped, !completed && jobs.wait[row] !== NONE ? at(endOf(jobs, row)) : undefined],
    [words.stamps.deadline, at(deadlineOf(index, jobs, row))],
  ];
  return (
    <details>
      <summary>{words.stampsTitle}</summary>
      <Facts rows={rows} />
    </details>
  );
}

function Facts({ rows }: { rows: readonly (readonly [string, string | undefined])[] }) {
  return (
    <dl class="pairs">
      {rows.map(([name, value]) =>
        value === undefined ? null : (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ),
      )}
    </dl>
  );
}
