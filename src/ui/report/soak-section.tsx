/** A long run over its time: course, changes, what a mission would bring. */

import { msText, spanText } from '../../base/text.js';
import type { ScenarioReport, SoakReport } from '../../formats/report/report.js';
import { colour } from '../curves.js';
import { DataTable } from '../data-table.js';
import { strings } from './strings.js';

const words = strings.soak;
/** px */
const [WIDTH, HEIGHT] = [220, 56];

/** Nothing for a short run. */
export function Soak({ scenario }: { scenario: ScenarioReport }) {
  const { soak } = scenario;
  if (!soak) return null;
  return (
    <section id="soak">
      <h2>
        {strings.sections.soak} <span class="sub">{words.about(spanText(soak.span_s))}</span>
      </h2>
      {soak.throttled.length > 0 ? (
        <p class="finding warning">
          {words.throttled(soak.throttled.length, [...new Set(soak.throttled.map((t) => t.what))].join(', '))}
        </p>
      ) : null}
      <ul class="legend">
        {['p50', 'p99'].map((name, i) => (
          <li key={name}>
            <i style={{ background: colour(i) }} />
            {name}
          </li>
        ))}
      </ul>
      <DataTable name="soak" columns={Object.values(words.columns)} left={[0, 1, 2, 3, 4]}>
        {soak.tasks.map((task) => (
          <tr key={task.task}>
            <th scope="row" class="left">
              {task.task}
            </th>
            <td class="left">
              <Course task={task} span={soak.span_s} />
            </td>
            <td class="left">
              {task.changes.length === 0
                ? words.steady
                : task.changes.map((c) => (
                    <p key={c.at_s}>
                      {words.change(spanText(c.at_s), msText(c.before_ms), msText(c.after_ms))}
                      {c.beside.length > 0 ? <span class="sub"> {c.beside.join(', ')}</span> : null}
                    </p>
                  ))}
            </td>
            <td class="left">
              <Ends task={task} length={soak.end_s ?? 0} />
            </td>
            <td class="left">{worstOf(task, soak.mission_h)}</td>
          </tr>
        ))}
      </DataTable>
    </section>
  );
}

/** How it began, how it ended, and whether that differs. */
function Ends({ task: { ends }, length }: { task: SoakReport['tasks'][number]; length: number }) {
  if (!ends) return null;
  const ms = (value: number | null): string => (value === null ? '-' : msText(value));
  return (
    <>
      <p>{words.first(spanText(length), ms(ends.first.p50_ms), ms(ends.first.p99_ms))}</p>
      <p>{words.last(ms(ends.last.p50_ms), ms(ends.last.p99_ms))}</p>
      <p class="sub">{words.shown[ends.p99]}</p>
    </>
  );
}

function worstOf(
  { worst_ms: level, worst_interval_ms: interval, no_worst: reason = '' }: SoakReport['tasks'][number],
  hours: number,
) {
  return level === undefined || !interval ? (
    <span class="sub">{words.noWorst(reason)}</span>
  ) : (
    words.worst(msText(level), msText(interval[0]), msText(interval[1]), hours)
  );
}

/** p50 and p99 from nothing to the highest, with marks where the level changed. */
function Course({ task, span }: { task: SoakReport['tasks'][number]; span: number }) {
  const { p50_ms: middle, p99_ms: high, changes } = task;
  const most = Math.max(...[...middle, ...high].map((v) => v ?? 0), 1e-6);
  const x = (i: number): number => (i / Math.max(1, middle.length - 1)) * WIDTH;
  const y = (value: number): number => HEIGHT - 2 - (value / most) * (HEIGHT - 18);
  const path = (values: readonly (number | null)[]): string => {
    const points = values.flatMap((v, i) => (v === null ? [] : [`${x(i).toFixed(1)},${y(v).toFixed(1)}`]));
    return points.length > 0 ? `M${points.join('L')}` : '';
  };
  return (
    <svg class="course" width={WIDTH} height={HEIGHT} role="img" aria-label={words.course(task.task)}>
      {changes.map((c) => (
        <line key={c.at_s} class="change" x1={x(c.at_s / span)} x2={x(c.at_s / span)} y1="14" y2={HEIGHT} />
      ))}
      <path d={path(high)} stroke={colour(1)} />
      <path d={path(middle)} stroke={colour(0)} />
      <text x={WIDTH - 2} y="10" text-anchor="end">
        {words.highest(msText(most))}
      </text>
    </svg>
  );
}
