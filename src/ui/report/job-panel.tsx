/** One job: its stamps, what else ran, and what the probes saw. */
import { msText, withUnit } from '../../base/text.js';
import { COMPLETED, OUTCOMES } from '../../formats/recording/jobs.js';
import { kindOfSeries } from '../../formats/recording/series.js';
import { NONE } from '../../formats/report/report-page.js';
import { valueAt } from './panels.js';
import { chosenJob, type Loaded } from './state.js';
import { strings } from './strings.js';
import { deadlineOf, endOf, startOf, touching } from './timeline-index.js';

const MOST_OTHERS = 12;

/** Everything that is known of the chosen job. */
export function JobPanel({ loaded }: { loaded: Loaded }) {
  const row = chosenJob.value;
  const index = row === undefined ? undefined : loaded.indexes.find((i) => row >= i.from && row < i.to);
  const { job: words } = strings;
  if (row === undefined || !index) return <p class="hint">{words.choose}</p>;
  const { jobs } = loaded;
  const outcome = OUTCOMES[jobs.outcome[row]];
  const completed = jobs.outcome[row] === COMPLETED;
  const due = deadlineOf(index, jobs, row);
  const end = endOf(jobs, row);
  const release = jobs.release[row];
  const at = (us: number | undefined): string | undefined =>
    us === undefined ? undefined : `${(us / 1000).toFixed(3)} ms`;
  const known = (us: number): number | undefined => (us === NONE ? undefined : us);
  const plus = (base: number, us: number): string | undefined => at(known(us) === undefined ? undefined : base + us);
  const start = startOf(jobs, row);
  const stamps: readonly (readonly [string, string | undefined])[] = [
    [words.stamps.grid, at(release - jobs.offset[row])],
    [words.stamps.release, at(release)],
    [words.stamps.seen, plus(release, jobs.seen[row])],
    [words.stamps.start, completed ? at(start) : undefined],
    [words.stamps.enqueue, completed ? plus(start, jobs.enqueue[row]) : undefined],
    [words.stamps.complete, completed ? at(end) : undefined],
    [words.stamps.dropped, !completed && known(jobs.wait[row]) !== undefined ? at(end) : undefined],
    [words.stamps.deadline, at(due)],
  ];
  const spans: readonly (readonly [string, string | undefined])[] = completed
    ? [
        [words.wait, msText(jobs.wait[row] / 1000)],
        [words.service, msText(jobs.run[row] / 1000)],
        [words.device, known(jobs.device[row]) === undefined ? undefined : msText(jobs.device[row] / 1000)],
        [words.response, msText((end - release) / 1000)],
        [
          words.lateness,
          due === undefined
            ? undefined
            : `${msText((end - due) / 1000)} (${jobs.late[row] ? words.late : words.onTime})`,
        ],
      ]
    : [];
  return (
    <div class="job" aria-live="polite">
      <h3>
        {words.title(index.name, row - index.from)} ·{' '}
        {completed && jobs.late[row] ? strings.late : strings.outcomes[outcome]}
      </h3>
      <div class="job-columns">
        <Facts rows={stamps} />
        <Facts rows={spans} />
        <Meanwhile loaded={loaded} row={row} />
        <ProbeValues loaded={loaded} at={end} />
      </div>
    </div>
  );
}

function Facts({ rows }: { rows: readonly (readonly [string, string | undefined])[] }) {
  const told = rows.filter(([, value]) => value !== undefined);
  if (told.length === 0) return null;
  return (
    <dl>
      {told.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

/** Jobs of other tasks that ran between release and end, those that shared most of the time first. */
function Meanwhile({ loaded, row }: { loaded: Loaded; row: number }) {
  const { jobs } = loaded;
  const others = sharing(loaded, row);
  return (
    <div>
      <h4>{strings.job.meanwhile}</h4>
      {others.length === 0 ? <p class="hint">{strings.job.alone}</p> : null}
      <ul class="names">
        {others.slice(0, MOST_OTHERS).map(({ other, name, seq }) => (
          <li key={other}>
            <button
              type="button"
              class="link"
              onClick={() => {
                chosenJob.value = other;
              }}
            >
              {strings.job.title(name, seq)}
            </button>{' '}
            {msText(jobs.run[other] / 1000)}
          </li>
        ))}
      </ul>
      {others.length > MOST_OTHERS ? <p class="hint">{strings.job.more(others.length - MOST_OTHERS)}</p> : null}
    </div>
  );
}

interface Sharing {
  readonly other: number;
  readonly name: string;
  readonly seq: number;
  /** us */
  readonly shared: number;
}

function sharing({ indexes, jobs }: Loaded, row: number): Sharing[] {
  const [begin, end] = [jobs.release[row], endOf(jobs, row)];
  return indexes
    .flatMap((index) => {
      const { first, last } = touching(index, jobs, begin, end);
      return Array.from({ length: Math.max(0, last - first) }, (_, i): Sharing => {
        const other = index.from + first + i;
        const shared = Math.min(endOf(jobs, other), end) - Math.max(startOf(jobs, other), begin);
        return { other, name: index.name, seq: other - index.from, shared };
      });
    })
    .filter(({ other, shared }) => other !== row && jobs.outcome[other] === COMPLETED && shared > 0)
    .sort((a, b) => b.shared - a.shared);
}

function ProbeValues({ loaded: { samples }, at }: { loaded: Loaded; at: number }) {
  const seen = samples
    .filter((s) => kindOfSeries(s.name)?.vital)
    .flatMap((s) => {
      const value = valueAt(s, at);
      return value === undefined ? [] : [{ s, value }];
    });
  return (
    <div>
      <h4>{strings.job.probes}</h4>
      {seen.length === 0 ? <p class="hint">{strings.job.noSample}</p> : null}
      <Facts rows={seen.map(({ s, value }) => [s.name, withUnit(value, s.unit)] as const)} />
    </div>
  );
}
