/** Requirements: whose, what, limit, measured, how much of the limit is used. Those that hold are folded away. */
import type { ProfileReport, RequirementReport } from '../../formats/report/report.js';
import { VERDICT_SIGNS } from '../../formats/report/report-words.js';
import {
  jobsText,
  limitText,
  limitUsed,
  measuredText,
  measuredValue,
  subjectText,
} from '../../formats/report/requirement-words.js';
import { strings } from './strings.js';

const ORDER = { fail: 0, inconclusive: 1, pass: 2, not_applicable: 3 } as const;
/** A bar ends here, in limits. */
const MOST = 2.4;

/** All of them, the failed first. */
export function Requirements({ report }: { report: ProfileReport }) {
  const list = report.requirements.toSorted((a, b) => ORDER[a.verdict] - ORDER[b.verdict]);
  if (list.length === 0) return null;
  const open = list.filter((r) => r.verdict === 'fail' || r.verdict === 'inconclusive');
  const held = list.filter((r) => !open.includes(r));
  const several = new Set(report.scenarios.map((s) => s.name)).size > 1;
  const counts = Object.keys(ORDER).flatMap((v) => {
    const n = list.filter((r) => r.verdict === v).length;
    return n > 0 ? [`${n} ${strings.verdictCounts[v as keyof typeof ORDER]}`] : [];
  });
  return (
    <section>
      <h2>
        {report.basis === 'deadlines' ? strings.sections.deadlines : strings.sections.requirements}{' '}
        <span class="sub">{counts.join(', ')}</span>
      </h2>
      {open.length > 0 ? <RequirementTable list={open} several={several} /> : null}
      {held.length > 0 ? (
        <details open={open.length === 0}>
          <summary>{strings.held(held.length)}</summary>
          <RequirementTable list={held} several={several} />
        </details>
      ) : null}
      {report.requirements_note === undefined ? null : <p class="sub">{report.requirements_note}</p>}
    </section>
  );
}

function RequirementTable({ list, several }: { list: readonly RequirementReport[]; several: boolean }) {
  const { requirementColumns: c } = strings;
  return (
    <div class="scroll">
      <table class="plain requirements">
        <thead>
          <tr>
            {[c.verdict, c.task, c.what].map((t) => (
              <th key={t} scope="col" class="left">
                {t}
              </th>
            ))}
            <th scope="col">{c.limit}</th>
            <th scope="col">{c.measured}</th>
            <th scope="col" class="left bar-column">
              {c.used}
            </th>
            <th scope="col" class="left">
              {c.jobs}
            </th>
            <th scope="col" class="left">
              {c.note}
            </th>
          </tr>
        </thead>
        <tbody>
          {list.map((r, i) => (
            <Row key={`${r.text} ${i}`} r={r} several={several} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ r, several }: { r: RequirementReport; several: boolean }) {
  const { terms, verdict } = r;
  const sign = (
    <td class={`left verdict-cell ${verdict}`}>
      {VERDICT_SIGNS[verdict]} {strings.verdicts[verdict]}
    </td>
  );
  if (!terms)
    return (
      <tr>
        {sign}
        <td class="left" colSpan={3}>
          {r.text}
        </td>
        <td>{measuredText(r)}</td>
        <td />
        <td />
        <td class="left sub note">{r.reason ?? ''}</td>
      </tr>
    );
  return (
    <tr>
      {sign}
      <th scope="row" class="left" title={r.text}>
        <bdi>{subjectText(terms, several)}</bdi>
      </th>
      <td class="left">{terms.metric}</td>
      <td>{limitText(terms)}</td>
      <td class={`measured ${verdict}`}>{measuredValue(terms)}</td>
      <td class="left bar-column">
        <UsedBar used={limitUsed(terms)} verdict={verdict} />
      </td>
      <td class="left">{jobsText(r.measured)}</td>
      <td class="left sub note">{(r.reason ?? '').replace(/^(the run is not valid): \w+: /, '$1: ')}</td>
    </tr>
  );
}

/** The line is the limit. */
function UsedBar({ used, verdict }: { used: number | undefined; verdict: RequirementReport['verdict'] }) {
  if (used === undefined) return null;
  return (
    <span class="used" aria-hidden="true">
      <i class={verdict} style={{ width: `${(100 * Math.min(MOST, used)) / MOST}%` }} />
      <b style={{ left: `${100 / MOST}%` }} />
      {used > MOST ? <em>›</em> : null}
    </span>
  );
}
