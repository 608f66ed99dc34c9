/** What the tasks do to each other: each alone and together, where both were recorded. */
import type { InterferenceReport } from '../../formats/report.js';
import type { ReportPage } from '../../formats/report-page.js';
import { Curves, colour } from '../curves.js';
import { strings } from './strings.js';
import { msText } from './ticks.js';

const words = strings.interference;
const told = (value: number | undefined, show: (v: number) => string): string =>
  value === undefined ? '–' : show(value);
const times = (factor: number): string => `${factor.toFixed(2)} ×`;
const share = (miss: number): string => `${(miss * 100).toFixed(2)} %`;
/** px */
const [WIDTH, HEIGHT] = [Math.max(260, Math.min(420, innerWidth - 64)), 170];
/** A factor from here on stands out. */
const NOTABLE = 1.1;

export function Interference({ data, scenario }: { data: ReportPage; scenario: string }) {
  const list = data.report.interference?.filter((entry) => entry.scenario === scenario) ?? [];
  if (list.length === 0) return null;
  const notes = [...new Set(list.flatMap((entry) => (entry.notes ?? []).map((n) => `${entry.task}: ${n}`)))];
  return (
    <section>
      <h2>
        {strings.sections.interference} <span class="sub">{words.about}</span>
      </h2>
      <div class="scroll">
        <table class="plain interference">
          <thead>
            <tr>
              {Object.values(words.columns).map((title, i) => (
                <th key={title} scope="col" class={i === 0 ? 'left' : ''}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {list.map((entry) => (
              <Row key={entry.task} entry={entry} />
            ))}
          </tbody>
        </table>
      </div>
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
          <td class={(factor[q] ?? 1) >= NOTABLE ? 'worse' : ''}>{told(factor[q], times)}</td>
        </>
      ))}
      <td>{told(misses.alone_miss_ratio, share)}</td>
      <td class={(misses.together_miss_ratio ?? 0) > (misses.alone_miss_ratio ?? 0) ? 'worse' : ''}>
        {told(misses.together_miss_ratio, share)}
      </td>
    </tr>
  );
}
