/** Why jobs were missed: one cause for each, with a way to the first of its kind. */
import { MISS_CAUSES, type MissCause } from '../../analysis/causes.js';
import { missesOf } from '../../analysis/deadline-rows.js';
import { count } from '../../base/text.js';
import type { Finding, ScenarioReport } from '../../formats/report/report.js';
import { chosenJob, type Loaded, sight } from './state.js';
import { strings } from './strings.js';
import { endOf } from './timeline-index.js';

const MOST_NAMED = 3;

/** Causes, the most frequent first. */
export function Causes({ scenario, loaded }: { scenario: ScenarioReport; loaded: Loaded | undefined }) {
  const list = MISS_CAUSES.map((cause) => {
    const tasks = scenario.tasks
      .map((t) => ({ name: t.name, n: t.miss_pattern?.causes?.[cause] ?? 0 }))
      .filter((t) => t.n > 0)
      .sort((a, b) => b.n - a.n);
    return { cause, tasks, n: tasks.reduce((sum, t) => sum + t.n, 0) };
  })
    .filter((c) => c.n > 0)
    .sort((a, b) => b.n - a.n);
  if (list.length === 0) return null;
  const all = scenario.tasks.reduce((sum, t) => sum + missesOf(t), 0);
  return (
    <section>
      <h2>
        {strings.sections.causes} <span class="sub">{strings.causes.about(count(all))}</span>
      </h2>
      <ul class="causes">
        {list.map(({ cause, tasks, n }) => (
          <li key={cause}>
            <p class="n">
              <b>{count(n)}</b> {strings.causes.misses(n)}
            </p>
            <h3>{strings.causes.title[cause]}</h3>
            <p class="sub">{namesOf(tasks)}</p>
            <p class="sub">{strings.causes.what[cause]}</p>
            <p>
              {adviceFor(scenario.findings, cause) ?? strings.causes.advice[cause]}
              {loaded ? <FirstSuch loaded={loaded} cause={cause} /> : null}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function namesOf(tasks: readonly { name: string; n: number }[]): string {
  const shown = tasks.slice(0, MOST_NAMED).map((t) => `${t.name} ${count(t.n)}`);
  return [...shown, ...(tasks.length > MOST_NAMED ? [strings.causes.more(tasks.length - MOST_NAMED)] : [])].join(', ');
}

/** What the finding on the task that it hit most says, which knows what is done already. */
function adviceFor(findings: readonly Finding[], cause: MissCause): string | undefined {
  const found = findings.find((f) => f.id === 'misses' && f.evidence.cause === cause)?.advice;
  const here = found?.replace('go to a late one in the timeline of report.html and see', 'see');
  return here && `${here.charAt(0).toUpperCase()}${here.slice(1)}.`;
}

function FirstSuch({ loaded, cause }: { loaded: Loaded; cause: MissCause }) {
  const code = MISS_CAUSES.indexOf(cause) + 1;
  const find = (): number | undefined => {
    let best: number | undefined;
    for (const { from, measured } of loaded.indexes)
      for (let row = from + measured[0]; row < from + measured[1]; row++)
        if (loaded.jobs.cause[row] === code) {
          if (best === undefined || loaded.jobs.release[row] < loaded.jobs.release[best]) best = row;
          break;
        }
    return best;
  };
  return (
    <>
      {' '}
      <button
        type="button"
        class="link"
        onClick={() => {
          const row = find();
          if (row === undefined) return;
          chosenJob.value = row;
          const { release } = loaded.jobs;
          const length = Math.max(endOf(loaded.jobs, row) - release[row], 5000) * 10;
          sight.value = { from: release[row] - length / 2, to: release[row] + length / 2 };
          document.getElementById('timeline')?.scrollIntoView({ block: 'start' });
        }}
      >
        {strings.causes.first}
      </button>
    </>
  );
}
