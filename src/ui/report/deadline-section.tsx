/** Every job against its deadline: the figure that the card shows too. */
import { deadlineRows } from '../../analysis/deadline-rows.js';
import { count, msShort, shareText } from '../../base/text.js';
import { deadlineFigure } from '../../charts/deadline-figure.js';
import type { DeadlineRow } from '../../formats/report/deadline-rows.js';
import type { ScenarioReport } from '../../formats/report/report.js';
import type { ReportPage } from '../../formats/report/report-page.js';
import { FigureMarks } from '../figure-marks.js';
import { useWidth } from '../use-width.js';
import { strings } from './strings.js';

const ROW_HEIGHT = 47;
const SIZE = 13;

/** What it shows. */
export interface DeadlineSectionProps {
  readonly data: ReportPage;
  readonly scenario: ScenarioReport;
  /** px; that of the element where it is not given */
  readonly fixed?: number;
}

/** The tasks of a scenario, the worst first. */
export function DeadlineSection({ data, scenario, fixed }: DeadlineSectionProps) {
  const { ref, width: own } = useWidth<HTMLDivElement>();
  const width = fixed ?? own;
  const rows = deadlineRows(scenario, data.report.requirements);
  const released = rows.reduce((sum, r) => sum + r.released, 0);
  const { figure: words } = strings;
  const drawn =
    width > 0 ? deadlineFigure(rows, { x: 0, y: 0, width, rowHeight: ROW_HEIGHT, size: SIZE }, words) : undefined;
  return (
    <section class="against">
      <h2>
        {words.title} <span class="sub">{words.about(count(released), scenario.duration_s)}</span>
      </h2>
      <div ref={ref} class="figure-room">
        {drawn ? (
          <>
            <FigureMarks marks={drawn.marks} width={width} height={drawn.height} label={words.title} />
            {drawn.rows.map(({ task, top, height }, i) => (
              <a
                key={task}
                class="row-link"
                href={`#task=${encodeURIComponent(task)}`}
                style={{ top: `${top}px`, height: `${height}px` }}
                title={sentenceOf(rows[i])}
                onClick={(e) => {
                  e.preventDefault();
                  document.getElementById(`task-${task}`)?.scrollIntoView({ block: 'start' });
                }}
              >
                <span class="hidden">{sentenceOf(rows[i])}</span>
              </a>
            ))}
          </>
        ) : null}
      </div>
      {rows.length > 0 && rows.every((r) => r.deadline === undefined) ? <p class="hint">{words.none}</p> : null}
    </section>
  );
}

/** A row in words. */
function sentenceOf({ task, released, missed, never, p99, deadline }: DeadlineRow): string {
  const parts = [
    strings.figure.missedOf(count(missed), count(released), shareText(released > 0 ? missed / released : 0)),
    ...(never > 0 ? [strings.figure.neverOf(count(never))] : []),
    ...(p99 === undefined ? [] : [`p99 ${p99 === 'inf' ? strings.figure.never : msShort(p99)}`]),
    ...(deadline === undefined ? [] : [`${strings.figure.deadline} ${msShort(deadline)}`]),
  ];
  return `${task}: ${parts.join(', ')}`;
}
