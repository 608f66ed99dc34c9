/** Verdict, requirements, findings, system, engines, device, how to reproduce. */

import { bytes, withUnit } from '../../base/text.js';
import { measuredText } from '../../formats/report/measured-text.js';
import type { Finding, ProfileReport, ScenarioReport } from '../../formats/report/report.js';
import type { PageEngine, ReportPage } from '../../formats/report/report-page.js';
import { strings } from './strings.js';

const { sections } = strings;

const MOST_NAMED = 3;

/** The answer, and which requirements it hangs on. */
export function Verdict({ page: { report, problems } }: { page: ReportPage }) {
  const { verdictLines: words } = strings;
  const all = report.requirements.filter((r) => r.verdict !== 'not_applicable').length;
  const deciding = report.requirements.filter((r) => r.verdict === report.verdict && r.verdict !== 'pass');
  const failed = [...new Set(report.scenarios.flatMap((s) => s.tasks.filter((t) => t.problem).map((t) => t.name)))];
  return (
    <section class={`verdict ${report.verdict}`}>
      <p class="word">{(report.basis === 'deadlines' ? strings.byDeadlines : strings.verdicts)[report.verdict]}</p>
      <div>
        {failed.length > 0 ? <p>{words.taskFailed(failed.join(', '))}</p> : null}
        {report.basis === 'deadlines' ? <p>{words.deadlines}</p> : null}
        {report.verdict === 'pass' ? <p>{words.pass(all)}</p> : null}
        {report.verdict === 'none' ? <p>{words.none}</p> : null}
        {report.verdict === 'inconclusive' ? <p>{words.inconclusive(deciding.length, all)}</p> : null}
        {report.verdict === 'fail' && deciding.length > 0 ? <p>{words.fail(deciding.length, all)}</p> : null}
        {report.verdict === 'fail' ? (
          <ul>
            {deciding.slice(0, MOST_NAMED).map((r) => (
              <li key={r.text}>
                {r.text} <span class="sub">({measuredText(r.measured)})</span>
              </li>
            ))}
            {deciding.length > MOST_NAMED ? <li>{words.more(deciding.length - MOST_NAMED)}</li> : null}
          </ul>
        ) : null}
        {report.scenarios
          .filter((s) => !s.valid)
          .map((s) => (
            <p key={`${s.name} ${s.repetition} ${s.part}`}>
              {s.name}: {strings.notValid(s.invalid_reason ?? '')}
            </p>
          ))}
        {problems.map((p) => (
          <p key={`${p.stage} ${p.message}`} class="worse">
            {strings.stageFailed(p.stage)} {p.message}
            {p.hint === undefined ? null : <span class="sub"> {p.hint}</span>}
          </p>
        ))}
      </div>
    </section>
  );
}

const ORDER = { fail: 0, inconclusive: 1, pass: 2, not_applicable: 3 } as const;
const sorted = (list: ProfileReport['requirements']): ProfileReport['requirements'] =>
  [...list].sort((a, b) => ORDER[a.verdict] - ORDER[b.verdict]);

/** Requirements as a table. */
export function Requirements({ report }: { report: ProfileReport }) {
  if (report.requirements.length === 0) return null;
  return (
    <section>
      <h2>{report.basis === 'deadlines' ? sections.deadlines : sections.requirements}</h2>
      <div class="scroll">
        <table class="plain requirements">
          <thead>
            <tr>
              {[strings.verdict, strings.requirement, strings.measured, strings.note].map((t) => (
                <th key={t} scope="col" class="left">
                  {t}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted(report.requirements).map((r) => (
              <tr key={r.text}>
                <td class={`left ${r.verdict}`}>{strings.verdicts[r.verdict]}</td>
                <td class="left">{r.text}</td>
                <td class="left">{measuredText(r.measured)}</td>
                <td class="left sub">{r.reason ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {report.requirements_note === undefined ? null : <p class="sub">{report.requirements_note}</p>}
    </section>
  );
}

/** Findings as a list. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <section>
      <h2>{sections.findings}</h2>
      {findings.length === 0 ? <p class="calm">{strings.noFindings}</p> : null}
      <ul class="findings">
        {findings.map((f) => (
          <li key={`${f.id} ${f.message}`} class={`finding ${f.severity}`}>
            <p>
              <span class="tag">{f.severity}</span> {f.message}
            </p>
            <p class="sub">{f.advice}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Series over the measured window. */
export function SystemTable({ scenario }: { scenario: ScenarioReport }) {
  if (scenario.system.length === 0) return null;
  return (
    <details>
      <summary>
        {sections.system}: {scenario.system.length}
      </summary>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col" class="left">
                {strings.system.series}
              </th>
              <th scope="col">{strings.system.min}</th>
              <th scope="col">{strings.system.mean}</th>
              <th scope="col">{strings.system.max}</th>
              <th scope="col">{strings.system.source}</th>
            </tr>
          </thead>
          <tbody>
            {scenario.system.map((s) => (
              <tr key={s.series}>
                <th scope="row" class="left">
                  {s.series}
                </th>
                <td>{withUnit(s.min, s.unit)}</td>
                <td>{withUnit(s.mean, s.unit)}</td>
                <td>{withUnit(s.max, s.unit)}</td>
                <td>{s.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Engines of the run. */
export function Engines({ page }: { page: ReportPage }) {
  if (page.engines.length === 0) return null;
  return (
    <section>
      <h2>{sections.engines}</h2>
      <ul class="engines">
        {page.engines.map((e) => (
          <EngineItem key={`${e.model} ${e.accelerator}`} engine={e} report={page.report} />
        ))}
      </ul>
    </section>
  );
}

function EngineItem({ engine, report }: { engine: PageEngine; report: ProfileReport }) {
  const built = report.engines.find((e) => e.model === engine.model && e.sha256 === engine.sha256);
  return (
    <li>
      <p>
        <b>{engine.model}</b> {engine.backend} {built?.backend_version ?? ''} · {engine.accelerator}
        {built ? ` · ${built.precision} · ${bytes(built.bytes)}` : ''}
        {engine.layers === undefined ? '' : ` · ${strings.engine.layers(engine.layers)}`}
        {engine.page ? (
          <>
            {' · '}
            <a href={engine.page}>{strings.engine.page}</a>
          </>
        ) : null}
      </p>
      {engine.findings?.map((f) => (
        <p key={f.message} class={`finding ${f.severity}`}>
          {f.message}
        </p>
      ))}
    </li>
  );
}

/** The device of the run. */
export function Device({ report: { device } }: { report: ProfileReport }) {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['device', device.model ?? device.hostname],
    ['CPU', `${device.cpus} × ${device.cpu ?? device.arch}`],
    ['GPU', device.gpu.join(', ') || undefined],
    ['GPU clock', device.gpu_clock_max_mhz === undefined ? undefined : `up to ${device.gpu_clock_max_mhz} MHz`],
    ['memory', bytes(device.memory)],
    ['system', `${device.os}, ${device.kernel}, ${device.arch}`],
    ['power mode', device.power_mode],
    ['clocks', device.clocks_locked === undefined ? undefined : device.clocks_locked ? 'locked' : 'not locked'],
    ...Object.entries(device.versions),
  ];
  return <FactList title={sections.device} facts={facts} />;
}

/** How to do it again. */
export function Reproduce({ page: { reproduce: r, engines } }: { page: ReportPage }) {
  const { reproduce: words } = strings;
  const facts: readonly (readonly [string, string | undefined])[] = [
    [words.command, r.command],
    [words.pipeline, r.pipelineSha256],
    ...r.seeds.map((s) => [words.seed(s.scenario), String(s.seed)] as const),
    ...engines.flatMap((e) => [
      [words.model(e.model), e.modelSha256] as const,
      [words.engine(`${e.model} (${e.accelerator})`), e.sha256] as const,
    ]),
  ];
  return <FactList title={sections.reproduce} facts={facts} />;
}

function FactList({ title, facts }: { title: string; facts: readonly (readonly [string, string | undefined])[] }) {
  return (
    <section>
      <h2>{title}</h2>
      <dl class="facts">
        {facts.map(([name, text]) =>
          text === undefined || text === '' ? null : (
            <>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </>
          ),
        )}
      </dl>
    </section>
  );
}
