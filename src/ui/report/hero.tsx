/** The first screen: the answer, why, what is asked of each engine. */
import { type Meter, metersOf } from '../../analysis/meters.js';
import { shareText } from '../../base/text.js';
import type { ScenarioReport } from '../../formats/report/report.js';
import type { ReportPage } from '../../formats/report/report-page.js';
import { VERDICT_SIGNS, verdictWord } from '../../formats/report/report-words.js';
import { strings } from './strings.js';

/** The answer of the run. @param scenario the one in sight, whose engines are shown */
export function Hero({ data, scenario }: { data: ReportPage; scenario: ScenarioReport | undefined }) {
  const { report, problems } = data;
  const meters = scenario ? metersOf(scenario) : [];
  return (
    <section class="hero">
      <div>
        <p class={`verdict ${report.verdict}`}>
          <span aria-hidden="true">{VERDICT_SIGNS[report.verdict]}</span>
          <span class="word">{verdictWord(report)}</span>
        </p>
        <h2 class="headline">{report.answer?.headline ?? verdictWord(report)}</h2>
        <p class="why">{report.answer?.reasons.join(' ')}</p>
        {problems
          .filter((p) => p.hint !== undefined || !isTold(p.message, report))
          .map((p) => (
            <p key={`${p.stage} ${p.message}`} class="finding error">
              {strings.stageFailed(p.stage)} {p.message}
              {p.hint === undefined ? null : <span class="sub"> {p.hint}</span>}
            </p>
          ))}
      </div>
      {meters.length > 0 ? <Meters meters={meters} /> : null}
    </section>
  );
}

/** `task lanes: out of memory` is told by `lanes: out of memory.` */
const isTold = (message: string, { answer }: ReportPage['report']): boolean =>
  answer?.reasons.some((r) => message.endsWith(r.replace(/\.$/, ''))) ?? false;

/** Beyond it, a bar is cut. */
const MOST_ASKED = 3;

function Meters({ meters }: { meters: readonly Meter[] }) {
  const most = Math.min(MOST_ASKED, Math.max(1.25, ...meters.map((m) => m.asked + (m.others ?? 0))));
  return (
    <div class="load">
      <h3>{strings.meters.title}</h3>
      <ul>
        {meters.map((meter) => (
          <li key={meter.label}>
            <span>{meter.label}</span>
            <MeterBar meter={meter} most={most} />
            <span class={`asked ${meter.state === 'too much' ? 'over' : ''}`}>
              <b>{shareText(meter.asked)}</b>{' '}
              {meter.others === undefined
                ? strings.meters[meter.state]
                : strings.meters.others(shareText(meter.others))}
            </span>
          </li>
        ))}
        <li aria-hidden="true">
          <span />
          <span class="meter-axis">
            <i style={{ left: `${100 / most}%` }}>100 %</i>
          </span>
          <span />
        </li>
      </ul>
    </div>
  );
}

/** Parts one after the other; what lies behind all there is is red. */
function MeterBar({ meter: { parts, asked, label, others = 0 }, most }: { meter: Meter; most: number }) {
  const list = parts.length > 0 ? parts : [{ task: label, share: asked }];
  const bars: { key: string; from: number; to: number; over: boolean; title: string }[] = [];
  let from = 0;
  for (const { task, share } of list) {
    const to = from + share;
    const title = `${task} ${shareText(share)}`;
    if (from < 1) bars.push({ key: `${task} in`, from, to: Math.min(1, to), over: false, title });
    if (to > 1) bars.push({ key: `${task} over`, from: Math.max(1, from), to, over: true, title });
    from = to;
  }
  return (
    <span
      class="meter-bar"
      role="img"
      aria-label={`${label}: ${list.map((p) => `${p.task} ${shareText(p.share)}`).join(', ')}`}
    >
      {bars.map((b) => (
        <i
          key={b.key}
          class={b.over ? 'over' : ''}
          title={b.title}
          style={{
            left: `${(100 * b.from) / most}%`,
            width: `max(1px, calc(${(100 * (b.to - b.from)) / most}% - 1px))`,
          }}
        />
      ))}
      {others > 0 ? (
        <i
          class="others"
          title={strings.meters.others(shareText(others))}
          style={{ left: `${(100 * from) / most}%`, width: `${(100 * Math.min(others, most - from)) / most}%` }}
        />
      ) : null}
      <b style={{ left: `${100 / most}%` }} />
    </span>
  );
}
