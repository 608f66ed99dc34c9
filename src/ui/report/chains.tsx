/** Times that are those of several tasks: chains, and iterations of the barrier modes. */

import { msText } from '../../base/text.js';
import type { ScenarioReport } from '../../formats/report/report.js';
import { DataTable } from '../data-table.js';
import { told } from '../ticks.js';
import { strings } from './strings.js';

const time = (ms: number | undefined): string => told(ms, msText);

/** Chains of a scenario as a table. */
export function Chains({ scenario: { chains = [] } }: { scenario: ScenarioReport }) {
  if (chains.length === 0) return null;
  const { about, columns } = strings.chains;
  return (
    <section>
      <h2>
        {strings.sections.chains} <span class="sub">{about}</span>
      </h2>
      <DataTable name="chains" columns={Object.values(columns)}>
        {chains.map((c) => (
          <tr key={c.tasks.join(' ')}>
            <th scope="row" class="left">
              {c.name === undefined ? null : <b>{c.name}: </b>}
              {c.tasks.join(' → ')}
            </th>
            <td>{c.roots}</td>
            <td>{c.complete}</td>
            <td class={c.missed > 0 ? 'worse' : ''}>{c.missed}</td>
            <td>{time(c.reaction_ms.p50)}</td>
            <td>{time(c.reaction_ms.p99)}</td>
            <td>{time(c.reaction_ms.max)}</td>
            <td>{time(c.worst_ms)}</td>
            <td>{time(c.age_ms.p50)}</td>
            <td>{time(c.age_ms.p99)}</td>
            <td>{time(c.age_ms.max)}</td>
            <td>{time(c.oldest_age_ms?.p99)}</td>
          </tr>
        ))}
      </DataTable>
    </section>
  );
}

/** Iterations of a scenario as a table. */
export function Iterations({ scenario: { iterations: i } }: { scenario: ScenarioReport }) {
  if (!i) return null;
  const { iterations: words } = strings;
  const facts: readonly (readonly [string, string])[] = [
    [words.count, String(i.count)],
    [words.time, time(i.time_ms.p50)],
    [words.most, time(i.time_ms.max)],
    ...(i.slip_ms.n > 0
      ? ([
          [words.slip, time(i.slip_ms.p50)],
          [words.slipMost, time(i.slip_ms.max)],
        ] as const)
      : []),
    [words.skipped, String(i.skipped_windows)],
    ...Object.entries(i.barrier_slack_ms).map(([task, d]) => [words.slack(task), time(d.p50)] as const),
  ];
  return (
    <section>
      <h2>{strings.sections.iterations}</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}
