/** Pipelines by devices: what each says now, how much room it has, who is slower than its siblings. */
import { type FleetCell, fleetMatrix } from '../../analysis/fleet-matrix.js';
import { shareText } from '../../base/text.js';
import { DataTable } from '../data-table.js';
import { runs } from './api.js';
import { localTime, Result } from './run-facts.js';
import { strings } from './strings.js';

const { fleet: words } = strings;

/** The page of a fleet. */
export function Fleet() {
  if (!runs.value) return null;
  const { devices, rows } = fleetMatrix(runs.value);
  if (rows.length === 0) return <p class="hint">{strings.none}</p>;
  const slower = rows.flatMap(({ pipeline, cells }) =>
    cells.flatMap((cell, i) => (cell?.slower ? [{ pipeline, host: devices[i].host, ...cell.slower }] : [])),
  );
  return (
    <>
      <section>
        <h2>
          {words.title} <span class="sub">{words.about}</span>
        </h2>
        <DataTable
          name="fleet"
          left={[0, ...devices.map((_, i) => i + 1)]}
          columns={[
            words.pipeline,
            ...devices.map(({ host, model }) => (
              <span key={host}>
                <bdi>{host}</bdi> {model === host ? null : <span class="sub">{model}</span>}
              </span>
            )),
          ]}
        >
          {rows.map(({ pipeline, cells }) => (
            <tr key={pipeline}>
              <th scope="row" class="left">
                <a href={`#/trend/${encodeURIComponent(pipeline)}`}>{pipeline}</a>
              </th>
              {cells.map((cell, i) => (
                <td key={devices[i].host} class="left">
                  {cell ? <Cell cell={cell} /> : <span class="sub">–</span>}
                </td>
              ))}
            </tr>
          ))}
        </DataTable>
      </section>
      <section>
        <h2>{words.slower}</h2>
        {slower.length === 0 ? <p class="calm">{words.alike}</p> : null}
        {slower.map((s) => (
          <p key={`${s.pipeline} ${s.host}`} class="finding warning">
            {words.slowerThan(s.host, s.factor.toFixed(2), `${s.scenario} / ${s.task}`, s.pipeline, localTime(s.since))}
          </p>
        ))}
      </section>
    </>
  );
}

function Cell({ cell: { runs: list, slack, tightest, slower } }: { cell: FleetCell }) {
  const last = list[list.length - 1];
  return (
    <>
      <p>
        <a href={`#/run/${encodeURIComponent(last.id)}`} title={localTime(last.created)}>
          <Result run={last} />
        </a>
      </p>
      {slack === undefined || !tightest ? null : (
        <p class={slack < 0 ? 'sub worse' : 'sub'}>
          {tightest.p99_ms === 'inf'
            ? words.neverDone(tightest.task)
            : words.slack(tightest.task, shareText(Math.abs(slack)), slack < 0)}
        </p>
      )}
      {slower ? <p class="sub worse">{words.factor(slower.factor.toFixed(2))}</p> : null}
    </>
  );
}
