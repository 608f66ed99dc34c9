/** What would fit: room of each task, and changes with which everything holds. */

import { msText, shareText } from '../../base/text.js';
import {
  accuracyText,
  adviceVerdict,
  alignmentText,
  bottleneckText,
  boundsText,
  effectTexts,
  elsewhereText,
  type Headroom,
  NO_CHANGE,
  rateText,
  type ScenarioAdvice,
  WHAT_TO_CHANGE,
} from '../../formats/report/advice.js';
import type { ReportPage } from '../../formats/report/report-page.js';
import { DataTable } from '../data-table.js';
import { told } from '../ticks.js';
import { strings } from './strings.js';

const words = strings.advice;
const ms = (value: number | 'inf'): string => (value === 'inf' ? strings.never : msText(value));

/** Nothing where the run was not calibrated. */
export function Advice({ data, scenario }: { data: ReportPage; scenario: string }) {
  const advice = data.advice?.find((a) => a.scenario === scenario);
  if (!advice) return null;
  const bounds = boundsText(advice.headroom);
  const alignment = alignmentText(advice);
  const { bound, ...columns } = words.columns;
  return (
    <section id="advice">
      <h2>
        {strings.sections.advice} <span class="sub">{words.about}</span>
      </h2>
      <p>
        <b>{adviceVerdict(advice)}</b>. {bottleneckText(advice)}
      </p>
      <DataTable name="advice" columns={[...Object.values(columns), ...(bounds ? [bound] : [])]} left={[0, 1]}>
        {advice.headroom.map((h) => (
          <Row key={h.task} room={h} bounds={bounds !== undefined} />
        ))}
      </DataTable>
      {bounds ? <p class="sub">{bounds}</p> : null}
      {alignment ? <p>{alignment}</p> : null}
      {advice.holds ? null : <Changes advice={advice} />}
      <p class="sub">{accuracyText(advice.accuracy)}</p>
    </section>
  );
}

function Row({ room, bounds }: { room: Headroom; bounds: boolean }) {
  const none = room.rate_hz !== undefined && room.highest_rate_hz === undefined;
  return (
    <tr>
      <th scope="row" class="left">
        {room.task}
      </th>
      <td class="left">{room.engine}</td>
      <td>{told(room.rate_hz, rateText)}</td>
      <td class={none ? 'worse' : ''}>{none ? words.none : told(room.highest_rate_hz, rateText)}</td>
      <td>{told(room.safe_rate_hz, rateText)}</td>
      <td>{told(room.p99_ms, ms)}</td>
      <td>{told(room.deadline_ms, ms)}</td>
      <td class={(room.slack_ms ?? 0) < 0 ? 'worse' : ''}>{told(room.slack_ms, msText)}</td>
      <td>{told(room.miss_ratio, shareText)}</td>
      {bounds ? <td>{told(room.bound_ms, ms)}</td> : null}
    </tr>
  );
}

function Changes({ advice }: { advice: ScenarioAdvice }) {
  return (
    <>
      {advice.changes.length === 0 ? (
        <p>{NO_CHANGE}</p>
      ) : (
        <>
          <h3>{WHAT_TO_CHANGE}</h3>
          <ol class="changes">
            {advice.changes.map((change) => (
              <li key={change.set.join()}>
                <b>{change.steps.map((s) => s.text).join('; ')}</b>
                <p class="sub">{words.price(change.steps.map((s) => s.price).join('; '))}</p>
                <p class="sub">{effectTexts(change).join('; ')}</p>
              </li>
            ))}
          </ol>
        </>
      )}
      {(advice.untried ?? []).map((text) => (
        <p key={text}>{text}</p>
      ))}
      <p>{elsewhereText(advice)}</p>
    </>
  );
}
