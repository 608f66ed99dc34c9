/** What the tasks do to each other: each alone and together, where both were recorded. */

import { msText } from '../../base/text.js';
import { NOTABLE_FACTOR } from '../../formats/recording/interference.js';
import type { InterferenceReport } from '../../formats/report/report.js';
import type { ReportPage } from '../../formats/report/report-page.js';
import { Curves, colour } from '../curves.js';
import { DataTable } from '../data-table.js';
import { told } from '../ticks.js';
import { strings } from './strings.js';

const words = strings.interference;
const times = (factor: number): string => `${factor.toFixed(2)} ×`;
const share = (miss: number): string => `${(miss * 100).toFixed(2)} %`;
/** px */
const [WIDTH, HEIGHT] = [Math.max(260, Math.min(420, innerWidth - 64)), 170];

/** Tasks alone and together. */
export function Interference({ data, scenario }: { data: ReportPage; scenario: string }) {
  const list = data.report.interference?.filter((entry) => entry.scenario === scenario) ?? [];
  if (list.length === 0) return null;
  const notes = [...new Set(list.flatMap((entry) => (entry.notes ?? []).map((n) => `${entry.task}: ${n}`)))];
  return (
    <section>
      <h2>
        {strings.sections.interference} <span class="sub">{words.about}</span>
      </h2>
      <DataTable name="interference" columns={Object.values(words.columns)}>
        {list.map((entry) => (
          <Row key={entry.task} entry={entry} />
        ))}
      </DataTable>
      {notes.map((note) => (
        <p key={note} class="finding warning">
          {note}
        </p>
      ))}
      <ul class="legend">
        {[words.alone, words.together].map((name, i) => (
          <li key={name}>
            <i style={{ background: colour(i) }} />
            {name}
          </li>
        ))}
      </ul>
      <div class="curves">
        {data.curves
          .filter((c) => c.scenario === scenario)
          .map((c) => (
            <Curves
              key={c.task}
              caption={c.task}
              label={words.distribution}
              curves={[c.alone, c.together]}
              width={WIDTH}
              height={HEIGHT}
            />
          ))}
      </div>
    </section>
  );
}

function Row({ entry: { task, factor, alone_ms, together_ms, ...misses } }: { entry: InterferenceReport }) {
  return (
    <tr>
      <th scope="row" class="left">
        {task}
      </th>
      {(['p50', 'p99'] as const).map((q) => (
        <>
          <td>{told(alone_ms[q], msText)}</td>
          <td>{told(together_ms[q], msText)}</td>
          <td class={(factor[q] ?? 1) >= NOTABLE_FACTOR ? 'worse' : ''}>{told(factor[q], times)}</td>
        </>
      ))}
      <td>{told(misses.alone_miss_ratio, share)}</td>
      <td class={(misses.together_miss_ratio ?? 0) > (misses.alone_miss_ratio ?? 0) ? 'worse' : ''}>
        {told(misses.together_miss_ratio, share)}
      </td>
    </tr>
  );
}
